import { inTurn, takeRounds } from "../../../../scripts/bench/frame/turns.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("inTurn() gives each a turn at every place, both ways round", () => {
  const orders = [0, 1, 2, 3].map((round) => inTurn(["a", "b", "c"], round).join(""));
  assertEquals(orders, ["abc", "acb", "cab", "cba"]);
  assertEquals(inTurn([], 3), []);
});

Deno.test("takeRounds() measures round after round, and says how far it is", async () => {
  const said: string[] = [], measured: number[] = [];
  const run = { progress: (text: string) => said.push(text) };
  const plan = { rounds: 2, budget: 60_000 };
  const done = await takeRounds(plan, performance.now(), run, (round) => {
    measured.push(round);
    return Promise.resolve();
  });
  assertEquals(done, { rounds: 2, notes: [] });
  assertEquals(measured, [0, 1]);
  assertEquals(said, ["round 1 of 2", "round 2 of 2"]);
});

Deno.test("takeRounds() does one round in any case, and none that would end too late", async () => {
  const begun = performance.now() - 1_000;
  const run = { progress: () => {} };
  const done = await takeRounds({ rounds: 5, budget: 10 }, begun, run, () => Promise.resolve());
  assertEquals(done.rounds, 1);
  assertEquals(done.notes, ["Only 1 of 5 rounds: more would have taken too long"]);
});
