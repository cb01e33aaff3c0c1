import { parseTicks, sharesBetween } from "../../../../scripts/bench/events/machine.ts";
import { assertEquals } from "../../../assert.ts";

const STAT = "cpu  100 10 50 800 20 5 5 10 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\nintr 5\n";

Deno.test("parseTicks() adds up all cores; guests' time is in user time already", () => {
  assertEquals(parseTicks(STAT), { all: 1_000, idle: 820, stolen: 10 });
});

Deno.test("parseTicks() reads this machine's", async () => {
  const { all, idle } = parseTicks(await Deno.readTextFile("/proc/stat"));
  assertEquals(all > idle && idle > 0, true);
});

Deno.test("sharesBetween() takes what happened in between, and nothing of nothing", () => {
  const before = parseTicks(STAT);
  const after = { all: 1_200, idle: 970, stolen: 20 };
  assertEquals(sharesBetween(before, after), { busy: 0.25, stolen: 0.05 });
  assertEquals(sharesBetween(before, before).stolen, 0);
});
