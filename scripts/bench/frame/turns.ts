/** Who is measured when. */
import type { Run } from "./benchmark.ts";

/** The same in another order each round, each order both ways round: who comes after whom must not decide. */
export function inTurn<T>(all: readonly T[], round: number): readonly T[] {
  const at = all.length === 0 ? 0 : Math.floor(round / 2) % all.length;
  const turned = [...all.slice(at), ...all.slice(0, at)];
  return round % 2 === 0 ? turned : turned.reverse();
}

/** How often everything is measured. */
export interface Rounds {
  readonly rounds: number;
  /** Milliseconds for all of it, as near as whole rounds come to that. */
  readonly budget: number;
}

/** Something to be measured round after round. */
export interface Part {
  readonly title: string;
  /** About how long a round takes, compared with those of other parts. */
  readonly seconds: number;
  measure(round: number): Promise<void>;
}

/**
 * Measures all rounds of a part before the next part begins. Where time is short, each has its share of
 * it, and as many rounds as come nearest to that, but one at least: no part is short of rounds for
 * the sake of another.
 *
 * @param begun when the benchmark was, by `performance.now()`
 * @returns the most rounds that a part had, and which had fewer than were asked for
 */
export async function takeRounds(
  parts: readonly Part[],
  { rounds, budget }: Rounds,
  begun: number,
  { progress }: Pick<Run, "progress">,
): Promise<{ readonly rounds: number; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  let [most, ahead] = [0, parts.reduce((sum, { seconds }) => sum + seconds, 0)];
  for (const part of parts) {
    const start = performance.now();
    const share = (begun + budget - start) * part.seconds / ahead;
    let [done, took] = [0, 0];
    while (done < rounds && (done === 0 || took + took / done / 2 <= share)) {
      progress(`${part.title}: round ${done + 1} of ${rounds}`);
      await part.measure(done++);
      took = performance.now() - start;
    }
    if (done < rounds) {
      notes.push(`${part.title}: only ${done} of ${rounds} rounds, more would have taken too long`);
    }
    most = Math.max(most, done);
    ahead -= part.seconds;
  }
  return { rounds: most, notes };
}
