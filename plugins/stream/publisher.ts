/**
 * Puts messages into a JetStream stream, each once and in order, through whatever the connection and
 * the servers do.
 *
 * The window's messages go out as plain publishes with one inbox for all acknowledgements. Whenever it is
 * not certain what became of them (the connection ended, an error came back, nothing came for a
 * while), the connection is given up; over the next one the stream itself is asked what it has, and the rest is
 * sent again.
 *
 * @module
 */
import type { StreamInfo } from "@nats-io/jetstream";
import {
  type ConnectionOptions,
  createInbox,
  type Msg,
  type NatsConnection,
} from "@nats-io/nats-core";
import { AckReader } from "./acknowledgement.ts";
import { Journal, type Stored } from "./journal.ts";
import { ask } from "./look.ts";
import {
  type EventReader,
  headersOf,
  messageId,
  sizeOfHeaders,
  type StreamMessage,
  typeOf,
  type Writer,
} from "./messages.ts";
import { Owner } from "./owner.ts";
import { type Known, MessageKind } from "./protocol.ts";
import { refusal, type StreamSettings } from "./setup.ts";
import { delay, race } from "./waiting.ts";
import { Wire } from "./wire.ts";

/** Nothing is acknowledged for so long (ms), in so many looks: then it is looked at what is stored. */
const SILENCE_MS = 2000;
const LOOKS = 4;
/** A server is tried again after this (ms), and twice as long each time. */
const RETRY_MS = 250;
const RETRY_MAX_MS = 5000;
const CONNECT_MS = 3000;
/** What a connection that is given up may take (ms) to pass on what it has. */
const FLUSH_MS = 100;

/** What a publisher is made from. */
export interface PublisherOptions {
  /** Opens a connection; `servers`, credentials and TLS are in it. */
  readonly connect: (options: ConnectionOptions) => Promise<NatsConnection>;
  readonly writer: Writer;
  /** The machine's name. */
  readonly host: string;
  readonly reader: EventReader;
  readonly stream: StreamSettings;
  /** Messages that may be sent and not acknowledged. */
  readonly window: number;
  readonly known: Known;
  readonly listener: PublisherListener;
}

/** Who is told what becomes of it. */
export interface PublisherListener {
  /**
   * All up to this message is stored, which is so many more events than before; this one at `place` of the
   * stream. `all`: it is the last that was handed over.
   */
  stored(message: StreamMessage, place: number, events: number, all: boolean): void;
  /** It can publish; `differences` of the stream to what is configured. */
  opened(server: string, differences: readonly string[]): void;
  /** It can't, and tries again. */
  failed(error: Error): void;
  /** An event is too large for the stream, and what says so goes there in its stead. */
  oversized(type: string, bytes: number): void;
  /** Another companion of the same Janus has taken over: this one has ended. */
  outranked(): void;
}

/** The connection is no use any more: it is made anew. */
class Trouble extends Error {}

/** One stream's publisher. */
export class StreamPublisher {
  readonly #options: PublisherOptions;
  readonly #journal = new Journal();
  readonly #stop = new AbortController();
  readonly #owner: Owner;
  readonly #acks: AckReader;
  readonly #wire = new Wire();
  #known: Known;
  /** The number of the last event. */
  #last: number;
  #connection: NatsConnection | null = null;
  #info: StreamInfo | null = null;
  /** Bytes that a message may have, headers and all. */
  #most = Infinity;
  #inbox = "";
  /** How many looks in a row found nothing acknowledged. */
  #quiet = 0;
  #fail: (error: Error) => void = () => {};
  #retryMs = RETRY_MS;
  #isDue = false;
  #isEmpty: (() => void) | null = null;
  /** What is to be said once it is certain that the stream takes something. */
  #toldOpen: (() => void) | null = null;

