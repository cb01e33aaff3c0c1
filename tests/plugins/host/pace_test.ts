import { Pace } from "../../../plugins/host/pace.ts";
import { assert, assertEquals } from "../../assert.ts";

/** What a pace says of so many records in each millisecond, at the end. */
function after(records: readonly number[]): number {
  const pace = new Pace();
  let rate = 0;
  for (const [i, count] of records.entries()) rate = pace.note(count, 1000 + i);
  return rate;
}

const times = (count: number, records: number) => Array.from({ length: count }, () => records);

Deno.test("records a millisecond, after some milliseconds", () => {
  assertEquals(after(times(40, 30)), 30);
  assertEquals(after(times(40, 10)), 10);
  assertEquals(after([500]), 0);
  assert(after([...times(7, 0), 500]) < 1);
});

Deno.test("the rate falls once there are few, or were none for a while", () => {
  assertEquals(after([...times(40, 50), ...times(24, 1)]), 1);
  const pace = new Pace();
  for (let ms = 0; ms < 40; ms++) pace.note(50, ms);
  assertEquals(pace.note(1, 39), 50);
  assertEquals(pace.note(1, 2000), 0);
});

Deno.test("a clock that is set back does no harm", () => {
  const pace = new Pace();
  for (let ms = 100; ms < 140; ms++) pace.note(50, ms);
  assertEquals(pace.note(50, 10), 0);
  for (let ms = 11; ms < 40; ms++) pace.note(50, ms);
  assertEquals(pace.note(50, 40), 50);
});
