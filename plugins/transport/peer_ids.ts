/** The numbers that Janus's side knows peers by. @module */

// A peer's id is a slot and, above it, how often the slot was used (see ffi/stub/transport.c).
const SLOT_BITS = 20;
const MAX_SLOTS = 1 << SLOT_BITS;
const USES = 1 << (32 - SLOT_BITS);

/** Gives out peer ids. One for both APIs, as Janus's side has one table. */
export class PeerIds {
  readonly #free: number[] = [];
  /** The last use of each slot; undefined for one that was not used while a later one was. */
  readonly #uses: (number | undefined)[] = [];
  readonly #firstUse: number;

  /** @param generation of the process: it must not repeat what an earlier one gave out */
  constructor(generation: number) {
    this.#firstUse = (generation * 61) % USES;
  }

  /** An id that no peer has; null when all are taken. */
  take(): number | null {
    // Oldest first: a slot rests as long as possible before it is used again.
    const reuse = this.#free.length > 1024 || this.#uses.length >= MAX_SLOTS;
    const slot = reuse ? this.#free.shift() : this.#uses.length;
    if (slot === undefined) return null;
    const last = this.#uses[slot];
    const use = last === undefined ? this.#firstUse : (last + 1) % USES;
    this.#uses[slot] = use;
    return use * MAX_SLOTS + slot;
  }

  /** Gives an id back. */
  release(id: number): void {
    this.#free.push(id % MAX_SLOTS);
  }

  /** Starts with ids that are taken already. */
  restore(ids: readonly number[]): void {
    for (const id of ids) this.#uses[id % MAX_SLOTS] = Math.floor(id / MAX_SLOTS);
    for (let slot = 0; slot < this.#uses.length; slot++) {
      if (this.#uses[slot] === undefined) this.#free.push(slot);
    }
  }
}
