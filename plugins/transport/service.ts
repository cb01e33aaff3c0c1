/** The transport: what Janus sends goes to peers, what peers send goes to Janus. @module */
import { Down, Flag as RecordFlag, SessionFlag } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { PollEvent } from "../../ffi/zmq/constants.ts";
import type { Poller, ThinContext } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import { Counter } from "./counters.ts";
import { Outbox } from "./outbox.ts";
import { hasOwnId, type Peer, PeerIds, type PeerState } from "./peers.ts";
import { Router, type RouterOptions } from "./router.ts";
import { Uplink } from "./uplink.ts";

/** After a restart, peers get this long (ms) to reconnect before what waits for them is dropped. */
const RETURN_MS = 5000;
/** How long (ms) until what waits is tried again: this at first, twice as long while nothing goes. */
const RETRY_FIRST_MS = 1;
const RETRY_LAST_MS = 64;
const OUTBOX_MESSAGES = 10_000;
const OUTBOX_BYTES = 64 << 20;
const WARN_EVERY_MS = 1000;

/** A peer as Janus's side remembers it over a restart. */
export interface RestoredPeer {
  readonly id: number;
  readonly admin: boolean;
  readonly sessions: number;
  readonly state?: PeerState;
}

/** What the transport is made of. */
export interface TransportParts {
  readonly context: ThinContext;
  readonly link: Link;
  readonly log: Log;
  readonly routers: readonly RouterOptions[];
  readonly restored: readonly RestoredPeer[];
}

/** Serves the Janus API and the Admin API. */
export class TransportService {
  readonly #link: Link;
  readonly #log: Log;
  readonly #uplink: Uplink;
  readonly #routers: Router[] = [];
  readonly #outbox = new Outbox(OUTBOX_MESSAGES, OUTBOX_BYTES);
  /** Peers that an earlier isolate had and that were not heard yet. */
  readonly #missing = new Set<Peer>();
  #returnDeadline = Infinity;
  #retryMs = RETRY_FIRST_MS;
  #retryAt = 0;
  #slots: number[] = [];
  #listening = true;
  #dropped = 0;
  #warnAt = 0;

