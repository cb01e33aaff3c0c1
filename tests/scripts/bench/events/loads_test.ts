import { loadsOf, loadTitle } from "../../../../scripts/bench/events/loads.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("at a rate, the events that warm up come on top of those that are measured", () => {
  const bursts = { "short burst": 7, "long burst": 9 };
  const loads = loadsOf({ lead: 0.5, seconds: 2, bursts });
  assertEquals(loads.map(({ rate, count, lead }) => [rate, count, lead]), [
    [1_000, 2_500, 500],
    [10_000, 25_000, 5_000],
    [50_000, 125_000, 25_000],
    [0, 7, 0],
    [0, 9, 0],
  ]);
});

Deno.test("loadTitle() says how many events a burst has, once that is known", () => {
  assertEquals(loadTitle(10_000), "10,000/s");
  assertEquals(loadTitle("long burst", 200_000), "burst of 200,000");
  assertEquals(loadTitle("long burst"), "long burst");
});
