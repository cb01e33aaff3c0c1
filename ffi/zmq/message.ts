/**
 * A reusable `zmq_msg_t`.
 *
 * @module
 */
import { MessageProperty } from "./constants.ts";
import { cString, type Library, openLibrary } from "./library.ts";
import type { ThinSocket } from "./thin_socket.ts";

const properties = new Map<string, Uint8Array<ArrayBuffer>>();

/**
 * A `zmq_msg_t` to receive into again and again: libzmq releases what it held before. Unlike
 * {@linkcode ThinSocket.recv} it takes frames of any size and knows their peer.
 */
export class Message {
  /** The library that it belongs to. */
  readonly library: Library;
  /** The `zmq_msg_t *`, good for as long as this object is kept. */
  readonly pointer: Deno.PointerValue;
  // The `zmq_msg_t` itself. In an ArrayBuffer of its own, which the collector never moves.
  readonly #memory = new Uint8Array(new ArrayBuffer(64));
  /** Bytes of the frame last received. */
  size = 0;
  #open = true;

  /** Makes an empty message (`zmq_msg_init`). */
  constructor(library: Library = openLibrary()) {
    this.library = library;
    this.pointer = library.pointerTo(this.#memory);
    library.symbols.zmq_msg_init(this.pointer);
  }

  /** Receives a frame (`zmq_msg_recv`). Returns its size, or -1: see {@linkcode Library.errno}. */
  recv(socket: ThinSocket, flags: number): number {
    const { symbols } = this.library;
    const size = socket.note(symbols.zmq_msg_recv(this.pointer, socket.pointer, flags));
    if (size >= 0) this.size = size;
    return size;
  }

  /** Sends the frame (`zmq_msg_send`) without a copy; it is empty after. Returns its size or -1. */
  send(socket: ThinSocket, flags: number): number {
    socket.exhausted = false;
    const size = this.library.symbols.zmq_msg_send(this.pointer, socket.pointer, flags);
    if (size >= 0) this.size = 0;
    return size;
  }

  /** True if another frame of the same message follows. */
  more(): boolean {
    return this.library.symbols.zmq_msg_more(this.pointer) !== 0;
  }

  /** Pointer to the frame's bytes (`zmq_msg_data`), good until the next receive or close. */
  data(): Deno.PointerValue {
    return this.library.symbols.zmq_msg_data(this.pointer);
  }

  /** Copies the frame to the start of `into`, which must have room for it. */
  copyTo(into: Uint8Array<ArrayBuffer>): void {
    if (into.byteLength < this.size) {
      throw new RangeError(`Cannot copy ${this.size} bytes into ${into.byteLength}`);
    }
    if (this.size > 0) this.library.symbols.memcpy(into, this.data(), BigInt(this.size));
  }

  /** A copy of the frame. */
  copy(): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(new ArrayBuffer(this.size));
    this.copyTo(bytes);
    return bytes;
  }

  /** A property of the message (`MessageProperty`, `zmq_msg_get`); -1 if it has none. */
  get(property: number): number {
    return this.library.symbols.zmq_msg_get(this.pointer, property);
  }

  /** Descriptor of the connection that the frame came in on; -1 if there is none. */
  sourceDescriptor(): number {
    return this.get(MessageProperty.SRCFD);
  }

  /** Text that came with the message (`zmq_msg_gets`): `"Peer-Address"`, `"User-Id"`, ...; or null. */
  gets(property: string): string | null {
    let name = properties.get(property);
    if (!name) properties.set(property, name = cString(property));
    return this.library.readString(this.library.symbols.zmq_msg_gets(this.pointer, name));
  }

  /** Releases what the message holds. It can't be used after. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.size = 0;
    this.library.symbols.zmq_msg_close(this.pointer);
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
