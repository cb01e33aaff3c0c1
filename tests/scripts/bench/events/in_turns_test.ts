import { measureInTurns } from "../../../../scripts/bench/events/in_turns.ts";
import { assertEquals } from "../../../assert.ts";

const LOADS = [1, 2].map((key) => ({ key, rate: key, count: 10, lead: 0 }));
const PLAN = { rounds: 2, budget: 60_000, warmup: 5, placement: "free" } as const;
const RUN = { signal: new AbortController().signal, load: 0, progress: () => {} };

Deno.test("everybody has all rounds of a load before the next load, warmed up before all of them", async () => {
  const done: string[] = [];
  const one = (name: string, loads?: readonly number[]) => ({
    loads,
    warmUp: (count: number) => Promise.resolve(void done.push(`${name} warm ${count}`)),
    measure: ({ key }: { readonly key: number }) => {
      done.push(`${name}${key}`);
      return Promise.resolve(`${name}${key}`);
    },
  });
  const first = {
    title: "first",
    seconds: 1,
    measure: (round: number) => Promise.resolve(void done.push(`first${round}`)),
  };
  const afterRound = () => Promise.resolve(void done.push("|"));
  const all = [one("a"), one("b", [2]), one("c")];
  const others = { first: [first], afterRound };
  const begun = performance.now();
  const { sampled, rounds } = await measureInTurns(all, LOADS, PLAN, begun, RUN, others);
  assertEquals(rounds, 2);
  assertEquals(
    done.join(" "),
    "a warm 5 b warm 5 c warm 5 first0 | first1 | a1 c1 | c1 a1 | a2 b2 c2 | c2 b2 a2 |",
  );
  assertEquals(sampled.map(({ samples }) => [samples.get(1), samples.get(2)]), [
    [["a1", "a1"], ["a2", "a2"]],
    [[], ["b2", "b2"]],
    [["c1", "c1"], ["c2", "c2"]],
  ]);
});
