/** Messages that cannot be sent just now: their peers are full, or not back after a restart. @module */
import type { Peer } from "./peers.ts";

interface Kept {
  readonly peer: Peer;
  readonly request: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Keeps messages in order up to a number and a size; when it is full, the oldest are dropped. */
export class Outbox {
  readonly #max_messages: number;
  readonly #max_bytes: number;
  readonly #counts = new Map<Peer, number>();
  #kept: Kept[] = [];
  #bytes = 0;

  /** @param max_bytes of all messages together; a single one may be larger */
  constructor(max_messages: number, max_bytes = Infinity) {
    this.#max_messages = max_messages;
    this.#max_bytes = max_bytes;
  }

  get size(): number {
    return this.#kept.length;
  }

  /** True if messages for this peer wait: later ones must queue behind them. */
  has(peer: Peer): boolean {
    return this.#counts.has(peer);
  }

  /** Keeps a message. @returns how many were dropped for it */
  keep(peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>): number {
    this.#kept.push({ peer, request, bytes });
    this.#count(peer, 1, bytes.length);
    let dropped = 0;
    while (this.#isOver(this.#kept.length - dropped)) {
      const oldest = this.#kept[dropped++]!;
      this.#count(oldest.peer, -1, -oldest.bytes.length);
    }
    if (dropped > 0) this.#kept.splice(0, dropped);
    return dropped;
  }

  /** Offers every message to `send`, in order; those that it does not take stay. */
  offer(send: (peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>) => boolean): void {
    const refused = new Set<Peer>();
    this.#kept = this.#kept.filter(({ peer, request, bytes }) => {
      if (!refused.has(peer) && send(peer, request, bytes)) {
        this.#count(peer, -1, -bytes.length);
        return false;
      }
      refused.add(peer);
      return true;
    });
  }

  /** Gives up what waits for these peers. @returns how many messages that were */
  clear(peers: ReadonlySet<Peer>): number {
    const before = this.#kept.length;
    this.#kept = this.#kept.filter(({ peer, bytes }) => {
      if (peers.has(peer)) this.#count(peer, -1, -bytes.length);
      return !peers.has(peer);
    });
    return before - this.#kept.length;
  }

  #isOver(messages: number): boolean {
    return messages > this.#max_messages || (messages > 1 && this.#bytes > this.#max_bytes);
  }

  #count(peer: Peer, messages: number, bytes: number): void {
    this.#bytes += bytes;
    const count = (this.#counts.get(peer) ?? 0) + messages;
    if (count > 0) this.#counts.set(peer, count);
    else this.#counts.delete(peer);
  }
}
