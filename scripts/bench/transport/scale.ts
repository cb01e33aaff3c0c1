/** A thousand peers with ten sessions each, against one peer with one session. */
import { medianRatio } from "../../lib/statistics.ts";
import { medianSample, type MemoryOfBoth, serverTime } from "./compare.ts";
import type { Key } from "./contestants.ts";
import { JanusUnderTest } from "./janus_under_test.ts";
import { Load, type Sample, type Timing } from "./load.ts";
import type { Prepared } from "./prepare.ts";
import { type Memory, readMemory, readThreadTimes, usedBetween } from "./processes.ts";

/** How many, on the large side. */
export const CROWD = { peers: 1_000, sessions_each: 10 } as const;

/** Requests under way at a time. */
export const SCALE_WINDOWS = [1, 128] as const;

/** One of {@linkcode SCALE_WINDOWS}. */
export type ScaleWindow = (typeof SCALE_WINDOWS)[number];

/** One peer against many, in pairs of the same round. */
export interface ScalePairs {
  readonly key: Key;
  readonly window: ScaleWindow;
  readonly one: readonly Sample[];
  readonly many: readonly Sample[];
}

/** Processor time that the isolate used while nobody asked for anything. */
export interface Idle {
  readonly seconds: number;
  /** Milliseconds by thread, and in all. */
  readonly threads: Readonly<Record<string, number>>;
  readonly total: number;
}

/** What was found. */
export interface Scale {
  readonly pairs: readonly ScalePairs[];
  readonly idle: { readonly one: Idle; readonly many: Idle };
  /** Of the isolate: with the peers connected, and after they were busy. */
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
  progress: (text: string) => void,
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
    const options = [side.peers, side.sessions].map(String);
    const load = await Load.start("peers", side.janus.address(key), side.janus, options);
    loads.set(`${key} ${side.peers}`, stack.use(load));
  };
  progress("connecting peers");
  await connect(one, "zeromq");
  await connect(many, "zeromq");
  const connected = await readMemory(many.janus.isolate);
  progress("doing nothing");
  const [idleOne, idleMany] = await Promise.all(
    [one, many].map(({ janus }) => measureIdle(janus.isolate, idle)),
  );
  for (const { key } of contestants) {
    if (key === "zeromq") continue;
    await connect(one, key);
    await connect(many, key);
  }
  const pairs = contestants.flatMap(({ key }) =>
    SCALE_WINDOWS.map((window) => ({ key, window, one: [] as Sample[], many: [] as Sample[] }))
  );
  for (let round = 0; round < rounds; round++) {
    progress(`many peers: round ${round + 1} of ${rounds}`);
    for (const pair of pairs) {
      const measure = async (side: Side, into: Sample[]) => {
        const load = loads.get(`${pair.key} ${side.peers}`)!;
        into.push(await load.measure(pair.window, timing));
      };
      if (round % 2 === 0) await measure(one, pair.one);
      await measure(many, pair.many);
      if (round % 2 === 1) await measure(one, pair.one);
    }
  }
  return {
    pairs,
    idle: { one: idleOne!, many: idleMany! },
    memory: { connected, after: await readMemory(many.janus.isolate) },
    memory_of_one: {
      janus: await readMemory(one.janus.pid),
      isolate: await readMemory(one.janus.isolate),
    },
  };
}

async function measureIdle(pid: number, milliseconds: number): Promise<Idle> {
  // What connecting left to do, such as collecting garbage, is not idleness.
  await sleep(1_000);
  const begun = performance.now();
  const before = await readThreadTimes(pid);
  await sleep(milliseconds);
  const used = usedBetween(before, await readThreadTimes(pid));
  const seconds = (performance.now() - begun) / 1_000;
  const busy = [...used].filter(([_name, time]) => time > 0);
  const total = busy.reduce((sum, [_name, time]) => sum + time, 0);
  return { seconds, threads: Object.fromEntries(busy), total };
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** How much more a request costs with many peers than with one: server time, and latency. */
export function scaleRatios({ one, many }: ScalePairs): { cpu: number; p50: number; rate: number } {
  const of = (pick: (sample: Sample) => number) => medianRatio(many.map(pick), one.map(pick));
  return { cpu: of(serverTime), p50: of(({ p50 }) => p50), rate: of(({ rate }) => rate) };
}

/** Medians of both sides. */
export function scaleMedians(pair: ScalePairs): { one: Sample; many: Sample } {
  return { one: medianSample(pair.one), many: medianSample(pair.many) };
}
