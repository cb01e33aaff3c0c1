/**
 * What stands behind the public sockets: a thin socket and its waits.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import { Errno, Flag, Option, PollEvent } from "./constants.ts";
import { ZmqError } from "./error.ts";
import { FrameSender } from "./frame_sender.ts";
import { type Library, sizeOf } from "./library.ts";
import { Message as NativeMessage } from "./message.ts";
import type { NativeContext } from "./native_context.ts";
import { createReadiness, type Readiness } from "./readiness.ts";
import type { Socket } from "./socket.ts";
import { ThinSocket } from "./thin_socket.ts";

/** A receive or send under way that could not be done at once. */
interface Pending<T> {
  resolve(value: T): void;
  reject(error: unknown): void;
  /** Ends its timer and its signal, if it has any. */
  release: (() => void) | undefined;
  /** Keeps the public socket from the collector for as long as someone waits. */
  owner: unknown;
}

/** A send that waits keeps its message. */
interface PendingSend extends Pending<void> {
  frames: Uint8Array<ArrayBuffer>[];
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

/** What all sockets of a library use in turn. */
interface Common {
  readonly message: NativeMessage;
  readonly sender: FrameSender;
}

const commons = new Map<Library, Common>();

function commonOf(library: Library): Common {
  let common = commons.get(library);
  if (!common) {
    common = { message: new NativeMessage(library), sender: new FrameSender(library) };
    commons.set(library, common);
  }
  return common;
}

/** A socket with its waits. */
export class NativeSocket {
  readonly thin: ThinSocket;
  readonly context: NativeContext;
  /** Set while another thread has the socket (a proxy): nothing may be called then. */
  lent = false;
  readonly #library: Library;
  readonly #message: NativeMessage;
  readonly #sender: FrameSender;
  #readiness: Readiness | undefined;
  #reader: Pending<Buffer[]> | undefined;
  #writer: PendingSend | undefined;
  // Kept here because they are asked for at every wait.
  #receiveTimeout = -1;
  #sendTimeout = -1;
  #checking = false;
  #closeAfterLoan = false;
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
    this.#library = this.thin.library;
    context.sockets.add(this);
    ({ message: this.#message, sender: this.#sender } = commonOf(this.#library));
  }

  get closed(): boolean {
    return this.thin.pointer === null;
  }

  /** An option was set through the public socket. */
  noteOption(id: number, value: unknown): void {
    if (id === Option.RCVTIMEO) this.#receiveTimeout = value as number;
    else if (id === Option.SNDTIMEO) this.#sendTimeout = value as number;
  }

  /** @throws {ZmqError} EBADF after close, EBUSY while a proxy runs on the socket */
  check(action: string): void {
    if (this.lent) throw new ZmqError(action, Errno.EBUSY, "Socket is in use by a proxy");
    if (this.closed) throw new ZmqError(action, Errno.EBADF, "Socket is closed");
  }

  /** @throws {ZmqError} EBUSY while a receive or send waits */
  checkIdle(action: string): void {
    if (!this.#reader && !this.#writer) return;
    throw new ZmqError(action, Errno.EBUSY, "A receive or send is under way");
  }

  close(): void {
    if (this.closed) return;
    if (this.lent) {
      this.#closeAfterLoan = true;
      return;
    }
    this.#readiness?.close();
    this.context.sockets.delete(this);
    this.thin.close();
    const waits = [this.#reader, this.#writer];
    this.#reader = this.#writer = undefined;
    for (const wait of waits) {
      wait?.release?.();
      wait?.reject(new ZmqError("Cannot go on waiting", Errno.EAGAIN, "Socket was closed"));
    }
  }

  /** Hands the socket to another thread: nothing may be called until {@linkcode giveBack}. */
  lend(): void {
    this.#readiness?.pause();
    this.lent = true;
  }

  /** The thread that had the socket is done with it. */
  giveBack(): void {
    this.lent = false;
    if (this.#closeAfterLoan) this.close();
  }

  /** Receives a message; settled at once if there is one. */
  receive(owner: unknown, options?: WaitOptions): Promise<Buffer[]> {
    try {
      this.check("Cannot receive");
      if (this.#reader) {
        throw new ZmqError("Cannot receive", Errno.EBUSY, "Another receive is under way");
      }
      options?.signal?.throwIfAborted();
      if (++inARow < MOST_IN_A_ROW) {
        const message = this.tryReceive();
        if (message) {
          if (this.#writer) this.checkWaits();
          return Promise.resolve(message);
        }
      }
      return this.#waitReceive(owner, options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Sends a message; settled at once if there is room. */
  send(owner: unknown, frames: Uint8Array<ArrayBuffer>[], options?: WaitOptions): Promise<void> {
    try {
      this.check("Cannot send");
      if (this.#writer) {
        throw new ZmqError("Cannot send", Errno.EBUSY, "Another send is under way");
      }
      options?.signal?.throwIfAborted();
      if (++inARow < MOST_IN_A_ROW && this.trySend(frames)) {
        // Sending may have taken in the signal that the reader waits for.
        if (this.#reader) this.checkWaits();
        return DONE;
      }
      return this.#waitSend(owner, frames, options?.signal);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** A message if there is one now, else null. */
  tryReceive(): Buffer[] | null {
    const { symbols } = this.#library;
    const message = this.#message;
    const frames: Buffer[] = [];
    for (;;) {
      const size = symbols.zmq_msg_recv(message.pointer, this.thin.pointer, Flag.DONTWAIT);
      if (size < 0) {
        const errno = symbols.zmq_errno();
        if (errno === Errno.EAGAIN) return null;
        if (errno === Errno.EINTR) continue;
        throw this.#library.error("Cannot receive", undefined, errno);
      }
      const frame = Buffer.allocUnsafe(size);
      if (size > 0) symbols.memcpy(frame, symbols.zmq_msg_data(message.pointer), sizeOf(size));
      frames.push(frame);
      if (symbols.zmq_msg_more(message.pointer) === 0) return frames;
    }
  }

  /** True if the message was taken, false if there is no room now. */
  trySend(frames: Uint8Array<ArrayBuffer>[]): boolean {
    const { symbols } = this.#library;
    const last = frames.length - 1;
    for (let index = 0; index <= last; index++) {
      const frame = frames[index]!;
      const flags = index < last ? Flag.DONTWAIT | Flag.SNDMORE : Flag.DONTWAIT;
      while (this.#sender.send(this.thin, frame, flags) < 0) {
        const errno = symbols.zmq_errno();
        if (errno === Errno.EINTR) continue;
        // Only a message's first frame can find no room: it reserves it for the others.
        if (errno === Errno.EAGAIN && index === 0) return false;
        throw this.#library.error("Cannot send", undefined, errno);
      }
    }
    return true;
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
    if (this.closed || this.lent) return;
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

  #attemptReceive(reader: Pending<Buffer[]>): void {
    try {
      const message = this.tryReceive();
      if (!message) return;
      reader.resolve(message);
    } catch (error) {
      reader.reject(error);
    }
    this.#reader = undefined;
    reader.release?.();
  }

  #attemptSend(writer: PendingSend): void {
    try {
      if (!this.trySend(writer.frames)) return;
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
      this.#readiness ??= createReadiness(this.#library, this.thin.getInt(Option.FD), this.#wake);
      this.#readiness.arm();
    }
  }

  #waitReceive(owner: unknown, signal?: AbortSignal): Promise<Buffer[]> {
    const { promise, resolve, reject } = Promise.withResolvers<Buffer[]>();
    const reader: Pending<Buffer[]> = { resolve, reject, owner, release: undefined };
    this.#reader = reader;
    const timeout = this.#receiveTimeout;
    if (timeout === 0) {
      this.#attemptReceive(reader);
      if (this.#reader) this.#expire(reader, "Cannot receive");
      return promise;
    }
    if (timeout > 0 || signal) this.#limit(reader, timeout, "Cannot receive", signal);
    if (inARow >= MOST_IN_A_ROW) setImmediate(this.#wake);
    else this.#rearm();
    return promise;
  }

  #waitSend(
    owner: unknown,
    frames: Uint8Array<ArrayBuffer>[],
    signal?: AbortSignal,
  ): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const writer: PendingSend = { resolve, reject, owner, frames, release: undefined };
    this.#writer = writer;
    const timeout = this.#sendTimeout;
    if (timeout === 0) {
      this.#attemptSend(writer);
      if (this.#writer) this.#expire(writer, "Cannot send");
      return promise;
    }
    if (timeout > 0 || signal) this.#limit(writer, timeout, "Cannot send", signal);
    if (inARow >= MOST_IN_A_ROW) setImmediate(this.#wake);
    else {
      // Unlike a receive, a failed send has not always taken in all signals: look once more.
      this.checkWaits();
      this.#rearm();
    }
    return promise;
  }

  #expire(wait: Pending<never>, action: string): void {
    this.#giveUp(wait, this.#library.error(action, undefined, Errno.EAGAIN));
  }

  #giveUp(wait: Pending<never>, error: unknown): void {
    if (this.#reader as unknown === wait) this.#reader = undefined;
    if (this.#writer as unknown === wait) this.#writer = undefined;
    wait.release?.();
    wait.reject(error);
    this.#rearm();
  }

  /** Puts the socket's timeout and the caller's signal on a wait. */
  #limit(wait: Pending<never>, timeout: number, action: string, signal?: AbortSignal): void {
    const abort = () => this.#giveUp(wait, signal!.reason);
    const timer = timeout > 0 ? setTimeout(() => this.#expire(wait, action), timeout) : undefined;
    signal?.addEventListener("abort", abort, { once: true });
    wait.release = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
  }
}

let findNative: (socket: Socket) => NativeSocket;

/** The native socket of a public one. */
export function nativeOf(socket: Socket): NativeSocket {
  return findNative(socket);
}

/** How to get at a public socket's native one: only its class can tell. */
export function setNativeOf(find: (socket: Socket) => NativeSocket): void {
  findNative = find;
}

/** Iterates over what a closable source gives, until it is closed. */
export function iterate<T>(
  source: { readonly closed: boolean },
  receive: () => Promise<T>,
): AsyncIterator<T, undefined> {
  return {
    async next(): Promise<IteratorResult<T, undefined>> {
      if (source.closed) return { done: true, value: undefined };
      try {
        return { done: false, value: await receive() };
      } catch (error) {
        if (source.closed && error instanceof ZmqError && error.errno === Errno.EAGAIN) {
          return { done: true, value: undefined };
        }
        throw error;
      }
    },
  };
}

const DONE: Promise<void> = Promise.resolve();

/** What can be waited for and is ready, as `ZMQ_EVENTS` says it. */
export function isReady(socket: NativeSocket, event: "IN" | "OUT"): boolean {
  return !socket.closed && !socket.lent && (socket.thin.events() & PollEvent[event]) !== 0;
}
