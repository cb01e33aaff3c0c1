/** Messages on their way to the peers of one API: sent, kept for later, or dropped. @module */
import { Counter } from "./counters.ts";
import { Outbox } from "./outbox.ts";
import { hasOwnId, type Peer } from "./peer.ts";
import type { Router, SendResult } from "./router.ts";
import type { Shared } from "./shared.ts";

/** How long (ms) until what waits is tried again: this at first, twice as long while nothing goes. */
const RETRY_FIRST_MS = 1;
/** The longest if somebody reads too slowly, and if all are away. */
const RETRY_FULL_MS = 64;
const RETRY_ABSENT_MS = 1000;

/** Delivers through one router. */
export class Delivery {
  readonly #router: Router;
  readonly #shared: Pick<Shared, "link" | "drops" | "settings" | "budget">;
  /** What waits for peers until they are back, or read again. */
  readonly #outboxes = new Map<Peer, Outbox>();
  #retryMs = RETRY_FIRST_MS;
  #retryAt = 0;

  constructor(router: Router, shared: Pick<Shared, "link" | "drops" | "settings" | "budget">) {
    this.#router = router;
    this.#shared = shared;
  }

  /**
   * Delivers the reply to `request`, or asynchronously if that is 0.
   *
   * @param what bytes, or the index of a record whose payload it is
   */
  send(peer: Peer, request: number, what: Uint8Array<ArrayBuffer> | number): void {
    if (this.#outboxes.size === 0 || !this.#outboxes.has(peer)) {
      const result = this.#router.send(peer, request, what);
      if (result === "sent") return this.#sent(peer, request);
      if (result === "absent" && !this.#mayComeBack(peer)) {
        const why = `${peer.address} is not connected any more`;
        return this.#lose(peer, request, why, "verbose");
      }
    }
    this.#keep(peer, request, typeof what === "number" ? this.#shared.link.payload(what) : what);
  }

  #mayComeBack(peer: Peer): boolean {
    return hasOwnId(peer) && (peer.deadline !== Infinity || this.#shared.settings.linger > 0);
  }

  #sent(peer: Peer, request: number): void {
    this.#shared.link.counters[Counter.sent]!++;
    if (request !== 0) this.#router.peers.endRequest(peer);
  }

  #lose(peer: Peer, request: number, why: string, level: "warning" | "verbose"): void {
    this.#router.abandon(request);
    if (request !== 0) this.#router.peers.endRequest(peer);
    this.#shared.drops.add(1, why, level);
  }

  #keep(peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>): void {
    const { budget, settings } = this.#shared;
    let outbox = this.#outboxes.get(peer);
    if (outbox === undefined) {
      this.#outboxes.set(peer, outbox = new Outbox(budget));
      // A burst fills a peer's queue faster than libzmq's thread empties it: soon there is room.
      this.#retryAt = 0;
      this.#retryMs = RETRY_FIRST_MS;
    }
    const lost = outbox.keep(request, bytes, settings.outbox);
    if (lost === null) return;
    const why = "is away or reads too slowly (peers.outbox, zeromq.sndhwm)";
    this.#lose(peer, lost.request, why, "warning");
  }

  /** A peer is gone: what waited for it is lost. */
  discard(peer: Peer): void {
    const lost = this.#outboxes.get(peer)?.take() ?? [];
    this.#outboxes.delete(peer);
    for (const { request } of lost) this.#router.abandon(request);
    this.#shared.drops.add(lost.length, "did not come back", "warning");
  }

  /** How many messages wait for a peer. */
  waitingFor(peer: Peer): number {
    return this.#outboxes.get(peer)?.size ?? 0;
  }

  /** The peers that something waits for. */
  get behind(): Iterable<Peer> {
    return this.#outboxes.keys();
  }

  /** Tries what waits for a peer now. @returns `sent` if any of it went, else why not */
  retry(peer: Peer): SendResult {
    const outbox = this.#outboxes.get(peer);
    if (outbox === undefined) return "sent";
    let first: SendResult | null = null;
    outbox.offer((request, bytes) => {
      const result = this.#router.send(peer, request, bytes);
      first ??= result;
      if (result === "sent") this.#sent(peer, request);
      return result === "sent";
    });
    if (outbox.size === 0) this.#outboxes.delete(peer);
    return first ?? "sent";
  }

  /** When (ms) {@linkcode tick} has something to do; Infinity if it has not. */
  get deadline(): number {
    return this.#outboxes.size === 0 ? Infinity : this.#retryAt;
  }

  /** Tries what waits, if it is time. */
  tick(now: number): void {
    if (now < this.deadline) return;
    const results = new Set<SendResult>();
    for (const peer of this.#outboxes.keys()) results.add(this.retry(peer));
    const longest = results.has("full") ? RETRY_FULL_MS : RETRY_ABSENT_MS;
    this.#retryMs = results.has("sent") ? RETRY_FIRST_MS : Math.min(this.#retryMs * 2, longest);
    this.#retryAt = now + this.#retryMs;
  }
}
