/**
 * Takes whole messages from a socket and gives it some, without waiting.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import { Errno, Flag } from "./constants.ts";
import { FrameSender } from "./frame_sender.ts";
import { type Library, sizeOf } from "./library.ts";
import { Message } from "./message.ts";
import type { ThinSocket } from "./thin_socket.ts";

const transfers = new Map<Library, Transfer>();

/** The one of a library: all its sockets use it in turn. */
export function transferOf(library: Library): Transfer {
  let transfer = transfers.get(library);
  if (!transfer) transfers.set(library, transfer = new Transfer(library));
  return transfer;
}

/** Receives and sends messages of any number of frames. */
export class Transfer {
  readonly #library: Library;
  readonly #message: Message;
  readonly #sender: FrameSender;

  constructor(library: Library) {
    this.#library = library;
    this.#message = new Message(library);
    this.#sender = new FrameSender(library);
  }

  /** A message if there is one now, else null. @throws {ZmqError} EFSM, ETERM, ... */
  receive(socket: ThinSocket): Buffer[] | null {
    const { symbols } = this.#library;
    const message = this.#message;
    const frames: Buffer[] = [];
    for (;;) {
      const size = symbols.zmq_msg_recv(message.pointer, socket.pointer, Flag.DONTWAIT);
      if (size < 0) {
        const errno = this.#library.transferErrno();
        if (errno === Errno.EAGAIN) return null;
        if (errno === Errno.EINTR) continue;
        throw this.#library.error("Cannot receive", undefined, errno);
      }
      const frame = Buffer.allocUnsafe(size);
      if (size > 0) symbols.memcpy(frame, symbols.zmq_msg_data(message.pointer), sizeOf(size));
      frames.push(frame);
      if (symbols.zmq_msg_more(message.pointer) === 0) return frames;
    }
  }

  /**
   * True if the message was taken, false if there is no room now.
   *
   * @throws {ZmqError} EFSM, EHOSTUNREACH, ETERM, ...
   */
  send(socket: ThinSocket, frames: Uint8Array<ArrayBuffer>[]): boolean {
    const last = frames.length - 1;
    for (let index = 0; index <= last; index++) {
      const frame = frames[index]!;
      const flags = index < last ? Flag.DONTWAIT | Flag.SNDMORE : Flag.DONTWAIT;
      while (this.#sender.send(socket, frame, flags) < 0) {
        const errno = this.#library.transferErrno();
        if (errno === Errno.EINTR) continue;
        // Only a message's first frame can find no room: it reserves it for the others.
        if (errno === Errno.EAGAIN && index === 0) return false;
        throw this.#library.error("Cannot send", undefined, errno);
      }
    }
    return true;
  }
}
