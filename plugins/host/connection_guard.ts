/** Keeps strangers' connections from using up what the process has: memory, descriptors. @module */
import type { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import type { Log } from "../janus/log.ts";

/** How often (ms) connections are counted that libzmq has left behind, and how many there may be. */
const COUNT_MS = 10_000;
const MAX_LEFT_BEHIND = 500;

/** A socket to which strangers can send. */
export interface GuardedSocket {
  readonly monitor: ConnectionMonitor;
  /** How many bytes a peer has had of the socket at most while its handshake is not over. */
  readonly handshakeBytes: number;
}

/** Watches the connections of a process's sockets. */
export class ConnectionGuard {
  readonly #sockets: readonly GuardedSocket[];
  readonly #log: Pick<Log, "error">;
  #countAt = 0;

  constructor(sockets: readonly GuardedSocket[], log: Pick<Log, "error">) {
    this.#sockets = sockets;
    this.#log = log;
  }

  /**
   * Ends the connections that have sent too much before they have said who they are.
   *
   * @param cutting called with each descriptor before
   */
  cutOversized(cutting: (fd: number) => void): void {
    for (const { monitor, handshakeBytes } of this.#sockets) {
      for (const fd of monitor.oversized(handshakeBytes)) {
        cutting(fd);
        monitor.cut(fd);
      }
    }
  }

  /**
   * Whether libzmq keeps so many connections that have ended that the process is to be started anew:
   * once they have used up the descriptors, nobody new could be let in.
   */
  exhausted(now: number): boolean {
    if (now < this.#countAt) return false;
    this.#countAt = now + COUNT_MS;
    let count = 0;
    for (const { monitor } of this.#sockets) {
      if (monitor.open > MAX_LEFT_BEHIND) count += monitor.countLeftBehind();
    }
    if (count <= MAX_LEFT_BEHIND) return false;
    this.#log.error(
      `${count} connections are left over whose routing ids others have taken: starting anew`,
    );
    return true;
  }
}
