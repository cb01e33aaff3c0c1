/** Recorded events of real calls, for tests. */
import { parseEvents, type ServerEvent } from "../../../mod.ts";
import { assert } from "../../assert.ts";

/** The recording itself: one event a line. */
export const RECORDING: string = new URL("../../data/events.jsonl", import.meta.url).pathname;

/** All of them, at least one of each type that calls make. */
export function recordedEvents(): ServerEvent[] {
  const events = parseEvents(Deno.readTextFileSync(RECORDING));
  for (const type of [1, 2, 8, 16, 32, 64, 128]) {
    assert(
      events.some((event) => event.type === type),
      `there is none of type ${type}`,
    );
  }
  return events;
}
