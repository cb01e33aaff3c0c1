import type { Comparison } from "../../../../scripts/bench/transport/compare.ts";
import type { Key } from "../../../../scripts/bench/transport/contestants.ts";
import type { Sample } from "../../../../scripts/bench/transport/load.ts";
import { SampleBook, type Samples, WINDOWS } from "../../../../scripts/bench/transport/samples.ts";
import type { Scale } from "../../../../scripts/bench/transport/scale.ts";

/** A measurement with these numbers. */
export function sampleOf(numbers: Partial<Sample>): Sample {
  return {
    ...{ requests: 1_000, rate: 1, p50: 1, p99: 1, p999: 1, stalls: 0 },
    ...{ cpu_janus: 0, cpu_plugin: 0, cpu_broker: 0, cpu_client: 0 },
    ...numbers,
  };
}

/** The same samples at every window, one a round. */
export function samplesOf(all: Partial<Record<Key, readonly Partial<Sample>[]>>): Samples {
  const book = new SampleBook();
  for (const [key, rounds] of Object.entries(all) as [Key, readonly Partial<Sample>[]][]) {
    for (const window of WINDOWS) {
      for (const numbers of rounds) book.add(key, window, sampleOf(numbers));
    }
  }
  return book.all;
}

/** Memory of which only one number matters. */
export function memoryOf(rss: number) {
  return { rss, peak: rss, anonymous: 0, file: 0, shared: 0 };
}

/** A comparison with these samples. */
export function comparisonOf(samples: Samples): Comparison {
  const memory = { janus: memoryOf(1), plugin: memoryOf(1) };
  return { samples, memory: { before: memory, after: memory }, noise: [] };
}

/** Many peers, at window 128: each number is that of all who ask, for ours and in C. */
export function scaleOf(
  ours: Partial<Sample>,
  native: Partial<Sample>,
  rest: { readonly rss?: number; readonly idleMs?: number; readonly oneOfMany?: number } = {},
): Scale {
  const { rss = 1, idleMs = 0, oneOfMany = 10 } = rest;
  const idle = {
    seconds: 10,
    threads: { deno: idleMs / 2, "ZMQbg/IO/0": idleMs / 2 },
    total: idleMs,
  };
  const group = (key: Key, many: Partial<Sample>) => ({
    ...{ key, window: 128 as const, one: [sampleOf({ cpu_janus: 10 })] },
    "one of many": [sampleOf({ cpu_janus: oneOfMany })],
    many: [sampleOf(many)],
  });
  return {
    samples: [group("zeromq", ours), group("native", native)],
    idle: { one: idle, many: idle },
    memory: {
      connected: memoryOf(1),
      rests: [{ seconds: 0, memory: memoryOf(200) }, { seconds: 15, memory: memoryOf(rss) }],
    },
    memory_of_one: memoryOf(1),
    noise: [],
  };
}
