/** Asks the stream what it has of a writer's. @module */
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  type JetStreamManager,
  jetstreamManager,
  type MsgRequest,
  type StoredMsg,
  type StreamInfo,
} from "@nats-io/jetstream";
import { type NatsConnection, TimeoutError } from "@nats-io/nats-core";
import { idPrefix, type Writer } from "./messages.ts";
import { Header, subjectToken } from "./names.ts";
import type { Known } from "./protocol.ts";
import { ensureStream, type StreamSettings } from "./setup.ts";

/** How long JetStream may take to answer (ms), one time after the other. */
const ANSWER_MS = [1000, 1000, 2000, 3000];
/** Messages that are asked for at a time. */
const BATCH = 512;
const WAIT_MS = 3000;
/** How far back it is looked first where no place is known, and how much further each time. */
const BACK = 4096;
const FURTHER = 8;
/** No more messages than that may be stored without being known to be. */
const MOST_MESSAGES = 1 << 16;
/** In a cluster, what is under way may be stored in another order: no more messages than a window has. */
const SWAPPED = 4096;
/** Clocks may differ by so much (ms): nothing of this run of Janus's is older than its start by more. */
const SKEW_MS = 3_600_000;

/** What the stream has. */
export interface Found {
  readonly info: StreamInfo;
  /** Places of this writer's messages of which it was not known that they are stored, by their ids. */
  readonly places: ReadonlyMap<string, number>;
}

/** A part of the stream, from one place to its end. */
interface Part {
  readonly places: Map<string, number>;
  /** The record of this writer's first message in there; Infinity if there is none. */
  readonly first: number;
  /** When its first message was stored (ms since 1970); Infinity if there is none. */
  readonly begin: number;
}

/**
 * Sees to it that the stream is there, and asks it what it has of this writer's. While a cluster elects a leader
 * nobody answers, and the new one answers only who asks again.
 *
 * @returns also how the stream differs from what is configured, in words
 * @throws {TimeoutError} if nobody answers for some seconds
 */
export async function ask(
  nc: NatsConnection,
  stream: StreamSettings,
  writer: Writer,
  known: Known,
): Promise<{ readonly differences: readonly string[]; readonly found: Found }> {
  let late: unknown;
  for (const timeout of ANSWER_MS) {
    try {
      const manager = await jetstreamManager(nc, { timeout });
      const differences = await ensureStream(manager, stream);
      return { differences, found: await lookBack(nc, manager, stream, writer, known) };
    } catch (error) {
      if (!(error instanceof TimeoutError)) throw error;
      late = error;
    }
  }
  throw late;
}

/** Reads back this writer's ids. */
export async function lookBack(
  nc: NatsConnection,
  manager: JetStreamManager,
  stream: { readonly name: string; readonly subject: string },
  writer: Writer,
  known: Known,
): Promise<Found> {
  const info = await manager.streams.info(stream.name);
  const filter = `${stream.subject}.${subjectToken(writer.instance)}.>`;
  const part = (from: number) => read(nc, manager, info, filter, idPrefix(writer), known, from);
  if (await isPlace(manager, info, writer, known.place)) {
    return { info, places: (await part(known.place + 1)).places };
  }
  for (let back = BACK;; back *= FURTHER) {
    const from = Math.max(1, info.state.last_seq + 1 - back);
    const { places, first, begin } = await part(from);
    const isAll = from === 1 || first + SWAPPED <= known.record ||
      begin < writer.epoch - SKEW_MS;
    if (isAll) return { info, places };
  }
}

/** Whether a message of the writer's is, or was, at this place of the stream: else it is another stream, or less of it. */
async function isPlace(
  manager: JetStreamManager,
  { config, state }: StreamInfo,
  writer: Writer,
  place: number,
): Promise<boolean> {
  if (place === 0 || place > state.last_seq) return false;
  const there = await message(manager, config.name, { seq: place });
  if (there === null) return place < state.first_seq; // its time is over
  return there.header.get(Header.id).startsWith(idPrefix(writer));
}

/** A message of the stream's; null if it is not there. */
async function message(
  manager: JetStreamManager,
  stream: string,
  which: MsgRequest,
): Promise<StoredMsg | null> {
  return await manager.streams.getMessage(stream, which).catch((error) => {
    if (error.code === 10037 || error.status === 404) return null; // no message found
    throw error;
  });
}

async function read(
  nc: NatsConnection,
  manager: JetStreamManager,
  { config }: StreamInfo,
  filter: string,
  prefix: string,
  { record: done }: Known,
  from: number,
): Promise<Part> {
  const places = new Map<string, number>();
  let first = Infinity, begin = Infinity;
  // What a consumer says is pending can be one too few, with nats-server 2.9 and a filter for several subjects.
  const last = (await message(manager, config.name, { last_by_subj: filter }))?.seq ?? 0;
  if (last < from) return { places, first, begin };
  const consumer = await manager.consumers.add(config.name, {
    ack_policy: AckPolicy.None,
    deliver_policy: DeliverPolicy.StartSequence,
    opt_start_seq: from,
    filter_subject: filter,
    headers_only: true,
    inactive_threshold: 30e9,
    mem_storage: true,
  });
  const source = await jetstream(nc).consumers.get(config.name, consumer.name);
  for (let at = 0; at < last;) {
    const some = await source.fetch({ max_messages: BATCH, expires: WAIT_MS });
    const before = at;
    for await (const { headers, seq, timestampNanos } of some) {
      at = seq;
      if (begin === Infinity) begin = Number(timestampNanos) / 1e6;
      const id = headers?.get(Header.id) ?? "";
      // NaN for another one's, and for the last message of all
      const record = id.startsWith(prefix) ? parseInt(id.slice(prefix.length)) : NaN;
      if (first === Infinity && record >= 0) first = record;
      if (record > done && places.size < MOST_MESSAGES) places.set(id, seq);
      if (at >= last) break;
    }
    if (at === before) throw new Error("The stream does not say what it has");
  }
  await manager.consumers.delete(config.name, consumer.name).catch(() => {});
  return { places, first, begin };
}
