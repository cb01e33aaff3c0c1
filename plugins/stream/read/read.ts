/** Reads Janus's events from a JetStream stream. @module */
import type { JsMsg } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { eventSelector } from "../../janus/event_types.ts";
import { delay } from "../waiting.ts";
import { connectNats } from "../connect.ts";
import { checkName } from "./durable.ts";
import { receive, type Received, type StreamItem } from "./item.ts";
import { connection, type ReadOptions, StreamReadError } from "./options.ts";
import type { Sorted } from "./order.ts";
import { Source } from "./source.ts";
import { Writers } from "./writers.ts";

/** What a connection may take (ms) at the end to pass on acknowledgements. */
const FLUSH_MS = 1000;

/**
 * Reads events, each writer's by number, with records of what is missing.
 *
 * Asking for the next item acknowledges the one before (with `durable`): it is delivered at least once.
 * Who stores an event's `id` with what they make of it, in one transaction, has it exactly once.
 *
 * @throws {StreamReadError} if no server answers at first, or it has no such stream, or it shuts the reader out
 */
export async function* readEvents(options: ReadOptions): AsyncGenerator<StreamItem, void, void> {
  for await (const items of readEventBatches(options, 1)) yield* items;
}

/**
 * The same with as many items at a time as are there, from so many messages at most: for a transaction each.
 * Asking for the next ones acknowledges all before.
 *
 * @throws {StreamReadError} as {@linkcode readEvents} does
 */
export async function* readEventBatches(
  options: ReadOptions,
  most = 256,
): AsyncGenerator<readonly StreamItem[], void, void> {
  const { subject = "janus.events", durable, warn = console.warn, signal } = options;
  const wanted = selection(options);
  if (signal?.aborted) return;
  if (durable !== undefined) checkName(durable);
  const nc = await open(options);
  const stop = new AbortController();
  const ends = AbortSignal.any([stop.signal, ...signal === undefined ? [] : [signal]]);
  const source = new Source(nc, options, ends);
  const messages = source.messages();
  const writers = new Writers();
  const ack = (message: JsMsg) => void (durable !== undefined && message.ack());
  let items: StreamItem[] = [];
  let inHand: JsMsg[] = [];
  let warned = false;
  let coming: Promise<IteratorResult<JsMsg, void>> | null = null;
  function* hand(): Generator<readonly StreamItem[]> {
    if (items.length > 0) yield items;
    items = [];
    inHand.forEach(ack);
    inHand = [];
  }
  try {
    while (true) {
      if (coming === null) {
        coming = messages.next();
        coming.catch(() => {}); // it may fail while the user is at work: then it is told after that
      }
      const due = inHand.length > 0 ? 0 : writers.due - performance.now();
      const result = await within(coming, due);
      if (result !== null) coming = null;
      if (result?.done) {
        if (ends.aborted) return;
        writers.end();
      } else if (result !== null) {
        const message: JsMsg = result.value;
        const received = receive(message, subject);
        if (received === null && !warned) {
          warn(`Message ${message.seq} of the stream is no event of Janus's: left out`);
          warned = true;
        }
        if (received === null || !writers.put(received, performance.now())) ack(message);
      }
      for (const sorted of writers.take(performance.now())) {
        items.push(...told(sorted, wanted));
        inHand.push(sorted.item.message);
        if (inHand.length >= most) yield* hand();
        if (ends.aborted) return;
      }
      if (result === null || result.done) yield* hand();
      if (ends.aborted || result?.done) return;
    }
  } finally {
    stop.abort();
    await coming?.catch(() => {});
    await messages.return();
    const held = [...writers.held()].map(({ message }) => message);
    const flush = async () => {
      await source.giveBack([...inHand, ...held]);
      await nc.flush();
    };
    await Promise.race([flush().catch(() => {}), delay(FLUSH_MS)]);
    await nc.close();
  }
}

async function open(options: ReadOptions): Promise<NatsConnection> {
  try {
    return await connectNats(connection(options));
  } catch (error) {
    const reason = (error as Error).message;
    const hint = /refused/i.test(reason) ? " (is nats-server running?)" : "";
    throw new StreamReadError(
      `No NATS server at ${options.servers} takes the connection${hint}: ${reason}`,
      { cause: error },
    );
  }
}

function* told({ item: { item }, gap }: Sorted<Received>, wanted: (item: StreamItem) => boolean) {
  const { instance, epoch, sequence, received } = item;
  if (gap !== null) yield { kind: "gap", instance, epoch, sequence, received, ...gap } as const;
  if (wanted(item)) yield item;
}

function selection({ types }: ReadOptions): (item: StreamItem) => boolean {
  if (types === undefined || types.includes("all")) return () => true;
  const selectors = types.map((name) => {
    const selector = eventSelector(name);
    if (selector === undefined) throw new TypeError(`There is no event "${name}"`);
    return selector;
  });
  return (item) =>
    item.kind !== "event" || selectors.some(({ type, subtype }) => {
      const event = item.event as { type: number; subtype?: number };
      return (type === null || type === event.type) &&
        (subtype === null || subtype === event.subtype);
    });
}

/** What comes within so many milliseconds; null if nothing does. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | null> {
  if (ms === Infinity) return await promise;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<null>((resolve) => timer = setTimeout(resolve, Math.max(0, ms), null));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
