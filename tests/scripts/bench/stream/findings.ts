/** Findings made up for tests. */
import { type Finding, type Rate, RATES } from "../../../../scripts/bench/stream/compare.ts";
import { CONTESTANTS, type Key } from "../../../../scripts/bench/stream/contestants.ts";
import type { MemoryNow } from "../../../../scripts/bench/events/generating_janus.ts";
import type { Sample } from "../../../../scripts/bench/stream/measure.ts";
import type { PerProcess } from "../../../../scripts/bench/stream/stream_janus.ts";

/** One round of one rate. */
export function sample(parts: Partial<Sample>): Sample {
  return {
    sent: 100,
    made_in: 1,
    pub: undefined,
    stream: undefined,
    stored: undefined,
    cpu: {},
    ...parts,
  };
}

function memory(own: number, shared: number): MemoryNow {
  return {
    rss: own + shared,
    peak: own + shared,
    anonymous: 5,
    file: own - 5,
    shared,
    pss: own - 2,
  };
}

/**
 * A finding that has the same samples at every rate but those that are given.
 *
 * @param peaks of processes in each burst, in MiB, without the ring; all began with 10
 */
export function finding(
  key: Key,
  samples: readonly Sample[],
  others: Partial<Record<Rate, readonly Sample[]>> = {},
  peaks: readonly PerProcess<number>[] = [],
): Finding {
  const keys = Object.keys(peaks[0] ?? {});
  return {
    contestant: CONTESTANTS.find((one) => one.key === key)!,
    samples: new Map(RATES.map((rate) => [rate, others[rate] ?? samples])),
    memory: {
      started: Object.fromEntries(keys.map((one) => [one, memory(10, 1)])),
      bursts: peaks.map((peak) =>
        Object.fromEntries(
          Object.entries(peak).map((
            [one, own],
          ) => [one, { own, shared: 40, anonymous: own, pss: own }]),
        )
      ),
    },
  };
}
