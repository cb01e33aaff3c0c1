/** The project's own ZeroMQ binding as a client, in the test's process. */
import { Errno, Flag, Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { Message, ThinContext, ThinSocket } from "../../../ffi/zmq/thin.ts";
import { type SocketOpener, type SocketOptions, TestSocket } from "./socket.ts";

/** Milliseconds between two looks at a socket. */
const POLL_INTERVAL = 3;
/** What the kernel keeps for a socket that is not read. */
const UNREAD_BYTES = 16_384;

/** How the project's own client opens a socket. */
export interface OwnSocketOptions extends SocketOptions {
  /** Reads nothing before {@linkcode OwnSocket.read}, and lets next to nothing wait for that. */
  readonly unread?: boolean;
  /** Sets further options, before the socket is connected. */
  readonly prepare?: (socket: ThinSocket) => void;
}

class OwnSocket extends TestSocket {
  readonly #socket: ThinSocket;
  readonly #message: Message;
  #timer: ReturnType<typeof setInterval> | undefined;
  #frames: string[] = [];

  constructor(context: ThinContext, options: OwnSocketOptions) {
    super(options);
    const { unread = false } = options;
    this.#message = new Message(context.library);
    const socket = this.#socket = new ThinSocket(context, SocketType[options.type]);
    socket.setInt(Option.LINGER, 0);
    socket.setInt(Option.RCVHWM, unread ? 1 : 0);
    if (unread) socket.setInt(Option.RCVBUF, UNREAD_BYTES);
    socket.setInt(Option.SNDHWM, 0);
    socket.setInt(Option.IPV6, options.endpoint.includes("[") ? 1 : 0);
    if (options.identity !== undefined) socket.setBytes(Option.ROUTING_ID, options.identity);
    if (options.relaxed) socket.setInt(Option.REQ_RELAXED, 1);
    if (options.correlate) socket.setInt(Option.REQ_CORRELATE, 1);
    if (options.type === "SUB") socket.setBytes(Option.SUBSCRIBE, options.topic ?? "");
    options.prepare?.(socket);
    socket.connect(options.endpoint);
    if (!unread) this.read();
  }

  /** Reads what comes, from now on. */
  read(): void {
    this.#timer ??= setInterval(() => this.#pump(), POLL_INTERVAL);
  }

  override send(...frames: string[]): void {
    this.sendBytes(...frames.map((frame) => new TextEncoder().encode(frame)));
  }

  /** Sends frames that need not be text. */
  sendBytes(...frames: Uint8Array<ArrayBuffer>[]): void {
    for (const [index, frame] of frames.entries()) {
      const more = index < frames.length - 1 ? Flag.SNDMORE : 0;
      if (this.#socket.send(frame, Flag.DONTWAIT | more) < 0) {
        throw this.#socket.library.error(`Cannot send over ${this.options.type}`);
      }
    }
  }

  protected override release(): Promise<void> {
    clearInterval(this.#timer);
    this.#message.close();
    this.#socket.close();
    this.fail(new Error("The socket is closed"));
    return Promise.resolve();
  }

  #pump(): void {
    while (this.#message.recv(this.#socket, Flag.DONTWAIT) >= 0) {
      this.#frames.push(new TextDecoder().decode(this.#message.copy()));
      if (this.#message.more()) continue;
      this.take(this.#frames);
      this.#frames = [];
    }
    const { library } = this.#socket;
    // EFSM: a REQ that has asked nothing.
    const errno = library.transferErrno();
    if (errno === Errno.EAGAIN || errno === Errno.EFSM || errno === Errno.EINTR) return;
    throw library.error("Cannot receive", undefined, errno);
  }
}

/** Opens sockets of the project's own; closes those that are left with it. */
export class OwnClient implements SocketOpener, AsyncDisposable {
  readonly name = "our own";
  readonly #context = new ThinContext();
  readonly #sockets: OwnSocket[] = [];

  open(options: OwnSocketOptions): OwnSocket {
    const socket = new OwnSocket(this.#context, options);
    this.#sockets.push(socket);
    return socket;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) await socket.close();
    this.#context.terminate();
  }
}
