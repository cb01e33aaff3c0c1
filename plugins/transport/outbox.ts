/** Messages that wait: for a peer that is away or reads too slowly, or for somebody to poll. @module */

/** How many bytes may wait in all outboxes together. */
export class Budget {
  readonly #limit: number;
  #used = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes bytes out of the budget; false if there are not as many left. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#limit) return false;
    this.#used += bytes;
    return true;
  }

  /** Gives bytes back. */
  give(bytes: number): void {
    this.#used -= bytes;
  }
}

/** A message that waits. */
export interface Kept {
  /** What it answers; 0 if nothing. */
  readonly request: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Keeps a bounded number of messages in order. When it is full, the oldest are dropped. */
export class Outbox {
  readonly #budget: Budget;
  #kept: Kept[] = [];

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#kept.length;
  }

  /**
   * Keeps a message.
   *
   * @returns how many were lost: the oldest if there are `capacity` already, this one if all
   * outboxes together hold too much
   */
  keep(request: number, bytes: Uint8Array<ArrayBuffer>, capacity: number): number {
    if (!this.#budget.take(bytes.length)) return 1;
    this.#kept.push({ request, bytes });
    if (this.#kept.length <= capacity) return 0;
    this.take(1);
    return 1;
  }

  /** Takes the oldest messages out. */
  take(count: number): Kept[] {
    const taken = this.#kept.splice(0, count);
    for (const { bytes } of taken) this.#budget.give(bytes.length);
    return taken;
  }

  /** Offers messages to `send`, in order, until it does not take one. @returns how many it took */
  offer(send: (request: number, bytes: Uint8Array<ArrayBuffer>) => boolean): number {
    const refused = this.#kept.findIndex(({ request, bytes }) => !send(request, bytes));
    return this.take(refused === -1 ? this.#kept.length : refused).length;
  }

  /** Drops all. @returns how many that were */
  clear(): number {
    return this.take(this.#kept.length).length;
  }
}
