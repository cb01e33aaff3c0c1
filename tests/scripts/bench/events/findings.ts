/** Findings made up for tests. */
import type { Finding } from "../../../../scripts/bench/events/finding.ts";
import type { Key } from "../../../../scripts/bench/events/contestant.ts";
import { CONTESTANTS } from "../../../../scripts/bench/events/contestants.ts";
import type { FreshSample } from "../../../../scripts/bench/events/fresh.ts";
import type { MemoryNow } from "../../../../scripts/bench/events/generating_janus.ts";
import { type LoadKey, LOADS } from "../../../../scripts/bench/events/loads.ts";
import type { Arrival, Sample } from "../../../../scripts/bench/events/measure.ts";

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
    p99_9: 3,
    most: 4,
    size: 520,
    cpu: 1,
    ...parts,
  };
}

/** One start. @param p99 of the first second */
export function fresh(p99: number, lost = 0): FreshSample {
  const [p50, p99_9, most] = [p99 / 2, p99 * 2, p99 * 3];
  return {
    lost,
    first_300_ms: { p50, p99: p99 + 1, p99_9, most },
    first_second: { p50, p99, p99_9, most },
  };
}

/** One round of one load. @param all processor time of all processes */
export function sample(one: Arrival | undefined, eventThread = 1, all = 4): Sample {
  const cpu = {
    ...{ cpu_event_thread: eventThread, cpu_janus: 2, cpu_plugin: 1, cpu_broker: 0 },
    cpu_all: all,
  };
  return { sent: 100, made_in: 1, arrival: one, call_mean: 1, call_most: 2, ...cpu };
}

function memory(peak: number, shared = 0): MemoryNow {
  return { rss: 10, peak: peak + shared, anonymous: 5, file: 5, shared, pss: 8 };
}

/**
 * A finding that has the same samples under every load that its contestant is given, but those here.
 *
 * @param ownPeaks of the plugin's process in each burst, without what it shares
 */
export function finding(
  key: Key,
  samples: readonly Sample[],
  others: Partial<Record<LoadKey, readonly Sample[]>> = {},
  ownPeaks: readonly number[] = [20, 20],
  starts: readonly FreshSample[] = [],
): Finding {
  const contestant = CONTESTANTS.find((one) => one.key === key)!;
  const given = (load: LoadKey) => contestant.loads?.includes(load) ?? true;
  return {
    contestant,
    samples: new Map(
      LOADS.map((load) => [load, given(load) ? others[load] ?? samples : []]),
    ),
    fresh: starts,
    memory: {
      started: { janus: memory(10), plugin: memory(10) },
      // The ring's memory is used for the first time bit by bit.
      bursts: ownPeaks.map((peak, i) => ({ janus: memory(30), plugin: memory(peak, 64 * i) })),
    },
  };
}
