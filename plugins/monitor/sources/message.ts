/** What a message of an event handler holds, whatever `general` has for topics, numbers, groups and JSON. @module */
import type { ServerEvent } from "../../janus/events.ts";
import { parseJson } from "../../janus/json.ts";

/** A message that was read. */
export type ReadMessage =
  | {
    readonly kind: "events";
    readonly events: readonly ServerEvent[];
    readonly number: number | null;
  }
  /** What the plugin tells of events that it dropped. */
  | { readonly kind: "dropped"; readonly dropped: unknown };

const [BRACE, BRACKET, BLANK] = [0x7b, 0x5b, 0x20];
const DROPPED = "dropped";

/**
 * Reads a message.
 *
 * @throws {SyntaxError} for what is none
 */
export function readMessage(frames: readonly Uint8Array[]): ReadMessage {
  const place = frames.findIndex(looksLikeJson);
  if (place < 0) throw new SyntaxError(`Cannot find JSON in a message of ${frames.length} frames`);
  const value = parseJson(textOf(frames[place]!));
  if (place > 0 && frames[0]!.length === DROPPED.length && textOf(frames[0]!) === DROPPED) {
    return { kind: "dropped", dropped: value };
  }
  const events = (Array.isArray(value) ? value : [value]) as ServerEvent[];
  if (!events.every(isEvent)) throw new SyntaxError("Cannot find events in a message's JSON");
  const last = frames[place + 1];
  const number = last === undefined || last.length === 0 ? NaN : Number(textOf(last));
  return { kind: "events", events, number: Number.isSafeInteger(number) ? number : null };
}

const decoder = new TextDecoder();

function textOf(frame: Uint8Array): string {
  return decoder.decode(frame);
}

/** A topic never begins so, nor does a number. */
function looksLikeJson(frame: Uint8Array): boolean {
  let at = 0;
  while (at < frame.length && frame[at]! <= BLANK) at++;
  return frame[at] === BRACE || frame[at] === BRACKET;
}

/** What makes up an event, in so far as all that follows relies on it. */
function isEvent(value: unknown): value is ServerEvent {
  if (typeof value !== "object" || value === null) return false;
  const { type, event } = value as { readonly type?: unknown; readonly event?: unknown };
  return typeof type === "number" && typeof event === "object" && event !== null;
}
