/** Requests that are under way, and what answers them. @module */
import type {
  ErrorReply,
  JanusEvent,
  JanusReply,
  JanusRequest,
  PluginEvent,
  SuccessReply,
} from "../janus/api.ts";
import { describe, JanusError, JanusTimeoutError } from "./errors.ts";

/** A reply that is no error. */
export type GoodReply = Exclude<JanusReply, ErrorReply>;

/** Whatever can arrive. */
export type Incoming = JanusReply | JanusEvent;

/** How a request waits. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds; default the connection's. */
  readonly timeout?: number | undefined;
  /** Whether an acknowledgement is all that is waited for, or the event that it promises. */
  readonly until?: "reply" | "event";
  /** Called with the reply at once: before any other message is taken. */
  readonly accept?: (reply: GoodReply) => void;
  /** Called with a success that comes when nobody waits for it any more. */
  readonly late?: (reply: SuccessReply) => void;
}

/** A request on its way. */
export interface Transaction {
  readonly id: string;
  /** As it goes over the wire. */
  readonly text: string;
  readonly request: JanusRequest;
  readonly options: RequestOptions;
  /** By `performance.now()`. */
  readonly begun: number;
  readonly settled: PromiseWithResolvers<GoodReply>;
  timer: ReturnType<typeof setTimeout> | undefined;
  readonly onAbort: (() => void) | undefined;
  /** Takes it back while it waits for room to be sent. */
  unsend: (() => void) | undefined;
  /** Sent, and nothing came back yet. */
  unanswered: boolean;
}

/** What transactions need of their connection. */
export interface TransactionsOptions {
  /** Milliseconds. */
  readonly timeout: number;
  readonly maxRequests: number;
  /** Called with one that was answered, or that nobody waits for any more. */
  readonly onAnswered: (transaction: Transaction) => void;
  /** Called when no answer came in time. */
  readonly onTimeout: (transaction: Transaction) => void;
  /** What to add to the words of a timeout, and its cause. */
  readonly excuse: (
    transaction: Transaction,
  ) => { readonly text: string; readonly cause?: unknown };
}

/** Replies that are still of use when they come late are few; more than so many are forgotten. */
const MAX_LATE = 1000;

/** The requests under way. */
export class Transactions {
  readonly #options: TransactionsOptions;
  readonly #open = new Map<string, Transaction>();
  readonly #late = new Map<string, (reply: SuccessReply) => void>();
  // Somebody else's events may name a transaction: theirs must not be ours.
  readonly #prefix = randomText(6);
  #count = 0;

  constructor(options: TransactionsOptions) {
    this.#options = options;
  }

  /** The id for a new transaction. */
  takeId(): string {
    return `${this.#prefix}-${(++this.#count).toString(36)}`;
  }

