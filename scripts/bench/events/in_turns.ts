/** Contestants under several loads, in turns and round after round. */
import { median } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import { inTurn, type Rounds, takeRounds } from "../frame/turns.ts";
import type { Placement } from "./placement.ts";

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

/** What all of them came to. */
export interface InTurns<L, S> {
  /** Of each that was measured. */
  readonly sampled: readonly Sampled<L, S>[];
  /** Rounds that were done, and what is to be said of that. */
  readonly rounds: number;
  readonly notes: readonly string[];
}

/**
 * Measures.
 *
 * @param begun when the benchmark was, by `performance.now()`
 * @param around has each round done, and may measure other things as well
 */
export async function measureInTurns<L, S>(
  all: readonly Measurable<L, S>[],
  loads: readonly Load<L>[],
  plan: Plan,
  begun: number,
  run: Run,
  around: (round: number, measure: () => Promise<void>) => Promise<void> = (_, measure) =>
    measure(),
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
  const take = async (round: number) => {
    for (const load of loads) {
      const given = taking.filter(({ one }) => one.loads?.includes(load.key) ?? true);
      for (const { one, samples } of inTurn(given, round)) {
        run.signal.throwIfAborted();
        samples.get(load.key)!.push(await one.measure(load));
      }
    }
  };
  const done = await takeRounds(plan, begun, run, (round) => around(round, () => take(round)));
  return { sampled: taking, ...done };
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
