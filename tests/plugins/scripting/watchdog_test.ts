/** When a process counts as stuck. */
import { Watchdog } from "../../../plugins/scripting/watchdog.ts";
import { assertEquals } from "../../assert.ts";

/** Looks at these times. @returns when it said that it is stuck */
function looks(watchdog: Watchdog, times: readonly number[]): number[] {
  return times.filter((now) => watchdog.look(now));
}

Deno.test("a process is stuck once nothing was heard for the timeout, and that is said once", () => {
  const watchdog = new Watchdog(250);
  watchdog.heard(1000);
  assertEquals(looks(watchdog, [1100, 1200, 1249, 1250, 1300, 2000]), [1250]);
  watchdog.heard(2000);
  assertEquals(looks(watchdog, [2100, 2200, 2300]), [2300]);
});

Deno.test("time in which we had no turn ourselves counts for 120 ms at most", () => {
  const watchdog = new Watchdog(250);
  watchdog.heard(0);
  assertEquals(looks(watchdog, [10_000, 20_000, 20_011]), [20_011]);
});
