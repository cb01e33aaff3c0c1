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
const NONE: Frame[] = [];

/** Reads one message at a time from a ROUTER socket; what it read stands in its fields. */
export class EnvelopeReader {
  /** The body, until the next read. */
  readonly body: Message;
  /** Routing id of the connection that it came from. */
  readonly routingId: Frame = new Uint8Array(new ArrayBuffer(256));
  /** Bytes of the routing id. */
  routingIdSize = 0;
  /** Further routing ids, outermost first, if it came through proxies. */
  hops: Frame[] = NONE;
  /** What REQ put before the delimiter to know its reply by; null if it did not. */
  correlation: Frame | null = null;
  /** Whether an empty frame stood before the body. */
  delimiter = false;
  /** False if the frames are no request. */
  valid = true;

  readonly #socket: ThinSocket;

  constructor(socket: ThinSocket) {
    this.#socket = socket;
    this.body = new Message(socket.library);
  }

  /** Reads a message; false if there is none. @throws {ZmqError} if the socket fails */
  read(): boolean {
    const size = this.#socket.recv(this.routingId, Flag.DONTWAIT);
    if (size < 0) {
      const errno = this.#socket.library.errno();
      if (errno === Errno.EAGAIN || errno === Errno.EINTR) return false;
      throw this.#socket.library.error("Cannot receive", undefined, errno);
    }
    this.routingIdSize = size;
    this.hops = NONE;
    this.correlation = null;
    this.delimiter = false;
    this.valid = true;
    const { body } = this;
    body.recv(this.#socket, 0); // a message arrives whole: its frames are all there
    if (!body.more()) return true;
    if (body.size === 0) {
      this.delimiter = true;
      body.recv(this.#socket, 0);
      if (!body.more()) return true;
      this.#skip();
      return true;
    }
    this.#readHops();
    return true;
  }

  #readHops(): void {
    const { body } = this;
    const hops: Frame[] = [];
    while (body.size > 0 && body.more()) {
      // libzmq knows no longer routing id; a body cut in pieces would look like this.
      if (body.size > MAX_ID_BYTES || hops.length === MAX_HOPS) return this.#skip();
      hops.push(body.copy());
      body.recv(this.#socket, 0);
    }
    this.hops = hops;
    if (!body.more()) return;
    this.delimiter = true;
    if (hops.at(-1)!.length === CORRELATION_BYTES) this.correlation = hops.pop()!;
    body.recv(this.#socket, 0);
    if (body.more()) this.#skip();
  }

  /** Leaves the rest of a message that is no request. */
  #skip(): void {
    this.valid = false;
    this.hops = NONE;
    while (this.body.more()) this.body.recv(this.#socket, 0);
  }

  /** Frees what it holds. */
  close(): void {
    this.body.close();
  }
}