  constructor(options: PublisherOptions) {
    const { writer, host, stream, known, listener } = options;
    this.#options = options;
    this.#known = known;
    this.#last = known.number;
    this.#acks = new AckReader(stream.name);
    this.#owner = new Owner(writer, host, stream.subject, known.place > 0, {
      refused: (error) => this.#fail(error),
      outranked: () => {
        this.#connection = null; // nothing follows what it says to the younger one
        listener.outranked();
        queueMicrotask(() => this.close());
      },
    });
  }

  /** Messages that are not known to be stored. */
  get waiting(): number {
    return this.#journal.length;
  }

  /** Hands over a message: it goes out as soon as the window lets it. */
  push(message: StreamMessage): void {
    this.#last = Math.max(this.#last, message.number);
    this.#journal.push(message);
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#offer();
    });
  }

  /** Publishes until it is closed. */
  async run(): Promise<void> {
    const { listener } = this.#options;
    while (!this.#stop.signal.aborted) {
      try {
        await this.#session();
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        listener.failed(error instanceof Error ? error : new Error(String(error)));
      }
      await this.#pause(this.#retryMs);
      this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
    }
  }

  /** Resolves when all that was handed over is stored, or after so many milliseconds. */
  async drain(ms: number): Promise<void> {
    if (this.waiting === 0) return;
    const emptied = new Promise<void>((resolve) => this.#isEmpty = resolve);
    await Promise.race([emptied, this.#pause(ms)]);
  }

  /** The same, and `gone` is written after it. */
  async finish(ms: number): Promise<void> {
    this.push(this.#options.reader.gone(this.#last));
    await this.drain(ms);
  }

  /** The connection is no use any more, for a reason that it has not told itself. */
  interrupt(error: Error): void {
    this.#fail(error);
  }

  /** Ends it; what is not acknowledged stays with whoever has handed it over. */
  close(): void {
    this.#stop.abort();
    this.#fail(new Trouble("closed"));
  }

  // ---- one connection ----

  async #session(): Promise<void> {
    const { connect, stream, listener, writer } = this.#options;
    const ended = Promise.withResolvers<never>();
    this.#fail = (error) => ended.reject(error);
    const connecting = connect({
      reconnect: false, // what its buffers hold must not go out again
      ignoreClusterUpdates: true,
      timeout: CONNECT_MS,
      noAsyncTraces: true,
    });
    const nc = await race(connecting, ended.promise).catch((error) => {
      connecting.then((late) => late.close(), () => {});
      throw error;
    });
    nc.closed().then((error) =>
      ended.reject(error ?? new Trouble("The server ended the connection"))
    );
    void this.#watch(nc);
    if (this.#stop.signal.aborted) this.#fail(new Trouble("closed"));
    const silence = setInterval(() => this.#listen(), SILENCE_MS / LOOKS);
    let disown = () => {};
    try {
      disown = await race(this.#owner.claim(nc), ended.promise);
      this.#journal.rewind();
      const { differences, found } = await race(
        ask(nc, stream, writer, this.#known),
        ended.promise,
      );
      this.#take(nc, found.info);
      this.#stored(
        this.#journal.found((message) => found.places.get(messageId(writer, message)) ?? 0),
      );
      this.#subscribe(nc);
      this.#connection = nc;
      this.#toldOpen = () => listener.opened(nc.getServer(), differences);
      if (this.waiting === 0) this.#sayOpen();
      this.#pump();
      await ended.promise;
    } finally {
      clearInterval(silence);
      disown();
      this.#connection = null;
      this.#toldOpen = null;
      this.#fail = () => {};
      // What it has of ours is to be there before the stream is asked.
      await Promise.race([nc.flush().catch(() => {}), delay(FLUSH_MS)]);
      await nc.close().catch(() => {});
    }
  }

  /** Errors that come by themselves: above all, that a right is missing. */
  async #watch(nc: NatsConnection): Promise<void> {
    for await (const status of nc.status()) {
      if (status.type === "error") this.#fail(status.error);
    }
  }

  #take(nc: NatsConnection, info: StreamInfo): void {
    this.#info = info;
    const { max_msg_size } = info.config;
    this.#most = Math.min(
      nc.info?.max_payload ?? Infinity,
      max_msg_size > 0 ? max_msg_size : Infinity,
    );
  }

  // ---- messages ----

  /** Sends what there is, unless too little of the window is free to be worth it. */
  #offer(): void {
    const { inFlight } = this.#journal;
    if (2 * inFlight <= this.#options.window) this.#pump();
  }

  #pump(): void {
    const nc = this.#connection;
    if (nc === null) return;
    if (this.#journal.inFlight === 0) this.#quiet = 0;
    while (this.#journal.inFlight < this.#options.window) {
      const next = this.#journal.next();
      if (next === null) break;
      this.#add(next.number, next.message);
    }
    this.#wire.send(nc);
  }

  #add(number: number, message: StreamMessage): void {
    const { writer, reader, listener } = this.#options;
    let { subject, session } = reader.address(message);
    let headers = headersOf(writer, message, session);
    let size = sizeOfHeaders(headers, session);
    if (size + message.body.length > this.#most && message.kind === MessageKind.event) {
      const instead = reader.oversized(message, typeOf(message.body));
      // Else it is such a one itself, and the server says what it thinks of it.
      if (instead.body.length < message.body.length) {
        listener.oversized(typeOf(message.body), message.body.length);
        this.#journal.replace(number, message = instead);
        ({ subject, session } = reader.address(message));
        headers = headersOf(writer, message, session);
        size = sizeOfHeaders(headers, session);
      }
    }
    this.#wire.add(subject, `${this.#inbox}.${number}`, headers, size, message.body);
  }

  #subscribe(nc: NatsConnection): void {
    const inbox = this.#inbox = createInbox();
    nc.subscribe(`${inbox}.*`, {
      callback: (error, msg) => {
        if (nc !== this.#connection) return;
        if (error !== null) return this.#fail(error);
        try {
          this.#acknowledged(Number(msg.subject.slice(inbox.length + 1)), msg);
        } catch (error) {
          this.#fail(error as Error);
        }
      },
    });
  }

  #acknowledged(number: number, msg: Msg): void {
    if (msg.headers?.code === 503) throw new Trouble("Nobody has the stream now (no leader)");
    const { error, seq } = this.#acks.read(msg.data);
    if (error !== undefined) throw new Trouble(refusal(error, this.#info!.config));
    this.#quiet = 0;
    this.#retryMs = RETRY_MS;
    this.#sayOpen();
    this.#stored(this.#journal.stored(number, seq));
    this.#offer();
  }

  #stored(stored: Stored | null): void {
    if (stored === null) return;
    const { message, place, events } = stored;
    const { record, number } = message;
    // More of the record may follow.
    this.#known = { place, number, record: Math.max(this.#known.record, record - 1) };
    const all = this.waiting === 0;
    this.#options.listener.stored(message, place, events, all);
    if (all) this.#isEmpty?.();
  }

  #sayOpen(): void {
    this.#toldOpen?.();
    this.#toldOpen = null;
  }

  #listen(): void {
    if (this.#connection === null || this.#journal.inFlight === 0) return;
    if (++this.#quiet <= LOOKS) return;
    this.#fail(new Trouble(`Nothing was acknowledged for ${SILENCE_MS / 1000} s`));
  }

  #pause(ms: number): Promise<void> {
    return delay(ms, this.#stop.signal);
  }
}
