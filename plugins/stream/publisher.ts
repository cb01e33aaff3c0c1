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
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import {
  type ConnectionOptions,
  createInbox,
  headers,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/nats-core";
import { Journal, type Stored } from "./journal.ts";
import {
  Header,
  messageId,
  parseMessageId,
  type StreamMessage,
  subjectToken,
  type Writer,
} from "./messages.ts";
import { ensureStream, type StreamSettings } from "./setup.ts";

/** Nothing is acknowledged for so long (ms): then it is looked at what is stored. */
const SILENCE_MS = 2000;
/** A server is tried again after this (ms), and twice as long each time. */
const RETRY_MS = 100;
const RETRY_MAX_MS = 5000;
const CONNECT_MS = 3000;
/** Messages that one look at the stream asks for at a time. */
const LOOK = 512;

/** What a publisher is made from. */
export interface PublisherOptions {
  /** Opens a connection; `servers`, credentials and TLS are in it. */
  readonly connect: (options: ConnectionOptions) => Promise<NatsConnection>;
  readonly writer: Writer;
  readonly stream: StreamSettings;
  /** Messages that may be sent and not acknowledged. */
  readonly window: number;
  /** The place in the stream up to which this writer's messages are known to be stored; 0 for none. */
  readonly place: number;
  readonly listener: PublisherListener;
}

/** Who is told what becomes of it. */
export interface PublisherListener {
  /** All up to this message is stored, which is `count` more than before; this one at `place` of the stream. */
  stored(message: StreamMessage, place: number, count: number): void;
  /** It can publish; `differences` of the stream to what is configured. */
  opened(server: string, differences: readonly string[]): void;
  /** It can't, and tries again. */
  failed(error: Error): void;
}

/** The connection is no use any more: it is made anew. */
class Trouble extends Error {}

/** One stream's publisher. */
export class StreamPublisher {
  readonly #options: PublisherOptions;
  readonly #journal = new Journal();
  readonly #stop = new AbortController();
  /** The place in the stream of the last message that is known to be stored. */
  #place: number;
  #connection: NatsConnection | null = null;
  #inbox = "";
  #heard = 0;
  #fail: (error: Error) => void = () => {};
  #retryMs = RETRY_MS;

  constructor(options: PublisherOptions) {
    this.#options = options;
    this.#place = options.place;
  }

  /** Messages that are not known to be stored. */
  get waiting(): number {
    return this.#journal.length;
  }

  /** Hands over a message: it goes out as soon as the window lets it. */
  push(message: StreamMessage): void {
    this.#journal.push(message);
    this.#pump();
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

  /** Ends it; what is not acknowledged stays with whoever has handed it over. */
  close(): void {
    this.#stop.abort();
    this.#fail(new Trouble("closed"));
  }

  // ---- one connection ----

  async #session(): Promise<void> {
    const { connect, stream, listener } = this.#options;
    const nc = await connect({
      reconnect: false, // what its buffers hold must not go out again
      ignoreClusterUpdates: true,
      timeout: CONNECT_MS,
      noAsyncTraces: true,
    });
    const ended = Promise.withResolvers<never>();
    ended.promise.catch(() => {});
    this.#fail = (error) => ended.reject(error);
    nc.closed().then((error) =>
      ended.reject(error ?? new Trouble("The server ended the connection"))
    );
    if (this.#stop.signal.aborted) this.#fail(new Trouble("closed"));
    const silence = setInterval(() => this.#listen(), SILENCE_MS / 4);
    try {
      const manager = await race(jetstreamManager(nc, { timeout: CONNECT_MS }), ended.promise);
      const differences = await race(ensureStream(manager, stream), ended.promise);
      await race(this.#look(nc, manager), ended.promise);
      this.#subscribe(nc);
      this.#connection = nc;
      this.#heard = performance.now();
      listener.opened(nc.getServer(), differences);
      this.#pump();
      await ended.promise;
    } finally {
      clearInterval(silence);
      this.#connection = null;
      this.#fail = () => {};
      // What it has of ours is to be there before the stream is asked.
      await Promise.race([nc.flush().catch(() => {}), this.#pause(RETRY_MS)]);
      await nc.close().catch(() => {});
    }
  }

  /** Finds out what of the journal the stream has, and begins anew with the rest. */
  async #look(nc: NatsConnection, manager: JetStreamManager): Promise<void> {
    const { stream: { name, subject }, writer } = this.#options;
    this.#journal.rewind();
    const places = new Map<string, number>();
    const { config, state } = await manager.streams.info(name);
    if (this.#place > state.last_seq) this.#place = 0; // it is another stream
    const consumer = await manager.consumers.add(config.name, {
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.StartSequence,
      opt_start_seq: this.#place + 1,
      filter_subject: `${subject}.${subjectToken(writer.instance)}.>`,
      headers_only: true,
      inactive_threshold: 30e9,
      mem_storage: true,
    });
    const source = await jetstream(nc).consumers.get(config.name, consumer.name);
    for (let left = consumer.num_pending; left > 0;) {
      const some = await source.fetch({ max_messages: Math.min(left, LOOK), expires: CONNECT_MS });
      let count = 0;
      for await (const { headers, seq } of some) {
        count++;
        const id = parseMessageId(writer, headers?.get(Header.id) ?? "");
        if (id !== null) places.set(`${id.record}-${id.index}`, seq);
      }
      if (count === 0) throw new Trouble("The stream does not say what it has");
      left -= count;
    }
    await manager.consumers.delete(config.name, consumer.name).catch(() => {});
    this.#stored(this.#journal.found(({ record, index }) => places.get(`${record}-${index}`) ?? 0));
  }

  // ---- messages ----

  #pump(): void {
    const nc = this.#connection;
    if (nc === null) return;
    while (this.#journal.inFlight < this.#options.window) {
      if (this.#journal.inFlight === 0) this.#heard = performance.now();
      const next = this.#journal.next();
      if (next === null) return;
      const { number, message } = next;
      nc.publish(message.subject, message.body, {
        reply: `${this.#inbox}.${number}`,
        headers: this.#headers(message),
      });
    }
  }

  #headers({ record, index, session }: StreamMessage): MsgHdrs {
    const { writer } = this.#options;
    const made = headers();
    made.set(Header.id, messageId(writer, record, index));
    made.set(Header.epoch, String(writer.epoch));
    made.set(Header.number, String(record));
    if (session !== "") made.set(Header.session, session);
    return made;
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
    const { error, seq } = msg.json<{ error?: { description: string }; seq: number }>();
    if (error !== undefined) throw new Trouble(error.description);
    this.#heard = performance.now();
    this.#retryMs = RETRY_MS;
    this.#stored(this.#journal.stored(number, seq));
    this.#pump();
  }

  #stored(stored: Stored | null): void {
    if (stored === null) return;
    this.#place = stored.place;
    this.#options.listener.stored(stored.message, stored.place, stored.count);
  }

  #listen(): void {
    if (this.#connection === null || this.#journal.inFlight === 0) return;
    if (performance.now() - this.#heard < SILENCE_MS) return;
    this.#fail(new Trouble(`Nothing was acknowledged for ${SILENCE_MS / 1000} s`));
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, ms);
      const { signal } = this.#stop;
      function done() {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      }
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  }
}

function race<T>(promise: Promise<T>, end: Promise<never>): Promise<T> {
  promise.catch(() => {});
  return Promise.race([promise, end]);
}
