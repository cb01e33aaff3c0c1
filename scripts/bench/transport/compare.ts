/** The comparison: every transport at every window, in turns, once all of them are warm. */
import type { Run } from "../frame/benchmark.ts";
import { type Brokers, startBroker } from "../frame/brokers.ts";
import type { Noise, NoiseMeter } from "../frame/noise.ts";
import { type Memory, readMemory } from "../frame/processes.ts";
import { inTurn } from "../frame/turns.ts";
import type { Contestant, Key } from "./contestants.ts";
import { JanusUnderTest } from "./janus_under_test.ts";
import { measureOnce } from "./load.ts";
import type { Prepared } from "./prepare.ts";
import { SampleBook, type Samples, type Window, WINDOWS } from "./samples.ts";

/** What everything is measured with. */
export interface Bench {
  readonly prepared: Prepared;
  readonly run: Run;
  readonly noise: NoiseMeter;
}

/** Milliseconds of a look at the machine, while nothing is asked for. */
export const NOISE_MS = 300;

/** How long things take, in milliseconds. */
export interface Plan {
  readonly rounds: number;
  /** Requests before the first round, at each window: compilers compile what is used often. */
  readonly warm: number;
  /** Requests before each measurement, which don't count. */
  readonly warmup: number;
  /** Requests that count; those at a time take longest to be enough. */
  readonly measure: Readonly<Record<Window, number>>;
}

/** Memory of both processes. */
export interface MemoryOfBoth {
  readonly janus: Memory;
  readonly plugin: Memory;
}

/** What the comparison found. */
export interface Comparison {
  readonly samples: Samples;
  /** Of the Janus that all of them share. */
  readonly memory: { readonly before: MemoryOfBoth; readonly after: MemoryOfBoth };
  readonly noise: readonly Noise[];
}

/** Those that clients reach without a server in between. */
export async function compareDirect(plan: Plan, bench: Bench): Promise<Comparison> {
  const contestants = bench.prepared.contestants.filter(({ broker }) => broker === undefined);
  return await compare(contestants, plan, bench, new Map());
}

/** Ours, and those with a broker; undefined where there is none of these. */
export async function compareBrokered(plan: Plan, bench: Bench): Promise<Comparison | undefined> {
  const contestants = bench.prepared.contestants.filter(({ key, broker }) =>
    key === "zeromq" || broker !== undefined
  );
  const brokers = contestants.flatMap(({ broker }) => broker ?? []);
  if (brokers.length === 0) return undefined;
  await using stack = new AsyncDisposableStack();
  const running = new Map();
  bench.run.progress("starting brokers");
  for (const key of brokers) running.set(key, stack.use(await startBroker(key)));
  return await compare(contestants, plan, bench, running);
}

/** Measures. @throws {Error} when a transport fails */
async function compare(
  contestants: readonly Contestant[],
  plan: Plan,
  { prepared, noise, run: { signal, progress } }: Bench,
  brokers: Brokers,
): Promise<Comparison> {
  await using stack = new AsyncDisposableStack();
  const start = async (some: readonly Contestant[]) =>
    stack.use(await JanusUnderTest.start(some, prepared, brokers));
  const shared = await start(contestants.filter(({ alone }) => alone !== true));
  const homes = new Map<Key, JanusUnderTest>();
  for (const one of contestants) homes.set(one.key, one.alone ? await start([one]) : shared);

  const measure = async (one: Contestant, window: Window, warmup: number, milliseconds: number) => {
    signal.throwIfAborted();
    const { key, backend } = one;
    const janus = homes.get(key)!;
    const timing = { warmup, measure: milliseconds };
    const options = one.options(window);
    const [address, watched] = [janus.address(key), janus.watched(key)];
    return await measureOnce(backend, address, watched, options, window, timing);
  };

  const before = await memoryOf(shared);
  progress("warming up");
  for (const one of contestants) {
    for (const window of WINDOWS) await measure(one, window, 0, plan.warm);
    if (one.says !== undefined) await homes.get(one.key)!.waitUntilSaid(one.says);
  }
  const book = new SampleBook();
  const looks: Noise[] = [];
  for (let round = 0; round < plan.rounds; round++) {
    progress(`${brokers.size === 0 ? "" : "brokers: "}round ${round + 1} of ${plan.rounds}`);
    for (const window of WINDOWS) {
      for (const one of inTurn(contestants, round)) {
        const sample = await measure(one, window, plan.warmup, plan.measure[window]);
        book.add(one.key, window, sample);
      }
    }
    looks.push(await noise.look(NOISE_MS));
  }
  const after = await memoryOf(shared);
  return { samples: book.all, memory: { before, after }, noise: looks };
}

async function memoryOf({ pid, plugin }: JanusUnderTest): Promise<MemoryOfBoth> {
  return { janus: await readMemory(pid), plugin: await readMemory(plugin) };
}
