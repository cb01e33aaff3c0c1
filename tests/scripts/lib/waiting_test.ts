import { sleep, within } from "../../../scripts/lib/waiting.ts";
import { assertEquals, assertGreaterOrEqual, assertRejects } from "../../assert.ts";

Deno.test("sleep() waits, but no longer than until the signal", async () => {
  const begun = performance.now();
  await sleep(20);
  assertGreaterOrEqual(performance.now() - begun, 19);
  const stop = new AbortController();
  const long = sleep(60_000, stop.signal);
  stop.abort(new RangeError("enough"));
  await assertRejects(() => long, RangeError, "enough");
  await assertRejects(() => sleep(60_000, stop.signal), RangeError, "enough");
});

Deno.test("within() gives what a promise brings in time, and undefined for what comes late", async () => {
  assertEquals(await within(Promise.resolve(3), 60_000), 3);
  assertEquals(await within(new Promise(() => {}), 5), undefined);
  await assertRejects(() => within(Promise.reject(new RangeError("no")), 60_000), RangeError);
});
