/** The comparison: every handler at every rate and in a burst, in turns. */
import { median, medianRatio } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import { inTurn, type Rounds, takeRounds } from "../frame/turns.ts";
import type { Contestant, Key } from "./contestants.ts";
import { EventJanus, type MemoryOfBoth, UnableError } from "./event_janus.ts";
import { type Arrival, measure, type Sample } from "./measure.ts";
import type { Placement } from "./placement.ts";
import type { Prepared } from "./prepare.ts";

/** Events a second; 0 is the burst: as many as the generator can. */
export const RATES = [1_000, 10_000, 50_000, 0] as const;

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

/** Samples by rate, one a round: those of the same round stand at one index. */
export type Samples = ReadonlyMap<Rate, readonly Sample[]>;

/** What was found of one handler. */
export interface Finding {
  readonly contestant: Contestant;
  readonly samples: Samples;
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

interface Running {
  readonly janus: EventJanus;
  readonly samples: ReadonlyMap<Rate, Sample[]>;
  readonly memory: { readonly started: MemoryOfBoth; readonly bursts: MemoryOfBoth[] };
}

/** Measures. @throws {Error} when a handler fails */
export async function compare(
  prepared: Prepared,
  plan: Plan,
  run: Run,
): Promise<Comparison> {
  const { signal, progress } = run;
  const begun = performance.now();
  await using stack = new AsyncDisposableStack();
  const notes: string[] = [];
  const running: Running[] = [];
  progress("starting");
  for (const janus of await startAll(prepared, plan.placement, stack, notes)) {
    const samples = new Map(RATES.map((rate) => [rate, [] as Sample[]] as const));
    running.push({ janus, samples, memory: { started: await janus.readMemory(), bursts: [] } });
  }
  progress("warming up");
  for (const { janus } of running) {
    signal.throwIfAborted();
    await janus.run(plan.warmup, 0);
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
  return { findings, rounds: done.rounds, notes: [...notes, ...done.notes] };
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
      await janus.resetPeaks();
      samples.get(rate)!.push(await measure(janus, plan.burst, rate));
      memory.bursts.push(await janus.readMemory());
    }
  }
}

/** A number of a handler's samples: the median over the rounds; undefined without arrivals. */
export function medianOf(
  finding: Finding,
  rate: Rate,
  pick: (sample: Sample) => number,
): number {
  return median(finding.samples.get(rate)!.map(pick));
}

/** The arrivals of one rate, round by round; undefined where nobody can subscribe. */
export function arrivalsOf({ samples }: Finding, rate: Rate): readonly Arrival[] | undefined {
  const arrivals = samples.get(rate)!.map(({ arrival }) => arrival);
  return arrivals.every((arrival) => arrival !== undefined) ? arrivals : undefined;
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
