/**
 * The receive and the send that a socket waits for.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import { Errno, Option, PollEvent } from "./constants.ts";
import { ZmqError } from "./error.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import type { ThinSocket } from "./thin_socket.ts";
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

// Receives and sends that succeed at once never let the event loop turn: after so many in a row
// one is delayed, so that timers and other sockets get their share.
const MOST_IN_A_ROW = 512;
let inARow = 0;
const MOST_ROUNDS = 3;
const DONE: Promise<void> = Promise.resolve();

/** The receive and the send of a socket that are under way: one of each at most. */
export class Waits {
  readonly #socket: ThinSocket;
  readonly #transfer: Transfer;
  #readiness: Readiness | undefined;
  #reader: Wait<Buffer[]> | undefined;
  #writer: SendWait | undefined;
  #checking = false;
  #paused = false;
  /** How long a receive may wait, in milliseconds: -1 for ever. */
  receiveTimeout = -1;
  /** How long a send may wait, in milliseconds: -1 for ever. */
  sendTimeout = -1;
  readonly #wake = (): void => {
    inARow = 0;
    // A send that fails may leave signals behind, and would be woken for them again and again:
    // asking for the events takes them in.
    if (this.#writer) this.#attemptReady();
    else this.#attempt(true, false);
  };

  constructor(socket: ThinSocket) {
    this.#socket = socket;
    this.#transfer = transferOf(socket.library);
  }

  /** True while a receive or send waits. */
  get pending(): boolean {
    return this.#reader !== undefined || this.#writer !== undefined;
  }

  get #closed(): boolean {
    return this.#socket.pointer === null;
  }

  /** Keeps its hands off the socket until {@linkcode resume}. */
  pause(): void {
    this.#readiness?.pause();
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
  }

  /** Ends what waits. To be called before the socket is closed. */
  close(): void {
    this.#readiness?.close();
    const waits = [this.#reader, this.#writer];
    this.#reader = this.#writer = undefined;
    for (const wait of waits) {
      wait?.release?.();
      wait?.reject(new ZmqError("Cannot go on waiting", Errno.EAGAIN, "Socket was closed"));
    }
  }

  /**
   * Receives a message; settled at once if there is one.
   *
   * @throws {ZmqError} EBUSY, at once, while another receive waits
   */
  receive(owner: unknown, options?: WaitOptions): Promise<Buffer[]> {
    const action = "Cannot receive";
    if (this.#reader) throw new ZmqError(action, Errno.EBUSY, "Another receive is under way");
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      if (++inARow < MOST_IN_A_ROW) {
        const message = this.#transfer.receive(this.#socket);
        if (message) {
          if (this.#writer) this.check();
          return Promise.resolve(message);
        }
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
    this.#reader = { action, resolve, reject, owner };
    this.#begin(this.#reader, this.receiveTimeout, signal);
    return promise;
  }

  /**
   * Sends a message; settled at once if there is room.
   *
   * @throws {ZmqError} EBUSY, at once, while another send waits
   */
  send(owner: unknown, frames: Uint8Array<ArrayBuffer>[], options?: WaitOptions): Promise<void> {
    const action = "Cannot send";
    if (this.#writer) throw new ZmqError(action, Errno.EBUSY, "Another send is under way");
    const signal = options?.signal;
    if (signal?.aborted) return Promise.reject(signal.reason);
    try {
      if (++inARow < MOST_IN_A_ROW && this.#transfer.send(this.#socket, frames)) {
        // Sending may have taken in the signal that the reader waits for.
        if (this.#reader) this.check();
        return DONE;
      }
    } catch (error) {
      return Promise.reject(error);
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#writer = { action, resolve, reject, owner, frames };
    // Unlike a receive, a failed send has not always taken in all signals: look once more.
    if (inARow < MOST_IN_A_ROW) this.check();
    this.#begin(this.#writer, this.sendTimeout, signal);
    return promise;
  }

  /**
   * Looks whether waits can go on, soon. To be called after every call on the socket: libzmq takes
   * in signals on any of them, and `ZMQ_FD` tells of each only once.
   */
  check(): void {
    if (this.#checking || !this.pending) return;
    this.#checking = true;
    queueMicrotask(() => {
      this.#checking = false;
      if (this.pending) this.#attemptReady();
    });
  }

  #attemptReady(): void {
    if (this.#closed || this.#paused) return;
    const events = this.#socket.events();
    if (events < 0) this.#attempt(true, true); // fails with the error
    else this.#attempt((events & PollEvent.IN) !== 0, (events & PollEvent.OUT) !== 0);
  }

  #attempt(read: boolean, write: boolean): void {
    // Each attempt may take in the other's signal, so look again; but an XPUB says that it can send
    // when it can't, so not for ever.
    for (let round = 0; round < MOST_ROUNDS && !this.#closed && (read || write); round++) {
      if (read && this.#reader) this.#attemptReceive(this.#reader);
      if (write && this.#writer) this.#attemptSend(this.#writer);
      if (this.#closed || !this.pending) break;
      const events = this.#socket.events();
      read = this.#reader !== undefined && (events & PollEvent.IN) !== 0;
      write = this.#writer !== undefined && (events & PollEvent.OUT) !== 0;
    }
    if (!this.#closed) this.#rearm();
  }

  #attemptReceive(reader: Wait<Buffer[]>): void {
    try {
      const message = this.#transfer.receive(this.#socket);
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
      if (!this.#transfer.send(this.#socket, writer.frames)) return;
      writer.resolve();
    } catch (error) {
      writer.reject(error);
    }
    this.#writer = undefined;
    writer.release?.();
  }

  #rearm(): void {
    if (this.#closed) return;
    if (!this.pending) this.#readiness?.disarm();
    else {
      const { library } = this.#socket;
      this.#readiness ??= createReadiness(library, this.#socket.getInt(Option.FD), this.#wake);
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
    this.#giveUp(wait, this.#socket.library.error(wait.action, undefined, Errno.EAGAIN));
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
