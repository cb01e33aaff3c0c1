/**
 * What stands behind the public sockets: a thin socket and its waits.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import { Errno, Option, PollEvent } from "./constants.ts";
import { ZmqError } from "./error.ts";
import type { NativeContext } from "./native_context.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import { ThinSocket } from "./thin_socket.ts";
import { type Transfer, transferOf } from "./transfer.ts";

/** A receive or send under way that could not be done at once. */
interface Wait<T> {
  /** What can't be done if it fails. */
  readonly action: string;
  resolve(value: T): void;
  reject(error: unknown): void;
  /** Ends its timer and its signal, if it has any. */
  release?: () => void;
  /** Keeps the public socket from the collector for as long as someone waits. */
  readonly owner: unknown;
}

/** A send that waits keeps its message. */
interface SendWait extends Wait<void> {
  readonly frames: Uint8Array<ArrayBuffer>[];
}

/** Options of a call that waits. */
export interface WaitOptions {
  /** Gives up waiting when aborted: the promise then rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** What can be done with an address. */
export type EndpointVerb = "bind" | "unbind" | "connect" | "disconnect";

// Receives and sends that succeed at once never let the event loop turn: after so many in a row
// one is delayed, so that timers and other sockets get their share.
const MOST_IN_A_ROW = 512;
let inARow = 0;
const MOST_ROUNDS = 3;
const DONE: Promise<void> = Promise.resolve();

/** A socket with its waits. */
export class NativeSocket {
  readonly thin: ThinSocket;
  readonly context: NativeContext;
  /** How many addresses the socket is bound or connected to. */
  endpoints = 0;
  readonly #transfer: Transfer;
  #readiness: Readiness | undefined;
  #reader: Wait<Buffer[]> | undefined;
  #writer: SendWait | undefined;
  // Kept here because they are asked for at every wait.
  #receiveTimeout = -1;
  #sendTimeout = -1;
  #checking = false;
  #held: string | undefined;
  #lent = false;
  #closeLater = false;
  #closing: Deno.PointerValue = null;
  readonly #wake = (): void => {
    inARow = 0;
    // A send that fails may leave signals behind, and would be woken for them again and again:
    // asking for the events takes them in.
    if (this.#writer) this.#attemptReady();
    else this.#attempt(true, false);
  };

  constructor(context: NativeContext, type: number) {
    this.context = context;
    this.thin = new ThinSocket(context.thin, type);
    this.#transfer = transferOf(this.thin.library);
    context.sockets.add(this);
  }

  get closed(): boolean {
    return this.thin.pointer === null;
  }

  /** True from {@linkcode hold} or {@linkcode lend} to {@linkcode release}. */
  get held(): boolean {
    return this.#held !== undefined;
  }

  /** True while another thread has the socket: no function of libzmq may be called on it then. */
  get lent(): boolean {
    return this.#lent;
  }

  /** Takes note of an option that was set. */
  noteOption(id: number, value: number): void {
    if (id === Option.RCVTIMEO) this.#receiveTimeout = value;
    else if (id === Option.SNDTIMEO) this.#sendTimeout = value;
  }

