/** What clients can be told. @module */
import type { Dealer, SocketOptions } from "@janus-zeromq/zmq";

/** How long to wait for one thing. */
export interface WaitOptions {
  /** Gives up waiting when aborted: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Milliseconds until a {@linkcode JanusTimeoutError}; default that of the client. */
  readonly timeout?: number;
}

/** CURVE security: see the transport's `security` settings. Keys are Z85 text. */
export interface CurveOptions {
  /** The server's public key. */
  readonly serverKey: string;
  /** Our public key. Without keys of our own a pair is made up. */
  readonly publicKey?: string;
  /** Our secret key. */
  readonly secretKey?: string;
}

/** PLAIN security: a name and a password that are sent in the clear. */
export interface PlainOptions {
  /** Our name. */
  readonly username: string;
  /** Our password. */
  readonly password: string;
}

/** What all clients can be told. */
export interface ConnectionOptions {
  /** Milliseconds for a reply, and for the connection to be made. Default 10,000. */
  readonly timeout?: number;
  /** Gives up connecting when aborted. Later it does nothing. */
  readonly signal?: AbortSignal;
  /** Encrypts, and tells the server who we are. */
  readonly curve?: CurveOptions;
  /** Tells the server who we are. */
  readonly plain?: PlainOptions;
  /**
   * Milliseconds between ZeroMQ heartbeats, by which a connection that is dead is noticed; one
   * that stays unanswered for as long ends it. 0 sends none. Default 10,000.
   */
  readonly heartbeat?: number;
  /**
   * Name by which the transport knows us again after a reconnect, 1 to 255 bytes, not to be used
   * twice at a time. Default a random one, which nobody can guess.
   */
  readonly routingId?: string;
  /** Requests that may be under way; another one is refused by a RangeError. Default 10,000. */
  readonly maxRequests?: number;
  /**
   * Requests that are sent before their answers came; more wait here. A transport drops answers
   * that are too many for the queue which it has for us (`zeromq.sndhwm`, 1000). Default 500.
   */
  readonly window?: number;
  /** More options of the socket, such as `tcpKeepalive`; they win over all else. */
  readonly socket?: SocketOptions<Dealer>;
}

/** What `connect` can be told. */
export interface ConnectOptions extends ConnectionOptions {
  /** Janus's `api_secret`, if it has one. */
  readonly apiSecret?: string;
  /** Our token, if Janus asks for one (`token_auth`). */
  readonly token?: string;
  /**
   * Milliseconds after which a session that is not used is kept alive, or false for never. Default
   * half of Janus's `session_timeout`; never if it has none.
   */
  readonly keepalive?: number | false;
  /**
   * Events that wait per session and per handle until they are read. When there are more, the
   * oldest are dropped. Default 1000.
   */
  readonly maxEvents?: number;
}

/** What `connectAdmin` can be told. */
export interface ConnectAdminOptions extends ConnectionOptions {
  /** Janus's `admin_secret`, if it has one. */
  readonly adminSecret?: string;
}

/** Checks a number of milliseconds, or of things. @throws {RangeError} */
export function checkNumber(name: string, value: number, minimum: number): number {
  // A timer takes no more than 2^31 - 1 ms: it would fire at once.
  if (Number.isInteger(value) && value >= minimum && value < 2 ** 31) return value;
  throw new RangeError(`${name} must be a whole number from ${minimum} to 2^31 - 1, not ${value}`);
}
