/** The stream's messages, through lost connections and restarts of the server. @module */
import {
  AckPolicy,
  type Consumer,
  type ConsumerMessages,
  DeliverPolicy,
  jetstream,
  JetStreamApiError,
  jetstreamManager,
  type JsMsg,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { subjectToken } from "../names.ts";
import { type ReadOptions, StreamReadError } from "./options.ts";

const RETRY_MS = 500;
const LIST = { threshold_messages: 128, max_messages: 256, expires: 5000, idle_heartbeat: 1000 };

/** Opens the stream. @throws {StreamReadError} if there is none */
export async function* messages(nc: NatsConnection, options: ReadOptions): AsyncGenerator<JsMsg> {
  const { stream = "JANUS", from = "new", signal, durable, warn = console.warn } = options;
  let next = await beginning(nc, stream, from);
  let reading: ConsumerMessages | null = null;
  let warned = false;
  const stop = () => void reading?.close();
  signal?.addEventListener("abort", stop);
  try {
    while (!signal?.aborted && !nc.isClosed()) {
      try {
        const consumer = await open(nc, stream, options, next);
        reading = await consumer.consume(LIST);
        if (signal?.aborted) return;
        for await (const message of reading) {
          warned = false;
          // Durable ones deliver again what was not acknowledged.
          if (durable === undefined && typeof next === "number" && message.seq < next) continue;
          if (durable === undefined) next = message.seq + 1;
          yield message;
        }
      } catch (error) {
        if (signal?.aborted || nc.isClosed()) return;
        if (error instanceof StreamReadError) throw error;
        // Once, until something comes: the stream may have been deleted for good.
        if (!warned) warn(`Stream ${stream}: ${(error as Error).message}. Trying again`);
        warned = true;
      }
      await reading?.close();
      if (!signal?.aborted) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    await reading?.close();
  }
}

/** `new` as a place, so that a consumer made again after an outage misses nothing. */
async function beginning(
  nc: NatsConnection,
  stream: string,
  from: "new" | "all" | Date | number,
): Promise<Date | number> {
  try {
    const { state } = await (await jetstreamManager(nc)).streams.info(stream);
    return from === "new" ? state.last_seq + 1 : from === "all" ? 1 : from;
  } catch (error) {
    const why = error instanceof JetStreamApiError && error.code === 10059
      ? `The server has no stream ${stream}: is stream.enabled true in janus.eventhandler.zeromqevh, and the name right?`
      : `The stream ${stream} can't be read: ${
        (error as Error).message
      }. Is JetStream enabled there?`;
    throw new StreamReadError(why, { cause: error });
  }
}

async function open(
  nc: NatsConnection,
  stream: string,
  { instance, durable, subject = "janus.events" }: ReadOptions,
  from: Date | number,
): Promise<Consumer> {
  const begin = typeof from === "number"
    ? { deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, from) }
    : { deliver_policy: DeliverPolicy.StartTime, opt_start_time: from.toISOString() };
  // Types are no part of it: without the other events' numbers no gap would show.
  const filter = `${subject}.${instance === undefined ? "" : `${subjectToken(instance)}.`}>`;
  const js = jetstream(nc);
  if (durable === undefined) {
    return await js.consumers.get(stream, { ...begin, filter_subjects: filter });
  }
  const manager = await jetstreamManager(nc);
  try {
    await manager.consumers.info(stream, durable);
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.code !== 10014) throw error;
    await manager.consumers.add(stream, {
      ...{ durable_name: durable, ack_policy: AckPolicy.Explicit, max_ack_pending: 1000 },
      ...{ ...begin, filter_subject: filter },
    });
  }
  return await js.consumers.get(stream, durable);
}
