/**
 * Sockets of the thin layer.
 *
 * @module
 */
import { Errno, Option, PollEvent } from "./constants.ts";
import { cString, type Library, sizeOf } from "./library.ts";

/** What opening a socket needs of a `ThinContext`. */
export interface ContextHandle {
  /** The library that it belongs to. */
  readonly library: Library;
  /** The `void *` of the context. */
  readonly pointer: Deno.PointerValue;
}

/** A ZeroMQ socket (`zmq_socket`). The one who opens it closes it. */
export class ThinSocket {
  /** The library that it belongs to. */
  readonly library: Library;
  /** The `void *` of the socket; null once it is closed. */
  pointer: Deno.PointerValue;
  /**
   * True if the last call on the socket found nothing to receive. Only then does its descriptor
   * (option `FD`) become readable when something comes: it signals each change once, and any call on
   * the socket may take the signal in. Where this is false, ask for {@linkcode events} before waiting.
   * Who calls libzmq with {@linkcode pointer} must keep it right: see {@linkcode note}.
   */
  exhausted = false;
  // Looking a function up once makes each call a tenth faster.
  readonly #send: Library["symbols"]["zmq_send"];
  readonly #recv: Library["symbols"]["zmq_recv"];
  readonly #sendPointer: Library["symbols"]["zmq_send_pointer"];
  readonly #recvPointer: Library["symbols"]["zmq_recv_pointer"];
  // A buffer costs 9 ns more to pass than a pointer. So the last buffer and, from its second use on,
  // its pointer are kept. The pointer is good while the buffer has a size: see Library.pointerTo.
  #sent: Uint8Array<ArrayBuffer> | null = null;
  #sentPointer: Deno.PointerValue = null;
  #received: Uint8Array<ArrayBuffer> | null = null;
  #receivedPointer: Deno.PointerValue = null;
  // One scratch area for every option: value at 0, its size at 256.
  readonly #scratch = new Uint8Array(new ArrayBuffer(272));
  readonly #size = new BigUint64Array(this.#scratch.buffer, 256, 1);
  readonly #view = new DataView(this.#scratch.buffer);

  /** Opens a socket. @throws {ZmqError} EMFILE when the context's `MAX_SOCKETS` are open, ETERM after its end */
  constructor(context: ContextHandle, type: number) {
    this.library = context.library;
    this.pointer = this.library.symbols.zmq_socket(context.pointer, type);
    if (this.pointer === null) throw this.library.error("Cannot open a socket");
    this.#send = this.library.symbols.zmq_send;
    this.#recv = this.library.symbols.zmq_recv;
    this.#sendPointer = this.library.symbols.zmq_send_pointer;
    this.#recvPointer = this.library.symbols.zmq_recv_pointer;
  }

  /** Sets an option of type `int`. */
  setInt(option: number, value: number): void {
    this.#view.setInt32(0, value, true);
    this.#set(option, this.#scratch, 4n, value);
  }

  /** Sets an option of type `int64_t` or `uint64_t`. */
  setInt64(option: number, value: bigint): void {
    this.#view.setBigInt64(0, value, true);
    this.#set(option, this.#scratch, 8n, value);
  }

  /** Sets a binary or text option; null for one that can be unset. */
  setBytes(option: number, value: Uint8Array<ArrayBuffer> | string | null): void {
    const bytes = typeof value === "string" ? cString(value).subarray(0, -1) : value;
    this.#set(option, bytes, sizeOf(bytes?.byteLength ?? 0), value);
  }

