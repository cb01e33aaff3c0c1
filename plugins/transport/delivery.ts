/** Messages on their way to peers: sent, kept for later, or dropped and counted. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Log } from "../janus/log.ts";
import { Counter } from "./counters.ts";
import { type Budget, Outbox } from "./outbox.ts";
import { endRequest, hasOwnId, type Peer } from "./peers.ts";
import type { Router, SendResult } from "./router.ts";
import type { TransportSettings } from "./settings.ts";

/** How long (ms) until what waits is tried again: this at first, twice as long while nothing goes. */
const RETRY_FIRST_MS = 1;
/** The longest if somebody reads too slowly, and if all are away. */
const RETRY_FULL_MS = 64;
const RETRY_ABSENT_MS = 1000;
const WARN_EVERY_MS = 1000;

/** Delivers, for one transport. */
export class Delivery {
  readonly #budget: Budget;
  readonly #link: Link;
  readonly #log: Log;
  readonly #settings: TransportSettings;
  /** Peers that something waits for, and where they are. */
  readonly #behind = new Map<Peer, Router>();
  #retryMs = RETRY_FIRST_MS;
  #retryAt = 0;
  /** Dropped and not said yet, why the last of them, and how loud to say it. */
  #dropped = 0;
  #why = "";
  #level: "warning" | "verbose" = "verbose";
  #sayAt = 0;

  constructor(link: Link, log: Log, settings: TransportSettings, budget: Budget) {
    this.#budget = budget;
    this.#link = link;
    this.#log = log;
    this.#settings = settings;
  }

  /** Delivers the payload of a record. */
  record(router: Router, peer: Peer, request: number, index: number): void {
    const link = this.#link;
    if (peer.outbox === null) {
      const result = mayBeAnother(peer)
        ? "absent"
        : router.send(peer, request, link.address(index), link.length(index));
      if (result === "sent") return this.#left(peer, request);
      if (result === "absent" && !this.#expected(peer)) return this.#lose(router, peer, request);
    }
    this.#keep(router, peer, request, link.payload(index));
  }

  /** Delivers bytes. */
  bytes(router: Router, peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (peer.outbox === null) {
      const result = mayBeAnother(peer) ? "absent" : router.sendBytes(peer, request, bytes);
      if (result === "sent") return this.#left(peer, request);
      if (result === "absent" && !this.#expected(peer)) return this.#lose(router, peer, request);
    }
    this.#keep(router, peer, request, bytes);
  }

  /** A peer is gone: what waited for it is lost. */
  forget(router: Router, peer: Peer): void {
    this.#behind.delete(peer);
    if (peer.outbox === null) return;
    const lost = peer.outbox.clear();
    for (const { request } of lost) router.forget(request);
    this.drop(lost.length, "did not come back", "warning");
    peer.outbox = null;
  }

  /** Tries what waits for a peer now. @returns `sent` if any of it went, else why not */
  retry(router: Router, peer: Peer): SendResult {
    const { outbox } = peer;
    if (outbox === null) return "sent";
    if (mayBeAnother(peer)) return "absent";
    const before = outbox.size;
    let result: SendResult = "sent";
    outbox.offer((request, bytes) => {
      result = router.sendBytes(peer, request, bytes);
      if (result !== "sent") return false;
      this.#left(peer, request);
      return true;
    });
    if (outbox.size === 0) {
      peer.outbox = null;
      this.#behind.delete(peer);
    }
    return outbox.size < before ? "sent" : result;
  }

  /** The peers that something waits for, and where they are. */
  get waiting(): ReadonlyMap<Peer, Router> {
    return this.#behind;
  }

  /** Milliseconds until {@linkcode tick} has something to do; Infinity if it has not. */
  timeout(now: number): number {
    const retry = this.#behind.size === 0 ? Infinity : this.#retryAt;
    const say = this.#dropped === 0 ? Infinity : this.#sayAt;
    return Math.max(0, Math.min(retry, say) - now);
  }

  /** Tries what waits and says what was dropped, if it is time. */
  tick(now: number): void {
    this.#say(now);
    if (this.#behind.size === 0 || now < this.#retryAt) return;
    const results = new Set<SendResult>();
    for (const [peer, router] of this.#behind) results.add(this.retry(router, peer));
    const longest = results.has("full") ? RETRY_FULL_MS : RETRY_ABSENT_MS;
    this.#retryMs = results.has("sent") ? RETRY_FIRST_MS : Math.min(this.#retryMs * 2, longest);
    this.#retryAt = now + this.#retryMs;
  }

  /** Counts messages that are lost, and says so once a second at most. */
  drop(count: number, why: string, level: "warning" | "verbose"): void {
    if (count === 0) return;
    this.#link.counters[Counter.dropped]! += count;
    this.#dropped += count;
    this.#why = why;
    if (level === "warning") this.#level = level;
    this.#say(Date.now());
  }

  #say(now: number): void {
    if (this.#dropped === 0 || now < this.#sayAt) return;
    this.#log[this.#level](
      `${this.#dropped} messages were dropped; the last one's peer ${this.#why}`,
    );
    this.#sayAt = now + WARN_EVERY_MS;
    this.#dropped = 0;
    this.#level = "verbose";
  }

  /** True for a peer that has gone and may come back as the same. */
  #expected(peer: Peer): boolean {
    return hasOwnId(peer) && (peer.deadline !== Infinity || this.#settings.linger > 0);
  }

  #keep(router: Router, peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>): void {
    if (peer.outbox === null) {
      peer.outbox = new Outbox(this.#budget);
      this.#behind.set(peer, router);
      // A burst fills a peer's queue faster than libzmq's thread empties it: soon there is room.
      this.#retryAt = 0;
      this.#retryMs = RETRY_FIRST_MS;
    }
    const lost = peer.outbox.keep(request, bytes, this.#settings.outbox);
    if (lost === null) return;
    router.forget(lost.request);
    this.#answered(peer, lost.request);
    this.drop(1, "is away or reads too slowly (peers.outbox, zeromq.sndhwm)", "warning");
  }

  #lose(router: Router, peer: Peer, request: number): void {
    router.forget(request);
    this.#answered(peer, request);
    this.drop(1, `${peer.address} is not connected any more`, "verbose");
  }

  #left(peer: Peer, request: number): void {
    this.#link.counters[Counter.sent]!++;
    this.#answered(peer, request);
  }

  #answered(peer: Peer, request: number): void {
    if (request !== 0) endRequest(peer);
  }
}

/**
 * True for a peer with a name that is away: whoever has its routing id by now may be somebody else,
 * and is told apart by what it says first.
 */
export function mayBeAnother({ name, deadline }: Peer): boolean {
  return name !== null && deadline !== Infinity;
}
