/** Events as `events:record` writes them. @module */
import type { ServerEvent } from "../janus/events.ts";
import { parseJson } from "../janus/json.ts";

/**
 * Reads recorded events: one JSON object a line. Integers beyond 2^53 are bigints, as in filters.
 * Lines may end with CR LF, and begin with a byte order mark.
 *
 * @throws {SyntaxError} naming the line that is no JSON object
 */
export function parseEvents(text: string): ServerEvent[] {
  return text.split("\n").flatMap((untrimmed, index) => {
    const line = untrimmed.trim(); // the mark and CR as well, as filter:try does
    if (line === "") return [];
    let event: unknown;
    try {
      event = parseJson(line);
    } catch (cause) {
      throw new SyntaxError(`Cannot read line ${index + 1}: it is no JSON`, { cause });
    }
    if (typeof event !== "object" || event === null || Array.isArray(event)) {
      throw new SyntaxError(`Cannot read line ${index + 1}: it is no event (a JSON object)`);
    }
    return [event as ServerEvent];
  });
}
