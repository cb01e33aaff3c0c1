/** The stream's messages, through lost connections and restarts of the server. @module */
import {
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import { InvalidArgumentError, type NatsConnection } from "@nats-io/nats-core";
import { subjectToken } from "../names.ts";
import { delay } from "../waiting.ts";
import { Durable } from "./durable.ts";
import { type ReadOptions, StreamReadError } from "./options.ts";

const RETRY_MS = 500;
const LIST = { threshold_messages: 128, max_messages: 256, expires: 5000, idle_heartbeat: 1000 };
/** What the server may take (ms) at the end to send what is under way. */
const SETTLE_MS = 500;
/** So many heartbeats (one a second) may be missing. */
const MOST_MISSED = 4;
/** How often it is looked whether the end is reached, where nothing else tells. */
const LOOK_MS = 250;
/** JetStream's refusals that pass: no room in the cluster, too many consumers, another reader made it just now. */
const PASSING = [10005, 10026, 10148];

/** Reads messages until it is told to end, or the end is reached. */
export class Source {
  readonly #nc: NatsConnection;
  readonly #options: ReadOptions;
  readonly #signal: AbortSignal;
  readonly #durable: Durable | null;
  /** Where it goes on, if the server does not know. */
  #next: Date | number = 1;
  /** The last place that it has to give; infinite if it is to go on for ever. */
  #end = Infinity;
  #isAtEnd = false;
  /** True if nothing follows what was fetched. */
  #isAll = false;
  #warned = false;
  /** What was fetched and is not read. */
  #rest: JsMsg[] = [];
  /** Called when the connection is lost. */
  #lost: (() => void) | null = null;

  constructor(nc: NatsConnection, options: ReadOptions, signal: AbortSignal) {
    this.#nc = nc;
    this.#options = options;
    this.#signal = signal;
    this.#durable = options.durable === undefined ? null : new Durable(nc, options, signal);
    void this.#watch();
  }

  /** The messages. @throws {StreamReadError} if there is no such stream, or the server shuts it out */
  async *messages(): AsyncGenerator<JsMsg, void, void> {
    const { stream = "JANUS", warn = console.warn } = this.#options;
    await this.#begin(stream);
    while (!this.#isOver) {
      try {
        const consumer = await this.#open(stream);
        yield* this.#again(consumer);
        if (!this.#isOver) yield* this.#read(consumer);
      } catch (error) {
        if (error instanceof StreamReadError) throw error;
        if (this.#isOver) break;
        if (isFinal(error)) throw this.#refused(stream, error as Error);
        // Once, until something comes: the stream may have been deleted for good.
        if (!this.#warned) {
          warn(`Stream ${stream}: ${(error as Error).message}. It is tried again`);
        }
        this.#warned = true;
      }
      if (!this.#isOver) await delay(RETRY_MS, this.#signal);
    }
    if (!this.#nc.isClosed() || this.#signal.aborted) return;
    const why = await this.#nc.closed();
    throw new StreamReadError(
      `The server does not take the connection any more: ${why?.message ?? "it is closed"}`,
      { cause: why },
    );
  }

  /** After the end: what was fetched and not read, and these, are delivered to the next reader at once. */
  async giveBack(messages: readonly JsMsg[]): Promise<void> {
    await this.#durable?.giveBack([...messages, ...this.#rest]);
  }

  get #isOver(): boolean {
    return this.#signal.aborted || this.#nc.isClosed() || this.#isAtEnd;
  }

  /** `new` becomes a place, so that a consumer made again after an outage misses nothing. */
  async #begin(stream: string): Promise<void> {
    const { from = "new", follow = true } = this.#options;
    try {
      const { state } = await (await jetstreamManager(this.#nc)).streams.info(stream);
      this.#next = from === "new" ? state.last_seq + 1 : from === "all" ? 1 : from;
      if (!follow) this.#end = state.last_seq;
    } catch (error) {
      if (this.#signal.aborted) return;
      const reason = (error as Error).message;
      const why = error instanceof JetStreamApiError && error.code === 10059
        ? `The server has no stream ${stream}: is stream.enabled true in janus.eventhandler.zeromqevh, and the name right?`
        : `The stream ${stream} can't be read: ${reason}. Is JetStream enabled there, and may this user read?`;
      throw new StreamReadError(why, { cause: error });
    }
  }

  #refused(stream: string, error: Error): StreamReadError {
    const { subject = "janus.events" } = this.#options;
    return new StreamReadError(
      `The stream ${stream} can't be read: ${error.message}. Does it have the subjects ${subject}.> (stream.subject)?`,
      { cause: error },
    );
  }

  async #open(stream: string): Promise<Consumer> {
    const { instance, subject = "janus.events" } = this.#options;
    const from = this.#next;
    const begin = typeof from === "number"
      ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }
      : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() };
    // Types are no part of it: without the other events' numbers no gap would show.
    const filter = `${subject}.${instance === undefined ? "" : `${subjectToken(instance)}.`}>`;
    if (this.#durable !== null) return await this.#durable.open(stream, begin, filter);
    const options = { ...begin, filter_subjects: filter };
    return await jetstream(this.#nc).consumers.get(stream, options);
  }

  /** What another reader, or this one over a connection that was lost, got and did not acknowledge. */
  async *#again(consumer: Consumer): AsyncGenerator<JsMsg, void, void> {
    const rest = this.#rest = await this.#durable?.redelivered(consumer) ?? [];
    while (!this.#isOver) {
      const message = rest.shift();
      if (message === undefined) return;
      yield message;
      if (message.seq >= this.#end) this.#isAtEnd = true;
    }
  }

  async *#read(consumer: Consumer): AsyncGenerator<JsMsg, void, void> {
    const reading = await consumer.consume(LIST);
    let stopping: Promise<void> | undefined;
    const stop = () => stopping ??= this.#settle().then(() => void reading.close());
    this.#signal.addEventListener("abort", stop);
    const close = () => void reading.close();
    let idle = false;
    this.#lost = close;
    void this.#heed(reading, () => idle && close());
    const looking = this.#end === Infinity
      ? undefined
      : setInterval(() => this.#look(consumer, close), LOOK_MS);
    const queue = reading[Symbol.asyncIterator]();
    const rest: JsMsg[] = this.#rest = [];
    try {
      for (;;) {
        idle = true;
        const one = await queue.next();
        idle = false;
        if (one.done) break;
        const message = one.value;
        if (this.#isOver) {
          rest.push(message);
          return;
        }
        if (this.#durable?.follows(message) === false) return;
        this.#warned = false;
        if (this.#durable === null) {
          if (typeof this.#next === "number" && message.seq < this.#next) continue;
          this.#next = message.seq + 1;
        }
        yield message;
        if (message.seq >= this.#end) this.#isAtEnd = true;
        if (this.#isAtEnd) return;
      }
      this.#isAtEnd ||= this.#isAll;
    } finally {
      clearInterval(looking);
      this.#signal.removeEventListener("abort", stop);
      this.#lost = null;
      await stop();
      try {
        for (let one = await queue.next(); !one.done; one = await queue.next()) {
          rest.push(one.value);
        }
      } catch {
        // It ended with an error: there is no more.
      }
    }
  }

  /** Calls `silent` when nothing is heard for long though the connection stands: the server that had the consumer died. */
  async #heed(reading: ConsumerMessages, silent: () => void): Promise<void> {
    for await (const status of reading.status()) {
      if (status.type === "heartbeats_missed" && status.count >= MOST_MISSED) silent();
    }
  }

  /** After a lost connection the consumer may be gone, or what was under way: begins anew. */
  async #watch(): Promise<void> {
    for await (const { type } of this.#nc.status()) {
      if (type === "disconnect") this.#lost?.();
    }
  }

  /** What is under way is to arrive, so that it can be given back. */
  async #settle(): Promise<void> {
    if (this.#durable === null || !this.#isOver) return;
    await Promise.race([this.#nc.flush().catch(() => {}), delay(SETTLE_MS)]);
  }

  /** Looks whether nothing more comes of what there was at the beginning. */
  async #look(consumer: Consumer, stop: () => void): Promise<void> {
    try {
      const { num_pending, num_ack_pending } = await consumer.info();
      if (num_pending > 0 || this.#durable !== null && num_ack_pending > 0) return;
      this.#isAll = true;
      stop();
    } catch {
      // It is away: asked again soon.
    }
  }
}

/** True for what is wrong with what is asked for: asking again does not help. */
function isFinal(error: unknown): boolean {
  return error instanceof InvalidArgumentError ||
    error instanceof JetStreamApiError && error.status === 400 && !PASSING.includes(error.code);
}
