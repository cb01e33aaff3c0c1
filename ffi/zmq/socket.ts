/**
 * What all sockets have in common.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { Errno } from "./constants.ts";
import { Context, context as defaultContext, nativeContextOf } from "./context.ts";
import { ZmqError } from "./error.ts";
import {
  isReady,
  iterate,
  nativeOf,
  NativeSocket,
  setNativeOf,
  type WaitOptions,
} from "./native.ts";
import { Observer } from "./observer.ts";
import { assignOptions, defineSocketOptions, RECEIVE, SEND, SOCKET } from "./option_table.ts";
import type * as properties from "./options.ts";

export type { WaitOptions } from "./native.ts";

/**
 * A frame as it is received: a `Buffer`, and so a `Uint8Array`. The receiver owns it. As with other
 * Buffers, small ones share their `buffer`: mind `byteOffset`, and don't transfer it.
 */
export type Message = Buffer;

/** A message as it is received: its frames, of which there is at least one. */
export type Received = [Message, ...Message[]];

/** What can be sent as a frame: bytes, text (as UTF-8), a number (as text), or null (empty). */
export type MessageLike =
  | ArrayBufferView
  | ArrayBuffer
  | SharedArrayBuffer
  | string
  | number
  | null;

/** Name of an option that can be given to the constructor of some socket. */
export type OptionName = Exclude<
  keyof (
    & properties.SocketProperties
    & properties.SendProperties
    & properties.ReceiveProperties
    & properties.RoutingProperties
    & properties.ProbeProperties
    & properties.ConflateProperties
    & properties.RequestProperties
    & properties.RouterProperties
    & properties.PublisherProperties
    & properties.MatchingProperties
    & properties.XPublisherProperties
    & properties.StreamProperties
  ),
  "lastEndpoint" | "securityMechanism" | "type" | "threadSafe"
>;

/** Options that can be given to the constructor of a socket, such as `SocketOptions<Dealer>`. */
export type SocketOptions<S> = Partial<Pick<S, Extract<keyof S, OptionName>>> & {
  /** The context to live in; by default the one that all share. */
  context?: Context;
};

const registry = new FinalizationRegistry<NativeSocket>((native) => native.close());

/** The options of a socket are properties of it. */
export interface Socket extends properties.SocketProperties {}

/** What all sockets have in common; see the classes made of it. */
export abstract class Socket {
  /** The context that the socket lives in. */
  readonly context: Context;
  readonly #native: NativeSocket;
  #events: Observer | undefined;

