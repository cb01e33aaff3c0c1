import { faultOf } from "../../../scripts/demonstration/stream.ts";
import { assertEquals } from "../../assert.ts";

const stored = (...numbers: number[]) =>
  numbers.map((number) => ({ id: `one/1-${number}-0`, number }));

Deno.test("a stream is whole that has each event once, in order", () => {
  assertEquals(faultOf(stored(1, 2, 3), 3), null);
});

Deno.test("a stream that misses one, has one twice or out of order is not whole", () => {
  assertEquals(faultOf(stored(1, 3), 3), "event 3 stands where 2 should");
  assertEquals(faultOf(stored(1, 2, 2), 2), "one/1-2-0 is there twice");
  assertEquals(faultOf(stored(2, 1), 2), "event 2 stands where 1 should");
  assertEquals(faultOf(stored(1, 2), 3), "the last event is 2, not 3");
});
