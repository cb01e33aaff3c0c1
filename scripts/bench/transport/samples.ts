/** Measurements of all rounds, and what they come down to. */
import { median, medianRatio } from "../../lib/statistics.ts";
import type { Key } from "./contestants.ts";
import type { Sample } from "./load.ts";

/** Requests under way at a time. */
export const WINDOWS = [1, 16, 128] as const;

/** One of {@linkcode WINDOWS}. */
export type Window = (typeof WINDOWS)[number];

/** Samples by transport and window, one a round: those of the same round stand at one index. */
export type Samples = ReadonlyMap<Key, ReadonlyMap<Window, readonly Sample[]>>;

/** Samples to which more are added. */
export class SampleBook {
  readonly #samples = new Map<Key, Map<Window, Sample[]>>();

  /** What was added. */
  get all(): Samples {
    return this.#samples;
  }

  /** Adds one of this round. */
  add(key: Key, window: Window, sample: Sample): void {
    const windows = this.#samples.get(key) ?? new Map<Window, Sample[]>();
    this.#samples.set(key, windows);
    windows.set(window, [...windows.get(window) ?? [], sample]);
  }
}

/** Picks a number of a sample. */
export type Pick = (sample: Sample) => number;

/** Processor time a request, of Janus and the plugin's process together, in microseconds. */
export function serverTime({ cpu_janus, cpu_plugin }: Sample): number {
  return cpu_janus + cpu_plugin;
}

/** Processor time a request of everything that it goes through, in microseconds. */
export function wholeTime(sample: Sample): number {
  return serverTime(sample) + sample.cpu_broker + sample.cpu_client;
}

/** Medians over all rounds; stalls are added up. */
export function medianSample(samples: readonly Sample[]): Sample {
  const of = (pick: Pick) => median(samples.map(pick));
  return {
    requests: of(({ requests }) => requests),
    stalls: samples.reduce((sum, { stalls }) => sum + stalls, 0),
    rate: of(({ rate }) => rate),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    p999: of(({ p999 }) => p999),
    cpu_janus: of(({ cpu_janus }) => cpu_janus),
    cpu_plugin: of(({ cpu_plugin }) => cpu_plugin),
    cpu_broker: of(({ cpu_broker }) => cpu_broker),
    cpu_client: of(({ cpu_client }) => cpu_client),
  };
}

/** The most in any round. */
export function worst(samples: readonly Sample[], pick: Pick): number {
  return Math.max(...samples.map(pick));
}

function bothOf(
  samples: Samples,
  [one, other]: readonly [Key, Key],
  window: Window,
  pick: Pick,
): [number[], number[]] | undefined {
  const [these, those] = [samples.get(one)?.get(window), samples.get(other)?.get(window)];
  return these && those && [these.map(pick), those.map(pick)];
}

/** One to another, round by round; undefined if either wasn't measured. */
export function ratioOf(
  samples: Samples,
  keys: readonly [Key, Key],
  window: Window,
  pick: Pick,
): number | undefined {
  const both = bothOf(samples, keys, window, pick);
  return both && medianRatio(...both);
}

/** By how much one is more than another, round by round; undefined if either wasn't measured. */
export function differenceOf(
  samples: Samples,
  keys: readonly [Key, Key],
  window: Window,
  pick: Pick,
): number | undefined {
  const both = bothOf(samples, keys, window, pick);
  return both && median(both[0].map((value, round) => value - both[1][round]!));
}
