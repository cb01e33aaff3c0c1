/** The comparison: every handler at every rate and in a burst, in turns. */
import { median, medianRatio } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import type { Contestant, Key } from "./contestants.ts";
import { EventJanus, type MemoryOfBoth, UnableError } from "./event_janus.ts";
import { allOf, measureInTurns, type Plan, type Sampled } from "./in_turns.ts";
import { type Arrival, measure, type Sample } from "./measure.ts";
import type { Placement } from "./placement.ts";
import type { Prepared } from "./prepare.ts";

/** Events a second; 0 is the burst: as many as the generator can. */
export const RATES = [1_000, 10_000, 50_000, 0] as const;

/** One of {@linkcode RATES}. */
export type Rate = (typeof RATES)[number];

/** What was found of one handler. */
export interface Finding extends Sampled<Rate, Sample> {
  readonly contestant: Contestant;
  readonly memory: {
    /** Once events arrive. */
    readonly started: MemoryOfBoth;
    /** Right after each burst, with the peaks during it. */
    readonly bursts: readonly MemoryOfBoth[];
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

/** Measures. @throws {Error} when a handler fails */
export async function compare(prepared: Prepared, plan: Plan, run: Run): Promise<Comparison> {
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const notes: string[] = [];
  run.progress("starting");
  const running = [];
  for (const janus of await startAll(prepared, plan.placement, stack, notes)) {
    const memory = { started: await janus.readMemory(), bursts: [] as MemoryOfBoth[] };
    running.push({
      ...{ contestant: janus.contestant, memory },
      warmUp: async (count: number) => void await janus.run(count, 0),
      measure: (count: number, rate: number) => measure(janus, count, rate),
      async burst(count: number) {
        await janus.resetPeaks();
        const sample = await measure(janus, count, 0);
        memory.bursts.push(await janus.readMemory());
        return sample;
      },
    });
  }
  const { sampled, rounds, notes: more } = await measureInTurns(running, RATES, plan, begun, run);
  const findings = running.map(({ contestant, memory }, i) => ({
    ...{ contestant, memory },
    samples: sampled[i]!.samples,
  }));
  return { findings, rounds, notes: [...notes, ...more] };
}

/** Starts all at once; those that this build can't do are left out. */
async function startAll(
  prepared: Prepared,
  placement: Placement,
  stack: AsyncDisposableStack,
  notes: string[],
): Promise<EventJanus[]> {
  const starts = await Promise.allSettled(
    prepared.contestants.map(async (one) =>
      stack.use(await EventJanus.start(one, prepared, placement))
    ),
  );
  return starts.flatMap((start, i) => {
    if (start.status === "fulfilled") return [start.value];
    if (!(start.reason instanceof UnableError)) throw start.reason;
    notes.push(`${prepared.contestants[i]!.title} is left out: ${start.reason.message}`);
    return [];
  });
}

/** The arrivals of one rate, round by round; undefined where nobody can subscribe. */
export function arrivalsOf(finding: Finding, rate: Rate): readonly Arrival[] | undefined {
  return allOf(finding, rate, ({ arrival }) => arrival);
}

/** Events that were lost at some rates, in all rounds together. */
export function lostOf(finding: Finding, rates: readonly Rate[] = RATES): number {
  const all = rates.flatMap((rate) => arrivalsOf(finding, rate) ?? []);
  return all.reduce((sum, { lost }) => sum + lost, 0);
}

/** The burst's events a second of one to another's, round by round; undefined without both. */
export function burstRatio(
  findings: readonly Finding[],
  key: Key,
  other: Key,
): number | undefined {
  const rates = [key, other].map((name) => {
    const finding = findings.find(({ contestant }) => contestant.key === name);
    return finding && arrivalsOf(finding, 0)?.map(({ rate }) => rate);
  });
  const [ours, theirs] = rates;
  return ours === undefined || theirs === undefined ? undefined : medianRatio(ours, theirs);
}

/** Microseconds of Janus's event thread that a handler adds to each event. */
export function addedToEventThread(
  findings: readonly Finding[],
  key: Key,
  rate: Rate,
): number | undefined {
  const [own, base] = [key, "null"].map((name) =>
    findings.find(({ contestant }) => contestant.key === name)?.samples.get(rate)
  );
  if (own === undefined || base === undefined) return undefined;
  return median(own.map((sample, i) => sample.cpu_event_thread - base[i]!.cpu_event_thread));
}
