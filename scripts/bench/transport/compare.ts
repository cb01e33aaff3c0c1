/** The comparison: every transport at every window, in turns. */
import { median, medianRatio } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import { type Memory, readMemory } from "../frame/processes.ts";
import { inTurn } from "../frame/turns.ts";
import type { Key } from "./contestants.ts";
import { JanusUnderTest } from "./janus_under_test.ts";
import { measureOnce, type Sample, type Timing } from "./load.ts";
import type { Prepared } from "./prepare.ts";

/** Requests under way at a time. */
export const WINDOWS = [1, 16, 128] as const;

/** One of {@linkcode WINDOWS}. */
export type Window = (typeof WINDOWS)[number];

/** At first, for each transport: compilers that compile what is used often get to it. */
const WARM_UP: Timing = { warmup: 0, measure: 500 };

/** Samples by transport and window, one a round: those of the same round stand at one index. */
export type Samples = ReadonlyMap<Key, ReadonlyMap<Window, readonly Sample[]>>;

/** Memory of both processes. */
export interface MemoryOfBoth {
  readonly janus: Memory;
  readonly plugin: Memory;
}

/** What the comparison found. */
export interface Comparison {
  readonly samples: Samples;
  readonly memory: { readonly before: MemoryOfBoth; readonly after: MemoryOfBoth };
}

/** Measures. @throws {Error} when a transport fails */
export async function compare(
  prepared: Prepared,
  rounds: number,
  timing: Timing,
  { signal, progress }: Run,
): Promise<Comparison> {
  const { contestants } = prepared;
  await using janus = await JanusUnderTest.start(contestants, prepared);
  const memory = async () => ({
    janus: await readMemory(janus.pid),
    plugin: await readMemory(janus.plugin),
  });
  const before = await memory();
  progress("warming up");
  for (const { key, backend, options } of contestants) {
    signal.throwIfAborted();
    await measureOnce(backend, janus.address(key), janus, options(16), 16, WARM_UP);
  }
  const samples = new Map(
    contestants.map(({ key }) =>
      [key, new Map(WINDOWS.map((window) => [window, [] as Sample[]] as const))] as const
    ),
  );
  for (let round = 0; round < rounds; round++) {
    progress(`round ${round + 1} of ${rounds}`);
    for (const window of WINDOWS) {
      for (const one of inTurn(contestants, round)) {
        signal.throwIfAborted();
        const { key, backend } = one;
        const options = one.options(window);
        samples.get(key)!.get(window)!.push(
          await measureOnce(backend, janus.address(key), janus, options, window, timing),
        );
      }
    }
  }
  return { samples, memory: { before, after: await memory() } };
}

/** Processor time a request, of Janus and the plugin's process together, in microseconds. */
export function serverTime({ cpu_janus, cpu_plugin }: Sample): number {
  return cpu_janus + cpu_plugin;
}

/** Medians over all rounds; requests and stalls are added up. */
export function medianSample(samples: readonly Sample[]): Sample {
  const of = (pick: (sample: Sample) => number) => median(samples.map(pick));
  return {
    requests: samples.reduce((sum, { requests }) => sum + requests, 0),
    stalls: samples.reduce((sum, { stalls }) => sum + stalls, 0),
    rate: of(({ rate }) => rate),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    cpu_janus: of(({ cpu_janus }) => cpu_janus),
    cpu_plugin: of(({ cpu_plugin }) => cpu_plugin),
    cpu_client: of(({ cpu_client }) => cpu_client),
  };
}

/** Ours to another transport's, round by round; undefined if that one wasn't measured. */
export function ratioTo(
  samples: Samples,
  other: Key,
  window: Window,
  pick: (sample: Sample) => number,
): number | undefined {
  const ours = samples.get("zeromq")?.get(window);
  const theirs = samples.get(other)?.get(window);
  if (ours === undefined || theirs === undefined) return undefined;
  return medianRatio(ours.map(pick), theirs.map(pick));
}
