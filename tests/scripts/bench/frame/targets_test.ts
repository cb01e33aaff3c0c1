import {
  everyRoundTarget,
  numberTarget,
  ratioTarget,
  roundsTarget,
} from "../../../../scripts/bench/frame/targets.ts";
import { assertEquals } from "../../../assert.ts";

const rate = (number: number) => `${number}/s`;

Deno.test("a target is reached at its limit, and missed beyond", () => {
  const reached = (measured: number, limit: { most: number } | { least: number }) =>
    numberTarget("a", measured, limit, rate).reached;
  assertEquals([reached(5, { most: 5 }), reached(5.1, { most: 5 })], [true, false]);
  assertEquals([reached(5, { least: 5 }), reached(4.9, { least: 5 })], [true, false]);
});

Deno.test("a target says its goal and what was measured, in its unit", () => {
  assertEquals(numberTarget("a", 7, { least: 5 }, rate), {
    name: "a",
    goal: ">= 5/s",
    measured: "7/s",
    reached: true,
  });
  assertEquals(ratioTarget("a", undefined, { most: 1 }), {
    name: "a",
    goal: "<= 1.00",
    measured: "not measured",
    reached: undefined,
  });
});

Deno.test("a target for every round tells in how many it was reached, and wants all", () => {
  const target = (ratios: readonly number[]) => everyRoundTarget("a", ratios, { least: 1 });
  assertEquals(target([1, 3, 2]), {
    name: "a",
    goal: ">= 1.00 in every round",
    measured: "2.00, in 3 of 3 rounds",
    reached: true,
  });
  assertEquals(target([0.99, 3, 2]).reached, false);
  assertEquals(everyRoundTarget("a", undefined, { least: 1 }).reached, undefined);
});

Deno.test("a target over the rounds is for their median, and shows the worst", () => {
  const most = roundsTarget("a", [3, 9, 4], { most: 4 }, rate);
  assertEquals([most.measured, most.reached], ["4/s, worst 9/s", true]);
  const least = roundsTarget("a", [3, 9, 4], { least: 5 }, rate);
  assertEquals([least.measured, least.reached], ["4/s, worst 3/s", false]);
  assertEquals(roundsTarget("a", undefined, { least: 5 }, rate).reached, undefined);
});
