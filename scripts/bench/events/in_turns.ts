/**
 * Contestants under several loads, in turns and round after round: all rounds of a load before the next
 * load begins, so that what one leaves behind in Janus is in nobody's figures of those before it.
 */
import { median } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import { inTurn, type Part, type Rounds, takeRounds } from "../frame/turns.ts";
import type { Placement } from "./placement.ts";

/** Events a second in a burst, and seconds that a measurement takes besides: both only about. */
const BURST_RATE = 50_000;
const BESIDES = 0.5;

/** How it is gone about. */
export interface Plan extends Rounds {
  /** Events of the burst that warms up before everything. */
  readonly warmup: number;
  readonly placement: Placement;
}

/** Events to be made: L is what they are called. */
export interface Load<L> {
  readonly key: L;
  /** Events a second; 0 is a burst: as many as the generator can. */
  readonly rate: number;
  readonly count: number;
  /** Of these, so many come first to warm up: their latency doesn't count. */
  readonly lead: number;
}

/** What is measured: S is what comes of it. */
export interface Measurable<L, S> {
  /** The loads that it is given; all of them without. */
  readonly loads?: readonly L[] | undefined;
  warmUp(count: number): Promise<void>;
  measure(load: Load<L>): Promise<S>;
}

/** What was found. Samples of the same round stand at one index; there are none of loads it isn't given. */
export interface Sampled<L, S> {
  readonly samples: ReadonlyMap<L, readonly S[]>;
}

/** What is done besides. */
export interface Others {
  /** Measured before all loads. */
  readonly first?: readonly Part[];
  /** After each round. */
  afterRound?(): Promise<void>;
}

/** What all of them came to. */
export interface InTurns<L, S> {
  /** Of each that was measured. */
  readonly sampled: readonly Sampled<L, S>[];
  /** The most rounds that a load had, and which had fewer than were asked for. */
  readonly rounds: number;
  readonly notes: readonly string[];
}

/**
 * Measures.
 *
 * @param loads in this order: what leaves much behind in Janus comes last
 * @param begun when the benchmark was, by `performance.now()`
 */
export async function measureInTurns<L, S>(
  all: readonly Measurable<L, S>[],
  loads: readonly Load<L>[],
  plan: Plan,
  begun: number,
  run: Run,
  { first = [], afterRound }: Others = {},
): Promise<InTurns<L, S>> {
  run.progress("warming up");
  for (const one of all) {
    run.signal.throwIfAborted();
    await one.warmUp(plan.warmup);
  }
  const taking = all.map((one) => ({
    one,
    samples: new Map(loads.map(({ key }) => [key, [] as S[]] as const)),
  }));
  const partOf = (load: Load<L>): Part => {
    const { key, rate, count } = load;
    const given = taking.filter(({ one }) => one.loads?.includes(key) ?? true);
    return {
      title: rate > 0
        ? `${rate.toLocaleString("en-US")}/s`
        : `Burst of ${count.toLocaleString("en-US")}`,
      seconds: given.length * (count / (rate || BURST_RATE) + BESIDES),
      async measure(round) {
        for (const { one, samples } of inTurn(given, round)) {
          run.signal.throwIfAborted();
          samples.get(key)!.push(await one.measure(load));
        }
      },
    };
  };
  const parts = [...first, ...loads.map(partOf)].map((part): Part => ({
    ...part,
    async measure(round) {
      await part.measure(round);
      await afterRound?.();
    },
  }));
  return { sampled: taking, ...await takeRounds(parts, plan, begun, run) };
}

/** A number of the samples under a load: the median over the rounds. */
export function medianOf<L, S>(
  { samples }: Sampled<L, S>,
  load: L,
  pick: (sample: S) => number,
): number {
  return median(samples.get(load)!.map(pick));
}

/** Something of all samples under a load, round by round; undefined where one has it not, or none is. */
export function allOf<L, S, T>(
  { samples }: Sampled<L, S>,
  load: L,
  pick: (sample: S) => T | undefined,
): readonly T[] | undefined {
  const all = samples.get(load)!.map(pick);
  return all.length > 0 && all.every((one) => one !== undefined) ? all : undefined;
}
