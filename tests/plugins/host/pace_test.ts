import { Pace } from "../../../plugins/host/pace.ts";
import { assertEquals } from "../../assert.ts";

/** What a pace says of so many records in each millisecond, at the end. */
function after(records: readonly number[]): boolean {
  const pace = new Pace();
  let fast = false;
  for (const [i, count] of records.entries()) fast = pace.note(count, 1000 + i);
  return fast;
}

const times = (count: number, records: number) => Array.from({ length: count }, () => records);

Deno.test("records come fast after some milliseconds of 20 or more each", () => {
  assertEquals(after(times(40, 30)), true);
  assertEquals(after(times(40, 10)), false);
  assertEquals(after([500]), false);
  assertEquals(after([...times(7, 0), 500]), false);
});

Deno.test("they come fast no more once there are few, or were none for a while", () => {
  assertEquals(after([...times(40, 50), ...times(24, 1)]), false);
  const pace = new Pace();
  for (let ms = 0; ms < 40; ms++) pace.note(50, ms);
  assertEquals(pace.note(1, 39), true);
  assertEquals(pace.note(1, 2000), false);
});

Deno.test("a clock that is set back does no harm", () => {
  const pace = new Pace();
  for (let ms = 100; ms < 140; ms++) pace.note(50, ms);
  assertEquals(pace.note(50, 10), false);
  for (let ms = 11; ms < 40; ms++) pace.note(50, ms);
  assertEquals(pace.note(50, 40), true);
});
