/** How fast a peer may ask. @module */

/** A token bucket: `burst` requests at once, `rate` a second over time. */
export class TokenBucket {
  #tokens: number;
  #filled: number;

  /** @param now milliseconds */
  constructor(burst: number, now: number) {
    this.#tokens = burst;
    this.#filled = now;
  }

  /** Takes a token; false if there is none. A rate of 0 is no limit. */
  take(rate: number, burst: number, now: number): boolean {
    if (rate === 0) return true;
    const gained = Math.max(0, now - this.#filled) * rate / 1000;
    this.#tokens = Math.min(burst, this.#tokens + gained);
    this.#filled = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }
}
