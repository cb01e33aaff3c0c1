/** The comparison: every way into the stream at every rate and in a burst, in turns. */
import { median, medianRatio } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import { inTurn, type Rounds, takeRounds } from "../frame/turns.ts";
import type { Arrival } from "../events/measure.ts";
import type { MemoryNow } from "../events/generating_janus.ts";
import type { Placement } from "../events/placement.ts";
import type { Contestant, Key } from "./contestants.ts";
import { measure, type Sample } from "./measure.ts";
import { type Peak, watchMemory } from "./memory.ts";
import type { Prepared } from "./prepare.ts";
import { type PerProcess, StreamJanus } from "./stream_janus.ts";

/** Events a second; 0 is the burst: as many as the generator can. */
export const RATES = [1_000, 10_000, 20_000, 0] as const;

/** One of {@linkcode RATES}. */
export type Rate = (typeof RATES)[number];

/** How many events of everything. */
export interface Plan extends Rounds {
  /** Seconds at each rate. */
  readonly seconds: number;
  /** Events of a burst, and of the one that warms up. */
  readonly burst: number;
  readonly warmup: number;
  readonly placement: Placement;
}

/** What was found of one contestant. Samples of the same round stand at one index. */
export interface Finding {
  readonly contestant: Contestant;
  readonly samples: ReadonlyMap<Rate, readonly Sample[]>;
  readonly memory: {
    /** Once events arrive. */
    readonly started: PerProcess<MemoryNow>;
    /** In each burst. */
    readonly bursts: readonly PerProcess<Peak>[];
  };
}

/** What the comparison found. */
export interface Comparison {
  readonly findings: readonly Finding[];
  /** Rounds that were done. */
  readonly rounds: number;
  /** What is left out, and why, a line each. */
  readonly notes: readonly string[];
}

interface Running {
  readonly janus: StreamJanus;
  readonly samples: ReadonlyMap<Rate, Sample[]>;
  readonly memory: {
    readonly started: PerProcess<MemoryNow>;
    readonly bursts: PerProcess<Peak>[];
  };
}

/** Measures. @throws {Error} when a contestant fails */
export async function compare(prepared: Prepared, plan: Plan, run: Run): Promise<Comparison> {
  const begun = performance.now();
  const { signal, progress } = run;
  await using stack = new AsyncDisposableStack();
  const running: Running[] = [];
  for (const contestant of prepared.contestants) {
    signal.throwIfAborted();
    progress(`starting ${contestant.title}`);
    const janus = stack.use(await StreamJanus.start(contestant, prepared, plan.placement));
    const samples = new Map(RATES.map((rate) => [rate, [] as Sample[]] as const));
    running.push({ janus, samples, memory: { started: await janus.readMemory(), bursts: [] } });
  }
  progress("warming up");
  for (const { janus } of running) {
    signal.throwIfAborted();
    await janus.run(plan.warmup, 0);
    await janus.engine?.purge();
  }
  const done = await takeRounds(
    plan,
    begun,
    run,
    (round) => measureRound(running, round, plan, signal),
  );
  const findings = running.map(({ janus, samples, memory }) => ({
    contestant: janus.contestant,
    samples,
    memory,
  }));
  return { findings, ...done };
}

async function measureRound(
  all: readonly Running[],
  round: number,
  plan: Plan,
  signal: AbortSignal,
): Promise<void> {
  for (const rate of RATES) {
    for (const { janus, samples, memory } of inTurn(all, round)) {
      signal.throwIfAborted();
      if (rate > 0) {
        samples.get(rate)!.push(await measure(janus, Math.ceil(rate * plan.seconds), rate));
        continue;
      }
      const burst = () => measure(janus, plan.burst, rate);
      const [sample, peaks] = await watchMemory(janus.pids, burst);
      samples.get(rate)!.push(sample);
      memory.bursts.push(peaks);
      await janus.engine?.purge();
    }
  }
}

/** Where events are taken: beside the stream, or from it. */
export type Side = "pub" | "stream";

/** The arrivals of one rate, round by round; undefined where nobody takes them. */
export function arrivalsOf(
  { samples }: Finding,
  side: Side,
  rate: Rate,
): readonly Arrival[] | undefined {
  const arrivals = samples.get(rate)!.map((sample) => sample[side]);
  return arrivals.every((arrival) => arrival !== undefined) ? arrivals : undefined;
}

/** A number of a contestant's arrivals: the median over the rounds; undefined without arrivals. */
export function arrived(
  finding: Finding | undefined,
  side: Side,
  rate: Rate,
  pick: (arrival: Arrival) => number,
): number | undefined {
  const arrivals = finding && arrivalsOf(finding, side, rate);
  return arrivals && median(arrivals.map(pick));
}

/** A number of a contestant's samples: the median over the rounds. */
export function medianOf(
  finding: Finding,
  rate: Rate,
  pick: (sample: Sample) => number,
): number {
  return median(finding.samples.get(rate)!.map(pick));
}

/** Events that are wrong in some way, in all rounds together. */
export function sumOf(
  finding: Finding,
  side: Side,
  what: "lost" | "doubled" | "disordered",
  rates: readonly Rate[] = RATES,
): number {
  const all = rates.flatMap((rate) => arrivalsOf(finding, side, rate) ?? []);
  return all.reduce((sum, arrival) => sum + arrival[what], 0);
}

/** PUB's p50 beside the stream to that without, round by round; undefined without both. */
export function pubRatio(findings: readonly Finding[], rate: Rate): number | undefined {
  const [beside, alone] = (["stream", "zeromq"] as const).map((key: Key) => {
    const finding = findings.find(({ contestant }) => contestant.key === key);
    return finding && arrivalsOf(finding, "pub", rate)?.map(({ p50 }) => p50);
  });
  return beside === undefined || alone === undefined ? undefined : medianRatio(beside, alone);
}
