/** The peers of one socket: who they are, where, and until when. @module */
import { type Account, Accounts } from "./account.ts";
import { isDelimited } from "./envelope.ts";
import {
  hasOwnId,
  isGenerated,
  outerKey,
  type Peer,
  type PeerIntroduction,
  type PeerKey,
  peerKey,
  type PeerState,
} from "./peer.ts";
import type { PeerIds } from "./peer_ids.ts";
import type { TransportSettings } from "./settings.ts";

/** How long (ms) a peer whose routing id somebody else has taken has time to be heard again. */
const DISPLACED_MS = 60_000;

/** A peer for this file alone: others ask for what is to change. */
type Own = { -readonly [field in keyof Peer]: Peer[field] };

/** Owns the peers and their state. */
export class PeerTable {
  /** Which API they are of. */
  readonly admin: boolean;
  readonly #ids: PeerIds;
  readonly #settings: TransportSettings;
  readonly #byKey = new Map<PeerKey, Own>();
  readonly #byId = new Map<number, Own>();
  readonly #byFd = new Map<number, Set<Own>>();
  /** Those with names and routing ids of their own, by their connection's. */
  readonly #holders = new Map<PeerKey, Set<Own>>();
  readonly #accounts = new Accounts();
  /** Peers whose connection has ended although the monitor did not say so, or not yet. */
  readonly #lost = new Set<Peer>();
  readonly #absent = new Set<Peer>();
  /** Nobody's deadline is earlier. It may be of somebody who is back by now. */
  #earliest = Infinity;

  constructor(ids: PeerIds, admin: boolean, settings: TransportSettings) {
    this.#ids = ids;
    this.admin = admin;
    this.#settings = settings;
  }

  // ---- who there is ----

  get size(): number {
    return this.#byId.size;
  }

  byKey(key: PeerKey): Peer | undefined {
    return this.#byKey.get(key);
  }

  byId(id: number): Peer | undefined {
    return this.#byId.get(id);
  }

  /** The peers on a connection. */
  onConnection(fd: number): Iterable<Peer> {
    return this.#byFd.get(fd) ?? [];
  }

  /** Those with another name than this that a routing id belongs to. */
  holders(id: PeerKey, name: string): Peer[] {
    return [...this.#holders.get(id) ?? []].filter((peer) => peer.name !== name);
  }

  /** Whose account counts for a message from a connection. */
  account(name: string | null, fd: number, serial: number): Account {
    return this.#accounts.of(name, fd, serial, this.#settings.limits.max_burst);
  }

  // ---- they come and go ----

  /** Adds a peer; null when there are as many as Janus's side can tell apart. */
  add(introduction: PeerIntroduction): Peer | null {
    const id = this.#ids.take();
    return id === null ? null : this.#add(id, introduction, false);
  }

  /** Adds a peer that was known before the restart. */
  restore(id: number, state: PeerState): Peer {
    const frames = state.frames.map((hex) => Uint8Array.fromHex(hex));
    const { delimiter, pushable, shown: { name = null, address } } = state;
    const introduction = { frames, delimiter, pushable, name, address };
    return this.#add(id, introduction, isGenerated(frames[0]!));
  }

  #add(id: number, introduction: PeerIntroduction, stranded: boolean): Own {
    const { frames: [outer, ...hops], name } = introduction;
    const peer: Own = {
      ...introduction,
      key: peerKey(outer!, hops, name),
      stranded,
      id,
      admin: this.admin,
      fd: -1,
      serial: 0,
      attachedAt: 0,
      heardAt: 0,
      deadline: Infinity,
      account: this.account(name, -1, 0),
      inFlight: 0,
      hooked: 0,
    };
    if (name !== null && hasOwnId(peer)) {
      this.#holders.getOrInsertComputed(outerKey(peer), () => new Set()).add(peer);
    }
    peer.account.peers++;
    if (!stranded) this.#byKey.set(peer.key, peer);
    this.#byId.set(id, peer);
    return peer;
  }

  /** Removes a peer for good. */
  remove(peer: Own): void {
    this.detach(peer);
    this.#absent.delete(peer);
    this.#leaveAccount(peer);
    peer.inFlight = 0;
    const holders = this.#holders.get(outerKey(peer));
    if (holders?.delete(peer) && holders.size === 0) this.#holders.delete(outerKey(peer));
    if (!peer.stranded) this.#byKey.delete(peer.key);
    this.#byId.delete(peer.id);
    this.#ids.release(peer.id);
  }

