/** Who talks to us: the peers of one ROUTER socket, and ids that Janus knows them by. @module */

import type { Outbox } from "./outbox.ts";
import { TokenBucket } from "./rate.ts";

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
  /** False for a REQ: it would take an asynchronous message for the reply that it waits for. */
  pushable: boolean;
  /** Its name, where it has authenticated itself. */
  readonly name: string | null;
  /** IP address, or what ipc has for one. */
  address: string;
  /** Janus sessions that it made or claimed and that live. */
  readonly sessions: Set<bigint>;
  /** Requests whose reply has not left yet. */
  inFlight: number;
  readonly bucket: TokenBucket;
  /** What waits until it is back, or reads again; null if nothing does. */
  outbox: Outbox | null;
  /** When (ms) it is given up unless it is heard; Infinity while its connection is open. */
  deadline: number;
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

/** True for a peer that chose its own routing id, and so can come back as the same. */
export function hasOwnId({ frames, stranded }: Peer): boolean {
  return !stranded && (frames.length > 1 || !isGenerated(frames[0]!));
}

function isGenerated(routingId: Uint8Array): boolean {
  return routingId.length === GENERATED_ID_BYTES && routingId[0] === 0;
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

  /** All of them. */
  values(): IterableIterator<Peer> {
    return this.#byId.values();
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
    for (const session of sessions) peer.sessions.add(session);
    return peer;
  }

  /** The peer was heard on this connection. */
  attach(peer: Peer, fd: number, serial: number): void {
    this.detach(peer);
    peer.fd = fd;
    peer.serial = serial;
    let there = this.#byFd.get(fd);
    if (there === undefined) this.#byFd.set(fd, there = new Set());
    there.add(peer);
  }

  /** Forgets a peer. */
  remove(peer: Peer): void {
    this.detach(peer);
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
      sessions: new Set(),
      inFlight: 0,
      bucket: new TokenBucket(burst, Date.now()),
      outbox: null,
      deadline: Infinity,
    };
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
