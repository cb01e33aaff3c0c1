/** Messages for peers that have not come back yet after a restart of the isolate. @module */
import type { Peer } from "./peers.ts";

interface Kept {
  readonly peer: Peer;
  readonly request: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Keeps a bounded number of messages in order; when it is full, the oldest are dropped. */
export class Outbox {
  readonly #capacity: number;
  #kept: Kept[] = [];

  /** @param capacity messages */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#kept.length;
  }

  /** True if messages for this peer wait: later ones must queue behind them. */
  has(peer: Peer): boolean {
    return this.#kept.some((kept) => kept.peer === peer);
  }

  /** Keeps a message. @returns how many were dropped for it: 0 or 1 */
  keep(peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>): number {
    this.#kept.push({ peer, request, bytes });
    if (this.#kept.length <= this.#capacity) return 0;
    this.#kept.shift();
    return 1;
  }

  /** Offers every message to `send`, in order; those that it does not take stay. */
  offer(send: (peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>) => boolean): void {
    const absent = new Set<Peer>();
    this.#kept = this.#kept.filter(({ peer, request, bytes }) => {
      if (!absent.has(peer) && send(peer, request, bytes)) return false;
      absent.add(peer);
      return true;
    });
  }

  /** Gives up what is left. @returns how many messages that were */
  clear(): number {
    const count = this.#kept.length;
    this.#kept = [];
    return count;
  }
}
