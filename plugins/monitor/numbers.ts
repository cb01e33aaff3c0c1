/** The numbers of events, by which a missing one shows. @module */

/** What a message's number tells. */
export interface Told {
  /** Events that did not come. */
  readonly missing: number;
  /** They count from 1 again: another Janus. */
  readonly restarted: boolean;
}

const FINE: Told = { missing: 0, restarted: false };

/** Follows the numbers of one server. */
export class Numbers {
  #next: number | null = null;

  /** Whether there are any. */
  get known(): boolean {
    return this.#next !== null;
  }

  /** Takes in a message's number, which is its first event's, and how many events it has. */
  take(number: number, events: number): Told {
    const expected = this.#next;
    this.#next = number + events;
    if (expected === null || number === expected) return FINE;
    if (number > expected) return { missing: number - expected, restarted: false };
    return { missing: Math.max(0, number - 1), restarted: true };
  }
}
