/** The comparison: every way into the stream at every rate and in a burst, in turns. */
import { median } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import type { Arrival } from "../events/measure.ts";
import {
  allOf,
  type Load,
  measureInTurns,
  type Plan as PlanInTurns,
  type Sampled,
} from "../events/in_turns.ts";
import type { MemoryNow } from "../events/generating_janus.ts";
import type { Contestant, Key } from "./contestants.ts";
import { measure, type Sample } from "./measure.ts";
import { type Peak, watchMemory } from "./memory.ts";
import type { Prepared } from "./prepare.ts";
import { type PerProcess, StreamJanus } from "./stream_janus.ts";

/** Events a second; 0 is the burst: as many as the generator can. */
export const RATES = [1_000, 10_000, 20_000, 0] as const;

/** One of {@linkcode RATES}. */
export type Rate = (typeof RATES)[number];

/** What was found of one contestant. */
export interface Finding extends Sampled<Rate, Sample> {
  readonly contestant: Contestant;
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

/** How it is gone about. */
export interface Plan extends PlanInTurns {
  /** Seconds at each rate. */
  readonly seconds: number;
  /** Events of a burst. */
  readonly burst: number;
}

/** Measures. @throws {Error} when a contestant fails */
export async function compare(prepared: Prepared, plan: Plan, run: Run): Promise<Comparison> {
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const running = [];
  for (const contestant of prepared.contestants) {
    run.signal.throwIfAborted();
    run.progress(`starting ${contestant.title}`);
    const janus = stack.use(await StreamJanus.start(contestant, prepared, plan.placement));
    running.push(await begin(janus));
  }
  const { sampled, ...done } = await measureInTurns(running, loadsOf(plan), plan, begun, run);
  const findings = running.map(({ contestant, memory }, i) => ({
    ...{ contestant, memory },
    samples: sampled[i]!.samples,
  }));
  return { findings, ...done };
}

/** Where nobody reads, nothing is to be seen at these. */
const STORED_RATES: readonly Rate[] = [20_000, 0];

function loadsOf({ seconds, burst }: Plan): Load<Rate>[] {
  return RATES.map((rate) => ({
    ...{ key: rate, rate, lead: 0 },
    count: rate > 0 ? Math.ceil(rate * seconds) : burst,
  }));
}

async function begin(janus: StreamJanus) {
  const { contestant, engine, pids } = janus;
  const memory = { started: await janus.readMemory(), bursts: [] as PerProcess<Peak>[] };
  return {
    ...{ contestant, memory },
    ...(contestant.unread ? { loads: STORED_RATES } : {}),
    async warmUp(count: number) {
      await janus.run(count, 0);
      await engine?.purge();
    },
    async measure({ count, rate }: Load<Rate>) {
      if (rate > 0) return await measure(janus, count, rate);
      const [sample, peaks] = await watchMemory(pids, () => measure(janus, count, 0));
      memory.bursts.push(peaks);
      await engine?.purge();
      return sample;
    },
  };
}

/** Where events are taken: beside the stream, or from it. */
export type Side = "pub" | "stream";

/** The arrivals of one rate, round by round; undefined where nobody takes them. */
export function arrivalsOf(
  finding: Finding,
  side: Side,
  rate: Rate,
): readonly Arrival[] | undefined {
  return allOf(finding, rate, (sample) => sample[side]);
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
export function pubRatios(findings: readonly Finding[], rate: Rate): number[] | undefined {
  const [beside, alone] = (["stream", "zeromq"] as const).map((key: Key) => {
    const finding = findings.find(({ contestant }) => contestant.key === key);
    return finding && arrivalsOf(finding, "pub", rate)?.map(({ p50 }) => p50);
  });
  return beside === undefined || alone === undefined
    ? undefined
    : beside.map((p50, round) => p50 / alone[round]!);
}
