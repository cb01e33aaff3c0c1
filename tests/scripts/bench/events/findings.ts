/** Findings made up for tests. */
import type { Finding, Rate } from "../../../../scripts/bench/events/compare.ts";
import { CONTESTANTS, type Key } from "../../../../scripts/bench/events/contestants.ts";
import type { MemoryNow } from "../../../../scripts/bench/events/generating_janus.ts";
import type { Arrival, Sample } from "../../../../scripts/bench/events/measure.ts";
import { RATES } from "../../../../scripts/bench/events/compare.ts";

/** Parts of an arrival; what is left out is of no interest. */
export function arrival(parts: Partial<Arrival>): Arrival {
  const counts = { received: 100, lost: 0, doubled: 0, disordered: 0 };
  return {
    ...counts,
    seconds: 1,
    rate: 100,
    behind: 0,
    p50: 1,
    p99: 2,
    size: 520,
    cpu: 1,
    ...parts,
  };
}

/** One round of one rate. */
export function sample(one: Arrival | undefined, eventThread = 1): Sample {
  const cpu = { cpu_event_thread: eventThread, cpu_janus: 2, cpu_plugin: 1 };
  return { sent: 100, made_in: 1, arrival: one, call_mean: 1, call_most: 2, ...cpu };
}

function memory(peak: number, shared = 0): MemoryNow {
  return { rss: 10, peak: peak + shared, anonymous: 5, file: 5, shared, pss: 8 };
}

/**
 * A finding that has the same samples at every rate but those that are given.
 *
 * @param ownPeaks of the plugin's process in each burst, without what it shares
 */
export function finding(
  key: Key,
  samples: readonly Sample[],
  others: Partial<Record<Rate, readonly Sample[]>> = {},
  ownPeaks: readonly number[] = [20, 20],
): Finding {
  return {
    contestant: CONTESTANTS.find((one) => one.key === key)!,
    samples: new Map(RATES.map((rate) => [rate, others[rate] ?? samples])),
    memory: {
      started: { janus: memory(10), plugin: memory(10) },
      // The ring's memory is used for the first time bit by bit.
      bursts: ownPeaks.map((peak, i) => ({ janus: memory(30), plugin: memory(peak, 64 * i) })),
    },
  };
}
