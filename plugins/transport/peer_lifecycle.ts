/** Peers that come, go, and come back, and what Janus is told of it. @module */
import type { Account } from "./account.ts";
import { Counter } from "./counters.ts";
import type { Delivery } from "./delivery.ts";
import {
  hasOwnId,
  identityText,
  type Peer,
  type PeerIntroduction,
  type PeerState,
  peerState,
} from "./peer.ts";
import type { PeerTable } from "./peer_table.ts";
import { KEEPALIVE, type Polls } from "./polling.ts";
import { Up } from "./records.ts";
import type { Router } from "./router.ts";
import type { Shared } from "./shared.ts";

/** After a restart of the process, peers get at least this long (ms) to reconnect. */
const RETURN_MS = 5000;
/** How long (ms) Janus may take to complete a claim. */
const CLAIM_MS = 1000;
/** How often (ms) it is said who uses whose routing id. */
const WARN_MS = 60_000;
const MAX_WARNED = 1000;
/** How often (ms) a peer that came back and says nothing is looked after. */
const PROBE_MS = 30_000;
/** How often (ms) Janus's side is told how much waits for a peer. */
const TELL_MS = 1000;

/** A peer as Janus's side remembers it over a restart. */
export interface RestoredPeer {
  readonly id: number;
  readonly admin: boolean;
  /** Decimal: they may exceed 2^53. */
  readonly sessions: readonly string[];
  readonly state?: PeerState;
}

/** What it has to do with. */
export interface LifecycleParts extends Shared {
  readonly router: Router;
  readonly delivery: Delivery;
  /** Null where there are none: on the Admin API. */
  readonly polls: Polls | null;
}

