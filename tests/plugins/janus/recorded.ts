/** Events as Janus 1.1.2 made them, in calls by werift: see tests/janus/record_calls.ts. */
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { parseJson } from "../../../plugins/janus/json.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assertEvent } from "./event_shapes.ts";

/** The file, with an event a line. */
export const RECORDED = `${PROJECT_ROOT}/tests/data/events.jsonl`;

/** The recorded events: all types and subtypes. */
export async function recordedEvents(): Promise<ServerEvent[]> {
  const lines = (await Deno.readTextFile(RECORDED)).trimEnd().split("\n");
  return lines.map((line) => {
    const event = parseJson(line);
    assertEvent(event);
    return event;
  });
}
