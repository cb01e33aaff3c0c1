/**
 * What stands behind the public sockets: a thin socket, its waits, and what may be done with it now.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { setImmediate } from "node:timers";
import { Errno, Option, PollEvent } from "./constants.ts";
import { ZmqError } from "./error.ts";
import { cString } from "./library.ts";
import type { NativeContext } from "./native_context.ts";
import { ThinSocket } from "./thin_socket.ts";
import { type WaitOptions, Waits } from "./waits.ts";

/** What can be done with an address. */
export type EndpointVerb = "bind" | "unbind" | "connect" | "disconnect";

/** So long (ms) after a close libzmq may take to free the socket's addresses, in the background. */
const RELEASE_MS = 100;

const IN_PROXY = "Socket is in use by a proxy";

/** A socket with its waits. */
export class NativeSocket {
  readonly thin: ThinSocket;
  readonly context: NativeContext;
  /** How many addresses the socket is bound or connected to. */
  endpoints = 0;
  readonly #waits: Waits;
  /** The `inproc` addresses that it is bound to. */
  readonly #names = new Set<string>();
  #held: string | undefined;
  #lent = false;
  #closeLater = false;
  #closing: Deno.PointerValue = null;

  constructor(context: NativeContext, type: number) {
    this.context = context;
    this.thin = new ThinSocket(context.thin, type);
    this.#waits = new Waits(this.thin);
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
    if (id === Option.RCVTIMEO) this.#waits.receiveTimeout = value;
    else if (id === Option.SNDTIMEO) this.#waits.sendTimeout = value;
  }

  /** @throws {ZmqError} EBADF after close, EBUSY while the socket is held */
  check(action: string): void {
    if (this.#held !== undefined) throw new ZmqError(action, Errno.EBUSY, this.#held);
    if (this.closed) throw new ZmqError(action, Errno.EBADF, "Socket is closed");
  }

  /** @throws {ZmqError} EBUSY while another thread has the socket */
  checkLent(action: string): void {
    if (this.#lent) throw new ZmqError(action, Errno.EBUSY, IN_PROXY);
  }

  /** @throws {ZmqError} EBUSY while a receive or send waits */
  checkIdle(action: string): void {
    if (!this.#waits.pending) return;
    throw new ZmqError(action, Errno.EBUSY, "A receive or send is under way");
  }

  /** Refuses calls until {@linkcode release}, which also does a close that was asked for meanwhile. */
  hold(reason: string): void {
    this.#held = reason;
  }

  /** Hands the socket to another thread until {@linkcode release}. */
  lend(): void {
    this.#waits.pause();
    this.#lent = true;
    this.hold(IN_PROXY);
  }

  /** Ends {@linkcode hold} or {@linkcode lend}. */
  release(): void {
    this.#held = undefined;
    this.#lent = false;
    this.#waits.resume();
    if (this.#closeLater) this.close();
  }

  /**
   * Closes when the event loop turns: what else the program sends and closes until then still goes
   * out, instead of lingering for a peer that is gone.
   */
  close(): void {
    if (this.closed) return;
    if (this.held) {
      this.#closeLater = true;
      return;
    }
    this.endpoints = 0;
    this.#waits.close();
    this.#closing = this.thin.detach();
    this.context.closing.add(this);
    setImmediate(() => this.closeNow());
  }

  /** Closes at once. */
  closeNow(): void {
    this.close();
    if (this.#closing === null) return;
    const { symbols } = this.thin.library;
    // Names within the process can be freed at once; the rest libzmq frees in the background.
    for (const address of this.#names) symbols.zmq_unbind(this.#closing, cString(address));
    symbols.zmq_close(this.#closing);
    this.#closing = null;
    this.context.lastClose = performance.now();
    this.context.closing.delete(this);
    this.context.sockets.delete(this);
  }

  /**
   * Binds or unbinds when the event loop turns. Until then nothing else can be done with the socket,
   * and its close waits.
   *
   * @throws {ZmqError} with the address
   */
  endpointLater(verb: "bind" | "unbind", address: string): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.hold("A bind or unbind of the socket is under way");
    this.context.closePending();
    const until = this.context.lastClose + RELEASE_MS;
    const attempt = () => {
      try {
        this.endpoint(verb, address);
        resolve();
      } catch (error) {
        const inUse = error instanceof ZmqError && error.errno === Errno.EADDRINUSE;
        if (inUse && performance.now() < until) return void setTimeout(attempt, 1);
        reject(error);
      }
      this.release();
    };
    setImmediate(attempt);
    return promise;
  }

  /** Binds or connects to an address, or undoes it. @throws {ZmqError} with the address */
  endpoint(verb: EndpointVerb, address: string): void {
    if (verb === "bind") this.context.closePending();
    for (;;) {
      try {
        this.thin[verb](address);
        break;
      } catch (error) {
        if (!(error instanceof ZmqError) || error.errno !== Errno.EINTR) throw error;
      }
    }
    this.endpoints += verb === "bind" || verb === "connect" ? 1 : -1;
    if (verb === "bind" && address.startsWith("inproc:")) this.#names.add(address);
    if (verb === "unbind") this.#names.delete(address);
    this.#waits.check();
  }

  /** Looks whether waits can go on, soon: see {@linkcode Waits.check}. */
  checkWaits(): void {
    this.#waits.check();
  }

  /**
   * Receives a message; settled at once if there is one.
   *
   * @throws {ZmqError} EBADF, EBUSY: at once, where no receive can begin
   */
  receive(owner: unknown, options?: WaitOptions): Promise<Buffer[]> {
    this.check("Cannot receive");
    return this.#waits.receive(owner, options);
  }

  /**
   * Sends a message; settled at once if there is room.
   *
   * @throws {ZmqError} EBADF, EBUSY: at once, where no send can begin
   */
  send(owner: unknown, frames: Uint8Array<ArrayBuffer>[], options?: WaitOptions): Promise<void> {
    this.check("Cannot send");
    return this.#waits.send(owner, frames, options);
  }
}

/** What can be waited for and is ready, as `ZMQ_EVENTS` says it. */
export function isReady(socket: NativeSocket, event: "IN" | "OUT"): boolean {
  return !socket.closed && !socket.lent && (socket.thin.events() & PollEvent[event]) !== 0;
}
