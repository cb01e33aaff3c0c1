/** How fast records come. @module */

/** Of so many milliseconds the records are counted together. */
const WINDOW_MS = 8;

/** Tells how fast records come. */
export class Pace {
  #since = 0;
  #count = 0;
  #rate = 0;

  /** Takes in how many records were handled at a time (ms). @returns how many came in a millisecond */
  note(records: number, now: number): number {
    const passed = now - this.#since;
    if (passed >= WINDOW_MS || passed < 0) {
      this.#rate = passed > 0 && passed < 2 * WINDOW_MS ? this.#count / passed : 0;
      this.#since = now;
      this.#count = 0;
    }
    this.#count += records;
    return this.#rate;
  }
}
