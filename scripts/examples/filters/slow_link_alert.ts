/**
 * Turns slow links into an alert: when a handle had SLOW_LINKS of them within SECONDS, one event
 * follows, of type 4 (external) with the schema "slow-link-alert". The slow links themselves go on
 * as before. With `general.topics`, alerts have a topic of their own: subscribe to "alerts.".
 *
 *     filters: { modules = ["/etc/janus/filters/slow_link_alert.ts"] }
 */
import { defineEventFilter, type JanusId } from "@janus-zeromq/janus-zeromq";

const SLOW_LINKS = 3;
const SECONDS = 10;

/** When each handle's slow links were, in microseconds; the oldest first. */
const recent = new Map<JanusId, number[]>();

export default defineEventFilter({
  name: "slow-link-alert",
  events: ["media.slowlink", "handles"],
  filter(event, ctx) {
    if (event.type === 2) {
      if (event.event.name === "detached") recent.delete(event.handle_id);
      return event;
    }
    // The time of the event, not the clock's: a recording gives the same alerts.
    const isRecent = (time: number) => Math.abs(event.timestamp - time) < SECONDS * 1e6;
    const times = (recent.get(event.handle_id) ?? []).filter(isRecent);
    times.push(event.timestamp);
    if (times.length < SLOW_LINKS) {
      recent.set(event.handle_id, times);
      return event;
    }
    // Begin anew: the next alert takes as many again.
    recent.delete(event.handle_id);
    const { emitter, timestamp, session_id, handle_id, opaque_id } = event;
    const data = {
      session_id,
      handle_id,
      opaque_id,
      slow_links: SLOW_LINKS,
      seconds: SECONDS,
    };
    ctx.log.info(
      `Handle ${handle_id} had ${SLOW_LINKS} slow links within ${SECONDS} s`,
    );
    ctx.emit(
      {
        emitter,
        type: 4,
        timestamp,
        event: { schema: "slow-link-alert", data },
      },
      `alerts.slowlink.${session_id}`,
    );
    return event;
  },
  teardown: () => recent.clear(),
});