  /** Binds the sockets. @throws {ZmqError} with the endpoint, if one can't be bound */
  constructor(parts: TransportParts) {
    this.#link = parts.link;
    this.#log = parts.log;
    this.#uplink = new Uplink(parts.link);
    const ids = new PeerIds(parts.link.generation);
    ids.restore(parts.restored.map(({ id }) => id));
    const shared = { context: parts.context, link: parts.link, uplink: this.#uplink, ids };
    for (const options of parts.routers) this.#routers.push(new Router(options, shared));
    this.#restore(parts);
  }

  /** Endpoints by API, as bound. */
  get endpoints(): { janus: string | null; admin: string | null } {
    return {
      janus: this.#router(false)?.endpoint ?? null,
      admin: this.#router(true)?.endpoint ?? null,
    };
  }

  /** Adds the sockets to the loop's poller. */
  watch(poller: Poller): void {
    for (const router of this.#routers) {
      this.#slots.push(poller.add(router.socket, PollEvent.IN));
      poller.add(router.monitor.socket, PollEvent.IN);
    }
  }

  /** Before the loop waits: a full way up is not helped by reading more. */
  prepare(poller: Poller): void {
    if (this.#listening === !this.#uplink.blocked) return;
    this.#listening = !this.#uplink.blocked;
    for (const slot of this.#slots) poller.modify(slot, this.#listening ? PollEvent.IN : 0);
  }

  /** Handles one record of Janus's. */
  record(index: number): void {
    const link = this.#link;
    const router = this.#router((link.flags(index) & RecordFlag.admin) !== 0);
    if (link.kind(index) === Down.message) this.#message(index, router);
    else if (link.kind(index) === Down.session) this.#session(index);
  }

  /** Reads from the sockets; true if there may be more. */
  receive(): boolean {
    this.#uplink.flush();
    let more = false;
    for (const router of this.#routers) {
      router.monitor.read();
      if (router.receive()) more = true;
    }
    return more;
  }

  /** Milliseconds until {@linkcode tick} has something to do; -1 if it has not. */
  timeout(now: number): number {
    const retryAt = this.#outbox.size > 0 ? this.#retryAt : Infinity;
    const due = Math.min(retryAt, this.#returnDeadline);
    return due === Infinity ? -1 : Math.max(0, due - now);
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    if (this.#outbox.size > 0 && now >= this.#retryAt) this.#offer(now);
    if (now < this.#returnDeadline) return;
    this.#returnDeadline = Infinity;
    const absent = new Set([...this.#missing].filter((peer) => peer.fd === -1));
    this.#drop(this.#outbox.clear(absent), "did not come back in time", this.#log.warning);
    for (const peer of this.#missing) this.#release(peer);
  }

  /** Closes the sockets; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    for (const router of this.#routers) router.close(linger);
  }

  #router(admin: boolean): Router | undefined {
    return this.#routers.find((router) => router.admin === admin);
  }

  #routerOf(peer: Peer): Router | undefined {
    return this.#routers.find((router) => router.peers.byId(peer.id) === peer);
  }

  #restore({ restored, log }: TransportParts): void {
    this.#link.counters[Counter.sessions] = 0;
    for (const { id, admin, sessions, state } of restored) {
      const router = this.#router(admin);
      if (router === undefined || state === undefined) continue;
      this.#missing.add(router.restore(id, state, sessions));
      this.#link.counters[Counter.sessions]! += sessions;
    }
    if (this.#missing.size === 0) return;
    log.info(`${this.#missing.size} peers of before are expected back`);
    this.#returnDeadline = Date.now() + RETURN_MS;
  }

  /**
   * A peer that has not come back. One that Janus holds sessions for stays known for as long as
   * they live: the client may go on using them, or claim them, from its new connection.
   */
  #release(peer: Peer): void {
    const back = peer.fd !== -1;
    if (!back && peer.sessions > 0) return;
    this.#missing.delete(peer);
    if (!back) this.#routerOf(peer)?.drop(peer);
  }

  #message(index: number, router: Router | undefined): void {
    const link = this.#link;
    const request = link.request(index);
    const peer = router?.peers.byId(link.peer(index));
    if (router === undefined || peer === undefined) {
      router?.forget(request);
      this.#drop(1, "is gone", this.#log.verbose);
      return;
    }
    if (request === 0 && !peer.pushable) {
      this.#drop(1, "is a REQ, which takes replies only", this.#log.verbose);
      return;
    }
    const result = this.#outbox.has(peer)
      ? "full"
      : router.send(peer, request, link.address(index), link.length(index));
    const returning = this.#returnDeadline !== Infinity && hasOwnId(peer);
    if (result === "sent") {
      link.counters[Counter.sent]!++;
    } else if (result === "full" || returning) {
      // A burst fills a peer's queue faster than libzmq's thread empties it.
      if (this.#outbox.size === 0) this.#retryAt = 0;
      const dropped = this.#outbox.keep(peer, request, link.payload(index));
      this.#drop(dropped, "has not come back or reads too slowly", this.#log.warning);
    } else {
      router.forget(request);
      this.#drop(1, "is not connected any more", this.#log.verbose);
    }
  }

  #offer(now: number): void {
    const before = this.#outbox.size;
    this.#outbox.offer((peer, request, bytes) => {
      const router = this.#routerOf(peer);
      const result = router?.sendBytes(peer, request, bytes);
      if (result === "sent") this.#link.counters[Counter.sent]!++;
      if (router === undefined) this.#drop(1, "is gone", this.#log.verbose);
      return result === "sent" || router === undefined;
    });
    const moved = this.#outbox.size < before;
    this.#retryMs = moved ? RETRY_FIRST_MS : Math.min(this.#retryMs * 2, RETRY_LAST_MS);
    this.#retryAt = now + this.#retryMs;
  }

  #session(index: number): void {
    const link = this.#link;
    const router = this.#router((link.flags(index) & RecordFlag.admin) !== 0);
    const peer = router?.peers.byId(link.peer(index));
    if (peer === undefined) return;
    const over = (link.flags(index) & SessionFlag.over) !== 0;
    peer.sessions += over ? -1 : 1;
    link.counters[Counter.sessions]! += over ? -1 : 1;
    if (over && this.#returnDeadline === Infinity && this.#missing.has(peer)) this.#release(peer);
  }

  /** Counts messages that could not be delivered, and says so once a second at most. */
  #drop(count: number, why: string, log: Log["warning"]): void {
    if (count === 0) return;
    this.#link.counters[Counter.dropped]! += count;
    this.#dropped += count;
    const now = Date.now();
    if (now < this.#warnAt) return;
    this.#warnAt = now + WARN_EVERY_MS;
    log(`${this.#dropped} messages were dropped; the last one's peer ${why}`);
    this.#dropped = 0;
  }
}
