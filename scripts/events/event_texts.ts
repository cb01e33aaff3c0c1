/** Events out of messages of the event handler, as the bytes that they came in. */

/** What a message holds. */
export interface EventMessage {
  /** Its events, each as JSON text in one line. */
  readonly events: readonly string[];
  /** What the plugin tells of events that it dropped, as JSON; null in other messages. */
  readonly dropped: string | null;
}

/**
 * Reads a message, whatever `general` has for topics, sequence, grouping and json: the JSON is the
 * first frame that looks like some.
 *
 * @throws {SyntaxError} if no frame does
 */
export function readMessage(frames: readonly Uint8Array[]): EventMessage {
  const [topic = "", ...others] = frames.map((frame) => new TextDecoder().decode(frame));
  const text = [topic, ...others].find((frame) => /^\s*[[{]/.test(frame));
  if (text === undefined) {
    throw new SyntaxError(`Cannot find JSON in a message of ${frames.length} frames`);
  }
  if (topic === "dropped") return { events: [], dropped: inOneLine(text) };
  return { events: splitEvents(text), dropped: null };
}

/** The events in a JSON text: the items of an array, or the text itself; each in one line. */
export function splitEvents(text: string): string[] {
  const whole = inOneLine(text).trim();
  return whole.startsWith("[") ? items(whole) : [whole];
}

/** JSON texts have line breaks between tokens only, not in strings. */
function inOneLine(text: string): string {
  return text.replaceAll(/\r?\n\s*/g, "");
}

/** The items of an array, as they are written. */
function items(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 1;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (char === '"') i = endOfString(text, i);
    else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    if (depth > 1 || depth === 1 && char !== ",") continue;
    const item = text.slice(start, i).trim();
    if (item !== "") found.push(item);
    start = i + 1;
    if (depth === 0) break;
  }
  return found;
}

/** Where the quote stands that ends a string. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}