  #leaveAccount({ account, inFlight }: Peer): void {
    account.peers--;
    account.inFlight -= inFlight;
  }

  // ---- where they are ----

  /** A message of a peer's was read. @returns whether it is on the connection that it was on before */
  heard(peer: Own, fd: number, serial: number): boolean {
    peer.heardAt = Date.now();
    return peer.fd === fd && peer.serial === serial;
  }

  /** A peer is on a connection that it was not on before. */
  attach(
    peer: Own,
    fd: number,
    serial: number,
    account: Account,
    { pushable, address }: Pick<Peer, "pushable" | "address"> = peer,
  ): void {
    this.detach(peer);
    this.#absent.delete(peer);
    this.#lost.delete(peer);
    if (peer.account !== account) {
      this.#leaveAccount(peer);
      account.peers++;
      account.inFlight += peer.inFlight;
    }
    const [attachedAt, deadline] = [Date.now(), Infinity];
    Object.assign(peer, { fd, serial, account, pushable, address, attachedAt, deadline });
    const there = this.#byFd.getOrInsertComputed(fd, () => new Set());
    const outer = outerKey(peer);
    // One connection has one routing id. So peers with another one were on an earlier connection, which
    // had the same descriptor: they are gone, or back on a new connection and silent. If even the serial
    // is the same, one of the two was read so late that the connection was another one by then. Nothing
    // tells which, before a message to it can't be sent.
    for (const other of there) {
      if (other.serial < serial && outerKey(other) !== outer) this.lose(other);
    }
    there.add(peer);
  }

  /** A peer has no connection any more. */
  detach(peer: Own): void {
    const there = this.#byFd.get(peer.fd);
    if (there?.delete(peer) && there.size === 0) this.#byFd.delete(peer.fd);
    peer.fd = -1;
  }

  /** A peer is not there under its routing id, though its connection is not known to have ended. */
  lose(peer: Peer): void {
    this.#lost.add(peer);
  }

  /** True if {@linkcode takeLost} has somebody. */
  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** Those that were lost since the last call, and not heard again. */
  takeLost(): Peer[] {
    const lost = [...this.#lost];
    this.#lost.clear();
    return lost;
  }

  /** Somebody with another name has a peer's place: it is to come back, and has time to. */
  displace(peer: Peer): void {
    this.#lost.delete(peer);
    this.detach(peer);
    this.expect(peer, Date.now() + Math.max(DISPLACED_MS, this.#settings.linger));
  }

  // ---- until when they are expected ----

  /** A peer is away, and has until then (ms) to be heard again. */
  expect(peer: Own, deadline: number): void {
    peer.deadline = deadline;
    this.#absent.add(peer);
    this.#earliest = Math.min(this.#earliest, deadline);
  }

  /** When (ms) {@linkcode due} may have somebody; Infinity if it has not. */
  get deadline(): number {
    return this.#absent.size === 0 ? Infinity : this.#earliest;
  }

  /** Those whose time is over: each is to be removed, or expected later. */
  due(now: number): Peer[] {
    if (now < this.deadline) return [];
    this.#earliest = Infinity;
    const due: Peer[] = [];
    for (const peer of this.#absent) {
      if (peer.deadline <= now) due.push(peer);
      else this.#earliest = Math.min(this.#earliest, peer.deadline);
    }
    return due;
  }

  // ---- what they ask ----

  /** A request of a peer's is under way, until {@linkcode endRequest}. */
  beginRequest(peer: Own, request: number): void {
    peer.delimiter = isDelimited(request);
    peer.inFlight++;
    peer.account.inFlight++;
  }

  /** A reply was sent, or never will be. An earlier process's requests were never counted here. */
  endRequest(peer: Own): void {
    if (peer.inFlight === 0) return;
    peer.inFlight--;
    peer.account.inFlight--;
  }

  /** Hooks are to see a request of a peer's. */
  beginHook(peer: Own): void {
    peer.hooked++;
  }

  /** They have seen it. @returns whether they have seen all of them */
  endHook(peer: Own): boolean {
    return --peer.hooked === 0;
  }
}
