import type { Finding } from "../../../../scripts/bench/stream/compare.ts";
import { targets } from "../../../../scripts/bench/stream/targets.ts";
import { assertEquals } from "../../../assert.ts";
import { arrival } from "../events/findings.ts";
import { finding, sample } from "./findings.ts";

interface Parts {
  readonly rate: number;
  readonly p50: number;
  readonly cpu: number;
  readonly pub: number;
  readonly lost: number;
  readonly peak: number;
}

/** In the second round everything took twice as long. */
function all({ rate, p50, cpu, pub, lost, peak }: Parts): Finding[] {
  const rounds = [1, 2, 1];
  const stream = rounds.map((slow) =>
    sample({
      stream: arrival({ rate, p50, lost }),
      pub: arrival({ p50: pub * slow }),
      cpu: { janus: 100, plugin: cpu / 3, companion: cpu * 2 / 3, engine: 100 },
    })
  );
  const unread = rounds.map(() =>
    sample({
      stored: { messages: 100 - lost, rate },
      cpu: { janus: 100, plugin: cpu / 3, companion: cpu * 2 / 3, engine: 100 },
    })
  );
  const zeromq = rounds.map((slow) =>
    sample({ pub: arrival({ p50: 100 * slow }), cpu: { plugin: 0 } })
  );
  return [
    finding("stream", stream, {}, [{ plugin: 15, companion: peak - 15 }]),
    finding("unread", unread, { 1_000: [], 10_000: [] }),
    finding("zeromq", zeromq, {}, [{ plugin: 20 }]),
  ];
}

function verdicts(findings: readonly Finding[]): (boolean | undefined)[] {
  return targets(findings).map(({ reached }) => reached);
}

Deno.test("targets are reached at their limits", () => {
  const limits = { rate: 40_000, p50: 2_000, cpu: 15, pub: 110, lost: 0, peak: 80 };
  assertEquals(verdicts(all(limits)), Array(14).fill(true));
});

Deno.test("targets are missed beyond", () => {
  const beyond = { rate: 39_999, p50: 2_001, cpu: 15.1, pub: 111, lost: 1, peak: 81 };
  assertEquals(verdicts(all(beyond)), Array(14).fill(false));
});

Deno.test("a fast burst counts for nothing where events are lost in it", () => {
  const [stored, both] = targets(all({ rate: 90_000, p50: 1, cpu: 1, pub: 1, lost: 2, peak: 30 }));
  for (const burst of [stored, both]) {
    assertEquals(burst?.measured, "90,000/s, worst 90,000/s, 6 lost");
    assertEquals(burst?.reached, false);
  }
});

Deno.test("the median decides, and the worst round stands beside it", () => {
  const rounds = [50_000, 41_000, 30_000].map((rate) => sample({ stream: arrival({ rate }) }));
  const [, burst] = targets([finding("stream", rounds)]);
  assertEquals(burst?.measured, "41,000/s, worst 30,000/s");
  assertEquals(burst?.reached, true);
});

Deno.test("what isn't there is neither reached nor missed", () => {
  assertEquals(verdicts([]), Array(14).fill(undefined));
});
