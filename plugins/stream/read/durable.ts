/** A consumer that the server keeps: it remembers what was acknowledged. @module */
import {
  AckPolicy,
  type Consumer,
  type ConsumerConfig,
  type ConsumerInfo,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { delay } from "../waiting.ts";
import { type ReadOptions, StreamReadError } from "./options.ts";

/** What is not acknowledged for so long (ms) is delivered again. */
const ACK_MS = 5_000;
const MOST_UNACKNOWLEDGED = 1000;
/** It is waited no longer for what another reader left, though its consumer may be made otherwise. */
const MOST_WAIT_MS = 35_000;
const SLACK_MS = 300;
const FETCH_MS = 1000;
/** JetStream's code for a consumer that is not there. */
const NO_CONSUMER = 10014;
/** What the client refuses in a name. */
const NOT_IN_NAMES = /[\s.*>/\\]|^$/;

/** @throws {StreamReadError} if no durable consumer can have the name */
export function checkName(name: string): void {
  if (!NOT_IN_NAMES.test(name)) return;
  throw new StreamReadError(
    `"${name}" can't be the name of a durable consumer: choose one of letters, digits, "-" and "_"`,
  );
}

/**
 * Brings messages in the stream's order also after a crash. NATS delivers again what was not acknowledged only
 * after a while, and behind newer ones.
 */
export class Durable {
  readonly #nc: NatsConnection;
  readonly #name: string;
  readonly #warn: (text: string) => void;
  readonly #signal: AbortSignal;
  readonly #follows: boolean;
  #ackMs = ACK_MS;
  /** The consumer's own number of the last message that came; null after each start. */
  #sequence: number | null = null;
  #isTold = false;
  #consumer: Consumer | null = null;

  constructor(nc: NatsConnection, options: ReadOptions, signal: AbortSignal) {
    this.#nc = nc;
    this.#name = options.durable!;
    this.#warn = options.warn ?? console.warn;
    this.#signal = signal;
    this.#follows = options.follow ?? true;
  }

  /** Takes the consumer, or makes it. @throws {StreamReadError} if it is another one, or another reader's */
  async open(
    stream: string,
    begin: Partial<ConsumerConfig>,
    filter: string,
  ): Promise<Consumer> {
    const manager = await jetstreamManager(this.#nc);
    const { config, num_waiting } = await manager.consumers.info(stream, this.#name).catch(
      (error) => {
        if (!(error instanceof JetStreamApiError) || error.code !== NO_CONSUMER) throw error;
        return manager.consumers.add(stream, {
          ...{ durable_name: this.#name, ack_policy: AckPolicy.Explicit, filter_subject: filter },
          ...{ ack_wait: ACK_MS * 1e6, max_ack_pending: MOST_UNACKNOWLEDGED, ...begin },
        });
      },
    );
    if (config.ack_policy !== AckPolicy.Explicit || config.filter_subject !== filter) {
      const has = `${config.filter_subject ?? config.filter_subjects ?? "all"}`;
      throw new StreamReadError(
        `The durable consumer ${this.#name} is there for ${has}, with acknowledgements "${config.ack_policy}", not for ${filter} with "explicit": choose another name`,
      );
    }
    // Somebody else has asked for messages.
    if (num_waiting > 0 && !this.#isTold) {
      const text = `Another reader takes messages of ${this.#name}: each needs a name of its own`;
      // It would end with whatever the other one left.
      if (!this.#follows && this.#consumer === null) throw new StreamReadError(text);
      this.#warn(text);
      this.#isTold = true;
    }
    this.#ackMs = (config.ack_wait ?? ACK_MS * 1e6) / 1e6;
    this.#sequence = null;
    return this.#consumer = await jetstream(this.#nc).consumers.get(stream, this.#name);
  }

  /** What was delivered before and not acknowledged, in the stream's order, and perhaps what follows it. */
  async redelivered(consumer: Consumer): Promise<JsMsg[]> {
    const got = new Map<number, JsMsg>();
    const missing = ({ num_ack_pending }: ConsumerInfo) => num_ack_pending - got.size;
    const info = await consumer.info();
    if (missing(info) <= 0) return [];
    // Either it was given back, then it comes at once; or its time has to be over.
    await this.#fetch(consumer, 1, got);
    const isBack = [...got.values()].some(({ redelivered }) => redelivered);
    if (!isBack && missing(await consumer.info()) > 0) await this.#expiry(info);
    for (let tries = 0; tries < 3 && !this.#signal.aborted; tries++) {
      const left = missing(await consumer.info());
      if (left <= 0) break;
      if (tries === 1) await this.#expiry(info);
      await this.#fetch(consumer, left, got);
    }
    return [...got.values()].sort((a, b) => a.seq - b.seq);
  }

  /** False if messages before it were delivered and did not arrive: they have to be waited for. */
  follows({ info: { deliverySequence } }: JsMsg): boolean {
    const follows = this.#sequence === null || deliverySequence === this.#sequence + 1;
    this.#sequence = deliverySequence;
    return follows;
  }

  /** Has messages delivered to the next reader at once. */
  async giveBack(messages: readonly JsMsg[]): Promise<void> {
    if (messages.length === 0) return;
    // Being asked, the server forgets that it was to send more. Else the first one (in 2.9) is lost for `ack_wait`.
    await this.#consumer?.info().catch(() => {});
    for (const message of messages.toSorted((a, b) => a.seq - b.seq)) message.nak();
  }

  async #fetch(consumer: Consumer, most: number, got: Map<number, JsMsg>): Promise<void> {
    const some = await consumer.fetch({ max_messages: most, expires: FETCH_MS });
    const stop = () => void some.close();
    this.#signal.addEventListener("abort", stop);
    try {
      for await (const message of some) {
        got.set(message.seq, message);
        this.#sequence = message.info.deliverySequence;
      }
    } finally {
      this.#signal.removeEventListener("abort", stop);
    }
  }

  /** Waits until what nobody acknowledged is delivered again. */
  async #expiry({ ts, delivered }: ConsumerInfo): Promise<void> {
    const since = Date.parse(String(ts)) - Date.parse(String(delivered.last_active));
    const left = this.#ackMs - (Number.isFinite(since) ? Math.max(0, since) : 0);
    await delay(Math.min(Math.max(0, left), MOST_WAIT_MS) + SLACK_MS, this.#signal);
  }
}