  /** @throws {ZmqError} EBADF after close, EBUSY while the socket is held */
  check(action: string): void {
    if (this.#held !== undefined) throw new ZmqError(action, Errno.EBUSY, this.#held);
    if (this.closed) throw new ZmqError(action, Errno.EBADF, "Socket is closed");
  }

  /** @throws {ZmqError} EBUSY while another thread has the socket */
  checkLent(action: string): void {
    if (this.#lent) throw new ZmqError(action, Errno.EBUSY, this.#held ?? "");
  }

  /** @throws {ZmqError} EBUSY while a receive or send waits */
  checkIdle(action: string): void {
    if (!this.#reader && !this.#writer) return;
    throw new ZmqError(action, Errno.EBUSY, "A receive or send is under way");
  }

  /** Refuses calls until {@linkcode release}, which also does a close that was asked for meanwhile. */
  hold(reason: string): void {
    this.#held = reason;
  }

  /** Hands the socket to another thread until {@linkcode release}. */
  lend(): void {
    this.#readiness?.pause();
    this.#lent = true;
    this.hold("Socket is in use by a proxy");
  }

  release(): void {
    this.#held = undefined;
    this.#lent = false;
    if (this.#closeLater) this.close();
  }

  close(): void {
    if (this.closed) return;
    if (this.held) {
      this.#closeLater = true;
      return;
    }
    this.#readiness?.close();
    this.endpoints = 0;
    const waits = [this.#reader, this.#writer];
    this.#reader = this.#writer = undefined;
    for (const wait of waits) {
      wait?.release?.();
      wait?.reject(new ZmqError("Cannot go on waiting", Errno.EAGAIN, "Socket was closed"));
    }
    this.#closing = this.thin.detach();
    setImmediate(() => this.closeNow());
  }

  /**
   * Closes at once. {@linkcode close} lets the event loop turn first: what else the program sends
   * and closes meanwhile still goes out, instead of lingering for a peer that is gone.
   */
  closeNow(): void {
    this.close();
    if (this.#closing === null) return;
    this.thin.library.symbols.zmq_close(this.#closing);
    this.#closing = null;
    this.context.sockets.delete(this);
  }

  /** Binds or connects to an address, or undoes it. @throws {ZmqError} with the address */
  endpoint(verb: EndpointVerb, address: string): void {
    for (;;) {
      try {
        this.thin[verb](address);
        break;
      } catch (error) {
        if (!(error instanceof ZmqError) || error.errno !== Errno.EINTR) throw error;
      }
    }
    this.endpoints += verb === "bind" || verb === "connect" ? 1 : -1;
    this.checkWaits();
  }

  /**
   * Receives a message; settled at once if there is one.
   *
   * @throws {ZmqError} EBADF, EBUSY: at once, where no receive can begin
   */
  receive(owner: unknown, options?: WaitOptions): Promise<Buffer[]> {
    const action = "Cannot receive";
    this.check(action);
    if (this.#reader) throw new ZmqError(action, Errno.EBUSY, "Another receive is under way");
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      if (++inARow < MOST_IN_A_ROW) {
        const message = this.#transfer.receive(this.thin);
        if (message) {
          if (this.#writer) this.checkWaits();
          return Promise.resolve(message);
        }
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
    this.#reader = { action, resolve, reject, owner };
    this.#begin(this.#reader, this.#receiveTimeout, signal);
    return promise;
  }

  /**
   * Sends a message; settled at once if there is room.
   *
   * @throws {ZmqError} EBADF, EBUSY: at once, where no send can begin
   */
  send(owner: unknown, frames: Uint8Array<ArrayBuffer>[], options?: WaitOptions): Promise<void> {
    const action = "Cannot send";
    this.check(action);
    if (this.#writer) throw new ZmqError(action, Errno.EBUSY, "Another send is under way");
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      if (++inARow < MOST_IN_A_ROW && this.#transfer.send(this.thin, frames)) {
        // Sending may have taken in the signal that the reader waits for.
        if (this.#reader) this.checkWaits();
        return DONE;
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#writer = { action, resolve, reject, owner, frames };
    // Unlike a receive, a failed send has not always taken in all signals: look once more.
    if (inARow < MOST_IN_A_ROW) this.checkWaits();
    this.#begin(this.#writer, this.#sendTimeout, signal);
    return promise;
  }

  /**
   * Looks whether waits can go on, soon. To be called after every call on the socket: libzmq takes
   * in signals on any of them, and `ZMQ_FD` tells of each only once.
   */
  checkWaits(): void {
    if (this.#checking || (!this.#reader && !this.#writer)) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      if (this.#reader || this.#writer) this.#attemptReady();
    });
  }

  #attemptReady(): void {
    if (this.closed || this.#lent) return;
    const events = this.thin.events();
    if (events < 0) this.#attempt(true, true); // fails with the error
    else this.#attempt((events & PollEvent.IN) !== 0, (events & PollEvent.OUT) !== 0);
  }

  #attempt(read: boolean, write: boolean): void {
    // Each attempt may take in the other's signal, so look again; but an XPUB says that it can send
    // when it can't, so not for ever.
    for (let round = 0; round < MOST_ROUNDS && !this.closed && (read || write); round++) {
      if (read && this.#reader) this.#attemptReceive(this.#reader);
      if (write && this.#writer) this.#attemptSend(this.#writer);
      if (this.closed || (!this.#reader && !this.#writer)) break;
      const events = this.thin.events();
      read = this.#reader !== undefined && (events & PollEvent.IN) !== 0;
      write = this.#writer !== undefined && (events & PollEvent.OUT) !== 0;
    }
    if (!this.closed) this.#rearm();
  }

  #attemptReceive(reader: Wait<Buffer[]>): void {
    try {
      const message = this.#transfer.receive(this.thin);
      if (!message) return;
      reader.resolve(message);
    } catch (error) {
      reader.reject(error);
    }
    this.#reader = undefined;
    reader.release?.();
  }

  #attemptSend(writer: SendWait): void {
    try {
      if (!this.#transfer.send(this.thin, writer.frames)) return;
      writer.resolve();
    } catch (error) {
      writer.reject(error);
    }
    this.#writer = undefined;
    writer.release?.();
  }

  #rearm(): void {
    if (this.closed) return;
    if (!this.#reader && !this.#writer) this.#readiness?.disarm();
    else {
      const { library } = this.thin;
      this.#readiness ??= createReadiness(library, this.thin.getInt(Option.FD), this.#wake);
      this.#readiness.arm();
    }
  }

  #begin(wait: Wait<never>, timeout: number, signal?: AbortSignal): void {
    if (timeout === 0) {
      this.#attempt(this.#reader as unknown === wait, this.#writer as unknown === wait);
      if (this.#isPending(wait)) this.#expire(wait);
      return;
    }
    if (timeout > 0 || signal) this.#limit(wait, timeout, signal);
    if (inARow >= MOST_IN_A_ROW) setImmediate(this.#wake);
    else this.#rearm();
  }

  #isPending(wait: Wait<never>): boolean {
    return this.#reader as unknown === wait || this.#writer as unknown === wait;
  }

  #expire(wait: Wait<never>): void {
    this.#giveUp(wait, this.thin.library.error(wait.action, undefined, Errno.EAGAIN));
  }

  #giveUp(wait: Wait<never>, error: unknown): void {
    if (this.#reader as unknown === wait) this.#reader = undefined;
    if (this.#writer as unknown === wait) this.#writer = undefined;
    wait.release?.();
    wait.reject(error);
    this.#rearm();
  }

  /** Puts the socket's timeout and the caller's signal on a wait. */
  #limit(wait: Wait<never>, timeout: number, signal?: AbortSignal): void {
    const abort = () => this.#giveUp(wait, signal!.reason);
    const timer = timeout > 0 ? setTimeout(() => this.#expire(wait), timeout) : undefined;
    signal?.addEventListener("abort", abort, { once: true });
    wait.release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  }
}

/** What can be waited for and is ready, as `ZMQ_EVENTS` says it. */
export function isReady(socket: NativeSocket, event: "IN" | "OUT"): boolean {
  return !socket.closed && !socket.lent && (socket.thin.events() & PollEvent[event]) !== 0;
}
