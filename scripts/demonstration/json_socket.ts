/** The client's side of the plugins, over the project's own thin ZeroMQ layer. */
import { Errno, Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
import { Message, type ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { sleep } from "../lib/waiting.ts";

/** Milliseconds between two looks at a socket that has nothing. */
const POLL_INTERVAL = 5;

/** Thrown when nothing comes in time. */
export class ReceiveTimeoutError extends Error {
  override name = "ReceiveTimeoutError";
}

/** A socket that sends and receives JSON texts. Waiting leaves the event loop free. */
export class JsonSocket implements Disposable {
  readonly #socket: ThinSocket;
  readonly #message: Message;
  readonly #type: "REQ" | "DEALER" | "SUB";

  /** Opens a socket and connects it; a SUB takes every event. */
  constructor(context: ThinContext, type: "REQ" | "DEALER" | "SUB", endpoint: string) {
    this.#type = type;
    this.#message = new Message(context.library);
    this.#socket = new ThinSocket(context, SocketType[type]);
    // Nobody waits at the end for what a stopped Janus didn't take.
    this.#socket.setInt(Option.LINGER, 0);
    if (type === "SUB") this.#socket.setBytes(Option.SUBSCRIBE, "");
    this.#socket.connect(endpoint);
  }

  /** Sends a JSON text; a DEALER in the form that a REQ has, with an empty frame before it. */
  send(text: string): void {
    const flags = Flag.DONTWAIT;
    if (this.#type === "DEALER") this.#sendFrame(new Uint8Array(0), flags | Flag.SNDMORE);
    this.#sendFrame(new TextEncoder().encode(text), flags);
  }

  #sendFrame(bytes: Uint8Array<ArrayBuffer>, flags: number): void {
    if (this.#socket.send(bytes, flags) < 0) {
      throw this.#socket.library.error(`Cannot send to Janus over ${this.#type}`);
    }
  }

  /** The next JSON text that is here already, undefined if there is none. */
  take(): string | undefined {
    for (;;) {
      if (this.#message.recv(this.#socket, Flag.DONTWAIT) < 0) {
        const { library } = this.#socket;
        if (library.errno() === Errno.EAGAIN) return undefined;
        throw library.error(`Cannot receive over ${this.#type}`);
      }
      // The JSON is the last frame, with or without an empty one before it.
      if (!this.#message.more()) return new TextDecoder().decode(this.#message.copy());
    }
  }

  /**
   * Waits for the next JSON text.
   *
   * @param timeout In milliseconds
   * @param meanwhile Called again and again while nothing comes
   * @throws {ReceiveTimeoutError}
   */
  async receive(timeout = 5_000, meanwhile?: () => void): Promise<string> {
    const end = performance.now() + timeout;
    for (;;) {
      meanwhile?.();
      const text = this.take();
      if (text !== undefined) return text;
      if (performance.now() > end) {
        throw new ReceiveTimeoutError(`Nothing came over ${this.#type} in ${timeout} ms`);
      }
      await sleep(POLL_INTERVAL);
    }
  }

  /** Closes the socket. */
  close(): void {
    this.#message.close();
    this.#socket.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