/** Decides who is let in, who is waited for, and for how long: on one API. */
export class PeerLifecycle {
  readonly #parts: LifecycleParts;
  readonly #peers: PeerTable;
  /** Those of which Janus's side was told that something waits for them. */
  #told = new Set<Peer>();
  #tellAt = 0;
  /** Who was said to use whose routing id, and when (ms). */
  readonly #warned = new Map<string, number>();
  #hasWarnedOfStrays = false;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
    this.#peers = parts.router.peers;
    this.#count();
  }

  /** Takes over a peer that was known before the restart. @returns whether it can come back */
  restore(id: number, state: PeerState, sessions: readonly string[]): boolean {
    const { settings: { linger }, sessions: table } = this.#parts;
    const peer = this.#peers.restore(id, state);
    for (const session of sessions) table.own(BigInt(session), peer);
    const deadline = peer.stranded ? 0 : Date.now() + Math.max(RETURN_MS, linger);
    this.#peers.expect(peer, deadline);
    this.#count();
    return !peer.stranded;
  }

  // ---- they come ----

  /** A peer is heard for the first time. @returns the peer, or why it is not let in */
  admit(introduction: PeerIntroduction, { peers }: Account): Peer | string {
    const { max_peers, max_peers_each } = this.#parts.settings.limits;
    const { name, address } = introduction;
    if (peers >= max_peers_each) {
      const whose = name === null ? "on one connection" : "of one name";
      return `Too many clients ${whose} (limits.max_peers_each = ${max_peers_each})`;
    }
    const peer = this.#peers.size < max_peers ? this.#peers.add(introduction) : null;
    if (peer === null) return "Too many clients (limits.max_peers)";
    this.#push(Up.peerOpened, peer);
    this.#count();
    this.#notify(peer, {
      event: "connected",
      admin_api: peer.admin,
      ip: address,
      ...(name === null ? {} : { name }),
      ...(hasOwnId(peer) ? { identity: identityText(peer) } : {}),
    });
    return peer;
  }

  /** A peer is heard again, on another connection. */
  back(peer: Peer): void {
    this.#parts.delivery.retry(peer);
    this.#push(Up.peerChanged, peer);
  }

  /** Says that somebody uses the routing id of somebody else, of each two now and then. */
  stranger(owner: Peer, { name, address }: PeerIntroduction): void {
    const now = Date.now();
    const pair = JSON.stringify([name, owner.name, identityText(owner)]);
    if (now - (this.#warned.get(pair) ?? -Infinity) < WARN_MS) return;
    if (this.#warned.size === MAX_WARNED) this.#warned.clear();
    this.#warned.set(pair, now);
    this.#parts.log.warning(
      `"${name}" (${address}) uses the routing id ${identityText(owner)} of "${owner.name}"` +
        ` (${owner.address}) and gets errors: one of them needs another ZMQ_ROUTING_ID`,
    );
  }

  /** A message was dropped that names no connection. */
  stray(): void {
    this.#parts.link.counters[Counter.errors]!++;
    if (this.#hasWarnedOfStrays) return;
    this.#hasWarnedOfStrays = true;
    this.#parts.log.warning(
      "A message that names no connection was dropped, as are all that follow: its sender speaks" +
        " ZMTP 1.0 or 2.0 (libzmq before 4.0), or no ZMTP at all",
    );
  }

  // ---- they go ----

  /** A peer's connection has ended. */
  disconnected(peer: Peer): void {
    this.#peers.detach(peer);
    if (peer.hooked === 0) this.#away(peer); // what it sent before that comes first
  }

  /** Hooks have seen a request of a peer's: its connection may have ended meanwhile. */
  endHook(peer: Peer): void {
    if (!this.#peers.endHook(peer) || peer.fd >= 0) return;
    if (peer.deadline === Infinity) this.#away(peer);
  }

  #away(peer: Peer): void {
    const { linger } = this.#parts.settings;
    if (linger === 0) this.drop(peer);
    else this.#peers.expect(peer, Date.now() + linger);
  }

  /** Ends a peer: Janus frees its sessions. */
  drop(peer: Peer): void {
    const { router, delivery, sessions, polls } = this.#parts;
    this.#peers.remove(peer);
    this.#told.delete(peer);
    delivery.discard(peer);
    for (const request of polls?.cancel(peer) ?? []) router.abandon(request);
    for (const id of sessions.of(peer)) {
      const session = sessions.leave(id, peer);
      if (session !== undefined) polls?.end(session, false);
    }
    this.#count();
    this.#notify(peer, { event: "disconnected" });
    this.#push(Up.peerGone, peer);
  }

  /** A session of a peer's is over: an orphan may have nothing left to wait for. */
  sessionEnded(peer: Peer, claimed: boolean): void {
    if (peer.deadline !== Infinity || !isOrphan(peer)) return;
    if (this.#parts.sessions.of(peer).length > 0) return;
    // Janus tells of a claim before it notes the new owner: to end the old one now could end the
    // session with it.
    if (claimed) this.#peers.expect(peer, Date.now() + CLAIM_MS);
    else this.drop(peer);
  }

  /** When (ms) {@linkcode tick} has something to do; Infinity if it has not. */
  get deadline(): number {
    const waits = this.#told.size > 0 || this.#parts.delivery.deadline !== Infinity;
    return Math.min(waits ? this.#tellAt : Infinity, this.#peers.deadline);
  }

  /** Gives up the peers that did not come back in time. */
  tick(now: number): void {
    for (const peer of this.#peers.due(now)) this.#giveUp(peer, now);
    this.#tell(now);
  }

  #giveUp(peer: Peer, now: number): void {
    if (isOrphan(peer) && this.#parts.sessions.of(peer).length > 0) {
      // It was the process that went. The client may go on using its sessions, or claim them, from
      // its new connection; Janus's own timeout ends them otherwise.
      this.#peers.expect(peer, Infinity);
    } else if (hasOwnId(peer) && this.#isThere(peer)) {
      this.#peers.expect(peer, now + Math.max(PROBE_MS, this.#parts.settings.linger));
    } else {
      this.drop(peer);
    }
  }

  /** It may be back and silent. libzmq can't be asked, but by sending what waits, or what is harmless. */
  #isThere(peer: Peer): boolean {
    const { delivery, router } = this.#parts;
    if (delivery.waitingFor(peer) > 0) return delivery.retry(peer) !== "absent";
    return peer.pushable && router.send(peer, 0, KEEPALIVE) !== "absent";
  }

  // ---- what Janus is told ----

  /** Lets `connections` show how much waits for whom. */
  #tell(now: number): void {
    if (now < this.#tellAt) return;
    const behind = new Set(this.#parts.delivery.behind);
    const changed = behind.union(this.#told);
    if (changed.size === 0) return;
    this.#tellAt = now + TELL_MS;
    for (const peer of changed) this.#push(Up.peerChanged, peer);
    this.#told = behind;
  }

  #notify(peer: Peer, event: Record<string, unknown>): void {
    if (this.#parts.settings.events) this.#push(Up.notify, peer, event);
  }

  #push(kind: number, peer: Peer, payload?: unknown): void {
    const { uplink, delivery } = this.#parts;
    const text = kind === Up.peerGone
      ? ""
      : JSON.stringify(payload ?? peerState(peer, delivery.waitingFor(peer)));
    uplink.push(kind, peer, 0, text);
  }

  #count(): void {
    const { admin, size } = this.#peers;
    const { link: { counters }, sessions } = this.#parts;
    counters[admin ? Counter.admin_peers : Counter.peers] = size;
    counters[Counter.sessions] = sessions.size;
  }
}

/** True for a peer that was known before a restart and was not heard since. */
function isOrphan({ heardAt }: Peer): boolean {
  return heardAt === 0;
}
