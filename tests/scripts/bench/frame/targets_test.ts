import { numberTarget, ratioTarget } from "../../../../scripts/bench/frame/targets.ts";
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
