/** How fast records come. @module */

/** Of so many milliseconds the records are counted together. */
const WINDOW_MS = 8;
/** So many a millisecond are many: one every 50 microseconds. */
const MANY = 20;

/** Tells whether records come so fast that it is not worth to be woken for each of them. */
export class Pace {
  #since = 0;
  #count = 0;
  #fast = false;

  /** Takes in how many records were handled at a time (ms). @returns whether they come fast */
  note(records: number, now: number): boolean {
    const passed = now - this.#since;
    if (passed >= WINDOW_MS || passed < 0) {
      this.#fast = passed > 0 && passed < 2 * WINDOW_MS && this.#count >= MANY * passed;
      this.#since = now;
      this.#count = 0;
    }
    this.#count += records;
    return this.#fast;
  }
}
