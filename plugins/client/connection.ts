/** A DEALER socket, and the requests on it. @module */
import {
  curveKeyPair,
  Dealer,
  type Event as SocketEvent,
  type Message,
  type SocketOptions,
} from "@janus-zeromq/zmq";
import type { JanusEvent, JanusRequest, JsonObject } from "../janus/api.ts";
import { stringifyJson } from "../janus/json.ts";
import { JanusAnswerError, JanusClosedError, JanusConnectionError } from "./errors.ts";
import { readIncoming } from "./incoming.ts";
import { checkNumber, type ConnectionOptions } from "./options.ts";
import {
  type GoodReply,
  type Incoming,
  randomText,
  type RequestOptions,
  type Transaction,
  Transactions,
} from "./transactions.ts";

const RECONNECT_MS = 100;
const MAX_RECONNECT_MS = 2000;
const DEFAULT_TIMEOUT_MS = 10_000;
const DEFAULT_HEARTBEAT_MS = 10_000;
const DEFAULT_MAX_REQUESTS = 10_000;
/** Half of what a transport queues for a client by default: each may bring an ack and an event. */
const DEFAULT_WINDOW = 500;
/** Events that may arrive before the program looks. */
const EVENTS_ROOM = 10_000;

/** Requests that do no more when they are done twice. */
const REPEATABLE: ReadonlySet<string> = new Set([
  ...["ping", "info", "keepalive", "claim", "destroy", "detach", "hangup"],
  ...["get_status", "list_sessions", "list_handles", "list_tokens", "handle_info", "loops_info"],
]);

/** What a connection tells its owner. */
export interface ConnectionHandlers {
  /** Something that nobody asked for. */
  readonly onEvent: (event: JanusEvent) => void;
  /** The connection was lost and made anew. */
  readonly onReconnect: () => void;
  /** Nothing was heard for as long as a request waited. */
  readonly onSilence: () => void;
  /** It was closed, or its socket was. */
  readonly onClose: () => void;
}

/** A connection to Janus's transport, which comes back by itself. */
export class Connection {
  /** What it connects to. */
  readonly endpoint: string;
  /** Milliseconds that a request waits. */
  readonly timeout: number;
  readonly #socket: Dealer;
  readonly #credentials: JsonObject;
  readonly #handlers: ConnectionHandlers;
  readonly #transactions: Transactions;
  /** Not sent yet: the socket has no connection, or no room. */
  readonly #outbox = new Set<Transaction>();
  readonly #observing: Promise<void>;
  readonly #window: number;
  #unanswered = 0;
  #sending = false;
  #state: "new" | "up" | "down" = "new";
  #problem: Error | undefined;
  #heard = 0;
  #closed = false;

  /**
   * Begins to connect.
   *
   * @param credentials go with each request
   * @throws {ZmqError} EINVAL for an endpoint that can't be
   */
  constructor(
    endpoint: string,
    options: ConnectionOptions,
    credentials: JsonObject,
    handlers: ConnectionHandlers,
  ) {
    this.endpoint = endpoint;
    this.timeout = checkNumber("timeout", options.timeout ?? DEFAULT_TIMEOUT_MS, 1);
    this.#window = checkNumber("window", options.window ?? DEFAULT_WINDOW, 1);
    const maxRequests = checkNumber(
      "maxRequests",
      options.maxRequests ?? DEFAULT_MAX_REQUESTS,
      1,
    );
    this.#credentials = credentials;
    this.#handlers = handlers;
    this.#transactions = new Transactions({
      timeout: this.timeout,
      maxRequests,
      onAnswered: (transaction) => {
        this.#outbox.delete(transaction);
        transaction.unsend?.();
        this.#setUnanswered(transaction, false);
        // Later: those that wait may be about to fail, too.
        if (this.#outbox.size > 0) queueMicrotask(() => this.#send());
      },
      onTimeout: ({ begun }) => {
        if (this.#heard < begun) this.#handlers.onSilence();
      },
      excuse: () => this.#excuse(),
    });
    this.#socket = new Dealer(socketOptions(endpoint, options, maxRequests));
    try {
      this.#observing = this.#observe();
      this.#socket.connect(endpoint);
    } catch (error) {
      this.#socket.close();
      throw error;
    }
    this.#receive();
  }

  /** True while the connection stands. */
  get up(): boolean {
    return this.#state === "up";
  }

  /** True once it was closed. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Sends a request and waits for what answers it. */
  async request(request: JanusRequest, options: RequestOptions = {}): Promise<GoodReply> {
    if (this.closed) throw this.#closedError();
    const { timeout } = options;
    if (timeout !== undefined) checkNumber("timeout", timeout, 1);
    const id = this.#transactions.takeId();
    // Written first: what is no JSON must fail before anything waits for it.
    const text = stringifyJson({ ...request, ...this.#credentials, transaction: id });
    const transaction = this.#transactions.begin(id, text, request, options);
    this.#outbox.add(transaction);
    this.#send();
    return await transaction.settled.promise;
  }

  /** Fails the requests that `which` picks. */
  fail(which: (request: JanusRequest) => boolean, error: Error): void {
    this.#transactions.fail(({ request }) => which(request), error);
  }

  /** Closes the socket; requests that wait fail. @returns settled when nothing is left of it */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      // It tells its observer, which must go on reading until then.
      this.#socket.close();
      this.#transactions.fail(() => true, this.#closedError());
      this.#handlers.onClose();
    }
    return this.#observing;
  }

