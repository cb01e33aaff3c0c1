/** Events as `events:record` writes them. @module */
import type { ServerEvent } from "../janus/events.ts";
import { parseJson } from "../janus/json.ts";

/**
 * Reads recorded events: one JSON object a line. Integers beyond 2^53 are bigints, as in filters.
 *
 * @throws {SyntaxError} naming the line that is no JSON object
 */
export function parseEvents(text: string): ServerEvent[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
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