  static {
    setNativeOf((socket) => socket.#native);
  }

  /**
   * Opens a socket.
   *
   * @param type number of the socket's type
   * @param options of the socket, and its context
   * @throws {ZmqError} EMFILE when too many sockets are open, EINVAL for a bad option
   */
  protected constructor(type: number, options: object & { context?: Context } = {}) {
    this.context = options.context ?? defaultContext;
    if (!(this.context instanceof Context)) {
      throw new TypeError(`Cannot open a socket: ${Deno.inspect(options.context)} is no Context`);
    }
    this.#native = new NativeSocket(nativeContextOf(this.context), type);
    registry.register(this, this.#native, this);
    try {
      assignOptions(this, options);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The socket's events: connections made, lost, refused and so on. */
  get events(): Observer {
    return this.#events ??= new Observer(this);
  }

  /** True once the socket is closed. */
  get closed(): boolean {
    return this.#native.closed;
  }

  /** True if a receive would settle at once. */
  get readable(): boolean {
    return isReady(this.#native, "IN");
  }

  /** True if a send would settle at once. */
  get writable(): boolean {
    return isReady(this.#native, "OUT");
  }

  /**
   * Binds the socket to an address (`zmq_bind`), such as `tcp://127.0.0.1:5555`, `tcp://*:*` (any
   * free port, see `lastEndpoint`), `ipc:///run/x.sock` or `inproc://name`.
   *
   * @throws {ZmqError} EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV, EINVAL, ... with `address`
   */
  // deno-lint-ignore require-await
  async bind(address: string): Promise<void> {
    this.bindSync(address);
  }

  /** Same as {@linkcode bind}, at once. */
  bindSync(address: string): void {
    this.#call("bind", address);
  }

  /** Undoes a bind (`zmq_unbind`). @throws {ZmqError} ENOENT if it is not bound to the address */
  // deno-lint-ignore require-await
  async unbind(address: string): Promise<void> {
    this.unbindSync(address);
  }

  /** Same as {@linkcode unbind}, at once. */
  unbindSync(address: string): void {
    this.#call("unbind", address);
  }

  /**
   * Connects to an address (`zmq_connect`). Returns at once: the connection is made, and made
   * again when it breaks, in the background.
   *
   * @throws {ZmqError} EINVAL for an address that can't be, with `address`
   */
  connect(address: string): void {
    this.#call("connect", address);
  }

  /** Undoes a connect (`zmq_disconnect`). @throws {ZmqError} ENOENT if there is none to it */
  disconnect(address: string): void {
    this.#call("disconnect", address);
  }

  #call(verb: "bind" | "unbind" | "connect" | "disconnect", address: string): void {
    this.#native.check(`Cannot ${verb}`);
    if (typeof address !== "string") {
      throw new TypeError(`Cannot ${verb}: ${Deno.inspect(address)} is not an address`);
    }
    for (;;) {
      try {
        this.#native.thin[verb](address);
        break;
      } catch (error) {
        if (!(error instanceof ZmqError) || error.errno !== Errno.EINTR) throw error;
      }
    }
    this.#native.checkWaits();
  }

  /**
   * Closes the socket (`zmq_close`). A pending receive or send rejects with EAGAIN, an iteration
   * ends. What is unsent is sent in the background for as long as `linger` says.
   */
  close(): void {
    registry.unregister(this);
    this.#native.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  /** Same as {@linkcode close}. */
  // deno-lint-ignore require-await
  async [Symbol.asyncDispose](): Promise<void> {
    this.close();
  }
}

function findThin(owner: object, action: string) {
  const native = nativeOf(owner as Socket);
  native.check(action);
  return native.thin;
}

function noteOption(owner: object, id: number, value: unknown): void {
  nativeOf(owner as Socket).noteOption(id, value);
}

type OptionTables = Parameters<typeof defineSocketOptions> extends
  [unknown, unknown, unknown, ...infer Tables] ? Tables : never;

/** Defines options on a class of sockets. */
export function defineOptions(
  type: { prototype: Socket },
  ...tables: OptionTables
): void {
  defineSocketOptions(type.prototype, findThin, noteOption, ...tables);
}

const encoder = new TextEncoder();
const EMPTY = new Uint8Array(0);

function toFrame(message: MessageLike): Uint8Array<ArrayBuffer> {
  if (message instanceof Uint8Array && message.buffer instanceof ArrayBuffer) {
    return message as Uint8Array<ArrayBuffer>;
  }
  if (typeof message === "string") return encoder.encode(message);
  if (message === null) return EMPTY;
  if (typeof message === "number") return encoder.encode(String(message));
  if (message instanceof ArrayBuffer) return new Uint8Array(message);
  if (ArrayBuffer.isView(message)) {
    const view = new Uint8Array(message.buffer, message.byteOffset, message.byteLength);
    return view.buffer instanceof ArrayBuffer
      ? view as Uint8Array<ArrayBuffer>
      : new Uint8Array(view);
  }
  if (message instanceof SharedArrayBuffer) return new Uint8Array(new Uint8Array(message));
  throw new TypeError(`Cannot send ${Deno.inspect(message)}: it is not a message`);
}

function toFrames(message: MessageLike | MessageLike[]): Uint8Array<ArrayBuffer>[] {
  if (!Array.isArray(message)) return [toFrame(message)];
  if (message.length === 0) throw new TypeError("Cannot send a message without frames");
  return message.map(toFrame);
}

function send(
  socket: Socket,
  message: MessageLike | MessageLike[],
  options?: WaitOptions,
): Promise<void> {
  let frames;
  try {
    frames = toFrames(message);
  } catch (error) {
    return Promise.reject(error);
  }
  return nativeOf(socket).send(socket, frames, options);
}

/** Sockets that can receive. */
export interface Readable {
  /** Receives a message; see {@linkcode ReceivingSocket.receive}. */
  receive(options?: WaitOptions): Promise<Received>;
}

/** Sockets that can send. */
export interface Writable {
  /** Sends a message; see {@linkcode SendingSocket.send}. */
  send(message: MessageLike | MessageLike[], options?: WaitOptions): Promise<void>;
}

/** The options of a receiving socket are properties of it. */
export interface ReceivingSocket extends properties.ReceiveProperties {}

/** A socket that can receive. */
export abstract class ReceivingSocket extends Socket implements Readable {
  /**
   * Receives the next message, as an array of its frames. Only one receive at a time.
   *
   * @throws {ZmqError} EAGAIN after `receiveTimeout` or close, EBUSY while another receive waits,
   * EBADF on a closed socket, EFSM when it is not this socket's turn, ETERM when the context ends
   */
  receive(options?: WaitOptions): Promise<Received> {
    return nativeOf(this).receive(this, options) as Promise<Received>;
  }

  /** Receives messages until the socket is closed. Leaving the loop doesn't close it. */
  [Symbol.asyncIterator](): AsyncIterator<Awaited<ReturnType<this["receive"]>>, undefined> {
    type Item = Awaited<ReturnType<this["receive"]>>;
    return iterate<Item>(this, () => this.receive() as Promise<Item>);
  }
}

/** The options of a sending socket are properties of it. */
export interface SendingSocket extends properties.SendProperties {}

/** A socket that can send. */
export abstract class SendingSocket extends Socket implements Writable {
  /**
   * Sends a message of one frame, or of several given as an array. The bytes are copied: they may
   * be changed at once. Settles when libzmq has taken the message over, not when it has arrived;
   * waits while the peers' queues are full. Only one send may wait at a time.
   *
   * @throws {ZmqError} EAGAIN after `sendTimeout` or close, EBUSY while another send waits, EBADF
   * on a closed socket, EFSM when it is not this socket's turn, EHOSTUNREACH for an unknown peer,
   * ETERM when the context ends
   */
  send(message: MessageLike | MessageLike[], options?: WaitOptions): Promise<void> {
    return send(this, message, options);
  }
}

/** The options of a duplex socket are properties of it. */
export interface DuplexSocket extends properties.SendProperties {}

/** A socket that can send and receive. */
export abstract class DuplexSocket extends ReceivingSocket implements Writable {
  /** Sends a message: see {@linkcode SendingSocket.send}. */
  send(message: MessageLike | MessageLike[], options?: WaitOptions): Promise<void> {
    return send(this, message, options);
  }
}

defineOptions(Socket, SOCKET);
defineOptions(ReceivingSocket, RECEIVE);
defineOptions(SendingSocket, SEND);
defineOptions(DuplexSocket, SEND);
