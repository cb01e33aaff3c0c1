/** Notices that a process does not get on with what it has in hand. @module */

/** As long (ms) as one look may count: where this thread gets no turn, the process hardly has one. */
const LOOK_MS = 120;

/** Counts how long nothing has come of what is in hand. */
export class Watchdog {
  readonly #timeout: number;
  #stuck = 0;
  #looked = 0;

  /** @param timeout milliseconds */
  constructor(timeout: number) {
    this.#timeout = timeout;
  }

  /** When (ms) it looked last, or something was heard. */
  get looked(): number {
    return this.#looked;
  }

  /** Something was handed over or heard: it begins anew. */
  heard(now: number): void {
    this.#stuck = 0;
    this.#looked = now;
  }

  /** Looks again. @returns true once if nothing was heard for too long */
  look(now: number): boolean {
    this.#stuck += Math.min(now - this.#looked, LOOK_MS);
    this.#looked = now;
    if (this.#stuck < this.#timeout) return false;
    this.#stuck = -Infinity; // until something is heard again
    return true;
  }
}
