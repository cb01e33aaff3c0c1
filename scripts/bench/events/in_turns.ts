/** Contestants at several rates of events and in a burst, in turns and round after round. */
import { median } from "../../lib/statistics.ts";
import type { Run } from "../frame/benchmark.ts";
import { inTurn, type Rounds, takeRounds } from "../frame/turns.ts";
import type { Placement } from "./placement.ts";

/** How many events of everything. */
export interface Plan extends Rounds {
  /** Seconds at each rate. */
  readonly seconds: number;
  /** Events of a burst, and of the one that warms up. */
  readonly burst: number;
  readonly warmup: number;
  readonly placement: Placement;
}

/** What is measured: R are rates (events a second; 0 is the burst), S is what comes of it. */
export interface Measurable<S> {
  warmUp(count: number): Promise<void>;
  measure(count: number, rate: number): Promise<S>;
  /** As many as the generator can. */
  burst(count: number): Promise<S>;
}

/** What was found. Samples of the same round stand at one index. */
export interface Sampled<R, S> {
  readonly samples: ReadonlyMap<R, readonly S[]>;
}

/** What all of them came to. */
export interface InTurns<R, S> {
  /** Of each that was measured. */
  readonly sampled: readonly Sampled<R, S>[];
  /** Rounds that were done, and what is to be said of that. */
  readonly rounds: number;
  readonly notes: readonly string[];
}

/** Measures. @param begun when the benchmark was, by `performance.now()` */
export async function measureInTurns<R extends number, S>(
  all: readonly Measurable<S>[],
  rates: readonly R[],
  plan: Plan,
  begun: number,
  run: Run,
): Promise<InTurns<R, S>> {
  run.progress("warming up");
  for (const one of all) {
    run.signal.throwIfAborted();
    await one.warmUp(plan.warmup);
  }
  const taking = all.map((one) => ({
    one,
    samples: new Map(rates.map((rate) => [rate, [] as S[]] as const)),
  }));
  const done = await takeRounds(plan, begun, run, async (round) => {
    for (const rate of rates) {
      for (const { one, samples } of inTurn(taking, round)) {
        run.signal.throwIfAborted();
        const sample = rate > 0
          ? await one.measure(Math.ceil(rate * plan.seconds), rate)
          : await one.burst(plan.burst);
        samples.get(rate)!.push(sample);
      }
    }
  });
  return { sampled: taking, ...done };
}

/** A number of the samples at a rate: the median over the rounds. */
export function medianOf<R, S>(
  { samples }: Sampled<R, S>,
  rate: R,
  pick: (sample: S) => number,
): number {
  return median(samples.get(rate)!.map(pick));
}

/** Something of all samples at a rate, round by round; undefined where one has it not. */
export function allOf<R, S, T>(
  { samples }: Sampled<R, S>,
  rate: R,
  pick: (sample: S) => T | undefined,
): readonly T[] | undefined {
  const all = samples.get(rate)!.map(pick);
  return all.every((one) => one !== undefined) ? all : undefined;
}
