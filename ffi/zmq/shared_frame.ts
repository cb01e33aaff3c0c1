/**
 * Sends large frames: one that is the same as the last is not copied again but shared.
 *
 * @module
 */
import { type Library, openLibrary } from "./library.ts";
import { Message } from "./message.ts";
import { sizeOf, type ThinSocket } from "./thin.ts";

/**
 * The large frame that was sent last. Who sends one picture to a hundred peers, one by one, then
 * has it in memory once. To compare costs a tenth of a copy, as the queue's memory has left the
 * caches, and next to nothing when a frame differs near its start.
 */
export class SharedFrame {
  readonly #library: Library;
  readonly #last: Message;
  readonly #outgoing: Message;

  /** Starts without a frame. */
  constructor(library: Library = openLibrary()) {
    this.#library = library;
    this.#last = new Message(library);
    this.#outgoing = new Message(library);
  }

  /** Sends a frame, which may be changed at once. Returns its size or -1, as `zmq_send` does. */
  send(socket: ThinSocket, frame: Uint8Array<ArrayBuffer>, flags: number): number {
    const { symbols } = this.#library;
    if (!this.#isLast(frame) && !this.#take(frame)) return -1;
    symbols.zmq_msg_copy(this.#outgoing.pointer, this.#last.pointer);
    return symbols.zmq_msg_send(this.#outgoing.pointer, socket.pointer, flags);
  }

  #isLast(frame: Uint8Array<ArrayBuffer>): boolean {
    const size = frame.byteLength;
    if (this.#last.size !== size) return false;
    return this.#library.symbols.memcmp(frame, this.#last.data(), sizeOf(size)) === 0;
  }

  #take(frame: Uint8Array<ArrayBuffer>): boolean {
    const { symbols } = this.#library;
    const last = this.#last;
    const size = sizeOf(frame.byteLength);
    symbols.zmq_msg_close(last.pointer);
    last.size = 0;
    if (symbols.zmq_msg_init_size(last.pointer, size) < 0) {
      symbols.zmq_msg_init(last.pointer);
      return false;
    }
    symbols.memcpy_to(last.data(), frame, size);
    last.size = frame.byteLength;
    return true;
  }
}
