/** Events as Janus made them, in calls by werift: 1.1.2 (see tests/janus/record_calls.ts) and 1.4. */
import type { ServerEvent } from "../../../plugins/janus/events.ts";
import { parseJson } from "../../../plugins/janus/json.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assertEvent } from "./event_shapes.ts";

/** The file, with an event a line. */
export const RECORDED = `${PROJECT_ROOT}/tests/data/events.jsonl`;

/** What Janus 1.4 tells of calls by werift; statistics one by one, then combined. */
export const RECORDED_NEWER = `${PROJECT_ROOT}/tests/data/calls-1.4.jsonl`;

/** The recorded events: of 1.1.2 all types and subtypes. */
export async function recordedEvents(file: string = RECORDED): Promise<ServerEvent[]> {
  const lines = (await Deno.readTextFile(file)).trimEnd().split("\n");
  return lines.map((line) => {
    const event = parseJson(line);
    assertEvent(event);
    return event;
  });
}
