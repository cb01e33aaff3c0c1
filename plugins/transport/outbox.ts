/** Messages that wait: for a peer that is away or reads too slowly, or for somebody to poll. @module */

/** Of all that may wait, one outbox holds so much at most: nobody crowds the others out. */
const SHARE = 1 / 4;

/** How many bytes may wait in all outboxes together. */
export class Budget {
  /** Bytes that one outbox may hold. */
  readonly share: number;
  readonly #limit: number;
  #used = 0;

  /** @param limit bytes */
  constructor(limit: number) {
    this.#limit = limit;
    this.share = limit * SHARE;
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

/**
 * Keeps messages in order. Of those that answer nothing it keeps a bounded number, and drops the
 * oldest beyond it; replies are as many as there are requests under way.
 */
export class Outbox {
  readonly #budget: Budget;
  #kept: Kept[] = [];
  #unasked = 0;
  #bytes = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  get size(): number {
    return this.#kept.length;
  }

  /**
   * Keeps a message.
   *
   * @param request what it answers; 0 if nothing
   * @param capacity how many that answer nothing are kept
   * @returns what was lost for it, if anything: the oldest of those; or this one, if this outbox
   * or all of them together hold too much
   */
  keep(request: number, bytes: Uint8Array<ArrayBuffer>, capacity: number): Kept | null {
    const kept = { request, bytes };
    const { length } = bytes;
    if (this.#bytes + length > this.#budget.share || !this.#budget.take(length)) return kept;
    this.#bytes += length;
    this.#kept.push(kept);
    if (request !== 0 || ++this.#unasked <= capacity) return null;
    return this.take(1, this.#kept.findIndex(({ request }) => request === 0))[0]!;
  }

  /** The newest messages, at most `count` of them, in order. */
  newest(count: number): readonly Kept[] {
    return this.#kept.slice(Math.max(0, this.#kept.length - count));
  }

  /** Takes messages out, all or so many: the oldest, or those from an index on. */
  take(count = this.size, from = 0): Kept[] {
    const taken = this.#kept.splice(from, count);
    for (const { request, bytes } of taken) {
      this.#budget.give(bytes.length);
      this.#bytes -= bytes.length;
      if (request === 0) this.#unasked--;
    }
    return taken;
  }

  /** Offers messages to `send`, in order, until it does not take one. */
  offer(send: (request: number, bytes: Uint8Array<ArrayBuffer>) => boolean): void {
    const refused = this.#kept.findIndex(({ request, bytes }) => !send(request, bytes));
    this.take(refused === -1 ? this.size : refused);
  }
}
