/** Who is measured when. */
import type { Run } from "./benchmark.ts";

/** The same in another order each round: who comes after whom must not decide. */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const at = all.length === 0 ? 0 : round % all.length;
  const turned = [...all.slice(at), ...all.slice(0, at)];
  return round % 2 === 0 ? turned : turned.reverse();
}

/** How often everything is measured. */
export interface Rounds {
  readonly rounds: number;
  /** Milliseconds after which no new round begins unless it will be done by then. */
  readonly budget: number;
}

/**
 * Measures round after round, as many as the budget has room for.
 *
 * @param begun when the benchmark was, by `performance.now()`
 * @returns how many were done, and what is to be said of that
 */
export async function takeRounds(
  { rounds, budget }: Rounds,
  begun: number,
  { progress }: Pick<Run, "progress">,
  measure: (round: number) => Promise<void>,
): Promise<{ readonly rounds: number; readonly notes: readonly string[] }> {
  let longest = 0;
  for (let done = 0; done < rounds; done++) {
    const start = performance.now();
    if (done > 0 && start - begun + longest > budget) {
      const note = `Only ${done} of ${rounds} rounds: more would have taken too long`;
      return { rounds: done, notes: [note] };
    }
    progress(`round ${done + 1} of ${rounds}`);
    await measure(done);
    longest = Math.max(longest, performance.now() - start);
  }
  return { rounds, notes: [] };
}
