import { median, medianRatio, quantile } from "../../../scripts/lib/statistics.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("median() takes the middle, whatever the order, and leaves the numbers alone", () => {
  const numbers = [10, 2, 33];
  assertEquals(median(numbers), 10);
  assertEquals(numbers, [10, 2, 33]);
  assertEquals(median([4, 1]), 2.5);
  assertEquals(median([7]), 7);
});

Deno.test("quantile() interpolates between neighbours", () => {
  assertEquals(quantile([0, 10, 20, 30, 40], 0.25), 10);
  assertEquals(quantile([0, 10], 0.75), 7.5);
  assertEquals(quantile([3, 1, 2], 0), 1);
  assertEquals(quantile([3, 1, 2], 1), 3);
  assertThrows(() => quantile([], 0.5), RangeError, "no numbers");
});

Deno.test("medianRatio() compares within rounds", () => {
  // The third round was ten times slower for both: a ratio of the medians would be 2 as well, but
  // one of the means wouldn't.
  assertEquals(medianRatio([2, 4, 200], [1, 2, 100]), 2);
  // Where the machine slows down in the middle of everything, only pairs tell the truth.
  assertEquals(medianRatio([1, 1, 10], [2, 20, 20]), 0.5);
  assertThrows(() => medianRatio([1], [1, 2]), RangeError, "Cannot pair 1 numbers with 2");
});
