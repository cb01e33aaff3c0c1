/** What readers and writers of the stream call things. @module */

/** Names of headers. */
export const Header = {
  /** NATS's own: a second message of one id within the dedupe window is not stored. */
  id: "Nats-Msg-Id",
  epoch: "Janus-Epoch",
  number: "Janus-Number",
  session: "Janus-Session",
} as const;

/** A filter may give a module any name; NATS takes no line of over 4,096 bytes. */
const LONGEST_TOKEN = 128;

/** A text as one token of a subject: what NATS takes for more than a letter becomes `_`. */
export function subjectToken(text: string): string {
  // deno-lint-ignore no-control-regex -- exactly those that a subject must not have
  return text.slice(0, LONGEST_TOKEN).replaceAll(/[\x00-\x20.*>\x7f]/g, "_") || "-";
}
