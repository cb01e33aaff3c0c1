/** The monitor's page at a real WebRTC call. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assert, assertEquals } from "../assert.ts";
import { Browser } from "../browser.ts";
import { Call, startForCalls } from "./support/call.ts";
import { RunningMonitor } from "./support/monitor.ts";

/** Where pictures go. */
const PICTURES = `${PROJECT_ROOT}/build/monitor`;

Deno.test("a real call in the page: it appears, moves, suffers a slow link, and is hung up", async () => {
  await using fixture = await startForCalls({
    settings: { event_handler: { general: { sequence: true } } },
  });
  await using monitor = await RunningMonitor.of(fixture);
  await using browser = await Browser.start();
  const page = await browser.open(`${monitor.address}/`, { dark: true });
  await page.untilText("running", ".strip");
  await page.untilText("No sessions", ".calls");
  await using call = await Call.start(fixture, { opaqueId: "desk 3", trickle: true, data: true });
  await page.untilText("desk 3", ".tree");
  await page.click(".row.handle");
  await page.until("document.querySelectorAll('.legend tbody tr').length === 3");
  const rates =
    "document.querySelector('.legend tbody').innerText.match(/[1-9][\\\\d.]* [kM]bit/g)";
  await page.until(`${rates}?.length >= 2`);
  const chart = "document.querySelector('.chart:last-of-type canvas').toDataURL()";
  const before = await page.evaluate<string>(chart);
  await page.until(`${chart} !== ${JSON.stringify(before)}`);
  await page.untilText("ICE ready", ".marks");
  await page.untilText("10.99.0.1", ".call");

  await call.tell("lose 3");
  await page.untilText("slow link", ".marks");
  await page.untilText("slow link", ".row.handle");
  assertEquals(
    await page.evaluate("document.querySelector('.row.handle').className.includes('worst2')"),
    true,
  );
  await page.untilText("bad call", ".top");
  await page.evaluate("document.activeElement.blur()");
  await Deno.mkdir(PICTURES, { recursive: true });
  await page.screenshot(`${PICTURES}/call.png`);

  await call.tell("hangup");
  await page.untilText("over", ".row.handle");
  await page.untilText("Janus API", ".call .facts");
  await page.untilText("hangup", ".marks");
  assert((await page.evaluate<string>("document.querySelector('.strip').innerText"))
    .includes("running"));
  assertEquals(page.complaints, []);
});
