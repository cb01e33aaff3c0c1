/**
 * Socket events.
 *
 * @module
 */
import { EventEmitter } from "node:events";
import { checkCount } from "./checks.ts";
import { Errno, MonitorEvent, ProtocolError, SocketType } from "./constants.ts";
import { ZmqError } from "./error.ts";
import { type AnySocket, checkSocket, nativeOf } from "./handles.ts";
import { iterate } from "./iterate.ts";
import { NativeSocket } from "./native.ts";
import type { WaitOptions } from "./waits.ts";

/** Refused by a ZAP handler; part of the event `handshake:error:auth`. */
export class AuthError extends Error {
  /** Always `"AuthError"`. */
  override name = "AuthError";
  /** What the handler said: 300 temporary, 400 refused, 500 internal. */
  readonly status: number;

  /**
   * Makes the error.
   *
   * @param status ZAP's status code
   */
  constructor(status: number) {
    super(`Authentication failed with status ${status}`);
    this.status = status;
  }
}

/** A peer that broke the protocol; part of the event `handshake:error:protocol`. */
export class ProtoError extends Error {
  /** Always `"ProtoError"`. */
  override name = "ProtoError";
  /** What it broke, such as `"ERR_ZMTP_MECHANISM_MISMATCH"`. */
  readonly code: string;

  /**
   * Makes the error.
   *
   * @param value libzmq's number for it
   */
  constructor(value: number) {
    const name = Object.entries(ProtocolError).find(([, number]) => number === value)?.[0];
    const code = name ? `ERR_${name}` : "ERR_UNKNOWN";
    super(`Protocol error: ${code}`);
    this.code = code;
  }
}

/** An event that has nothing but the address in question. */
export interface AddressEvent {
  /** What happened. */
  type: "accept" | "bind" | "connect" | "connect:delay" | "close" | "disconnect" | "handshake";
  /** Local or remote address, as libzmq says it. */
  address: string;
}

/** A connection attempt that will be made again. */
export interface RetryEvent {
  /** What happened. */
  type: "connect:retry";
  /** Address to connect to. */
  address: string;
  /** Milliseconds until then. */
  interval: number;
}

/** Something that the system refused. */
export interface ErrorEvent {
  /** What failed. */
  type: "accept:error" | "bind:error" | "close:error" | "handshake:error:other";
  /** Address in question. */
  address: string;
  /** Why. */
  error: ZmqError;
}

/** A handshake that failed because a peer broke the protocol. */
export interface ProtocolErrorEvent {
  /** What failed. */
  type: "handshake:error:protocol";
  /** Address in question. */
  address: string;
  /** Why. */
  error: ProtoError;
}

/** A handshake that a ZAP handler refused. */
export interface AuthErrorEvent {
  /** What failed. */
  type: "handshake:error:auth";
  /** Address in question. */
  address: string;
  /** Why. */
  error: AuthError;
}

/** The last event: the socket was closed; or one that this version doesn't know. */
export interface PlainEvent {
  /** What happened. */
  type: "end" | "unknown";
}

/** A socket event; `type` tells them apart. */
export type Event =
  | AddressEvent
  | RetryEvent
  | ErrorEvent
  | ProtocolErrorEvent
  | AuthErrorEvent
  | PlainEvent;

/** Name of a socket event. */
export type EventType = Event["type"];

/** The event of a given name. */
export type EventOfType<E extends EventType = EventType> = Event extends infer V
  ? V extends { type: EventType } ? E extends V["type"] ? V & { type: E } : never : never
  : never;

const ADDRESS_EVENTS: Readonly<Record<number, AddressEvent["type"]>> = {
  [MonitorEvent.ACCEPTED]: "accept",
  [MonitorEvent.LISTENING]: "bind",
  [MonitorEvent.CONNECTED]: "connect",
  [MonitorEvent.CONNECT_DELAYED]: "connect:delay",
  [MonitorEvent.CLOSED]: "close",
  [MonitorEvent.DISCONNECTED]: "disconnect",
  [MonitorEvent.HANDSHAKE_SUCCEEDED]: "handshake",
};

const ERROR_EVENTS: Readonly<Record<number, ErrorEvent["type"]>> = {
  [MonitorEvent.ACCEPT_FAILED]: "accept:error",
  [MonitorEvent.BIND_FAILED]: "bind:error",
  [MonitorEvent.CLOSE_FAILED]: "close:error",
  [MonitorEvent.HANDSHAKE_FAILED_NO_DETAIL]: "handshake:error:other",
};

let monitors = 0;

const registry = new FinalizationRegistry<Ends>(stop);

/** The observed socket, and the one that its events come from. */
interface Ends {
  readonly observed: NativeSocket;
  readonly events: NativeSocket;
}

