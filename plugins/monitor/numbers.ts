/** The numbers of events, by which a missing one shows. @module */

import { mostEvents } from "./plausible.ts";

/** What a message's number tells. */
export interface Told {
  /** Events that did not come. */
  readonly missing: number;
  /** They count from 1 again: another Janus. */
  readonly restarted: boolean;
  /** It cannot be, and tells nothing. */
  readonly implausible: boolean;
}

const FINE: Told = { missing: 0, restarted: false, implausible: false };
const ODD: Told = { missing: 0, restarted: false, implausible: true };

/** Follows the numbers of one server. */
export class Numbers {
  #next: number | null = null;
  /** When the last one came (ms). */
  #at = 0;
  /** What would follow a number that cannot be. */
  #odd: number | null = null;

  /** Whether there are any. */
  get known(): boolean {
    return this.#next !== null;
  }

  /**
   * Takes in a message's number, which is its first event's, and how many events it has.
   *
   * @param now (ms)
   */
  take(number: number, events: number, now: number): Told {
    const expected = this.#next;
    const missing = expected === null ? 0 : number < expected ? number - 1 : number - expected;
    if (number < 0 || missing > mostEvents(now - this.#at)) {
      // If others go on from it, it was right: the monitor's clock was not.
      const follows = number === this.#odd;
      this.#odd = number + events;
      if (follows) this.#go(number, events, now);
      return ODD;
    }
    this.#go(number, events, now);
    if (expected === null || number === expected) return FINE;
    return { missing: Math.max(0, missing), restarted: number < expected, implausible: false };
  }

  #go(number: number, events: number, now: number): void {
    this.#next = number + events;
    this.#at = now;
    this.#odd = null;
  }
}
