/** What goes into the stream: messages, their identity, their subjects. @module */

/** Who writes: one run of one Janus server. */
export interface Writer {
  /** The server's name, a token of subjects. */
  readonly instance: string;
  /** When Janus was started, in milliseconds since 1970. */
  readonly epoch: number;
}

/** A message. */
export interface StreamMessage {
  /** The number of the record that it comes from, and which of its messages it is, from 0 on. */
  readonly record: number;
  readonly index: number;
  readonly subject: string;
  /** The session's id; empty if there is none. */
  readonly session: string;
  /** The event as JSON. */
  readonly body: Uint8Array;
}

/** Names of headers. */
export const Header = {
  /** NATS's own: a second message of one id within the dedupe window is not stored. */
  id: "Nats-Msg-Id",
  epoch: "Janus-Epoch",
  number: "Janus-Number",
  session: "Janus-Session",
} as const;

/** The id of a message, the same however often it is sent. */
export function messageId({ instance, epoch }: Writer, record: number, index: number): string {
  return `${instance}/${epoch}-${record}-${index}`;
}

/** Record and index of a message of this writer's by its id; null if it is another's. */
export function parseMessageId(
  { instance, epoch }: Writer,
  id: string,
): { readonly record: number; readonly index: number } | null {
  const prefix = `${instance}/${epoch}-`;
  const match = id.startsWith(prefix) ? /^(\d+)-(\d+)$/.exec(id.slice(prefix.length)) : null;
  return match === null ? null : { record: Number(match[1]), index: Number(match[2]) };
}

/** A text as one token of a subject: what NATS takes for more than a letter becomes `_`. */
export function subjectToken(text: string): string {
  // deno-lint-ignore no-control-regex -- exactly those that a subject must not have
  return text.replaceAll(/[\x00-\x20.*>\x7f]/g, "_") || "-";
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
