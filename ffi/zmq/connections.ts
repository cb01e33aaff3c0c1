/**
 * The connections of a socket, from its monitor (`zmq_socket_monitor`).
 *
 * @module
 */
import { ContextOption, Errno, Flag, MonitorEvent, SocketType } from "./constants.ts";
import { type ContextHandle, ThinSocket } from "./thin_socket.ts";

/** A connection that has ended. */
export interface ClosedConnection {
  /** The descriptor that it had; libzmq may have given it to the next one already. */
  readonly fd: number;
  /** What {@linkcode ConnectionMonitor.serial} said while it was open. */
  readonly serial: number;
}

/** Called for a handshake that failed, with the event (`MonitorEvent`) and its value. */
export type HandshakeFailed = (event: number, value: number) => void;

const HANDSHAKE_FAILED = MonitorEvent.HANDSHAKE_FAILED_NO_DETAIL |
  MonitorEvent.HANDSHAKE_FAILED_PROTOCOL | MonitorEvent.HANDSHAKE_FAILED_AUTH;

/** `getsockopt(SOL_SOCKET, SO_TYPE)`: fails for what is no socket. */
const [SOL_SOCKET, SO_TYPE] = [1, 3];
/** `getsockopt(IPPROTO_TCP, TCP_INFO)`, and where things are in its `struct tcp_info`. */
const [IPPROTO_TCP, TCP_INFO] = [6, 11];
const TcpInfo = { state: 0, bytesAcked: 120, bytesReceived: 128, size: 136 } as const;
const TcpState = { ESTABLISHED: 1, CLOSE: 7, CLOSE_WAIT: 8 } as const;
/** More than any handshake needs to be sent, in bytes. */
const LONGEST_HANDSHAKE = 16_384;

/** How long (ms) events are taken in before others have their turn. */
const BUDGET_MS = 3;

/** How long (ms) libzmq may take to tell of a connection that was heard of otherwise. */
const LATE_MS = 1000;

let monitors = 0;

/** A `struct sockaddr` of AF_UNSPEC: to connect there is to let a connection of TCP go. */
const NOWHERE = new Uint8Array(new ArrayBuffer(16));
const SHUT_RDWR = 2;

/**
 * Follows a socket's connections. The kernel reuses descriptors at once, so each accepted
 * connection gets a serial number; a connection's descriptor and serial together are its own.
 *
 * Where a context has several I/O threads, one accepts connections and others read from them: that a
 * connection was accepted may be told after its first message came, or even after its end.
 */
export class ConnectionMonitor {
  /** The PAIR socket to poll: readable when there are events. */
  readonly socket: ThinSocket;
  readonly #watched: ThinSocket;
  readonly #header = new Uint8Array(new ArrayBuffer(6));
  readonly #view = new DataView(this.#header.buffer);
  readonly #rest = new Uint8Array(new ArrayBuffer(1));
  readonly #tcpInfo = new DataView(new ArrayBuffer(TcpInfo.size));
  /** Whether things may be told in another order than they happened. */
  readonly #unordered: boolean;
  readonly #serials = new Map<number, number>();
  readonly #open = new Set<number>();
  readonly #handshakeFailed: HandshakeFailed | null;
  readonly #handshakeSucceeded: (() => void) | null;
  #accepted = 0;
  #closed: ClosedConnection[] = [];
  readonly #closing = new Set<number>();
  /** Connections that were heard of otherwise before they were told: since when (ms), by descriptor. */
  readonly #untold = new Map<number, number>();

  /** Starts to watch `watched`; do so before it is bound or connected. */
  constructor(
    context: ContextHandle,
    watched: ThinSocket,
    handshakeFailed: HandshakeFailed | null = null,
    handshakeSucceeded: (() => void) | null = null,
  ) {
    this.#watched = watched;
    const { symbols } = watched.library;
    this.#unordered = symbols.zmq_ctx_get(context.pointer, ContextOption.IO_THREADS) > 1;
    this.#handshakeFailed = handshakeFailed;
    this.#handshakeSucceeded = handshakeSucceeded;
    const address = `inproc://connections-${++monitors}`;
    let events = MonitorEvent.ACCEPTED | MonitorEvent.CONNECTED | MonitorEvent.DISCONNECTED;
    if (handshakeFailed !== null) events |= HANDSHAKE_FAILED;
    if (handshakeSucceeded !== null) events |= MonitorEvent.HANDSHAKE_SUCCEEDED;
    watched.monitor(address, events);
    this.socket = new ThinSocket(context, SocketType.PAIR);
    this.socket.connect(address);
  }

  /** How many connections are open. */
  get open(): number {
    return this.#open.size;
  }

  /** The descriptors of the open ones. */
  get descriptors(): Iterable<number> {
    return this.#open;
  }

