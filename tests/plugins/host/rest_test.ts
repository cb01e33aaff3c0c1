import { Rest } from "../../../plugins/host/rest.ts";
import { assertEquals } from "../../assert.ts";

/** A loop that turns so often in each of some seconds. @returns how often it has come to rest after each */
function run(...turns: number[]): number[] {
  let [now, count] = [1_000_000, 0];
  const rest = new Rest(() => void count++);
  return turns.map((each) => {
    for (let turn = 0; turn < each; turn++) rest.turn(now + turn * 1000 / each);
    now += 1000;
    // The loop wakes where it is asked to.
    if (rest.deadline <= now) rest.turn(rest.deadline);
    return count;
  });
}

Deno.test("a loop that was busy comes to rest once it is quiet, once each time", () => {
  const counts = run(5000, 5000, 5000, 1, 1, 1, 1, 1, 1, 5000, 5000, 5000, 1, 1, 1, 1, 1);
  assertEquals(counts.slice(0, 3), [0, 0, 0]);
  assertEquals(counts[8], 1);
  assertEquals(counts.slice(9, 12), [1, 1, 1]);
  assertEquals(counts.at(-1), 2);
});

Deno.test("it rests neither under load nor between two bursts, nor if it was never busy", () => {
  assertEquals(run(5000, 5000, 5000, 400, 400, 400, 400, 400, 400).at(-1), 0);
  assertEquals(run(5000, 5000, 1, 5000, 5000, 1, 5000, 5000).at(-1), 0);
  assertEquals(run(1, 1, 1, 1, 1, 1, 1, 1).at(-1), 0);
});

Deno.test("it is woken for that only if it was busy", () => {
  const rest = new Rest(() => {});
  rest.turn(1000);
  assertEquals(rest.deadline, Infinity);
  for (let now = 1000; now <= 3000; now++) rest.turn(now);
  assertEquals(rest.deadline, 5000);
  rest.turn(5000);
  assertEquals(rest.deadline, Infinity);
});
