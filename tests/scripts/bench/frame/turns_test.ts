import { inTurn, type Part, takeRounds } from "../../../../scripts/bench/frame/turns.ts";
import { sleep } from "../../../../scripts/lib/waiting.ts";
import { assert, assertEquals } from "../../../assert.ts";

Deno.test("inTurn() gives each a turn at every place, both ways round", () => {
  const orders = [0, 1, 2, 3].map((round) => inTurn(["a", "b", "c"], round).join(""));
  assertEquals(orders, ["abc", "cba", "bca", "acb"]);
  assertEquals([0, 1].map((round) => inTurn(["a", "b"], round).join("")), ["ab", "ba"]);
  assertEquals(inTurn([], 3), []);
});

const SILENT = { progress: () => {} };

/** Parts whose rounds are written down, and take so many milliseconds. */
function parts(times: Readonly<Record<string, number>>, done: string[] = []): Part[] {
  return Object.entries(times).map(([title, milliseconds]) => ({
    title,
    seconds: milliseconds || 1,
    async measure(round: number) {
      done.push(`${title}${round}`);
      if (milliseconds > 0) await sleep(milliseconds);
    },
  }));
}

Deno.test("takeRounds() takes all rounds of a part before the next, and says how far it is", async () => {
  const said: string[] = [], done: string[] = [];
  const run = { progress: (text: string) => said.push(text) };
  const plan = { rounds: 2, budget: 60_000 };
  const taken = await takeRounds(parts({ a: 0, b: 0 }, done), plan, performance.now(), run);
  assertEquals(taken, { rounds: 2, notes: [] });
  assertEquals(done, ["a0", "a1", "b0", "b1"]);
  assertEquals(said, [
    ...["a: round 1 of 2", "a: round 2 of 2"],
    ...["b: round 1 of 2", "b: round 2 of 2"],
  ]);
});

Deno.test("takeRounds() does one round of each in any case, and says who had fewer", async () => {
  const begun = performance.now() - 1_000;
  const done: string[] = [];
  const plan = { rounds: 5, budget: 10 };
  const taken = await takeRounds(parts({ a: 0, b: 0 }, done), plan, begun, SILENT);
  assertEquals(done, ["a0", "b0"]);
  assertEquals(taken, {
    rounds: 1,
    notes: ["a", "b"].map((title) =>
      `${title}: only 1 of 5 rounds, more would have taken too long`
    ),
  });
});

Deno.test("takeRounds() leaves each part its share of a time that is too short", async () => {
  const done: string[] = [];
  const plan = { rounds: 100, budget: 1_600 };
  await takeRounds(parts({ a: 40, b: 120 }, done), plan, performance.now(), SILENT);
  const rounds = (title: string) => done.filter((one) => one.startsWith(title)).length;
  // Ten of each, if sleep were exact: where the machine is busy, there are fewer.
  for (const title of ["a", "b"]) {
    const number = rounds(title);
    assert(number >= 2 && number <= 11, `${number} rounds of ${title}`);
  }
});

Deno.test("takeRounds() leaves to later parts what an earlier one doesn't need", async () => {
  const done: string[] = [];
  const begun = performance.now();
  const quick = { title: "a", seconds: 1_000, measure: () => Promise.resolve() };
  const [slow] = parts({ b: 20 }, done);
  await takeRounds([quick, slow!], { rounds: 5, budget: 60_000 }, begun, SILENT);
  assertEquals(done.length, 5);
});
