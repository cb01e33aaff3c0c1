/** What a reader gets, and how it is made of the stream's messages. @module */
import type { JsMsg } from "@nats-io/jetstream";
import type { ServerEvent } from "../../janus/events.ts";
import { parseJson } from "../../janus/json.ts";
import { Header } from "../names.ts";
import type { Gap, Numbered } from "./order.ts";

/** Where something stands. */
export interface StreamPosition {
  /** The Janus server's name in the stream, as a token of subjects. */
  readonly instance: string;
  /** When that Janus was started, in milliseconds since 1970. */
  readonly epoch: number;
  /** The place in the stream. */
  readonly sequence: number;
  /** When the stream received it. */
  readonly received: Date;
}

/** One of: an event; what Janus's side dropped; the end of a Janus; numbers that nothing explains. */
export type StreamItem =
  & StreamPosition
  & (
    | {
      readonly kind: "event";
      readonly number: number;
      /** Names the event among all of all servers, however often it is delivered: instance, epoch, record, part. */
      readonly id: string;
      readonly event: ServerEvent;
    }
    | {
      readonly kind: "dropped";
      readonly first: number;
      readonly last: number;
      /** Events by cause and type. */
      readonly dropped: Readonly<Record<string, Readonly<Record<string, number>>>>;
    }
    | { readonly kind: "gone"; readonly last: number }
    /** `sequence` and `received` are those of what follows the gap. */
    | { readonly kind: "gap" } & Gap
  );

/** An item with the numbers that it takes, and the message to acknowledge. */
export interface Received extends Numbered {
  readonly item: StreamItem;
  readonly message: JsMsg;
}

/** Reads a message; null if it is none of the plugin's. */
export function receive(message: JsMsg, subject: string): Received | null {
  const [instance, type] = message.subject.slice(subject.length + 1).split(".");
  const epoch = wholeNumber(message.headers?.get(Header.epoch));
  const number = wholeNumber(message.headers?.get(Header.number));
  const body = parse(message.data);
  if (instance === undefined || epoch === null || body === null) return null;
  const received = new Date(message.time);
  const place = { instance, epoch, sequence: message.seq, received };
  if (type === "gone") {
    const last = (body["gone"] as { last?: unknown } | undefined)?.last;
    if (typeof last !== "number") return null;
    const item = { ...place, kind: "gone", last } as const;
    return { first: last + 1, last: last + 1, mark: -1, item, message };
  }
  if (number === null) return null;
  const id = message.headers?.get(Header.id) ?? "";
  const mark = markOf(id);
  // One in place of an oversized event has the event's subject.
  if ("dropped" in body) {
    const { first, last, dropped } = body as unknown as Extract<StreamItem, { kind: "dropped" }>;
    if (typeof first !== "number" || typeof last !== "number" || first > last) return null;
    const item = { ...place, kind: "dropped", first, last, dropped } as const;
    return { first, last, mark, item, message };
  }
  if (typeof body["type"] !== "number") return null;
  const event = body as unknown as ServerEvent;
  const name = id === "" ? `${instance}/${epoch}#${number}` : id;
  const item = { ...place, kind: "event", number, id: name, event } as const;
  return { first: number, last: number, mark, item, message };
}

/** More messages of one record are not told apart. */
const PARTS = 4096;

/** An id's record and part as one number; -1 for other ids. */
function markOf(id: string): number {
  const [, record, part] = /-(\d{1,12})-(\d{1,12})(?:-dropped)?$/.exec(id) ?? [];
  return record === undefined ? -1 : Number(record) * PARTS + Number(part) % PARTS;
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : null;
}

function parse(data: Uint8Array): Record<string, unknown> | null {
  try {
    const value = parseJson(new TextDecoder().decode(data));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : null;
  } catch {
    return null;
  }
}
