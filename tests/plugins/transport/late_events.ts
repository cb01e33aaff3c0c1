/** A monitor that is told things late, as by a thread of libzmq's that waits for a core. */
import type { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import { Flag, MonitorEvent } from "../../../ffi/zmq/constants.ts";
import type { Frame } from "./sockets.ts";

export interface MonitorRecord {
  readonly event: number;
  readonly fd: number;
}

/** Keeps the events of a monitor back for as long as it is told to. */
export class LateEvents {
  /** Which are kept back. */
  keep: (event: number) => boolean;
  readonly #monitor: ConnectionMonitor;
  readonly #kept: Frame[] = [];

  constructor(monitor: ConnectionMonitor, keep: (event: number) => boolean) {
    this.#monitor = monitor;
    this.keep = keep;
    const { socket } = monitor;
    const rest: Frame = new Uint8Array(64);
    const receive = socket.recv.bind(socket);
    let hasRest = false;
    socket.recv = (into, flags) => {
      if (flags !== Flag.DONTWAIT) return hasRest ? receive(into, flags) : 0;
      const due = this.#kept.findIndex((header) => !this.keep(read(header).event));
      hasRest = due < 0;
      if (!hasRest) {
        into.set(this.#kept.splice(due, 1)[0]!);
        return into.length;
      }
      for (;;) {
        const size = receive(into, flags);
        if (size < 0 || !this.keep(read(into).event)) return size;
        this.#kept.push(into.slice());
        receive(rest, 0);
      }
    };
  }

  /** Those that are kept back by now. */
  get kept(): MonitorRecord[] {
    this.#monitor.read();
    return this.#kept.map(read);
  }
}

function read(header: Frame): MonitorRecord {
  const view = new DataView(header.buffer);
  return { event: view.getUint16(0, true), fd: view.getInt32(2, true) };
}

export const isAccepted = (event: number): boolean => event === MonitorEvent.ACCEPTED;