  /**
   * Takes in the events that are waiting.
   *
   * @returns whether that was all of them: who connects and leaves without end must not hold up others
   */
  read(): boolean {
    const until = Date.now() + BUDGET_MS;
    while (this.socket.recv(this.#header, Flag.DONTWAIT) !== -1) {
      const event = this.#view.getUint16(0, true);
      const fd = this.#view.getInt32(2, true);
      this.socket.recv(this.#rest, 0); // the endpoint, which tells nothing new
      if (event === MonitorEvent.ACCEPTED || event === MonitorEvent.CONNECTED) {
        if (!this.#untold.delete(fd)) this.#begin(fd);
      } else if (event === MonitorEvent.DISCONNECTED) {
        if (this.#unordered && !this.#open.has(fd)) this.#untold.set(fd, Date.now());
        this.#end(fd);
      } else if (event === MonitorEvent.HANDSHAKE_SUCCEEDED) {
        this.#handshakeSucceeded?.();
      } else if ((event & HANDSHAKE_FAILED) !== 0) {
        this.#handshakeFailed?.(event, fd);
      }
      if (Date.now() >= until) return false;
    }
    const errno = this.socket.library.transferErrno();
    if (errno !== Errno.EAGAIN && errno !== Errno.EINTR) {
      throw this.socket.library.error("Cannot read a socket's monitor", undefined, errno);
    }
    if (this.#untold.size > 0) this.#giveUp(Date.now());
    return true;
  }

  #begin(fd: number): void {
    this.#serials.set(fd, ++this.#accepted);
    this.#open.add(fd);
  }

  #end(fd: number): void {
    this.#open.delete(fd);
    this.#closing.add(fd);
    this.#closed.push({ fd, serial: this.serial(fd) });
  }

  /** What looked like the first message of a connection may have been the last of one that had ended. */
  #giveUp(now: number): void {
    for (const [fd, since] of this.#untold) {
      const open = this.#open.has(fd);
      if (now - since < LATE_MS && !(open && !this.#isSocket(fd))) continue;
      this.#untold.delete(fd);
      if (open) this.#end(fd);
    }
  }

  /** When (ms) {@linkcode read} has something to do even without events; Infinity if it has not. */
  get deadline(): number {
    const [earliest = Infinity] = this.#untold.values();
    return earliest + LATE_MS;
  }

  /** Serial of the newest connection that had a descriptor; 0 if none was seen. */
  serial(fd: number): number {
    return this.#serials.get(fd) ?? 0;
  }

  /**
   * Takes in that a message has come from a descriptor; after {@linkcode read}, as far as that gets.
   *
   * @returns false if its connection is none, or {@linkcode takeClosed} has returned it already
   */
  hear(fd: number): boolean {
    if (this.#open.has(fd)) return true;
    if (!this.#unordered || this.#untold.has(fd) || !this.#isSocket(fd)) {
      return this.#closing.has(fd); // what it sent last
    }
    // The kernel has given the descriptor to somebody, whose connection is told soon.
    this.#begin(fd);
    this.#untold.set(fd, Date.now());
    return true;
  }

  #isSocket(fd: number): boolean {
    const [value, size] = [new Uint8Array(new ArrayBuffer(4)), new Uint32Array([4])];
    return this.#watched.library.symbols.getsockopt(fd, SOL_SOCKET, SO_TYPE, value, size) === 0;
  }

  /** Whether a connection has not ended, as far as is known. */
  isOpen(fd: number, serial: number): boolean {
    return this.#open.has(fd) && this.#serials.get(fd) === serial;
  }

  /**
   * Ends a connection that is open, as if the network had: its other end, if it is there, connects
   * again. libzmq itself can't be told to. What TCP has taken in and libzmq has not read is thrown away: a
   * mere shutdown(2) would go on taking in what a flooder sends.
   */
  cut(fd: number): void {
    if (!this.#open.has(fd)) return;
    const { symbols } = this.#watched.library;
    if (symbols.connect(fd, NOWHERE, NOWHERE.length) !== 0) symbols.shutdown(fd, SHUT_RDWR);
  }

  /**
   * How many connections are open although their other end has hung up. libzmq keeps such a
   * connection for ever where it no longer reads it: when another client took over its routing id.
   */
  countLeftBehind(): number {
    let count = 0;
    for (const fd of this.#open) {
      const state = this.#askTcp(fd)?.getUint8(TcpInfo.state);
      if (state === TcpState.CLOSE || state === TcpState.CLOSE_WAIT) count++;
    }
    return count;
  }

  /**
   * The TCP connections that have sent more than a handshake needs before theirs is over. libzmq says of
   * none when that is; but a peer that has not had the last of our part is still in it.
   *
   * @param ours how many bytes a peer has had of us at most while it is in it
   */
  oversized(ours: number): number[] {
    return [...this.#open].filter((fd) => {
      const info = this.#askTcp(fd);
      return info?.getUint8(TcpInfo.state) === TcpState.ESTABLISHED &&
        info.getBigUint64(TcpInfo.bytesAcked, true) <= ours &&
        info.getBigUint64(TcpInfo.bytesReceived, true) > LONGEST_HANDSHAKE;
    });
  }

  /** What the kernel knows of a connection; null if it is none of TCP's, or the kernel is too old. */
  #askTcp(fd: number): DataView | null {
    const { getsockopt } = this.#watched.library.symbols;
    const info = new Uint8Array(this.#tcpInfo.buffer as ArrayBuffer);
    const size = new Uint32Array([info.length]);
    const failed = getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, size) !== 0;
    return failed || size[0]! < info.length ? null : this.#tcpInfo;
  }

  /** True if connections have ended that {@linkcode takeClosed} has not returned yet. */
  get hasClosed(): boolean {
    return this.#closed.length > 0;
  }

  /** The connections that have ended since the last call. */
  takeClosed(): ClosedConnection[] {
    const closed = this.#closed;
    this.#closed = [];
    this.#closing.clear();
    return closed;
  }

  /** Stops watching. Close it before the watched socket. */
  close(): void {
    if (this.socket.pointer === null) return;
    // First of all: with nobody to read them, libzmq's own thread would wait for ever to tell of
    // events, and send nothing more.
    this.#watched.unmonitor();
    this.socket.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
