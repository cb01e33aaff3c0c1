/**
 * Publishes what happens in one room of the VideoRoom, and nothing else: the plugin's events of the
 * room, and everything of the handles and sessions that take part in it. What came before a handle
 * was known to (its session created, the handle attached) is kept for a while, and published once it
 * is: late, but ahead of the event that told.
 *
 *     filters: { modules = ["/etc/janus/filters/one_room.ts"] }
 */
import { defineEventFilter, type JanusId, type ServerEvent } from "@janus-zeromq/janus-zeromq";

/** A text where the VideoRoom has `string_ids = true`. */
const ROOM: number | string = 1234;

/** How much is kept of sessions that may still join, and how many may be in the room. */
const MAX_SESSIONS = 1000;
const MAX_EVENTS = 20;

/** Sessions with a handle in the room, the one that was last heard of at the end. */
const inside = new Set<JanusId>();
/** What other sessions did up to now. */
const waiting = new Map<JanusId, ServerEvent[]>();

export default defineEventFilter({
  name: "one-room",
  events: ["all"],
  filter(event) {
    const session = "session_id" in event ? event.session_id : undefined;
    const of_room = event.type === 64 && event.event.data.room === ROOM;
    if (session === undefined) return of_room ? event : null;
    if (inside.has(session)) {
      // Also after its end: Janus tells of its handles' behind it.
      inside.delete(session);
      inside.add(session);
      // Another handle of the same session may be in another room.
      const elsewhere = event.type === 64 &&
        event.event.data.room !== undefined && !of_room;
      return elsewhere ? null : event;
    }
    if (!of_room) return keep(session, event);
    inside.add(session);
    // Janus 1.1 does not tell of the end of a session whose client was killed.
    forgetOldest(inside);
    const before = waiting.get(session) ?? [];
    waiting.delete(session);
    return [...before, event];
  },
  teardown() {
    inside.clear();
    waiting.clear();
  },
});

function isEnd(event: ServerEvent): boolean {
  return event.type === 1 && event.event.name !== "created";
}

/** Keeps an event until its session joins, or is over, or too many others are waiting. */
function keep(session: JanusId, event: ServerEvent): null {
  if (isEnd(event)) {
    waiting.delete(session);
    return null;
  }
  const events = waiting.get(session) ?? [];
  if (events.length < MAX_EVENTS) events.push(event);
  waiting.set(session, events);
  forgetOldest(waiting);
  return null;
}

function forgetOldest(sessions: Map<JanusId, unknown> | Set<JanusId>): void {
  if (sessions.size <= MAX_SESSIONS) return;
  for (const oldest of sessions.keys()) return void sessions.delete(oldest);
}
