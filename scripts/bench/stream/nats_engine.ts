/** NATS JetStream: a server of its own, with the stream of our plugin. */
import {
  AckPolicy,
  DeliverPolicy,
  type JetStreamManager,
  jetstreamManager,
} from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { ensureStream, type StreamSettings } from "../../../plugins/stream/setup.ts";
import { PrivateNats } from "../../demonstration/nats.ts";
import type { Engine, Stored } from "./engine.ts";

/** As our plugin makes it, in a file, but smaller: it is emptied after each round. */
export const STREAM: StreamSettings = {
  ...{ name: "JANUS", subject: "janus.events", create: true, replicas: 1 },
  ...{ max_age: 604_800, max_bytes: 1 << 30 },
};

/** Where the server sends what it has, by itself, and without being told that it came. */
const DELIVERY = "bench.consumer";

/** A server. */
export class NatsEngine implements Engine {
  readonly consumer: string;
  readonly #nats: PrivateNats;
  readonly #manager: JetStreamManager;
  readonly #stack: AsyncDisposableStack;

  private constructor(nats: PrivateNats, manager: JetStreamManager, stack: AsyncDisposableStack) {
    this.#nats = nats;
    this.#manager = manager;
    this.#stack = stack;
    this.consumer = `${nats.address}/${DELIVERY}`;
  }

  /** Starts one. @throws {Error} where there is no nats-server */
  static async start(): Promise<NatsEngine> {
    await using stack = new AsyncDisposableStack();
    const nats = stack.use(await PrivateNats.start());
    const connection = await connect({ servers: [nats.address], reconnect: false });
    stack.defer(() => connection.close());
    const manager = await jetstreamManager(connection);
    await ensureStream(manager, STREAM);
    await manager.consumers.add(STREAM.name, {
      durable_name: "bench",
      deliver_subject: DELIVERY,
      ack_policy: AckPolicy.None,
      deliver_policy: DeliverPolicy.All,
    });
    return new NatsEngine(nats, manager, stack.move());
  }

  get pid(): number {
    return this.#nats.pid;
  }

  get address(): string {
    return this.#nats.address;
  }

  async count(): Promise<() => Promise<Stored>> {
    const before = await this.#last();
    return async () => {
      const { seq, time } = await this.#last();
      const messages = seq - before.seq;
      if (messages < 2) return { messages, rate: 0 };
      const first = await this.#manager.streams.getMessage(STREAM.name, { seq: before.seq + 1 });
      if (first === null) throw new Error("Cannot measure: the stream has lost its first message");
      return { messages, rate: messages / ((time - first.time.getTime()) / 1_000) };
    };
  }

  /** The stream's last message: its place, and when it was stored (ms since 1970). */
  async #last(): Promise<{ readonly seq: number; readonly time: number }> {
    const { state: { last_seq, last_ts } } = await this.#manager.streams.info(STREAM.name);
    return { seq: last_seq, time: Date.parse(String(last_ts)) };
  }

  async purge(): Promise<void> {
    await this.#manager.streams.purge(STREAM.name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
