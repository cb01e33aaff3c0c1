/**
 * Contexts of the thin layer.
 *
 * @module
 */
import { Errno } from "./constants.ts";
import { type Library, openLibrary } from "./library.ts";
import { ThinSocket } from "./thin_socket.ts";

/** A ZeroMQ context (`zmq_ctx_new`). */
export class ThinContext {
  /** The library that it belongs to. */
  readonly library: Library;
  #pointer: Deno.PointerValue;

  /** Makes a context. @throws {ZmqError} EMFILE when the process has no descriptor left */
  constructor(library: Library = openLibrary()) {
    this.library = library;
    this.#pointer = library.symbols.zmq_ctx_new();
    if (this.#pointer === null) throw library.error("Cannot create a ZeroMQ context");
  }

  /** The `void *` of the context; null once it is terminated. */
  get pointer(): Deno.PointerValue {
    return this.#pointer;
  }

  /** Sets a context option (`ContextOption`, `zmq_ctx_set`). */
  set(option: number, value: number): void {
    if (this.library.symbols.zmq_ctx_set(this.#pointer, option, value) !== 0) {
      throw this.library.error(`Cannot set context option ${option} to ${value}`);
    }
  }

  /** Reads a context option (`zmq_ctx_get`). */
  get(option: number): number {
    const value = this.library.symbols.zmq_ctx_get(this.#pointer, option);
    if (value === -1) throw this.library.error(`Cannot read context option ${option}`);
    return value;
  }

  /** Opens a socket of a type of `SocketType`. */
  socket(type: number): ThinSocket {
    return new ThinSocket(this, type);
  }

  /** Makes every blocking call on the context's sockets return ETERM (`zmq_ctx_shutdown`). */
  shutdown(): void {
    if (this.#pointer !== null) this.library.symbols.zmq_ctx_shutdown(this.#pointer);
  }

  /**
   * Ends the context (`zmq_ctx_term`). Blocks until every socket is closed and what they had to
   * send is sent or their `LINGER` has passed: close the sockets first.
   */
  terminate(): void {
    const pointer = this.#pointer;
    this.#pointer = null;
    if (pointer === null) return;
    while (this.library.symbols.zmq_ctx_term(pointer) !== 0) {
      if (this.library.errno() !== Errno.EINTR) return;
    }
  }

  /**
   * The same on another thread, for as long as it may take: libzmq 4.3 can wait for ever where
   * subscribers end just as their XPUB is closed.
   *
   * @param ms after which it is given up; the process should end then
   * @returns whether the context has ended
   */
  async terminateWithin(ms: number): Promise<boolean> {
    const pointer = this.#pointer;
    this.#pointer = null;
    if (pointer === null) return true;
    const { promise: late, resolve } = Promise.withResolvers<null>();
    const timer = setTimeout(resolve, ms, null);
    const result = await Promise.race([this.library.symbols.zmq_ctx_term_async(pointer), late]);
    clearTimeout(timer);
    return result !== null;
  }

  /** Same as {@linkcode terminate}. */
  [Symbol.dispose](): void {
    this.terminate();
  }
}
