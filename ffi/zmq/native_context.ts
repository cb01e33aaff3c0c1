/**
 * What stands behind the public contexts: they outlive their wrappers just long enough to close
 * their sockets in order.
 *
 * @module
 */
import { type Library, openLibrary } from "./library.ts";
import { ThinContext } from "./thin_context.ts";

let library: Library | undefined;

/** The libzmq of the public layer: `ZMQ_LIBRARY`, if that may be read, or the system's. */
export function defaultLibrary(): Library {
  if (library) return library;
  const permission = Deno.permissions.querySync({ name: "env", variable: "ZMQ_LIBRARY" });
  const path = permission.state === "granted" ? Deno.env.get("ZMQ_LIBRARY") : undefined;
  return library = openLibrary(path || undefined);
}

const contexts = new Set<NativeContext>();

/** A socket, as far as its context is concerned. */
interface Closable {
  closeNow(): void;
}

/** A context and the sockets that are open in it. */
export class NativeContext {
  readonly thin: ThinContext = new ThinContext(defaultLibrary());
  readonly sockets: Set<Closable> = new Set();
  /** Those that will close when the event loop turns. */
  readonly closing: Set<Closable> = new Set();
  /** When a socket was last closed, as `performance.now()` says it. */
  lastClose = -Infinity;
  #ended: Promise<void> | undefined;

  constructor() {
    if (contexts.size === 0) addEventListener("unload", endAll);
    contexts.add(this);
  }

  /** Closes those now: they may have the address that another socket is about to bind. */
  closePending(): void {
    for (const socket of [...this.closing]) socket.closeNow();
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  /** Closes every socket, then waits on another thread for what they have left to send. */
  end(): Promise<void> {
    return this.#ended ??= this.#end();
  }

  async #end(): Promise<void> {
    contexts.delete(this);
    for (const socket of [...this.sockets]) socket.closeNow();
    // A second call after EINTR goes on where the first was; the errno itself is out of reach.
    while (await this.thin.library.symbols.zmq_ctx_term_async(this.thin.pointer) !== 0) {
      if (this.thin.library.symbols.zmq_ctx_get(this.thin.pointer, 1) === -1) return;
    }
  }

  /** The same, blocking: when the program ends. */
  endNow(): void {
    if (this.ended) return;
    this.#ended = Promise.resolve();
    for (const socket of [...this.sockets]) socket.closeNow();
    // A proxy's sockets can be closed only when its thread is done, which we can't hear of any more:
    // to wait for them would be to wait for ever.
    if (this.sockets.size > 0) this.thin.shutdown();
    else this.thin.terminate();
  }
}

function endAll(): void {
  for (const context of [...contexts]) context.endNow();
  contexts.clear();
}
