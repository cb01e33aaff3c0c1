/** Asks the stream what it has of a writer's. @module */
import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  type JetStreamManager,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { idPrefix, type Writer } from "./messages.ts";
import { Header, subjectToken } from "./names.ts";

/** Messages that are asked for at a time. */
const BATCH = 512;
const WAIT_MS = 3000;
/** How far back it is looked first where nothing is known, and how much further each time. */
const BACK = 4096;
const FURTHER = 8;

/** What the stream has. */
export interface Found {
  readonly info: StreamInfo;
  /** Places of this writer's messages behind the known place, by their ids. */
  readonly places: ReadonlyMap<string, number>;
  /** The number of the writer's last event in there; 0 if that is not known. */
  readonly last: number;
}

/**
 * Reads back this writer's ids.
 *
 * @param place up to there it is known what is stored; 0 if nothing is
 */
export async function lookBack(
  nc: NatsConnection,
  manager: JetStreamManager,
  stream: { readonly name: string; readonly subject: string },
  writer: Writer,
  place: number,
): Promise<Found> {
  const info = await manager.streams.info(stream.name);
  const filter = `${stream.subject}.${subjectToken(writer.instance)}.>`;
  const prefix = idPrefix(writer);
  const isOurs = (id: string | undefined) => id?.startsWith(prefix) === true;
  const get = (query: { seq: number } | { last_by_subj: string }) =>
    manager.streams.getMessage(stream.name, query).catch((error) => {
      if (error.code === 10037 || error.status === 404) return null; // no message found
      throw error;
    });
  const latest = await get({ last_by_subj: filter });
  if (!isOurs(latest?.header.get(Header.id))) return { info, places: new Map(), last: 0 };
  const last = Number(latest!.header.get(Header.number)) || 0;
  if (place > 0) {
    const known = place > info.state.last_seq ? null : await get({ seq: place });
    const isKnown = known === null
      ? place < info.state.first_seq // its time is over
      : isOurs(known.header.get(Header.id));
    if (isKnown) {
      const { places } = await read(nc, manager, info, filter, isOurs, place + 1);
      return { info, places, last };
    } // else it is another stream
  }
  for (let back = BACK;; back *= FURTHER) {
    const from = Math.max(1, latest!.seq - back);
    const { places, firstIsOurs } = await read(nc, manager, info, filter, isOurs, from);
    if (from === 1 || !firstIsOurs) return { info, places, last };
  }
}

async function read(
  nc: NatsConnection,
  manager: JetStreamManager,
  { config }: StreamInfo,
  filter: string,
  isOurs: (id: string | undefined) => boolean,
  from: number,
): Promise<{ readonly places: Map<string, number>; readonly firstIsOurs: boolean }> {
  const places = new Map<string, number>();
  let firstIsOurs: boolean | null = null;
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
  for (let left = consumer.num_pending; left > 0;) {
    const some = await source.fetch({ max_messages: Math.min(left, BATCH), expires: WAIT_MS });
    let count = 0;
    for await (const { headers, seq } of some) {
      count++;
      const id = headers?.get(Header.id);
      firstIsOurs ??= isOurs(id);
      if (isOurs(id)) places.set(id!, seq);
    }
    if (count === 0) throw new Error("The stream does not say what it has");
    left -= count;
  }
  await manager.consumers.delete(config.name, consumer.name).catch(() => {});
  return { places, firstIsOurs: firstIsOurs === true };
}
