/** Peers that come, go, and come back, and what Janus is told of it. @module */
import { Flag as RecordFlag, Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import type { Log } from "../janus/log.ts";
import { Absentees } from "./absent.ts";
import { Counter } from "./counters.ts";
import { type Delivery, mayBeAnother } from "./delivery.ts";
import {
  hasOwnId,
  identityText,
  type Peer,
  type PeerIntroduction,
  type PeerState,
  peerState,
} from "./peers.ts";
import type { Polls } from "./polling.ts";
import type { Router } from "./router.ts";
import type { SessionTable } from "./sessions.ts";
import type { TransportSettings } from "./settings.ts";
import type { Uplink } from "./uplink.ts";

/** After a restart of the isolate, peers get at least this long (ms) to reconnect. */
const RETURN_MS = 5000;
/** How long (ms) Janus may take to complete a claim. */
const CLAIM_MS = 1000;
/** How long (ms) a peer whose routing id somebody else has taken has time to be heard again. */
const DISPLACED_MS = 60_000;
/** How often (ms) it is said who uses whose routing id. */
const WARN_MS = 60_000;
const MAX_WARNED = 1000;
/** How often (ms) a peer that came back and says nothing is looked after. */
const PROBE_MS = 30_000;
/** How often (ms) Janus's side is told how much waits for a peer. */
const TELL_MS = 1000;
const KEEPALIVE = new TextEncoder().encode('{"janus":"keepalive"}');

/** A peer as Janus's side remembers it over a restart. */
export interface RestoredPeer {
  readonly id: number;
  readonly admin: boolean;
  /** Decimal: they may exceed 2^53. */
  readonly sessions: readonly string[];
  readonly state?: PeerState;
}

/** The peers of a transport, of both APIs. */
export class Roster {
  readonly #uplink: Uplink;
  readonly #delivery: Delivery;
  readonly #sessions: SessionTable;
  readonly #polls: Polls;
  readonly #link: Link;
  readonly #log: Log;
  readonly #settings: TransportSettings;
  /** Peers without a connection. */
  readonly #absent = new Absentees();
  /** Those of them that an earlier isolate had, and that were not heard since. */
  readonly #orphans = new Set<Peer>();
  /** Peers of which Janus's side was told that something waits for them. */
  readonly #told = new Set<Peer>();
  #tellAt = 0;
  /** Who was said to use whose routing id, and when (ms). */
  readonly #warned = new Map<string, number>();

  constructor(
    uplink: Uplink,
    delivery: Delivery,
    sessions: SessionTable,
    polls: Polls,
    { link, log, settings }: { link: Link; log: Log; settings: TransportSettings },
  ) {
    this.#uplink = uplink;
    this.#delivery = delivery;
    this.#sessions = sessions;
    this.#polls = polls;
    this.#link = link;
    this.#log = log;
    this.#settings = settings;
  }

  /** Takes over the peers that an earlier isolate had, and waits for them. */
  restore(routers: readonly Router[], restored: readonly RestoredPeer[]): void {
    const deadline = Date.now() + Math.max(RETURN_MS, this.#settings.linger);
    let expected = 0;
    for (const { id, admin, sessions, state } of restored) {
      const router = routers.find((router) => router.admin === admin);
      if (router === undefined || state === undefined) {
        // Its API is served no more, or nobody knows who it was.
        this.#uplink.push(Up.peerGone, admin ? RecordFlag.admin : 0, id, 0, "");
        continue;
      }
      const ids = sessions.map(BigInt);
      const peer = router.peers.restore(id, state, ids, this.#settings.limits.max_burst);
      for (const session of ids) this.#sessions.own(session, peer);
      if (!peer.stranded) expected++;
      this.#absent.expect(peer, router, peer.stranded ? 0 : deadline);
      this.#orphans.add(peer);
    }
    for (const router of routers) this.#count(router);
    this.#link.counters[Counter.sessions] = this.#sessions.size;
    if (expected > 0) this.#log.info(`${expected} peers of before are expected back`);
  }

  /** A peer is heard for the first time; null when Janus's side has no place for more. */
  open(router: Router, introduction: PeerIntroduction): Peer | null {
    this.#displace(router, introduction);
    const peer = router.peers.open(introduction, this.#settings.limits.max_burst);
    if (peer === null) return null;
    this.#push(Up.peerOpened, peer, peerState(peer));
    this.#count(router);
    this.#notify(peer, {
      event: "connected",
      admin_api: peer.admin,
      ip: peer.address,
      ...(peer.name === null ? {} : { name: peer.name }),
      ...(hasOwnId(peer) ? { identity: identityText(peer) } : {}),
    });
    return peer;
  }

  /**
   * Drops those who were away under a routing id that somebody else has now: libzmq would send the
   * newcomer what waits for them.
   */
  #displace(router: Router, { frames: [outer], name }: PeerIntroduction): void {
    for (const peer of this.#absent.under(outer!)) {
      if (this.#absent.routerOf(peer) !== router || peer.name === name) continue;
      this.drop(router, peer);
    }
  }

  /** A peer is heard again. */
  back(router: Router, peer: Peer): void {
    this.#absent.delete(peer);
    this.#orphans.delete(peer);
    peer.deadline = Infinity;
    this.#delivery.retry(router, peer);
    this.#push(Up.peerChanged, peer, peerState(peer));
  }

  /** Somebody with another name has a peer's routing id: it has time to come back and be heard. */
  displaced(router: Router, peer: Peer): void {
    const patience = Math.max(DISPLACED_MS, this.#settings.linger);
    this.#absent.expect(peer, router, Date.now() + patience);
  }

  /** Says that somebody uses the routing id of somebody else, of each two now and then. */
  stranger(owner: Peer, { name, address }: PeerIntroduction): void {
    const now = Date.now();
    const pair = JSON.stringify([name, owner.name, identityText(owner)]);
    if (now - (this.#warned.get(pair) ?? -Infinity) < WARN_MS) return;
    if (this.#warned.size === MAX_WARNED) this.#warned.clear();
    this.#warned.set(pair, now);
    this.#log.warning(
      `"${name}" (${address}) uses the routing id ${identityText(owner)} of "${owner.name}"` +
        ` (${owner.address}) and gets errors: one of them needs another ZMQ_ROUTING_ID`,
    );
  }

  /** A peer's connection has ended. */
  away(router: Router, peer: Peer): void {
    if (this.#settings.linger === 0) return this.drop(router, peer);
    // Nobody of another name is let in under its routing id meanwhile.
    peer.awaited = peer.name !== null && hasOwnId(peer);
    this.#absent.expect(peer, router, Date.now() + this.#settings.linger);
  }

  /** Ends a peer: Janus frees its sessions. */
  drop(router: Router, peer: Peer): void {
    router.peers.remove(peer);
    this.#absent.delete(peer);
    this.#orphans.delete(peer);
    this.#told.delete(peer);
    this.#delivery.forget(router, peer);
    for (const request of this.#polls.forget(peer)) router.forget(request);
    for (const id of [...peer.sessions]) {
      const session = this.#sessions.leave(id, peer);
      if (session !== undefined) this.#polls.end(session, false);
    }
    this.#link.counters[Counter.sessions] = this.#sessions.size;
    this.#count(router);
    this.#notify(peer, { event: "disconnected" });
    this.#push(Up.peerGone, peer, null);
  }

  /** A session of a peer's is over: an orphan may have nothing left to wait for. */
  sessionEnded(peer: Peer, claimed: boolean): void {
    const router = this.#absent.routerOf(peer);
    if (router === undefined || peer.deadline !== Infinity || !this.#orphans.has(peer)) return;
    if (peer.sessions.size > 0) return;
    // Janus tells of a claim before it notes the new owner: to end the old one now could end the
    // session with it.
    if (claimed) this.#absent.expect(peer, router, Date.now() + CLAIM_MS);
    else this.drop(router, peer);
  }

  /** When (ms) {@linkcode tick} has something to do; Infinity if it has not. */
  get deadline(): number {
    const told = this.#told.size > 0 || this.#delivery.waiting.size > 0;
    return Math.min(told ? this.#tellAt : Infinity, this.#absent.deadline);
  }

  /** Gives up the peers that did not come back in time. */
  tick(now: number): void {
    for (const [peer, router] of this.#absent.due(now)) this.#giveUp(router, peer, now);
    this.#tell(now);
  }

  #giveUp(router: Router, peer: Peer, now: number): void {
    if (this.#orphans.has(peer) && peer.sessions.size > 0) {
      // It was the isolate that went. The client may go on using its sessions, or claim them, from
      // its new connection; Janus's own timeout ends them otherwise.
      this.#absent.expect(peer, router, Infinity);
      return;
    }
    if (hasOwnId(peer) && !mayBeAnother(peer) && this.#isThere(router, peer)) {
      const patience = Math.max(PROBE_MS, this.#settings.linger);
      return this.#absent.expect(peer, router, now + patience);
    }
    this.drop(router, peer);
  }

  /** It may be back and silent. libzmq can't be asked, but by sending what waits, or what is harmless. */
  #isThere(router: Router, peer: Peer): boolean {
    if (peer.outbox !== null) return this.#delivery.retry(router, peer) !== "absent";
    return peer.pushable && router.sendBytes(peer, 0, KEEPALIVE) !== "absent";
  }

  /** Lets `connections` show how much waits for whom. */
  #tell(now: number): void {
    if (now < this.#tellAt) return;
    const { waiting } = this.#delivery;
    for (const peer of waiting.keys()) this.#told.add(peer);
    if (this.#told.size === 0) return;
    this.#tellAt = now + TELL_MS;
    for (const peer of this.#told) {
      this.#push(Up.peerChanged, peer, peerState(peer));
      if (!waiting.has(peer)) this.#told.delete(peer);
    }
  }

  #notify(peer: Peer, event: Record<string, unknown>): void {
    if (this.#settings.events) this.#push(Up.notify, peer, event);
  }

  #push(kind: number, peer: Peer, payload: unknown): void {
    const text = payload === null ? "" : JSON.stringify(payload);
    this.#uplink.push(kind, peer.admin ? RecordFlag.admin : 0, peer.id, 0, text);
  }

  #count({ admin, peers }: Router): void {
    this.#link.counters[admin ? Counter.admin_peers : Counter.peers] = peers.size;
  }
}