  #closedError(): JanusClosedError {
    const cause = this.#problem === undefined ? {} : { cause: this.#problem };
    return new JanusClosedError(`The connection to ${this.endpoint} was closed`, cause);
  }

  #excuse(): { text: string; cause?: unknown } {
    const cause = this.#problem === undefined ? {} : { cause: this.#problem };
    if (this.up) return { text: "", ...cause };
    const why = this.#problem === undefined ? "" : ` (${this.#problem.message})`;
    const state = this.#state === "new" ? "nobody answers at" : "the connection is lost to";
    return { text: `: ${state} ${this.endpoint}${why}`, ...cause };
  }

  /** Only one send may wait at a time: the others queue up here, where they can be taken back. */
  async #send(): Promise<void> {
    if (this.#sending || this.#closed) return;
    this.#sending = true;
    try {
      for (const transaction of this.#outbox) {
        if (this.#unanswered >= this.#window) break;
        this.#outbox.delete(transaction);
        this.#setUnanswered(transaction, true);
        if (this.#socket.writable) await this.#socket.send(transaction.text);
        else await this.#sendWaiting(transaction);
      }
    } catch (error) {
      this.#break(error);
    } finally {
      this.#sending = false;
    }
  }

  #setUnanswered(transaction: Transaction, unanswered: boolean): void {
    if (transaction.unanswered === unanswered) return;
    transaction.unanswered = unanswered;
    this.#unanswered += unanswered ? 1 : -1;
  }

  async #sendWaiting(transaction: Transaction): Promise<void> {
    const unsend = new AbortController();
    transaction.unsend = () => unsend.abort();
    try {
      await this.#socket.send(transaction.text, { signal: unsend.signal });
    } catch (error) {
      if (!unsend.signal.aborted) throw error;
    } finally {
      transaction.unsend = undefined;
    }
  }

  /** What was on the way when the connection broke may be lost; or its answer is, or on its way. */
  #sendAgain(): void {
    for (const transaction of this.#transactions.values()) {
      if (!REPEATABLE.has(transaction.request.janus)) continue;
      this.#setUnanswered(transaction, false);
      this.#outbox.add(transaction);
    }
    this.#send();
  }

  async #receive(): Promise<void> {
    try {
      for await (const frames of this.#socket) this.#take(frames);
      this.close();
    } catch (error) {
      this.#break(error);
    }
  }

  /** The socket can't be used any more: its context was closed, say. */
  #break(error: unknown): void {
    if (this.#closed) return;
    this.#problem = error instanceof Error ? error : new Error(String(error));
    this.close();
  }

  #take(frames: Message[]): void {
    this.#heard = performance.now();
    // Whoever was answered knows that it is connected, before the observer has its say.
    if (this.#state === "new") this.#state = "up";
    const message = readIncoming(frames);
    if (message === undefined) {
      this.#problem ??= new JanusAnswerError(
        `${this.endpoint} sends what is no message of Janus's`,
      );
      return;
    }
    if (this.#problem instanceof JanusAnswerError) this.#problem = undefined;
    if (this.#transactions.take(message)) return;
    if (isEvent(message)) this.#handlers.onEvent(message);
    // An error that names no request tells why one of them will time out.
    else if (message.janus === "error") this.#problem = new Error(message.error.reason);
  }

  async #observe(): Promise<void> {
    try {
      for await (const event of this.#socket.events) this.#follow(event);
    } catch (error) {
      this.#break(error);
    }
  }

  #follow(event: SocketEvent): void {
    if (event.type === "handshake") {
      const again = this.#state === "down";
      this.#state = "up";
      this.#problem = undefined;
      if (!again) return;
      this.#sendAgain();
      this.#handlers.onReconnect();
    } else if (event.type === "disconnect") {
      if (this.up) this.#state = "down";
    } else if ("error" in event) {
      this.#problem = event.error;
      if (event.type !== "handshake:error:auth" || this.#state !== "new") return;
      const text = `Cannot connect to ${this.endpoint}: ${event.error.message}`;
      const error = new JanusConnectionError(text, { cause: event.error });
      this.#transactions.fail(() => true, error);
    }
  }
}

function socketOptions(
  endpoint: string,
  options: ConnectionOptions,
  maxRequests: number,
): SocketOptions<Dealer> {
  const { curve, plain, routingId, socket } = options;
  const heartbeat = checkNumber("heartbeat", options.heartbeat ?? DEFAULT_HEARTBEAT_MS, 0);
  const all: SocketOptions<Dealer> = {
    routingId: routingId ?? `janus-client-${randomText(16)}`,
    // Without a connection requests wait here, where they can time out unsent.
    immediate: true,
    linger: 0,
    // Room for all replies: a transport doesn't wait for clients that read slowly.
    receiveHighWaterMark: maxRequests + EVENTS_ROOM,
    reconnectInterval: RECONNECT_MS,
    reconnectMaxInterval: MAX_RECONNECT_MS,
    heartbeatInterval: heartbeat,
    ipv6: endpoint.includes("["),
  };
  if (heartbeat > 0) all.heartbeatTimeout = heartbeat;
  if (curve !== undefined) {
    const { publicKey, secretKey } = curve.publicKey === undefined ? curveKeyPair() : curve;
    if (publicKey === undefined || secretKey === undefined) {
      throw new TypeError("curve needs both publicKey and secretKey, or neither");
    }
    all.curveServerKey = curve.serverKey;
    all.curvePublicKey = publicKey;
    all.curveSecretKey = secretKey;
  }
  if (plain !== undefined) {
    all.plainUsername = plain.username;
    all.plainPassword = plain.password;
  }
  return { ...all, ...socket };
}

function isEvent(message: Incoming): message is JanusEvent {
  switch (message.janus) {
    case "success":
    case "ack":
    case "pong":
    case "server_info":
    case "error":
      return false;
    default:
      return true;
  }
}
