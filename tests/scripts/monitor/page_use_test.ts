/** The monitor's page by keyboard, on a phone, with 2,000 handles, and without its monitor. */
import { assert, assertEquals, assertLess } from "../../assert.ts";
import { Browser, type Page } from "../../browser.ts";
import { RunningMonitor } from "../../janus/support/monitor.ts";
import { Published, PublishedCall, withPage } from "./published.ts";

/** What has the focus, by its label or text. */
async function focused(page: Page): Promise<string> {
  return await page.evaluate(`(() => {
    const element = document.activeElement;
    return element.getAttribute("aria-label") ?? element.innerText;
  })()`);
}

async function active(page: Page): Promise<string> {
  return await page.evaluate(`(() => {
    const tree = document.querySelector(".tree");
    return document.getElementById(tree.getAttribute("aria-activedescendant")).innerText;
  })()`);
}

Deno.test("by keyboard alone: filter, tree, a call, its session descriptions, the tail, and back", async () => {
  await withPage({}, async ({ published, page }) => {
    for (const [index, name] of ["Ann", "Bob"].entries()) {
      const call = new PublishedCall(published, 500 + index, 50 + index, name);
      await call.begin();
      await call.report();
    }
    await page.untilText("webrtcup", ".entries");
    await page.press("Tab");
    assertEquals(await focused(page), "Details of lab");
    await page.press("Tab");
    assertEquals(await focused(page), "Filter of the tree");
    await page.press("Tab", "Tab");
    assertEquals(await focused(page), "Sessions, handles and media, the worst first");
    const outline = "getComputedStyle(document.activeElement).outlineStyle";
    assertEquals(await page.evaluate(outline), "solid");
    assert((await active(page)).includes("session 50"), await active(page));
    await page.press("ArrowDown");
    assert((await active(page)).includes("Ann"));
    await page.press("ArrowRight", "ArrowRight");
    assert((await active(page)).includes("audio"));
    await page.press("ArrowLeft", "ArrowLeft", "ArrowLeft");
    assert((await active(page)).includes("session 50"));
    await page.press("ArrowLeft", "End");
    assert((await active(page)).includes("Bob"));
    await page.press("Home", "ArrowDown");
    // The first session is closed: its handle is not there.
    assert((await active(page)).includes("session 51"));
    await page.press("ArrowDown", "Enter");
    await page.untilText("Bob", ".call h2");
    assert((await focused(page)).includes("Bob"), await focused(page));
    await page.until("document.querySelectorAll('.call summary').length === 2");
    for (let step = 0; step < 12; step++) {
      await page.press("Tab");
      if ((await focused(page)).includes("JSEP")) break;
    }
    await page.press("Enter");
    await page.untilText("s=remote", ".call details[open]");
    await page.press("Escape");
    await page.until("document.querySelector('.call') === null");
    assertEquals(await focused(page), "Sessions, handles and media, the worst first");
    for (let step = 0; step < 12; step++) {
      await page.press("Tab");
      if (await focused(page) === "Events, the newest first") break;
    }
    await page.press("ArrowDown", "Enter");
    await page.untilText('"emitter": "lab"', ".json");
    await page.press("Escape", "p");
    await page.untilText("paused", ".tail");
  });
});

Deno.test("on a phone: nothing is wider than the screen, a call covers all, fingers find their marks", async () => {
  await withPage(
    { width: 360, height: 740, mobile: true, dark: true },
    async ({ published, page }) => {
      const call = new PublishedCall(published, 500, 50, "Ann");
      await call.begin();
      for (let second = 0; second < 2; second++) await call.report(10);
      await page.untilText("loss", ".tree");
      const width = () => page.evaluate<number>("document.documentElement.scrollWidth");
      assertEquals(await width(), 360);
      const small = await page.evaluate<string[]>(`
      [...document.querySelectorAll("button, input, .row:not(.heading), .event")]
        .filter((element) => element.getBoundingClientRect().height < 28)
        .map((element) => element.innerText)`);
      assertEquals(small, []);
      await page.click(".row.handle");
      await page.untilText("What happened", ".call");
      assertEquals(await width(), 360);
      assertEquals(await page.evaluate("document.querySelector('.call').clientHeight"), 740);
      await page.click(".call .close");
      await page.until("document.querySelector('.call') === null");
      await page.click(".event");
      await page.untilText('"emitter": "lab"', ".json");
      assertEquals(await width(), 360);
    },
  );
});

