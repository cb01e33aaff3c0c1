/** How bad something is, without a flicker: one odd statistic is no trouble, and one good one no cure. @module */
import type { Severity } from "./wire.ts";

/** Judges the last three: up when two of them say so, down when all of them do. */
export class Steady {
  level: Severity = 0;
  #one: Severity = 0;
  #two: Severity = 0;

  /** Takes the next one in. */
  take(next: Severity): void {
    const [, middle, most] = [next, this.#one, this.#two].sort() as Severity[];
    this.level = middle! > this.level ? middle! : Math.min(this.level, most!) as Severity;
    this.#two = this.#one;
    this.#one = next;
  }
}
