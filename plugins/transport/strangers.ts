/** Keeps apart clients with different names that use the same routing ids. @module */
import type { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import type { Arrivals } from "./arrivals.ts";
import { isGenerated, type Peer } from "./peer.ts";
import type { PeerTable } from "./peer_table.ts";

/** How long (ms) somebody silent may hold up what is for others. */
const SILENCE_MS = 1000;

/** Says of a router whose clients have names to whom nothing must be sent now. */
export class Strangers {
  readonly #arrivals: Arrivals;
  readonly #monitor: ConnectionMonitor;
  readonly #peers: PeerTable;
  /** Connections that were heard and are no peer's: serials by descriptor. */
  readonly #nobodies = new Map<number, number>();
  /** Since when (ms) something waits for somebody silent to speak; 0 if nothing does. */
  #waitingSince = 0;

  constructor(arrivals: Arrivals, monitor: ConnectionMonitor, peers: PeerTable) {
    this.#arrivals = arrivals;
    this.#monitor = monitor;
    this.#peers = peers;
  }

  /** A connection was heard, and its sender is not let in. */
  turnedAway(fd: number, serial: number): void {
    this.#nobodies.set(fd, serial);
  }

  /** Whether what is sent to a peer could reach somebody else, who has taken its routing id over. */
  mayHavePlaceOf({ name, heardAt, frames }: Peer): boolean {
    if (name === null || isGenerated(frames[0]!)) return false;
    const arrivals = this.#arrivals;
    if (!arrivals.mayHaveTaken(name, heardAt)) return false;
    this.#monitor.read();
    const unheard = [...this.#monitor.descriptors].filter((fd) => !this.#isHeard(fd));
    if (unheard.length === 0) {
      this.#waitingSince = 0;
      arrivals.clear();
      return false;
    }
    const now = Date.now();
    this.#waitingSince ||= now;
    if (now - this.#waitingSince < SILENCE_MS) return true;
    // They connect again by themselves.
    this.#waitingSince = 0;
    for (const fd of unheard) this.#monitor.cut(fd);
    return true;
  }

  #isHeard(fd: number): boolean {
    const serial = this.#monitor.serial(fd);
    if (this.#nobodies.get(fd) === serial) return true;
    return [...this.#peers.onConnection(fd)].some((peer) => peer.serial === serial);
  }
}
