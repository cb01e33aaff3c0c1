/** Reads Janus's events from a JetStream stream. @module */
import { connect } from "@nats-io/transport-node";
import type { JsMsg } from "@nats-io/jetstream";
import { eventSelector } from "../../janus/event_types.ts";
import { receive, type Received, type StreamItem } from "./item.ts";
import { connection, type ReadOptions, StreamReadError } from "./options.ts";
import { Order, type Sorted } from "./order.ts";
import { messages } from "./source.ts";

/** A leader change swaps few messages, and not for long. */
const HELD = 256;
const HELD_MS = 1000;

/**
 * Reads events, each writer's by number, with records of what is missing.
 *
 * Asking for the next item acknowledges the one before (with `durable`): it is delivered at least once.
 * Who stores (instance, epoch, number) with what they make of an event has it exactly once.
 *
 * @throws {StreamReadError} if no server answers at first, or it has no such stream
 */
export async function* readEvents(options: ReadOptions): AsyncGenerator<StreamItem, void, void> {
  const { servers, subject = "janus.events", durable, warn = console.warn, signal } = options;
  const wanted = selection(options);
  if (signal?.aborted) return;
  const nc = await connect(connection(options)).catch((error) => {
    const text =
      `No NATS server at ${servers} takes the connection (is nats-server running?): ${error.message}`;
    throw new StreamReadError(text, { cause: error });
  });
  const stop = new AbortController();
  const source = messages(nc, {
    ...options,
    signal: AbortSignal.any([stop.signal, ...signal === undefined ? [] : [signal]]),
  });
  const orders = new Map<string, Order<Received>>();
  const ack = (message: JsMsg) => durable !== undefined && message.ack();
  let warned = false;
  let coming: Promise<IteratorResult<JsMsg>> | null = null;
  try {
    while (true) {
      coming ??= source.next();
      const due = Math.min(Infinity, ...[...orders.values()].map((order) => order.due));
      const result = await within(coming, due - performance.now());
      if (result !== null) {
        coming = null;
        if (result.done) return;
        const message = result.value;
        const received = receive(message, subject);
        if (received === null) {
          if (!warned) {
            warn(`Message ${message.seq} of the stream is no event of Janus's: left out`);
          }
          warned = true;
          ack(message);
          continue;
        }
        const key = `${received.item.instance}/${received.item.epoch}`;
        const order = orders.get(key) ?? new Order<Received>(HELD, HELD_MS);
        orders.set(key, order);
        if (!order.put(received, performance.now())) ack(message);
      }
      for (const [key, order] of orders) {
        for (const sorted of order.take(performance.now())) {
          yield* told(sorted, wanted);
          ack(sorted.item.message);
          // Nothing follows in this epoch; what is delivered again is a double at most.
          if (sorted.item.item.kind === "gone") orders.delete(key);
        }
      }
    }
  } finally {
    stop.abort();
    await coming?.catch(() => {});
    await source.return(undefined);
    await nc.close();
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
