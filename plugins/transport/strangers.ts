/** Keeps apart clients with different names that use the same routing ids. @module */
import type { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { isGenerated, type Peer } from "./peer.ts";
import type { PeerTable } from "./peer_table.ts";

/** Connections that are remembered until they are heard. */
const MAX_NUMBERS = 10_000;
/** How long (ms) a handshake may go on after its name was found good, at the very most. */
const HANDSHAKE_MS = 11_000;
/** How long (ms) libzmq's threads, and we, may take to know what a finished handshake brought. */
const SETTLE_MS = 200;
/** How long (ms) messages may be held for the sake of connections that are silent; then those are cut. */
const SILENCE_MS = 1000;

/** Connections of one name that were let in and are silent. */
interface Silent {
  count: number;
  /** When the latest of them surely had the routing id that it came with. */
  settled: number;
}

/**
 * The connections to one socket that may have taken a peer's place. Whoever is let in may come under any
 * routing id, and libzmq gives it the place of who has that one. Nothing tells which one it came under
 * before it says something. Until then a message for a peer of another name may reach it instead, unless
 * that peer was heard later: then the place was still its own.
 */
export class Strangers {
  readonly #peers: PeerTable;
  readonly #silent = new Map<string, Silent>();
  /** Names of the connections that are silent, by the connections' numbers. */
  readonly #names = new Map<number, string>();
  #last = 0;
  /** Handshakes that are not known to have ended. */
  #handshakes = 0;
  /** Connections that were heard and are no peer's: serials by descriptor. */
  readonly #turnedAway = new Map<number, number>();
  /** Since when (ms) messages are held; 0 if none is. */
  #heldSince = 0;

  constructor(peers: PeerTable) {
    this.#peers = peers;
  }

  /** Somebody is let in. @returns the number of the connection */
  letIn(name: string, now = Date.now()): number {
    const silent = this.#silent.getOrInsertComputed(name, () => ({ count: 0, settled: 0 }));
    silent.count++;
    silent.settled = now + HANDSHAKE_MS;
    this.#names.set(++this.#last, name);
    this.#names.delete(this.#last - MAX_NUMBERS); // counts as silent for as long as others are
    this.#handshakes++;
    return this.#last;
  }

  /** A handshake has ended well. */
  shookHands(now = Date.now()): void {
    if (this.#handshakes === 0 || --this.#handshakes > 0) return;
    for (const silent of this.#silent.values()) {
      silent.settled = Math.min(silent.settled, now + SETTLE_MS);
    }
  }

  /** True if a connection is silent: {@linkcode heard} wants to know of each that is not. */
  get any(): boolean {
    return this.#silent.size > 0;
  }

  /** The connection with this number has been heard. */
  heard(number: number): void {
    const name = this.#names.get(number);
    if (name === undefined) return;
    this.#names.delete(number);
    const silent = this.#silent.get(name)!;
    if (--silent.count === 0) this.#silent.delete(name);
  }

  /** A connection was heard, and its sender is not let in. */
  turnedAway(fd: number, serial: number): void {
    this.#turnedAway.set(fd, serial);
  }

  /** Whether somebody of another name may have a routing id by now. @param since when its holder was heard */
  mayHaveTaken(name: string, since: number): boolean {
    for (const [other, { settled }] of this.#silent) {
      if (other !== name && since < settled) return true;
    }
    return false;
  }

  /** Whether messages for a peer must be held: they might reach somebody else. */
  mayHavePlaceOf({ name, heardAt, frames }: Peer, monitor: ConnectionMonitor): boolean {
    if (name === null || isGenerated(frames[0]!) || !this.mayHaveTaken(name, heardAt)) return false;
    monitor.read();
    const unheard = [...monitor.descriptors].filter((fd) => !this.#isHeard(fd, monitor.serial(fd)));
    if (unheard.length === 0) {
      this.#silent.clear();
      this.#names.clear();
      this.#handshakes = this.#heldSince = 0;
      return false;
    }
    const now = Date.now();
    this.#heldSince ||= now;
    if (now - this.#heldSince < SILENCE_MS) return true;
    this.#heldSince = 0;
    // They connect again by themselves.
    for (const fd of unheard) monitor.cut(fd);
    return true;
  }

  #isHeard(fd: number, serial: number): boolean {
    if (this.#turnedAway.get(fd) === serial) return true;
    return [...this.#peers.onConnection(fd)].some((peer) => peer.serial === serial);
  }
}
