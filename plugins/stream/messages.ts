/** What goes into the stream: messages, their identity, their subjects and headers. @module */
import { eventTopic } from "../janus/event_types.ts";
import { parseJson } from "../janus/json.ts";
import { Header, subjectToken } from "./names.ts";
import { MessageKind } from "./protocol.ts";

/** Who writes: one run of one Janus server. */
export interface Writer {
  /** The server's name, a token of subjects. */
  readonly instance: string;
  /** When Janus was started, in milliseconds since 1970. */
  readonly epoch: number;
}

/** Kinds besides those of {@linkcode MessageKind}: the last message of a writer's. */
const GONE = 2;
/** What stands in the stream in place of an event that is too large for it. */
const OVERSIZED = 3;

/** A message. */
export interface StreamMessage {
  /** One of {@linkcode MessageKind}, or another one of this module's. */
  readonly kind: number;
  /** The number of the record that it comes from, and which of its messages it is, from 0 on. */
  readonly record: number;
  readonly part: number;
  /** The event's number; the last missing one's for `dropped`. */
  readonly number: number;
  /** JSON. */
  readonly body: Uint8Array;
}

/** Where a message goes. */
export interface Address {
  readonly subject: string;
  /** The session's id; empty if there is none. */
  readonly session: string;
}

/** Whether a message is an event, or stands for one. */
export function isEvent({ kind }: StreamMessage): boolean {
  return kind === MessageKind.event || kind === OVERSIZED;
}

/** What all ids of a writer begin with. */
export function idPrefix({ instance, epoch }: Writer): string {
  return `${instance}/${epoch}-`;
}

/** The id of a message, the same however often it is sent. */
export function messageId(
  writer: Writer,
  { kind, record, part }: Pick<StreamMessage, "kind" | "record" | "part">,
): string {
  if (kind === GONE) return `${idPrefix(writer)}gone`;
  return `${idPrefix(writer)}${record}-${part}${kind === MessageKind.dropped ? "-dropped" : ""}`;
}

const encoder = new TextEncoder();

/** A message's headers as they stand on the wire. */
export function headersOf(writer: Writer, message: StreamMessage, session: string): string {
  const { kind, number } = message;
  return `NATS/1.0\r\n${Header.id}: ${
    messageId(writer, message)
  }\r\n${Header.epoch}: ${writer.epoch}\r\n` +
    (kind === GONE ? "" : `${Header.number}: ${number}\r\n`) +
    (session === "" ? "\r\n" : `${Header.session}: ${headerText(session)}\r\n\r\n`);
}

/** Bytes of headers: all but a session's id that a filter made is ASCII. */
export function sizeOfHeaders(headers: string, session: string): number {
  return /^\d*$/.test(session) ? headers.length : encoder.encode(headers).length;
}

/** A session's id can be a text that a filter made; so much of it is kept. */
const LONGEST_SESSION = 256;

function headerText(text: string): string {
  return text.slice(0, LONGEST_SESSION).replaceAll(/[\r\n]/g, " ").trim();
}

/** The subject of an event: it names no session, as each subject costs the engine memory. */
export function eventSubject(
  prefix: string,
  instance: string,
  type: string,
  subtype: string,
  plugin: string,
): string {
  return [prefix, ...[instance, type, subtype, plugin].map(subjectToken)].join(".");
}

/** Events as Janus writes them, up to the module's name. */
const USUAL =
  /^\{\s*"emitter":\s*"[^"\\]*",\s*"type":\s*(\d+),\s*(?:"subtype":\s*(\d+),\s*)?"timestamp":\s*\d+,\s*(?:"session_id":\s*(\d{1,16}),\s*)?(?:"handle_id":\s*\d+,\s*)?(?:"opaque_id":\s*"[^"\\]*",\s*)?"event":\s*\{\s*(?:"plugin":\s*"([^"\\]*)")?/;
/** Subjects are few; but what a filter names could be many. */
const MOST_SUBJECTS = 4096;

/** Reads from events where they go, and makes messages of its own. */
export class EventReader {
  readonly #prefix: string;
  readonly #instance: string;
  readonly #decoder = new TextDecoder();
  readonly #subjects = new Map<string, string>();

  /** @param prefix what all subjects begin with */
  constructor(prefix: string, instance: string) {
    this.#prefix = prefix;
    this.#instance = instance;
  }

  /** Where a message goes. */
  address({ kind, body }: StreamMessage): Address {
    if (kind === MessageKind.event) {
      const text = this.#decoder.decode(body);
      return this.#usual(text) ?? this.#parsed(text);
    }
    return { subject: this.#subject(kind === GONE ? "gone" : "dropped", "-", "-"), session: "" };
  }

  /** The last message. @param last the number of the last event */
  gone(last: number): StreamMessage {
    return {
      ...{ kind: GONE, record: Infinity, part: 0, number: last },
      body: encoder.encode(JSON.stringify({ gone: { last } })),
    };
  }

  /** What stands in the stream in place of an event that is too large for it. */
  oversized({ record, part, number }: StreamMessage, type: string): StreamMessage {
    const body = { dropped: { oversized_stream: { [type]: 1 } }, first: number, last: number };
    return { kind: OVERSIZED, record, part, number, body: encoder.encode(JSON.stringify(body)) };
  }

  /** Reads what Janus wrote without all of it being parsed; null for what looks otherwise. */
  #usual(text: string): Address | null {
    const match = USUAL.exec(text);
    if (match === null) return null;
    const [head, type = "", subtype, session, plugin] = match;
    const behind = (key: string) => text.indexOf(key, head.length) >= 0;
    // What it has not seen could stand behind the event's body.
    if (subtype === undefined && behind('"subtype"')) return null;
    if (session === undefined && behind('"session_id"')) return null;
    if (plugin === undefined && (behind('"plugin"') || behind('"transport"'))) return null;
    const key = `${type}.${subtype ?? ""}.${plugin ?? ""}`;
    let subject = this.#subjects.get(key);
    if (subject === undefined) {
      subject = this.#parsed(text).subject;
      if (this.#subjects.size < MOST_SUBJECTS) this.#subjects.set(key, subject);
    }
    return { session: session ?? "", subject };
  }

  #parsed(text: string): Address {
    const event = parseJson(text) as { readonly session_id?: unknown };
    const session = event.session_id === undefined ? "" : String(event.session_id);
    // A session's id can have dots, if a filter made it.
    const [type = "", subtype = "", , ...plugin] = eventTopic({ ...event, session_id: 0 }).split(
      ".",
    );
    return { session, subject: this.#subject(type, subtype, plugin.join(".")) };
  }

  #subject(type: string, subtype: string, plugin: string): string {
    return eventSubject(this.#prefix, this.#instance, type, subtype, plugin);
  }
}

/** An event's type by its name. */
export function typeOf(body: Uint8Array): string {
  const event = parseJson(new TextDecoder().decode(body)) as object;
  return eventTopic(event).split(".", 1)[0] ?? "";
}