  /** Begins a transaction. @throws {RangeError} if too many are under way */
  begin(id: string, text: string, request: JanusRequest, options: RequestOptions): Transaction {
    const { maxRequests, timeout } = this.#options;
    if (this.#open.size >= maxRequests) {
      const text = `Cannot ${describe(request)}: ${maxRequests} requests are under way`;
      throw new RangeError(`${text} (maxRequests)`);
    }
    const { signal } = options;
    signal?.throwIfAborted();
    const transaction: Transaction = {
      id,
      text,
      request,
      options,
      begun: performance.now(),
      settled: Promise.withResolvers<GoodReply>(),
      timer: undefined,
      onAbort: signal && (() => this.#abandon(transaction, signal.reason)),
      unsend: undefined,
      unanswered: false,
    };
    this.#open.set(transaction.id, transaction);
    this.#await(transaction, options.timeout ?? timeout);
    if (transaction.onAbort) signal!.addEventListener("abort", transaction.onAbort, { once: true });
    return transaction;
  }

  /** Those that wait for an answer. */
  values(): Iterable<Transaction> {
    return this.#open.values();
  }

  /** Takes what answers one of them. False if it is none of that. */
  take(message: Incoming): boolean {
    if (!("transaction" in message) || message.transaction === undefined) {
      return message.janus === "error" && this.#takeNameless(message);
    }
    const { transaction: id } = message;
    const transaction = this.#open.get(id);
    if (transaction === undefined) return this.#takeLate(id, message);
    const { until, timeout } = transaction.options;
    if (message.janus === "error") {
      this.#fail(transaction, errorOf(message, transaction.request));
    } else if (message.janus === "ack" && until === "event") {
      this.#options.onAnswered(transaction);
      this.#await(transaction, timeout ?? this.#options.timeout);
    } else if (message.janus === "event" && until !== "event") {
      return false;
    } else {
      this.#succeed(transaction, message);
    }
    return true;
  }

  /** Fails those that `which` picks. */
  fail(which: (transaction: Transaction) => boolean, error: Error): void {
    for (const transaction of [...this.#open.values()]) {
      if (which(transaction)) this.#abandon(transaction, error);
    }
  }

  #succeed(transaction: Transaction, reply: GoodReply): void {
    this.#close(transaction);
    try {
      transaction.options.accept?.(reply);
      transaction.settled.resolve(reply);
    } catch (error) {
      transaction.settled.reject(error);
    }
  }

  /** Transports answer what they couldn't read without saying whom: only if one waits it's clear. */
  #takeNameless(message: ErrorReply): boolean {
    const [only, other] = this.#open.values();
    if (only === undefined || other !== undefined) return false;
    this.#fail(only, errorOf(message, only.request));
    return true;
  }

  #takeLate(id: string, message: Incoming): boolean {
    const late = this.#late.get(id);
    if (late === undefined) return message.janus !== "event";
    this.#late.delete(id);
    if (message.janus !== "success") return true;
    try {
      late(message);
    } catch {
      // A success without what it should bring: there is nothing to undo.
    }
    return true;
  }

  #await(transaction: Transaction, timeout: number): void {
    clearTimeout(transaction.timer);
    transaction.timer = setTimeout(() => {
      const { text, cause } = this.#options.excuse(transaction);
      const { request } = transaction;
      const message = `No answer to ${describe(request)} in ${inWords(timeout)}${text}`;
      const options = cause === undefined ? {} : { cause };
      this.#abandon(transaction, new JanusTimeoutError(message, request, options));
      this.#options.onTimeout(transaction);
    }, timeout);
  }

  #abandon(transaction: Transaction, reason: unknown): void {
    const { id, options: { late } } = transaction;
    if (late !== undefined) {
      this.#late.set(id, late);
      if (this.#late.size > MAX_LATE) this.#late.delete(this.#late.keys().next().value!);
    }
    this.#fail(transaction, reason);
  }

  #fail(transaction: Transaction, reason: unknown): void {
    this.#close(transaction);
    transaction.settled.reject(reason);
  }

  #close(transaction: Transaction): void {
    this.#open.delete(transaction.id);
    this.#options.onAnswered(transaction);
    clearTimeout(transaction.timer);
    if (transaction.onAbort) {
      transaction.options.signal!.removeEventListener("abort", transaction.onAbort);
    }
  }
}

function inWords(milliseconds: number): string {
  return milliseconds % 1000 === 0 ? `${milliseconds / 1000} s` : `${milliseconds} ms`;
}

/** The event that answers a message, or what answers it at once. */
export function isPluginReply(
  reply: GoodReply,
): reply is PluginEvent | (SuccessReply & Pick<PluginEvent, "plugindata">) {
  return "plugindata" in reply && reply.plugindata !== undefined;
}

/** Hexadecimal text that nobody can guess. */
export function randomText(bytes: number): string {
  return crypto.getRandomValues(new Uint8Array(bytes)).toHex();
}

function errorOf({ error }: ErrorReply, request: JanusRequest): JanusError {
  return new JanusError(error.code, error.reason, request);
}
