/** Who talks to us: the peers of one ROUTER socket, and ids that Janus knows them by. @module */

/** libzmq makes these up for peers that have no name of their own: 0 and four random bytes. */
const GENERATED_ID_BYTES = 5;
// A peer's id is a slot and, above it, how often the slot was used (see ffi/stub/transport.c).
const SLOT_BITS = 20;
const MAX_SLOTS = 1 << SLOT_BITS;
const USES = 1 << (32 - SLOT_BITS);

/** A client: one Janus transport session. */
export interface Peer {
  readonly id: number;
  /** Routing ids from the outside in: one, or more behind proxies. */
  readonly frames: readonly Uint8Array<ArrayBuffer>[];
  readonly key: PeerKey;
  /** Whether it last put an empty frame before the body: asynchronous messages get one as well. */
  delimiter: boolean;
  /** The connection that it was last heard on; -1 before it is heard again after a restart. */
  fd: number;
  serial: number;
  /** False for a REQ: it would take an asynchronous message for the reply that it waits for. */
  pushable: boolean;
  /** Janus sessions that it made or claimed and that live. */
  sessions: number;
}

/** What a peer is looked up by. */
export type PeerKey = number | string;

/** What a new isolate needs to know of a peer. */
export interface PeerState {
  /** Routing ids as hexadecimal text. */
  readonly frames: readonly string[];
  readonly delimiter: boolean;
  readonly pushable: boolean;
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

/** The key of a routing id, and of those behind it. */
export function peerKey(
  routingId: Uint8Array,
  size: number,
  hops: readonly Uint8Array[],
): PeerKey {
  if (size === GENERATED_ID_BYTES && routingId[0] === 0 && hops.length === 0) {
    return routingId[1]! + routingId[2]! * 0x100 + routingId[3]! * 0x10000 +
      routingId[4]! * 0x1000000;
  }
  let key = latin1(routingId.subarray(0, size));
  // Lengths keep ["ab", "c"] and ["a", "bc"] apart.
  for (const hop of hops) key += `\0${hop.length}\0${latin1(hop)}`;
  return key;
}

function latin1(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

/** True for a peer that chose its own routing id, and so can come back as the same. */
export function hasOwnId(peer: Peer): boolean {
  return typeof peer.key === "string";
}

/** What is shown of a peer's identity: text where it is printable, else hexadecimal. */
export function identityText(peer: Peer): string {
  return peer.frames.map((frame) => {
    const printable = frame.every((byte) => byte > 0x20 && byte < 0x7f);
    return printable ? latin1(frame) : `0x${frame.toHex()}`;
  }).join("/");
}

/** The peers of one socket. */
export class PeerTable {
  readonly #ids: PeerIds;
  readonly #byKey = new Map<PeerKey, Peer>();
  readonly #byId = new Map<number, Peer>();
  readonly #byFd = new Map<number, Set<Peer>>();

  constructor(ids: PeerIds) {
    this.#ids = ids;
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
  open(
    key: PeerKey,
    frames: readonly Uint8Array<ArrayBuffer>[],
    { delimiter, pushable }: { delimiter: boolean; pushable: boolean },
  ): Peer | null {
    const id = this.#ids.take();
    if (id === null) return null;
    return this.#add({ id, key, frames, delimiter, pushable, fd: -1, serial: 0, sessions: 0 });
  }

  /** Adds a peer that an earlier isolate had. */
  restore(id: number, state: PeerState, sessions: number): Peer {
    const frames = state.frames.map((hex) => Uint8Array.fromHex(hex));
    const [outer, ...hops] = frames;
    const key = peerKey(outer!, outer!.length, hops);
    const { delimiter, pushable } = state;
    return this.#add({ id, key, frames, delimiter, pushable, fd: -1, serial: 0, sessions });
  }

  /** The peer was heard on this connection. */
  attach(peer: Peer, fd: number, serial: number): void {
    this.#detach(peer);
    peer.fd = fd;
    peer.serial = serial;
    let there = this.#byFd.get(fd);
    if (there === undefined) this.#byFd.set(fd, there = new Set());
    there.add(peer);
  }

  /** Forgets a peer. */
  remove(peer: Peer): void {
    this.#detach(peer);
    this.#byKey.delete(peer.key);
    this.#byId.delete(peer.id);
    this.#ids.release(peer.id);
  }

  #add(peer: Peer): Peer {
    this.#byKey.set(peer.key, peer);
    this.#byId.set(peer.id, peer);
    return peer;
  }

  #detach(peer: Peer): void {
    const there = this.#byFd.get(peer.fd);
    if (there?.delete(peer) && there.size === 0) this.#byFd.delete(peer.fd);
  }
}
