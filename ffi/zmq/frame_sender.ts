/**
 * Sends the frames of the public sockets.
 *
 * @module
 */
import { type Library, sizeOf } from "./library.ts";
import { Message } from "./message.ts";
import type { ThinSocket } from "./thin_socket.ts";

// Smaller frames are copied faster than they are compared; larger ones are not kept.
const SHARE_FROM = 16 * 1024;
const SHARE_TO = 1024 * 1024;

/**
 * Sends copies of frames. A large frame that is the same as the last is not copied again: libzmq
 * shares the first copy. So a picture that is sent to a hundred peers, one by one, is in memory once.
 * Comparing costs little beside copying, and next to nothing when a frame differs near its start.
 */
export class FrameSender {
  readonly #library: Library;
  readonly #last: Message;
  readonly #outgoing: Message;

  /** Starts without a frame. */
  constructor(library: Library) {
    this.#library = library;
    this.#last = new Message(library);
    this.#outgoing = new Message(library);
  }

  /** Sends a frame, which may be changed at once. Returns its size or -1, as `zmq_send` does. */
  send(socket: ThinSocket, frame: Uint8Array<ArrayBuffer>, flags: number): number {
    const { symbols } = this.#library;
    const bytes = frame.byteLength;
    // Not by ThinSocket.send(), which keeps hold of the frame.
    if (bytes < SHARE_FROM || bytes > SHARE_TO) {
      return symbols.zmq_send(socket.pointer, frame, sizeOf(bytes), flags);
    }
    if (!this.#isLast(frame)) this.#take(frame);
    symbols.zmq_msg_copy(this.#outgoing.pointer, this.#last.pointer);
    return symbols.zmq_msg_send(this.#outgoing.pointer, socket.pointer, flags);
  }

  #isLast(frame: Uint8Array<ArrayBuffer>): boolean {
    const bytes = frame.byteLength;
    if (this.#last.size !== bytes) return false;
    return this.#library.symbols.memcmp(frame, this.#last.data(), sizeOf(bytes)) === 0;
  }

  #take(frame: Uint8Array<ArrayBuffer>): void {
    const { symbols } = this.#library;
    const last = this.#last;
    const size = sizeOf(frame.byteLength);
    symbols.zmq_msg_close(last.pointer);
    last.size = 0;
    if (symbols.zmq_msg_init_size(last.pointer, size) < 0) {
      const errno = symbols.zmq_errno();
      symbols.zmq_msg_init(last.pointer);
      throw this.#library.error("Cannot send", undefined, errno);
    }
    symbols.memcpy_to(last.data(), frame, size);
    last.size = frame.byteLength;
  }
}