  #set(
    option: number,
    value: Uint8Array<ArrayBuffer> | null,
    size: bigint,
    shown: unknown,
  ): void {
    if (this.library.symbols.zmq_setsockopt(this.pointer, option, value, size) !== 0) {
      const text = typeof shown === "object" ? `${size} bytes` : String(shown);
      throw this.library.error(`Cannot set socket option ${option} to ${text}`);
    }
  }

  /** Reads an option of type `int`. */
  getInt(option: number): number {
    this.#get(option, 4n);
    return this.#view.getInt32(0, true);
  }

  /** Reads an option of type `int64_t` or `uint64_t` (as signed). */
  getInt64(option: number): bigint {
    this.#get(option, 8n);
    return this.#view.getBigInt64(0, true);
  }

  /**
   * A copy of a binary option. Text has its NUL at the end.
   *
   * @param capacity size that libzmq is offered, at most 256; a CURVE key comes as text into 41
   */
  getBytes(option: number, capacity: number = 256): Uint8Array<ArrayBuffer> {
    return this.#scratch.slice(0, this.#get(option, sizeOf(Math.min(capacity, 256))));
  }

  #get(option: number, size: bigint): number {
    this.#size[0] = size;
    const result = this.library.symbols.zmq_getsockopt(
      this.pointer,
      option,
      this.#scratch,
      this.#size,
    );
    if (result !== 0) throw this.library.error(`Cannot read socket option ${option}`);
    return Number(this.#size[0]);
  }

  /** What can be done now (`PollEvent`): the option `EVENTS`; -1 on error. */
  events(): number {
    this.#size[0] = 4n;
    const result = this.library.symbols.zmq_getsockopt(
      this.pointer,
      Option.EVENTS,
      this.#scratch,
      this.#size,
    );
    if (result !== 0) return -1;
    const events = this.#view.getInt32(0, true);
    this.exhausted = (events & PollEvent.IN) === 0;
    return events;
  }

  /** Keeps {@linkcode exhausted} right after a receive. Returns what it is given: a size, or -1. */
  note(received: number): number {
    this.exhausted = received < 0 && this.library.transferErrno() === Errno.EAGAIN;
    return received;
  }

  /** Address last bound or connected to, with the port that the system chose. */
  lastEndpoint(): string {
    const bytes = this.getBytes(Option.LAST_ENDPOINT);
    return new TextDecoder().decode(bytes.subarray(0, -1));
  }

  /** Binds to an endpoint (`zmq_bind`). @throws {ZmqError} EADDRINUSE, EACCES, ENODEV, EINVAL, ... */
  bind(address: string): void {
    this.#endpoint("bind", this.library.symbols.zmq_bind, address);
  }

  /** Connects to an endpoint (`zmq_connect`); the connection itself is made in the background. */
  connect(address: string): void {
    this.#endpoint("connect", this.library.symbols.zmq_connect, address);
  }

  /** Undoes a {@linkcode bind}; give the address as {@linkcode lastEndpoint} says it. */
  unbind(address: string): void {
    this.#endpoint("unbind", this.library.symbols.zmq_unbind, address);
  }

  /** Undoes a {@linkcode connect}. */
  disconnect(address: string): void {
    this.#endpoint("disconnect", this.library.symbols.zmq_disconnect, address);
  }

  /** Publishes the socket's events (`MonitorEvent`) on a PAIR bound to an inproc endpoint. */
  monitor(address: string, events: number): void {
    this.#endpoint(
      "monitor at",
      (socket, at) => this.library.symbols.zmq_socket_monitor(socket, at, events),
      address,
    );
  }

  /** Undoes {@linkcode monitor}; does nothing on a socket that is closed. */
  unmonitor(): void {
    if (this.pointer !== null) this.library.symbols.zmq_socket_monitor(this.pointer, null, 0);
  }

  #endpoint(
    verb: string,
    call: (socket: Deno.PointerValue, address: Uint8Array<ArrayBuffer>) => number,
    address: string,
  ): void {
    this.exhausted = false;
    if (call(this.pointer, cString(address)) === -1) {
      throw this.library.error(`Cannot ${verb}`, address);
    }
  }

  /**
   * Sends a frame (`zmq_send`, copies). Returns its size, or -1: see {@linkcode Library.errno}. The
   * socket keeps hold of `data` until the next one, or until it is closed.
   */
  send(data: Uint8Array<ArrayBuffer>, flags: number): number {
    this.exhausted = false;
    const size = sizeOf(data.byteLength);
    if (data !== this.#sent) {
      this.#sent = data;
      this.#sentPointer = null;
      return this.#send(this.pointer, data, size, flags);
    }
    const pointer = this.#sentPointer ??= this.library.pointerTo(data);
    return this.#sendPointer(this.pointer, pointer, size, flags);
  }

  /** Sends the first `length` bytes of a buffer as a frame. */
  sendPart(data: Uint8Array<ArrayBuffer>, length: number, flags: number): number {
    if (length > data.byteLength) throw new RangeError(`Cannot send ${length} bytes: too many`);
    this.exhausted = false;
    return this.#send(this.pointer, data, sizeOf(length), flags);
  }

  /** Sends `size` bytes from an address in C's memory. */
  sendAt(address: bigint, size: bigint, flags: number): number {
    this.exhausted = false;
    return this.library.symbols.zmq_send_at(this.pointer, address, size, flags);
  }

  /** Sends `size` bytes from a pointer, such as {@linkcode Message.data}. */
  sendPointer(pointer: Deno.PointerValue, size: bigint, flags: number): number {
    this.exhausted = false;
    return this.library.symbols.zmq_send_pointer(this.pointer, pointer, size, flags);
  }

  /**
   * Receives a frame into `into` (`zmq_recv`, copies). Returns the frame's size, which is more
   * than fits if it was cut, or -1: see {@linkcode Library.errno}. Keeps hold of `into` as
   * {@linkcode send} does.
   */
  recv(into: Uint8Array<ArrayBuffer>, flags: number): number {
    const capacity = sizeOf(into.byteLength);
    if (into !== this.#received) {
      this.#received = into;
      this.#receivedPointer = null;
      return this.note(this.#recv(this.pointer, into, capacity, flags));
    }
    const pointer = this.#receivedPointer ??= this.library.pointerTo(into);
    return this.note(this.#recvPointer(this.pointer, pointer, capacity, flags));
  }

  /** Receives a frame into `capacity` bytes at an address in C's memory. */
  recvAt(address: bigint, capacity: bigint, flags: number): number {
    return this.note(
      this.library.symbols.zmq_recv_at(this.pointer, address, capacity, flags),
    );
  }

  /** True if the frame just received has another one behind it (option `RCVMORE`). */
  more(): boolean {
    return this.getInt(Option.RCVMORE) !== 0;
  }

  /** Closes the socket. What is unsent is sent in the background for as long as `LINGER` says. */
  close(): void {
    const pointer = this.detach();
    if (pointer !== null) this.library.symbols.zmq_close(pointer);
  }

  /** Gives the `void *` away: whoever takes it has to close it. */
  detach(): Deno.PointerValue {
    const pointer = this.pointer;
    this.pointer = this.#sent = this.#received = null;
    return pointer;
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
