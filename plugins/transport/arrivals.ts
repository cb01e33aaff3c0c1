/** Clients with names that were let in, until they are heard. @module */

/** Connections that are remembered until they are heard. */
const MAX_NUMBERS = 10_000;

/** How long (ms) a handshake may go on after its name was found good, at the very most. */
const HANDSHAKE_MS = 11_000;
/** How long (ms) libzmq's threads, and we, may take to know what a finished handshake brought. */
const SETTLE_MS = 200;

/** Those of one name that are silent. */
interface Silent {
  count: number;
  /** When the latest of them surely had the routing id that it came with. */
  settled: number;
}

/**
 * Whoever is let in may come under any routing id, and libzmq gives it the place of who has that one.
 * Nothing tells under which, until it says something. Until then nobody of another name can be sure to
 * have an id of their own still, unless they have been heard under it since: that proves it.
 */
export class Arrivals {
  readonly #silent = new Map<string, Silent>();
  readonly #names = new Map<number, string>();
  #last = 0;
  /** Handshakes that are not known to have ended. */
  #handshakes = 0;

  /** Somebody is let in. @returns the number of the connection */
  letIn(name: string, now = Date.now()): number {
    const silent = this.#silent.getOrInsertComputed(name, () => ({ count: 0, settled: 0 }));
    silent.count++;
    silent.settled = now + HANDSHAKE_MS;
    this.#names.set(++this.#last, name);
    this.#names.delete(this.#last - MAX_NUMBERS); // counts as silent for as long as others are
    this.#handshakes++;
    return this.#last;
  }

  /** A handshake has ended well. */
  shookHands(now = Date.now()): void {
    if (this.#handshakes === 0 || --this.#handshakes > 0) return;
    for (const silent of this.#silent.values()) {
      silent.settled = Math.min(silent.settled, now + SETTLE_MS);
    }
  }

  /** True if nobody is silent. */
  get empty(): boolean {
    return this.#silent.size === 0;
  }

  /** A connection has been heard. */
  heard(number: number): void {
    const name = this.#names.get(number);
    if (name === undefined) return;
    this.#names.delete(number);
    const silent = this.#silent.get(name)!;
    if (--silent.count === 0) this.#silent.delete(name);
  }

  /** Every connection that there is has been heard. */
  clear(): void {
    this.#silent.clear();
    this.#names.clear();
    this.#handshakes = 0;
  }

  /** Whether somebody of another name may have a routing id by now. @param since when its holder was heard */
  mayHaveTaken(name: string, since: number): boolean {
    for (const [other, { settled }] of this.#silent) {
      if (other !== name && since < settled) return true;
    }
    return false;
  }
}