/** The least contrast of a text with what is behind it, of all texts there are, and which it is. */
const LEAST_CONTRAST = `(() => {
  const parts = (color) => color.match(/[\\d.]+/g).map(Number);
  const linear = (value) => value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const behind = (element) => {
    for (let one = element; one !== null; one = one.parentElement) {
      const color = parts(getComputedStyle(one).backgroundColor);
      if (color.length === 3) return color;
    }
    return [255, 255, 255];
  };
  let least = [Infinity, ""];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (texts.currentNode.data.trim() === "" || !element.checkVisibility()) continue;
    const [a, b] = [light(parts(getComputedStyle(element).color)), light(behind(element))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < least[0]) least = [contrast, texts.currentNode.data];
  }
  return least;
})()`;

Deno.test("texts can be read, dark and light: a contrast of 4.5 at least", async () => {
  await withPage({}, async ({ published, page }) => {
    for (const [index, lost] of [0, 2, 25].entries()) {
      const call = new PublishedCall(published, 500 + index, 50, "Ann");
      await call.begin();
      for (let second = 0; second < 2; second++) {
        await call.report(lost, { rtt: lost === 2 ? 400 : 20 });
      }
      if (lost === 0) await call.hangup("DTLS alert");
    }
    await page.untilText("DTLS alert", ".tree");
    await page.evaluate("location.hash = 'call=0/502'");
    await page.untilText("What happened", ".call");
    await page.click(".event");
    await page.click(".chip");
    for (const dark of [false, true]) {
      await page.resize({ dark });
      await page.evaluate("new Promise((done) => setTimeout(done, 400))");
      const [contrast, text] = await page.evaluate<[number, string]>(LEAST_CONTRAST);
      assert(contrast >= 4.5, `${contrast} of "${text}", ${dark ? "dark" : "light"}`);
    }
  });
});

Deno.test("2,000 handles and more: few of them are drawn, and what is left out is said", async () => {
  await withPage({}, async ({ published, page }) => {
    const calls = Array.from(
      { length: 2005 },
      (_, index) => new PublishedCall(published, 10_000 + index, 50_000 + index, `caller ${index}`),
    );
    for (const call of calls) {
      await call.begin();
      await call.report();
    }
    await page.untilText("2,005 handles", ".calls");
    await page.untilText("no curve is kept of 5 calls", ".page");
    const drawn = "document.querySelectorAll('.row').length";
    assertLess(await page.evaluate<number>(drawn), 120);
    await page.evaluate("document.querySelector('.tree').focus()");
    await page.press("End");
    await page.untilText("caller 2004", ".tree");
    assertLess(await page.evaluate<number>(drawn), 120);
    // All move at once, as each second.
    await page.evaluate(`(() => {
      window.longest = 0;
      new PerformanceObserver((list) => {
        for (const { duration } of list.getEntries()) longest = Math.max(longest, duration);
      }).observe({ type: "longtask" });
    })()`);
    for (let second = 0; second < 2; second++) {
      for (const call of calls) await call.report(25);
    }
    await page.untilText("2,005 bad calls", ".top");
    const longest = await page.evaluate<number>("longest");
    console.log(`the longest task took ${Math.round(longest)} ms`);
    assertLess(longest, 1000);
  });
});

Deno.test("the monitor ends and comes back: the page says so, and goes on by itself", async () => {
  await using published = new Published();
  const first = await RunningMonitor.start("--events", published.endpoint);
  await published.ready();
  await using browser = await Browser.start();
  const page = await browser.open(`${first.address}/`);
  await new PublishedCall(published, 500, 50, "Ann").begin();
  await page.untilText("Ann", ".tree");
  await first[Symbol.asyncDispose]();
  await page.untilText("Connection to the monitor lost", ".top");
  await page.untilText("The monitor does not answer", ".top");
  await page.untilText("Ann", ".tree");
  const listen = new URL(first.address).host;
  await using second = await RunningMonitor.start(
    ...["--listen", listen, "--events", published.endpoint],
  );
  assertEquals(second.address, first.address);
  await page.until("document.querySelector('.lost') === null");
  // It knows nothing of what was before.
  await page.untilText("No sessions", ".calls");
  // What could not be loaded is what the browser itself tells of.
  assertEquals(page.complaints.filter((text) => !text.includes("net::ERR")), []);
});
