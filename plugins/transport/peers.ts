/** Who talks to us: the peers of one ROUTER socket, and ids that Janus knows them by. @module */

import { type Account, Accounts } from "./account.ts";
import type { Outbox } from "./outbox.ts";

/** libzmq makes these up for peers that have no name of their own: 0 and four random bytes. */
const GENERATED_ID_BYTES = 5;
// A peer's id is a slot and, above it, how often the slot was used (see ffi/stub/transport.c).
const SLOT_BITS = 20;
const MAX_SLOTS = 1 << SLOT_BITS;
const USES = 1 << (32 - SLOT_BITS);

/** A client: one Janus transport session. */
export interface Peer {
  readonly id: number;
  readonly admin: boolean;
  /** Routing ids from the outside in: one, or more behind proxies. */
  readonly frames: readonly Uint8Array<ArrayBuffer>[];
  readonly key: PeerKey;
  /**
   * Whether an earlier isolate's socket made its routing id up. The next socket begins with the same
   * ones, so it may be somebody else's by now: the peer can be neither recognised nor reached.
   */
  readonly stranded: boolean;
  /** Whether it last put an empty frame before the body: asynchronous messages get one as well. */
  delimiter: boolean;
  /** The connection that it was last heard on; -1 before it is heard again after a restart. */
  fd: number;
  serial: number;
  /** When (ms) it was first heard on it. */
  attachedAt: number;
  /** Whether it lost its connection through no fault of its own: its routing id is kept for it. */
  awaited: boolean;
  /** False for a REQ: it would take an asynchronous message for the reply that it waits for. */
  pushable: boolean;
  /** Its name, where it has authenticated itself. */
  readonly name: string | null;
  /** IP address, or what ipc has for one. */
  address: string;
  /** Janus sessions that it made or claimed and that live. */
  readonly sessions: Set<bigint>;
  /** Requests whose reply has not left yet; its account has them as well. */
  inFlight: number;
  /** What it is limited by. */
  account: Account;
  /** What waits until it is back, or reads again; null if nothing does. */
  outbox: Outbox | null;
  /** When (ms) it is given up unless it is heard; Infinity while its connection is open. */
  deadline: number;
  /** When (ms) a message of it was last read, which proves whose its routing id was then. */
  heardAt: number;
}

/** What a peer is looked up by. */
export type PeerKey = number | string;

/** What Janus's side keeps of a peer: for `connections`, and for the next isolate. */
export interface PeerState {
  /** Routing ids as hexadecimal text. */
  readonly frames: readonly string[];
  readonly delimiter: boolean;
  readonly pushable: boolean;
  readonly shown: {
    readonly name?: string;
    readonly identity: string;
    readonly address: string;
    readonly queued: number;
  };
}

/** What is known of a peer when it is first heard. */
export interface PeerIntroduction {
  readonly key: PeerKey;
  readonly frames: readonly Uint8Array<ArrayBuffer>[];
  readonly delimiter: boolean;
  readonly pushable: boolean;
  readonly name: string | null;
  readonly address: string;
}

/** Gives out peer ids. One for both APIs, as Janus's side has one table. */
export class PeerIds {
  readonly #free: number[] = [];
  readonly #uses: number[] = [];
  readonly #firstUse: number;

  /** @param generation of the isolate: it must not repeat what an earlier one gave out */
  constructor(generation: number) {
    this.#firstUse = (generation * 61) % USES;
  }

  /** An id that no peer has; null when all are taken. */
  take(): number | null {
    // Oldest first: a slot rests as long as possible before it is used again.
    const reuse = this.#free.length > 1024 || this.#uses.length >= MAX_SLOTS;
    const slot = reuse ? this.#free.shift() : this.#uses.length;
    if (slot === undefined) return null;
    const last = this.#uses[slot] ?? -1;
    const use = last < 0 ? this.#firstUse : (last + 1) % USES;
    this.#uses[slot] = use;
    return use * MAX_SLOTS + slot;
  }

