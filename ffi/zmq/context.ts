/**
 * Contexts: the frames that sockets live in.
 *
 * @module
 */
import { checkCount, checkOptions } from "./checks.ts";
import { Errno } from "./constants.ts";
import { ZmqError } from "./error.ts";
import { NativeContext } from "./native_context.ts";
import { assignOptions, checkContextOption, defineOptions } from "./option_access.ts";
import { CONTEXT } from "./option_table.ts";
import type { ContextProperties } from "./options.ts";

/** Options that can be given to the constructor of a {@linkcode Context}. */
export type ContextOptions = Partial<Omit<ContextProperties, "maxSocketsLimit">>;

/** Sets the native context of a public one up on first use. */
export let nativeContextOf: (context: Context) => NativeContext;

const registry = new FinalizationRegistry<NativeContext>((native) => {
  native.end();
});

/** The options of a context are properties of it. */
export interface Context extends ContextProperties {}

/**
 * A ZeroMQ context (`zmq_ctx_new`): its own input and output threads, its own `inproc` names.
 * Most programs need none but the default, {@linkcode context}. It is created when its first
 * socket opens or its first option is set.
 *
 * When the program ends, or a context is dropped, its sockets are closed and what they have not
 * sent yet is sent: for as long as each socket's `linger` says, which by default is for ever.
 *
 * @example
 * ```ts
 * import { Context, Push } from "@janus-zeromq/zmq";
 *
 * await using context = new Context({ ioThreads: 2 });
 * await using socket = new Push({ context, linger: 0 });
 * await socket.bind("inproc://jobs");
 * ```
 */
export class Context {
  #native: NativeContext | undefined;

  static {
    nativeContextOf = (context) => context.#open();
  }

  /**
   * Makes a context.
   *
   * @param options see {@linkcode ContextProperties}
   * @throws {TypeError} for an option that there is not, or that can't have the value
   */
  constructor(options: ContextOptions = {}) {
    checkCount(arguments.length, 1);
    checkOptions(options);
    // A misspelt option must not pass for one that was set.
    Object.seal(this);
    assignOptions(this, options);
  }

  #open(): NativeContext {
    if (!this.#native) {
      this.#native = new NativeContext();
      registry.register(this, this.#native, this);
    }
    if (this.#native.ended) {
      throw new ZmqError("Cannot use the context", Errno.ETERM, "Context was closed");
    }
    return this.#native;
  }

  /** Reads an option that is on or off, by its number (`zmq_ctx_get`). */
  protected getBoolOption(option: number): boolean {
    return this.#open().thin.get(option) !== 0;
  }

  /** Sets an option that is on or off, by its number (`zmq_ctx_set`). */
  protected setBoolOption(option: number, value: boolean): void {
    checkContextOption(option, "Bool", value);
    this.#open().thin.set(option, Number(value));
  }

  /** Reads an option by its number (`zmq_ctx_get`). */
  protected getInt32Option(option: number): number {
    return this.#open().thin.get(option);
  }

  /** Sets an option by its number (`zmq_ctx_set`). */
  protected setInt32Option(option: number, value: number): void {
    checkContextOption(option, "Int32", value);
    this.#open().thin.set(option, value);
  }

  /** True once {@linkcode close} was called. */
  get closed(): boolean {
    return this.#native?.ended ?? false;
  }

  /**
   * Closes all sockets of the context and ends it (`zmq_ctx_term`). Pending waits reject.
   *
   * @returns settled when what was unsent is sent, or its `linger` has passed
   */
  async close(): Promise<void> {
    if (!this.#native) return;
    registry.unregister(this);
    await this.#native.end();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

defineOptions(Context, CONTEXT);

/** The context of every socket that is given no other. */
export const context: Context = new Context();
