/** A thousand peers with ten sessions each, against one peer with one session. */
import { medianRatio } from "../../lib/statistics.ts";
import { sleep } from "../../lib/waiting.ts";
import type { Run } from "../frame/benchmark.ts";
import { type Memory, readMemory, readThreadTimes, usedBetween } from "../frame/processes.ts";
import { type MemoryOfBoth, serverTime } from "./compare.ts";
import type { Key } from "./contestants.ts";
import { JanusUnderTest } from "./janus_under_test.ts";
import { Load, type Sample, type Timing } from "./load.ts";
import type { Prepared } from "./prepare.ts";

/** How many, on the large side. */
export const CROWD = { peers: 1_000, sessions_each: 10 } as const;

/** Requests under way at a time. */
export const SCALE_WINDOWS = [1, 128] as const;

/** One of {@linkcode SCALE_WINDOWS}. */
export type ScaleWindow = (typeof SCALE_WINDOWS)[number];

/** Who asks: the only peer, one while the others are silent, all in turn. */
export type Crowd = "one" | "one of many" | "many";

/** One peer against many: samples of the same round stand at one index. */
export interface ScaleSamples extends Readonly<Record<Crowd, readonly Sample[]>> {
  readonly key: Key;
  readonly window: ScaleWindow;
}

/** Processor time that the plugin's process used while nobody asked for anything. */
export interface Idle {
  readonly seconds: number;
  /** Milliseconds by thread, and in all. */
  readonly threads: Readonly<Record<string, number>>;
  readonly total: number;
}

/** What was found. */
export interface Scale {
  readonly samples: readonly ScaleSamples[];
  readonly idle: { readonly one: Idle; readonly many: Idle };
  /** Of the plugin's process: with the peers connected, and after they were busy. */
  readonly memory: { readonly connected: Memory; readonly after: Memory };
  /** The same, of both processes, with one peer. */
  readonly memory_of_one: MemoryOfBoth;
}

/** How long things take. */
export interface ScaleOptions {
  readonly rounds: number;
  readonly timing: Timing;
  /** Milliseconds of doing nothing. */
  readonly idle: number;
}

/** One way to a Janus, for the whole run. */
interface Side {
  readonly janus: JanusUnderTest;
  readonly peers: number;
  readonly sessions: number;
}

/** Measures. @throws {Error} when a peer is refused or lost */
export async function measureScale(
  prepared: Prepared,
  { rounds, timing, idle }: ScaleOptions,
  { signal, progress }: Run,
): Promise<Scale> {
  const contestants = prepared.contestants.filter(({ backend }) => backend === "dealer");
  await using stack = new AsyncDisposableStack();
  const start = async () => stack.use(await JanusUnderTest.start(contestants, prepared));
  const one: Side = { janus: await start(), peers: 1, sessions: 1 };
  const many: Side = {
    janus: await start(),
    peers: CROWD.peers,
    sessions: CROWD.sessions_each,
  };
  const loads = new Map<string, Load>();
  const connect = async (side: Side, key: Key) => {
    signal.throwIfAborted();
    const options = [side.peers, side.sessions].map(String);
    const load = await Load.start("peers", side.janus.address(key), side.janus, options);
    loads.set(`${key} ${side.peers}`, stack.use(load));
  };
  progress("connecting peers");
  await connect(one, "zeromq");
  await connect(many, "zeromq");
  const connected = await readMemory(many.janus.plugin);
  progress("doing nothing");
  const [idleOne, idleMany] = await Promise.all(
    [one, many].map(({ janus }) => measureIdle(janus.plugin, idle, signal)),
  );
  for (const { key } of contestants) {
    if (key === "zeromq") continue;
    await connect(one, key);
    await connect(many, key);
  }
  const samples = contestants.flatMap(({ key }) =>
    SCALE_WINDOWS.map((window) => ({
      ...{ key, window },
      ...{ one: [] as Sample[], "one of many": [] as Sample[], many: [] as Sample[] },
    }))
  );
  for (let round = 0; round < rounds; round++) {
    progress(`many peers: round ${round + 1} of ${rounds}`);
    for (const group of samples) {
      const measure = async (crowd: Crowd, side: Side, active: number) => {
        signal.throwIfAborted();
        const load = loads.get(`${group.key} ${side.peers}`)!;
        group[crowd].push(await load.measure(group.window, timing, active));
      };
      if (round % 2 === 0) await measure("one", one, 1);
      await measure("one of many", many, 1);
      await measure("many", many, many.peers);
      if (round % 2 === 1) await measure("one", one, 1);
    }
  }
  return {
    samples,
    idle: { one: idleOne!, many: idleMany! },
    memory: { connected, after: await readMemory(many.janus.plugin) },
    memory_of_one: {
      janus: await readMemory(one.janus.pid),
      plugin: await readMemory(one.janus.plugin),
    },
  };
}

async function measureIdle(pid: number, milliseconds: number, signal: AbortSignal): Promise<Idle> {
  // What connecting left to do, such as collecting garbage, is not idleness.
  await sleep(1_000, signal);
  const begun = performance.now();
  const before = await readThreadTimes(pid);
  await sleep(milliseconds, signal);
  const used = usedBetween(before, await readThreadTimes(pid));
  const seconds = (performance.now() - begun) / 1_000;
  const busy = [...used].filter(([_name, time]) => time > 0);
  const total = busy.reduce((sum, [_name, time]) => sum + time, 0);
  return { seconds, threads: Object.fromEntries(busy), total };
}

/** How much more a request costs than with one peer alone: processor time, and latency. */
export function scaleRatios(
  samples: ScaleSamples,
  crowd: Crowd,
): { readonly cpu: number; readonly p50: number } {
  const of = (pick: (sample: Sample) => number) =>
    medianRatio(samples[crowd].map(pick), samples.one.map(pick));
  return { cpu: of(serverTime), p50: of(({ p50 }) => p50) };
}
