/** How far a sink is. @module */

/**
 * The last record of the ring of which a sink needs nothing any more, and the number of the last event
 * up to there. It stands in shared memory and outlives the process. The two belong together, so a pair
 * is written apart and then chosen: five places, which of the two counts and then both.
 */
export class Position {
  record: number;
  number: number;
  readonly #counters: Float64Array;
  readonly #place: number;

  constructor(counters: Float64Array, place: number) {
    this.#counters = counters;
    this.#place = place;
    // What stands there may be spoilt: then nothing is known.
    const whole = (at: number) => Number.isSafeInteger(counters[at]) ? counters[at]! : 0;
    if (counters[place] !== 1) counters[place] = 0;
    const at = place + 1 + 2 * counters[place]!;
    this.record = whole(at);
    this.number = whole(at + 1);
  }

  /** Moves on, whatever happens to the process after: before the records are given up. */
  save(record: number, number: number): void {
    const counters = this.#counters, place = this.#place;
    const other = 1 - counters[place]!;
    const at = place + 1 + 2 * other;
    this.record = record;
    this.number = number;
    counters[at] = record;
    counters[at + 1] = number;
    counters[place] = other;
  }
}
