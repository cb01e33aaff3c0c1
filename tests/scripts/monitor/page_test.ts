/** The monitor's page, in a real browser. */
import { assert, assertEquals, assertGreater, assertLess } from "../../assert.ts";
import { sleep } from "../../../scripts/lib/waiting.ts";
import { PublishedCall, withPage } from "./published.ts";

const CANVAS = ".chart:last-of-type canvas";

Deno.test("a call appears, its curve moves, a slow link marks it, and a hangup ends it", async () => {
  await withPage({}, async ({ published, page }) => {
    await page.untilText("No sessions", ".calls");
    const call = new PublishedCall(published, 501, 51, "Ann");
    await call.begin();
    await page.untilText("Ann", ".tree");
    await page.until("document.querySelectorAll('.row.handle').length === 1");
    await page.click(".row.handle");
    await page.untilText("connected", ".call .facts");
    assertEquals(await page.evaluate("location.hash"), "#call=0/501");
    const picture = () => page.evaluate<string>(`document.querySelector("${CANVAS}").toDataURL()`);
    for (let second = 0; second < 3; second++) {
      await call.report();
      await sleep(1000);
    }
    await page.until(`document.querySelector("${CANVAS}") !== null`);
    await page.untilText("20 ms", ".legend");
    await page.until("/[345]\\d\\d kbit/.test(document.querySelector('.legend tbody').innerText)");
    const before = await picture();
    await call.report(20);
    await call.report(20);
    // 20 of 70 that were sent.
    await page.untilText("29 %", ".legend");
    await page.until(
      `document.querySelector("${CANVAS}").toDataURL() !== ${JSON.stringify(before)}`,
    );
    await page.untilText("Bad into Janus (↓): loss", ".call");
    assertEquals(await page.evaluate("document.title"), "✖ 1 bad · Janus monitor");

    await published.send(call.event(32, 2, { media: "audio", mid: "0", slow_link: "uplink" }));
    await page.untilText("slow link", ".marks");
    await page.untilText("slow link", ".row.handle");

    await call.hangup("DTLS alert");
    await page.untilText("hangup DTLS alert", ".marks");
    await page.untilText("over", ".row.handle");
    await page.untilText("DTLS alert", ".call .facts");
    await page.untilText("10.0.0.2:4000", ".call");
    assertEquals(await page.evaluate("document.querySelectorAll('.call details').length"), 2);
    await page.evaluate("document.querySelector('.call summary').click()");
    await page.untilText("s=remote", ".call details");
  });
});

/** Whether the first curve is in the columns of its picture, from left to right, without repetitions. */
const DRAWN = `(() => {
  const [red, green, blue] = getComputedStyle(document.querySelector(".swatch")).backgroundColor
    .match(/\\d+/g).map(Number);
  const canvas = document.querySelector(".chart canvas");
  const { data, width, height } =
    canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let found = "";
  for (let x = 0; x < width; x++) {
    let any = 0;
    for (let y = 0; y < height; y++) {
      const at = (y * width + x) * 4;
      const away = Math.abs(data[at] - red) + Math.abs(data[at + 1] - green) +
        Math.abs(data[at + 2] - blue);
      if (away < 60 && data[at + 3] > 100) any = 1;
    }
    if (!found.endsWith(String(any))) found += any;
  }
  return found;
})()`;

Deno.test("the server goes and comes back: it is said, and the curve has a gap", async () => {
  await withPage({}, async ({ published, page, monitor }) => {
    const call = new PublishedCall(published, 501, 51, "Ann");
    await call.begin();
    await page.go(`${monitor.address}/#call=0/501`);
    for (let second = 0; second < 3; second++) {
      await call.report();
      await sleep(1000);
    }
    await page.untilText("20 ms", ".legend");
    const back = await published.away();
    await page.untilText("is lost; it is being made again", ".strip");
    await page.untilText("1 server with problems", ".top");
    await page.untilText("No events come from lab: what is shown is as of", ".call");
    await page.until("document.querySelector('.row.handle.stale') !== null");
    await sleep(3500);
    await back();
    await page.untilText("connected", ".strip .facts");
    for (let second = 0; second < 2; second++) {
      await call.report();
      await sleep(1000);
    }
    await page.untilText("Nothing came:", ".call");
    // Here is a line, there is none, and here is one again.
    assertEquals(await page.evaluate(DRAWN), "01010");
    await page.until("document.querySelector('.strip .problem, .row.stale') === null");
  });
});

Deno.test("the filter, and only what has trouble; the address keeps both", async () => {
  await withPage({}, async ({ published, page, monitor }) => {
    const calls = ["Ann", "Bob", "Cleo"].map((name, index) =>
      new PublishedCall(published, 500 + index, 50 + index, name)
    );
    for (const call of calls) await call.begin();
    for (let second = 0; second < 2; second++) {
      for (const [index, call] of calls.entries()) await call.report(index === 2 ? 25 : 0);
    }
    await page.untilText("loss", ".tree .row.handle .value2");
    // Rows move every few seconds only.
    await page.until("document.querySelector('.opaque').innerText === 'Cleo'");
    const names = () =>
      page.evaluate<string[]>("[...document.querySelectorAll('.opaque')].map((e) => e.innerText)");
    // The worst first.
    assertEquals(await names(), ["Cleo", "Ann", "Bob"]);
    await page.press("/");
    await page.press(..."bob");
    await page.untilText("1 of 3 handles", ".calls");
    assertEquals(await names(), ["Bob"]);
    assertEquals(await page.evaluate("location.hash"), "#filter=bob");
    await page.press("x");
    await page.untilText("Nothing matches the filter", ".calls");
    await page.press("Escape");
    await page.untilText("3 handles", ".calls");
    await page.click(".calls header button");
    await page.untilText("1 of 3 handles", ".calls");
    assertEquals(await names(), ["Cleo"]);
    await page.go("about:blank");
    await page.go(`${monitor.address}/#filter=ann&call=0/501`);
    await page.untilText("Bob", ".call h2");
    assertEquals(await names(), ["Ann", "Bob"]);
    await page.go(`${monitor.address}/#call=0/12345`);
    await page.untilText("There is no such handle", ".call");
    // It is what the browser itself says of an answer that is none.
    assertEquals(page.complaints.splice(0).filter((text) => !text.includes("404")), []);
  });
});

