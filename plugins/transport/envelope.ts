/**
 * The envelopes that ROUTER sockets see before a request.
 *
 *     DEALER            [peer] [JSON]
 *     DEALER, REQ       [peer] [] [JSON]
 *     REQ, correlated   [peer] [4 bytes] [] [JSON]     ZMQ_REQ_CORRELATE numbers its requests
 *     behind proxies    [proxy] [peer] ... [] [JSON]   REQ, or DEALER with the empty frame
 *                       [proxy] [peer] ... [JSON]      DEALER without
 *
 * @module
 */
import { Errno, Flag } from "../../ffi/zmq/constants.ts";
import { Message, type ThinSocket } from "../../ffi/zmq/thin.ts";

type Frame = Uint8Array<ArrayBuffer>;

const MAX_HOPS = 16;
const MAX_ID_BYTES = 255;
const CORRELATION_BYTES = 4;
/** So much is kept of what is no request, for its sender to be told which one it was. */
const MAX_KEPT_BYTES = 65_536;
const NONE: Frame[] = [];

/** The number of the `count`th request: odd where a delimiter stood, as its reply gets one as well. */
export function requestNumber(count: number, delimiter: boolean): number {
  return count * 2 + (delimiter ? 1 : 0);
}

/** Whether a delimiter stood before a request. */
export function isDelimited(request: number): boolean {
  return request % 2 === 1;
}

/** Reads one message at a time from a ROUTER socket; what it read stands in its fields. */
export class EnvelopeReader {
  /** The body, until the next read. */
  readonly body: Message;
  /** Routing id of the connection that it came from, until the next read. */
  routingId: Frame;
  /** Further routing ids, outermost first, if it came through proxies. */
  hops: Frame[] = NONE;
  /** What REQ put before the delimiter to know its reply by; null if it did not. */
  correlation: Frame | null = null;
  /** Whether an empty frame stood before the body. */
  delimiter = false;
  /**
   * Null for a request. Where the body has several frames, and so is none: what they have in them,
   * one after the other and cut, until the next read.
   */
  joined: Frame | null = null;

  readonly #socket: ThinSocket;
  readonly #id: Frame = new Uint8Array(new ArrayBuffer(256));
  readonly #kept: Frame = new Uint8Array(new ArrayBuffer(MAX_KEPT_BYTES));

  constructor(socket: ThinSocket) {
    this.#socket = socket;
    this.body = new Message(socket.library);
    this.routingId = this.#id;
  }

  /** All routing ids, outermost first. */
  get ids(): [Frame, ...Frame[]] {
    return [this.routingId.slice(), ...this.hops];
  }

  /** Reads a message; false if there is none. @throws {ZmqError} if the socket fails */
  read(): boolean {
    const size = this.#socket.recv(this.#id, Flag.DONTWAIT);
    if (size < 0) {
      const errno = this.#socket.library.transferErrno();
      if (errno === Errno.EAGAIN || errno === Errno.EINTR) return false;
      throw this.#socket.library.error("Cannot receive", undefined, errno);
    }
    this.routingId = this.#id.subarray(0, size);
    this.hops = NONE;
    this.correlation = null;
    this.delimiter = false;
    this.joined = null;
    const { body } = this;
    body.recv(this.#socket, 0); // a message arrives whole: its frames are all there
    if (!body.more()) return true;
    if (body.size > 0) this.#readHops();
    else this.#readDelimited();
    return true;
  }

  #readDelimited(): void {
    this.delimiter = true;
    this.body.recv(this.#socket, 0);
    if (this.body.more()) this.#join([]);
  }

  #readHops(): void {
    const { body } = this;
    const hops: Frame[] = [];
    while (body.size > 0 && body.more()) {
      // libzmq knows no longer routing id; a body cut in pieces would look like this.
      if (body.size > MAX_ID_BYTES || hops.length === MAX_HOPS) return this.#join(hops);
      hops.push(body.copy());
      body.recv(this.#socket, 0);
    }
    this.hops = hops;
    if (!body.more()) return;
    if (hops.at(-1)!.length === CORRELATION_BYTES) this.correlation = hops.pop()!;
    this.#readDelimited();
  }

  /** Reads a body in several frames to its end. @param before those that are read already */
  #join(before: readonly Frame[]): void {
    const { body } = this;
    let size = 0;
    const keep = (piece: Frame) => {
      const part = piece.subarray(0, MAX_KEPT_BYTES - size);
      this.#kept.set(part, size);
      size += part.length;
    };
    before.forEach(keep);
    for (;;) {
      if (size < MAX_KEPT_BYTES) keep(body.copy());
      if (!body.more()) break;
      body.recv(this.#socket, 0);
    }
    this.joined = this.#kept.subarray(0, size);
  }

  /** Frees what it holds. */
  close(): void {
    this.body.close();
  }
}
