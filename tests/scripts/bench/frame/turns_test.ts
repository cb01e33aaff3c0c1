import { inTurn } from "../../../../scripts/bench/frame/turns.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("inTurn() gives each a turn at every place, both ways round", () => {
  const orders = [0, 1, 2, 3].map((round) => inTurn(["a", "b", "c"], round).join(""));
  assertEquals(orders, ["abc", "acb", "cab", "cba"]);
  assertEquals(inTurn([], 3), []);
});
