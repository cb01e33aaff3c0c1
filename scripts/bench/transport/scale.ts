/** A thousand peers with ten sessions each, against one peer with one session. */
import { medianRatio } from "../../lib/statistics.ts";
import { sleep } from "../../lib/waiting.ts";
import type { Noise } from "../frame/noise.ts";
import { type Memory, readMemory, readThreadTimes, usedBetween } from "../frame/processes.ts";
import { inTurn } from "../frame/turns.ts";
import { type Bench, NOISE_MS } from "./compare.ts";
import type { Key } from "./contestants.ts";
import { JanusUnderTest } from "./janus_under_test.ts";
import { Load, type Sample, type Timing } from "./load.ts";
import { type Pick, serverTime } from "./samples.ts";

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

/** Memory some seconds after all peers were busy, while they stay connected. */
export interface Rest {
  readonly seconds: number;
  readonly memory: Memory;
}

/** What was found. */
export interface Scale {
  readonly samples: readonly ScaleSamples[];
  readonly idle: { readonly one: Idle; readonly many: Idle };
  /** Of the plugin's process: with the peers connected, and after they were busy. */
  readonly memory: { readonly connected: Memory; readonly rests: readonly Rest[] };
  /** The same with one peer, after it was busy. */
  readonly memory_of_one: Memory;
  readonly noise: readonly Noise[];
}

/** How long things take. */
export interface ScaleOptions {
  readonly rounds: number;
  /** Milliseconds of requests on each side before the first round. */
  readonly warm: number;
  readonly timing: Timing;
  /** Milliseconds of doing nothing. */
  readonly idle: number;
  /** Seconds after the load at which memory is looked at, from 0 on. */
  readonly rests: readonly number[];
}

/** One way to a Janus, for the whole run. */
interface Side {
  readonly janus: JanusUnderTest;
  readonly peers: number;
  readonly sessions: number;
}

/** Measures. @throws {Error} when a peer is refused or lost */
export async function measureScale(
  { rounds, warm, timing, idle, rests }: ScaleOptions,
  { prepared, noise, run: { signal, progress } }: Bench,
): Promise<Scale> {
  const contestants = prepared.contestants.filter(({ key }) =>
    key === "zeromq" || key === "native"
  );
  await using stack = new AsyncDisposableStack();
  const start = async () => stack.use(await JanusUnderTest.start(contestants, prepared));
  const one: Side = { janus: await start(), peers: 1, sessions: 1 };
  const { peers, sessions_each } = CROWD;
  const many: Side = { janus: await start(), peers, sessions: sessions_each };
  const loads = new Map<string, Load>();
  const loadOf = (key: Key, side: Side) => loads.get(`${key} ${side.peers}`)!;
  const connect = async (side: Side, key: Key) => {
    signal.throwIfAborted();
    const options = [side.peers, side.sessions].map(String);
    const [address, watched] = [side.janus.address(key), side.janus.watched(key)];
    const load = await Load.start("peers", address, watched, options);
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
  progress("many peers: warming up");
  for (const load of loads.values()) {
    signal.throwIfAborted();
    await load.measure(128, { warmup: 0, measure: warm });
  }
  const samples = contestants.flatMap(({ key }) =>
    SCALE_WINDOWS.map((window) => ({
      ...{ key, window },
      ...{ one: [] as Sample[], "one of many": [] as Sample[], many: [] as Sample[] },
    }))
  );
  const looks: Noise[] = [];
  for (let round = 0; round < rounds; round++) {
    progress(`many peers: round ${round + 1} of ${rounds}`);
    for (const group of inTurn(samples, round)) {
      const measure = async (crowd: Crowd, side: Side, active: number) => {
        signal.throwIfAborted();
        group[crowd].push(await loadOf(group.key, side).measure(group.window, timing, active));
      };
      if (round % 2 === 0) await measure("one", one, 1);
      await measure("one of many", many, 1);
      await measure("many", many, peers);
      if (round % 2 === 1) await measure("one", one, 1);
    }
    looks.push(await noise.look(NOISE_MS));
  }
  progress("resting");
  await loadOf("zeromq", many).measure(128, timing, peers);
  return {
    samples,
    idle: { one: idleOne!, many: idleMany! },
    memory: { connected, rests: await watchRest(many.janus.plugin, rests, signal) },
    memory_of_one: await readMemory(one.janus.plugin),
    noise: looks,
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

async function watchRest(
  pid: number,
  rests: readonly number[],
  signal: AbortSignal,
): Promise<Rest[]> {
  const begun = performance.now();
  const found: Rest[] = [];
  for (const seconds of rests) {
    await sleep(Math.max(0, begun + seconds * 1_000 - performance.now()), signal);
    found.push({ seconds, memory: await readMemory(pid) });
  }
  return found;
}

/** How much more a request costs than with one peer alone: processor time, and latency. */
export function scaleRatios(
  samples: ScaleSamples,
  crowd: Crowd,
): { readonly cpu: number; readonly p50: number } {
  const of = (pick: Pick) => medianRatio(samples[crowd].map(pick), samples.one.map(pick));
  return { cpu: of(serverTime), p50: of(({ p50 }) => p50) };
}

/** The same of another transport at the same window, if it was measured. */
export function counterpart(
  all: readonly ScaleSamples[],
  { window }: ScaleSamples,
  key: Key,
): ScaleSamples | undefined {
  return all.find((one) => one.key === key && one.window === window);
}

/** What one transport takes to what another does in the same rounds. */
export function crowdRatio(
  one: ScaleSamples,
  other: ScaleSamples,
  crowd: Crowd,
  pick: Pick,
): number {
  return medianRatio(one[crowd].map(pick), other[crowd].map(pick));
}
