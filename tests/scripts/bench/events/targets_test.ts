import type { Finding } from "../../../../scripts/bench/events/compare.ts";
import { targets } from "../../../../scripts/bench/events/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival, finding, sample } from "./findings.ts";

function verdicts(findings: readonly Finding[]): (boolean | undefined)[] {
  return targets(findings).map(({ reached }) => reached);
}

function all(
  parts: { rate: number; held: number; p50: number; lost: number; added: number; peak: number },
): Finding[] {
  const { rate, held, p50, lost, added, peak } = parts;
  const burst = [sample(arrival({ rate }), 1 + added), sample(arrival({ rate }), 1 + added)];
  const steady = [sample(arrival({ rate: held, p50, lost }), 1 + added)];
  const nanomsg = [sample(arrival({ rate: 60_000 })), sample(arrival({ rate: 60_000 }))];
  return [
    finding("zeromq", steady, { 0: burst }, [20, peak]),
    finding("nanomsg", nanomsg),
    finding("null", [sample(undefined, 1)], { 0: [sample(undefined), sample(undefined)] }),
  ];
}

Deno.test("targets are reached at their limits", () => {
  const reached = verdicts(
    all({ rate: 60_000, held: 49_000, p50: 300, lost: 0, added: 2, peak: 22 }),
  );
  // The last two are of filters.
  assertEquals(reached, [...Array<boolean>(8).fill(true), undefined, undefined]);
});

Deno.test("targets are missed beyond", () => {
  const reached = verdicts(
    all({ rate: 59_999, held: 48_999, p50: 301, lost: 1, added: 2.1, peak: 22.1 }),
  );
  assertEquals(reached, [...Array<boolean>(8).fill(false), undefined, undefined]);
});

Deno.test("a fast burst counts for nothing where events are lost in it", () => {
  const lossy = [sample(arrival({ rate: 90_000 })), sample(arrival({ rate: 90_000, lost: 3 }))];
  const [burst] = targets([finding("filter", lossy)]).slice(-2);
  assertEquals(burst, {
    name: "Burst, 1 filter",
    goal: ">= 40,000/s",
    measured: "90,000/s, 3 lost",
    reached: false,
  });
});

Deno.test("what isn't there to compare with is neither reached nor missed", () => {
  assertEquals(verdicts([]), Array(10).fill(undefined));
});
