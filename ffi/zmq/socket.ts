/**
 * What all sockets have in common.
 *
 * @module
 */
import { checkAddress, checkCount, checkOptions } from "./checks.ts";
import { Errno, Option } from "./constants.ts";
import { Context, context as defaultContext, nativeContextOf } from "./context.ts";
import { ZmqError } from "./error.ts";
import { setNativeOf } from "./handles.ts";
import { type EndpointVerb, isReady, NativeSocket } from "./native.ts";
import { Observer } from "./observer.ts";
import {
  assignOptions,
  defineOptions,
  type OptionValue,
  readOption,
  warnOfDelay,
  writeOption,
} from "./option_access.ts";
import { type OptionType, SOCKET } from "./option_table.ts";
import type * as properties from "./options.ts";

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
  readonly #context: Context;
  readonly #native: NativeSocket;
  #events: Observer | undefined;

  static {
    setNativeOf((socket) => (socket as Socket).#native, (value) => #native in value);
  }

  /**
   * Opens a socket.
   *
   * @param type number of the socket's type
   * @param options of the socket, and its context
   * @throws {ZmqError} EMFILE when too many sockets are open, EINVAL for a bad option or type
   * @throws {TypeError} for an option that there is not, or that can't have the value
   */
  protected constructor(type: number, options: object & { context?: Context } = {}) {
    if (typeof type !== "number") {
      throw new TypeError(`Socket type must be a number, not ${Deno.inspect(type)}`);
    }
    checkCount(arguments.length, 2);
    checkOptions(options);
    const { context = defaultContext, ...rest } = options;
    if (!(context instanceof Context)) {
      throw new TypeError(`Cannot open a socket: ${Deno.inspect(context)} is no Context`);
    }
    this.#context = context;
    this.#native = new NativeSocket(nativeContextOf(context), type);
    if (this.#native.thin.getInt(Option.THREAD_SAFE) !== 0) {
      this.#native.close();
      throw new ZmqError("Cannot open a socket", Errno.EINVAL, "Draft sockets are not supported");
    }
    registry.register(this, this.#native, this);
    // A misspelt option must not pass for one that was set.
    Object.seal(this);
    try {
      assignOptions(this, rest);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The context that the socket lives in. */
  get context(): Context {
    return this.#context;
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
   * free port, see `lastEndpoint`), `ipc:///run/x.sock` or `inproc://name`. Until the promise is
   * settled nothing else can be done with the socket, and {@linkcode close} waits.
   *
   * @throws {ZmqError} EADDRINUSE, EADDRNOTAVAIL, EACCES, ENODEV, EINVAL, ... with `address`; at
   * once: EBADF on a closed socket, EBUSY while another bind or unbind is under way
   */
  bind(address: string): Promise<void> {
    return this.#callLater("bind", address);
  }

  /** Same as {@linkcode bind}, at once. */
  bindSync(address: string): void {
    this.#call("bind", address);
  }

  /** Undoes a bind (`zmq_unbind`). @throws {ZmqError} ENOENT if it is not bound to the address */
  unbind(address: string): Promise<void> {
    return this.#callLater("unbind", address);
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

  #call(verb: EndpointVerb, address: string): void {
    this.#check(verb, address);
    this.#native.endpoint(verb, address);
  }

  #callLater(verb: "bind" | "unbind", address: string): Promise<void> {
    this.#check(verb, address);
    return this.#native.endpointLater(verb, address);
  }

  #check(verb: EndpointVerb, address: string): void {
    checkAddress(address, `Cannot ${verb}`);
    this.#native.check(`Cannot ${verb}`);
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

  #get<T extends OptionValue>(type: OptionType, option: number): T {
    this.#native.checkLent(`Cannot read option ${option}`);
    return readOption(this.#native.thin, type, option) as T;
  }

  #set(type: OptionType, option: number, value: OptionValue): void {
    const native = this.#native;
    native.checkLent(`Cannot set option ${option}`);
    if (native.endpoints > 0 || native.held) warnOfDelay(option);
    writeOption(native.thin, type, option, value);
    if (type === "Int32") native.noteOption(option, value as number);
    native.checkWaits();
  }

  /** Reads an option that is on or off, by its number (`zmq_getsockopt`). */
  protected getBoolOption(option: number): boolean {
    return this.#get("Bool", option);
  }

  /** Sets an option that is on or off, by its number (`zmq_setsockopt`). */
  protected setBoolOption(option: number, value: boolean): void {
    this.#set("Bool", option, value);
  }

  /** Reads an option of type `int`, by its number (`zmq_getsockopt`). */
  protected getInt32Option(option: number): number {
    return this.#get("Int32", option);
  }

  /** Sets an option of type `int`, by its number (`zmq_setsockopt`). */
  protected setInt32Option(option: number, value: number): void {
    this.#set("Int32", option, value);
  }

  /** Reads an option of type `uint32_t`, by its number (`zmq_getsockopt`). */
  protected getUint32Option(option: number): number {
    return this.#get("Uint32", option);
  }

  /** Sets an option of type `uint32_t`, by its number (`zmq_setsockopt`). */
  protected setUint32Option(option: number, value: number): void {
    this.#set("Uint32", option, value);
  }

  /** Reads an option of type `int64_t`, by its number (`zmq_getsockopt`). */
  protected getInt64Option(option: number): number {
    return this.#get("Int64", option);
  }

  /** Sets an option of type `int64_t`, by its number (`zmq_setsockopt`). */
  protected setInt64Option(option: number, value: number): void {
    this.#set("Int64", option, value);
  }

  /** Reads an option of type `uint64_t`, by its number (`zmq_getsockopt`). */
  protected getUint64Option(option: number): number {
    return this.#get("Uint64", option);
  }

  /** Sets an option of type `uint64_t`, by its number (`zmq_setsockopt`). */
  protected setUint64Option(option: number, value: number): void {
    this.#set("Uint64", option, value);
  }

  /** Reads an option of text or bytes, by its number (`zmq_getsockopt`). */
  protected getStringOption(option: number): string | null {
    return this.#get("String", option);
  }

  /** Sets an option of text or bytes, by its number (`zmq_setsockopt`). */
  protected setStringOption(option: number, value: string | Uint8Array | null): void {
    this.#set("String", option, value);
  }
}

defineOptions(Socket, SOCKET);