function stop({ observed, events }: Ends): void {
  if (events.closed) return;
  // First of all: with nobody to read them, libzmq's own thread would wait for ever to tell of
  // events, those of other sockets as well.
  if (!observed.lent) observed.thin.unmonitor();
  events.close();
}

/** Has listeners called on events. */
export interface EventSubscriber {
  /** Calls `listener` on each event of a type. */
  on<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): EventSubscriber;
  /** Takes a listener away. */
  off<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): EventSubscriber;
}

/**
 * Tells of a socket's events (`zmq_socket_monitor`): those from when it was made. Get it from
 * `socket.events`, then either receive (or iterate), or have listeners called.
 *
 * @example
 * ```ts
 * import { Dealer } from "@janus-zeromq/zmq";
 *
 * await using socket = new Dealer();
 * socket.events.on("bind", ({ address }) => console.log(`bound to ${address}`));
 * await socket.bind("tcp://127.0.0.1:*");
 * ```
 */
export class Observer implements EventSubscriber {
  readonly #native: NativeSocket;
  readonly #ends: Ends;
  #emitter: EventEmitter | undefined;

  /**
   * Starts to observe.
   *
   * @param socket the socket to observe; only one observer per socket
   * @throws {ZmqError} ENOTSOCK if it is closed, EBUSY while it is in use by a proxy
   * @throws {TypeError} if it is no socket
   */
  constructor(socket: AnySocket) {
    checkCount(arguments.length, 1);
    checkSocket(socket, "What is observed");
    const observed = nativeOf(socket);
    observed.checkLent("Cannot observe the socket");
    const address = `inproc://zmq.monitor.${++monitors}`;
    observed.thin.monitor(address, MonitorEvent.ALL);
    this.#native = new NativeSocket(observed.context, SocketType.PAIR);
    this.#native.thin.connect(address);
    this.#ends = { observed, events: this.#native };
    registry.register(this, this.#ends, this);
  }

  /** True once the observer is closed, or the last event (`end`) was received. */
  get closed(): boolean {
    return this.#native.closed;
  }

  /** Stops observing. A pending receive rejects with EAGAIN. */
  close(): void {
    registry.unregister(this);
    stop(this.#ends);
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /**
   * Receives the next event.
   *
   * @throws {ZmqError} at once: EBUSY while another receive waits and once there are listeners,
   * EBADF after close
   */
  receive(options?: WaitOptions): Promise<Event> {
    if (this.#emitter) {
      throw new ZmqError("Cannot receive events", Errno.EBUSY, "They go to listeners");
    }
    return this.#receive(options);
  }

  #receive(options?: WaitOptions): Promise<Event> {
    return this.#native.receive(this, options).then(([head, address]) => {
      const view = new DataView(head!.buffer, head!.byteOffset, head!.byteLength);
      // A uint16_t and a uint32_t in the machine's order, without padding.
      const number = view.getUint16(0, true);
      if (number === MonitorEvent.MONITOR_STOPPED) this.close();
      return this.#toEvent(number, view.getUint32(2, true), address?.toString() ?? "");
    });
  }

  #toEvent(number: number, value: number, address: string): Event {
    const plain = ADDRESS_EVENTS[number];
    if (plain) return { type: plain, address };
    const failed = ERROR_EVENTS[number];
    if (failed) {
      const error = this.#native.thin.library.error(`Event ${failed}`, undefined, value);
      return { type: failed, address, error };
    }
    switch (number) {
      case MonitorEvent.CONNECT_RETRIED:
        return { type: "connect:retry", address, interval: value };
      case MonitorEvent.HANDSHAKE_FAILED_PROTOCOL:
        return { type: "handshake:error:protocol", address, error: new ProtoError(value) };
      case MonitorEvent.HANDSHAKE_FAILED_AUTH:
        return { type: "handshake:error:auth", address, error: new AuthError(value) };
      case MonitorEvent.MONITOR_STOPPED:
        return { type: "end" };
      default:
        return { type: "unknown" };
    }
  }

  /** Iterates over the events, until the socket or the observer is closed. */
  [Symbol.asyncIterator](): AsyncIterator<Event, undefined> {
    return iterate(this, () => this.receive());
  }

  /** Calls `listener` on each event of a type. From the first listener on, receive can't be used. */
  on<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): this {
    if (!this.#emitter) {
      this.#emitter = new EventEmitter();
      this.#emit(this.#emitter);
    }
    this.#emitter.on(type, listener);
    return this;
  }

  /** Takes a listener away. */
  off<E extends EventType>(type: E, listener: (event: EventOfType<E>) => void): this {
    this.#emitter?.off(type, listener);
    return this;
  }

  async #emit(emitter: EventEmitter): Promise<void> {
    const events = { [Symbol.asyncIterator]: () => iterate(this, () => this.#receive()) };
    for await (const event of events) emitter.emit(event.type, event);
  }
}