Deno.test("the tail: types, pause, an event as JSON", async () => {
  await withPage({}, async ({ published, page }) => {
    const call = new PublishedCall(published, 12_345_678_901_234, 51, "Ann");
    await call.begin();
    await page.untilText("webrtc.ice", ".entries");
    const types = () =>
      page.evaluate<string[]>(
        "[...new Set([...document.querySelectorAll('.event b')].map((e) => e.innerText.split('.')[0]))].sort()",
      );
    assertEquals(await types(), ["handles", "jsep", "sessions", "webrtc"]);
    await page.click(".chip:nth-of-type(4)");
    await page.until("!document.querySelector('.entries').innerText.includes('webrtc')");
    assertEquals(await types(), ["handles", "jsep", "sessions"]);
    await page.click(".chip:nth-of-type(4)");
    await page.untilText("webrtc", ".entries");

    await page.click(".tail header button");
    await call.hangup("Close PC");
    await page.untilText("paused, 1 newer event", ".tail");
    assert(
      !(await page.evaluate<string>("document.querySelector('.entries').innerText"))
        .includes("Close PC"),
    );
    await page.click(".tail header button");
    await page.untilText("Close PC", ".entries");

    await page.click(".event");
    await page.untilText('"handle_id": 12345678901234', ".json");
    await page.untilText('"reason": "Close PC"', ".json");
    await published.send(call.event(64, 0, { plugin: "p", data: { long: "x".repeat(10_000) } }));
    await page.untilText("plugins", ".event");
    await page.press("ArrowUp");
    await page.untilText("too long: only its beginning is kept", ".json");
    await page.press("Escape");
    await page.until("document.querySelector('.json') === null");
  });
});

const HOSTILE = [
  "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
  "\u202egnp.exe\u0000\u2066",
  `long ${"W".repeat(1_000_000)}`,
  "javascript:alert(1)",
  "é́́́́́́́́́́́́́́́́́́́́́́́́́",
  "\ud800",
];

Deno.test("names that others chose do no harm, at any width", async () => {
  await withPage({}, async ({ published, page }) => {
    for (const [index, name] of HOSTILE.entries()) {
      const call = new PublishedCall(published, 500 + index, 50 + index, name);
      await call.begin();
      await call.report();
      await call.hangup(name.slice(0, 2000));
    }
    await page.until(`document.querySelectorAll(".opaque").length === ${HOSTILE.length}`);
    await page.untilText("⟨202E⟩gnp.exe␀⟨2066⟩", ".tree");
    await page.untilText("<img src=x", ".tree");
    for (const [width, height] of [[1440, 900], [360, 740]] as const) {
      await page.resize({ width, height, mobile: width < 400 });
      for (let index = 0; index < HOSTILE.length; index++) {
        await page.evaluate(`location.hash = "call=0/${500 + index}"`);
        await page.untilText("over", ".call");
        await page.untilText("hangup", ".marks");
        assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
        assertEquals(await page.evaluate("document.title"), "Janus monitor");
      }
      await page.evaluate("location.hash = ''");
      await page.until("document.querySelector('.call') === null");
      assertEquals(await page.evaluate("document.documentElement.scrollWidth"), width);
    }
    assertEquals(
      await page.evaluate("document.querySelectorAll('img, iframe, #app script').length"),
      0,
    );
    assertLess(await page.evaluate<number>("document.body.innerText.length"), 30_000);
  });
});

Deno.test("nothing runs but the page's own script, and nothing is loaded from anywhere", async () => {
  await withPage({}, async ({ page, monitor }) => {
    const { headers } = await fetch(monitor.address, { method: "HEAD" });
    const policy = headers.get("content-security-policy") ?? "";
    assert(policy.startsWith("default-src 'none'; script-src 'sha256-"), policy);
    assert(!/unsafe|https?:|\*/.test(policy), policy);
    const loaded = await page.evaluate<string[]>(
      "performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin)",
    );
    assertEquals(loaded.filter((origin) => origin !== monitor.address), []);
    await page.evaluate(`(() => {
      const script = document.createElement("script");
      try { script.text = "document.title = 'owned'"; } catch {}
      document.body.append(script);
    })()`);
    await page.evaluate("new Promise((resolve) => setTimeout(resolve, 100))");
    assertEquals(await page.evaluate("document.title"), "Janus monitor");
    // The policy says what it forbade: that was the test's doing.
    assertGreater(page.complaints.splice(0).length, 0);
  });
});