  /** Gives an id back. */
  release(id: number): void {
    this.#free.push(id % MAX_SLOTS);
  }

  /** Starts with ids that are taken already. */
  restore(ids: readonly number[]): void {
    for (const id of ids) {
      const slot = id % MAX_SLOTS;
      while (this.#uses.length < slot) {
        this.#free.push(this.#uses.length);
        this.#uses.push(-1);
      }
      this.#uses[slot] = Math.floor(id / MAX_SLOTS);
    }
    const taken = new Set(ids.map((id) => id % MAX_SLOTS));
    const free = this.#free.filter((slot) => !taken.has(slot));
    this.#free.splice(0, this.#free.length, ...free);
  }
}

/**
 * The key of a routing id, of those behind it, and of who has proved to be there: nobody is taken for
 * somebody else for having chosen the same routing id.
 */
export function peerKey(
  routingId: Uint8Array,
  size: number,
  hops: readonly Uint8Array[],
  name: string | null,
): PeerKey {
  if (size === GENERATED_ID_BYTES && routingId[0] === 0 && hops.length === 0 && name === null) {
    return routingId[1]! + routingId[2]! * 0x100 + routingId[3]! * 0x10000 +
      routingId[4]! * 0x1000000;
  }
  const outer = latin1(routingId.subarray(0, size));
  // Lengths keep ["ab", "c"] and ["a", "bc"] apart, and all of them from an id that looks alike.
  const lengths = hops.length === 0 ? "" : [size, ...hops.map((hop) => hop.length)];
  const owner = name === null ? "" : `${name.length}/${name}`;
  return `${owner}${lengths}:${outer}${hops.map(latin1).join("")}`;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** The key of the routing id of a peer's connection, whoever is there. */
export function outerKey({ frames: [outer] }: Peer): PeerKey {
  return peerKey(outer!, outer!.length, [], null);
}

/** True for a peer that chose its own routing id, and so can come back as the same. */
export function hasOwnId({ frames, stranded }: Peer): boolean {
  return !stranded && (frames.length > 1 || !isGenerated(frames[0]!));
}

/** True for a routing id of libzmq's making. */
export function isGenerated(routingId: Uint8Array): boolean {
  return routingId.length === GENERATED_ID_BYTES && routingId[0] === 0;
}

/** A request of a peer's is under way. */
export function beginRequest(peer: Peer): void {
  peer.inFlight++;
  peer.account.inFlight++;
}

/** Its reply has left, or never will. An earlier isolate's requests were never counted here. */
export function endRequest(peer: Peer): void {
  if (peer.inFlight === 0) return;
  peer.inFlight--;
  peer.account.inFlight--;
}

function leaveAccount({ account, inFlight }: Peer): void {
  account.peers--;
  account.inFlight -= inFlight;
}

/** What is shown of a peer's identity: text where it is printable, else hexadecimal. */
export function identityText(peer: Peer): string {
  return peer.frames.map((frame) => {
    const printable = frame.every((byte) => byte > 0x20 && byte < 0x7f);
    return printable ? latin1(frame) : `0x${frame.toHex()}`;
  }).join("/");
}

/** What Janus's side is told of a peer. */
export function peerState(peer: Peer): PeerState {
  return {
    frames: peer.frames.map((frame) => frame.toHex()),
    delimiter: peer.delimiter,
    pushable: peer.pushable,
    shown: {
      ...(peer.name === null ? {} : { name: peer.name }),
      identity: identityText(peer),
      address: peer.address,
      queued: peer.outbox?.size ?? 0,
    },
  };
}

/** The peers of one socket. */
export class PeerTable {
  readonly #ids: PeerIds;
  readonly #admin: boolean;
  readonly #byKey = new Map<PeerKey, Peer>();
  readonly #byId = new Map<number, Peer>();
  readonly #byFd = new Map<number, Set<Peer>>();
  /** Those with names and routing ids of their own, by their connection's. */
  readonly #holders = new Map<PeerKey, Set<Peer>>();
  readonly #accounts = new Accounts();

  constructor(ids: PeerIds, admin: boolean) {
    this.#ids = ids;
    this.#admin = admin;
  }

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
  holders(routingId: Uint8Array, name: string): Peer[] {
    const holders = this.#holders.get(peerKey(routingId, routingId.length, [], null));
    return [...holders ?? []].filter((peer) =>
      peer.name !== name && (peer.fd >= 0 || peer.awaited)
    );
  }

  /** All of them. */
  values(): IterableIterator<Peer> {
    return this.#byId.values();
  }

  /** Whose account counts for a message from a connection. */
  account(name: string | null, fd: number, serial: number, burst: number): Account {
    return this.#accounts.of(name, fd, serial, burst);
  }

  /** Adds a peer; null when there are as many as Janus's side can tell apart. */
  open(introduction: PeerIntroduction, burst: number): Peer | null {
    const id = this.#ids.take();
    return id === null ? null : this.#add(id, introduction, burst, false);
  }

  /** Adds a peer that an earlier isolate had. */
  restore(id: number, state: PeerState, sessions: readonly bigint[], burst: number): Peer {
    const frames = state.frames.map((hex) => Uint8Array.fromHex(hex));
    const [outer, ...hops] = frames;
    const name = state.shown.name ?? null;
    const { delimiter, pushable, shown: { address } } = state;
    const key = peerKey(outer!, outer!.length, hops, name);
    const introduction = { key, frames, delimiter, pushable, name, address };
    const peer = this.#add(id, introduction, burst, isGenerated(outer!));
    peer.awaited = true;
    for (const session of sessions) peer.sessions.add(session);
    return peer;
  }

  /** The peer was heard on this connection, whose requests count for this account. */
  attach(peer: Peer, fd: number, serial: number, account: Account): void {
    this.detach(peer);
    if (peer.account !== account) {
      leaveAccount(peer);
      account.peers++;
      account.inFlight += peer.inFlight;
      peer.account = account;
    }
    peer.fd = fd;
    peer.serial = serial;
    peer.attachedAt = Date.now();
    peer.awaited = false;
    let there = this.#byFd.get(fd);
    if (there === undefined) this.#byFd.set(fd, there = new Set());
    there.add(peer);
  }

  /** Forgets a peer. */
  remove(peer: Peer): void {
    this.detach(peer);
    leaveAccount(peer);
    peer.inFlight = 0;
    const holders = this.#holders.get(outerKey(peer));
    if (holders?.delete(peer) && holders.size === 0) this.#holders.delete(outerKey(peer));
    if (!peer.stranded) this.#byKey.delete(peer.key);
    this.#byId.delete(peer.id);
    this.#ids.release(peer.id);
  }

  #add(id: number, introduction: PeerIntroduction, burst: number, stranded: boolean): Peer {
    const peer: Peer = {
      ...introduction,
      stranded,
      id,
      admin: this.#admin,
      fd: -1,
      serial: 0,
      attachedAt: 0,
      awaited: false,
      sessions: new Set(),
      inFlight: 0,
      account: this.#accounts.of(introduction.name, -1, 0, burst),
      outbox: null,
      deadline: Infinity,
      heardAt: 0,
    };
    if (peer.name !== null && hasOwnId(peer)) {
      const holders = this.#holders.get(outerKey(peer));
      if (holders === undefined) this.#holders.set(outerKey(peer), new Set([peer]));
      else holders.add(peer);
    }
    peer.account.peers++;
    if (!stranded) this.#byKey.set(peer.key, peer);
    this.#byId.set(id, peer);
    return peer;
  }

  /** The peer has no connection any more. */
  detach(peer: Peer): void {
    const there = this.#byFd.get(peer.fd);
    if (there?.delete(peer) && there.size === 0) this.#byFd.delete(peer.fd);
    peer.fd = -1;
  }
}
