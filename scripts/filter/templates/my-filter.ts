/**
 * my-filter: drops slow links that hardly matter, and says of the others how bad they are.
 *
 * That is an example of everything that a filter can do: put your own in its place.
 */
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";

export default defineEventFilter({
  name: "my-filter",

  // The events that it gets; all others pass it by. Types ("media"), subtypes ("media.slowlink"),
  // or "all": your editor knows the names, and from them what an event has.
  events: ["media.slowlink"],

  filter(event, ctx) {
    const lost = event.event.lost_lastsec;

    // Nothing, or null: the event is dropped.
    if (lost < 5) return null;

    // What is emitted goes out as an event of its own, ahead of what is returned.
    if (lost >= 100) {
      const { emitter, timestamp, session_id } = event;
      const data = { session_id, lost };
      ctx.emit({ emitter, timestamp, type: 4, event: { schema: "my-filter", data } });
      ctx.log.info(`Session ${session_id} lost ${lost} packets in a second`);
    }

    // With `general.topics`, subscribers select by this; without the line, by the standard topic.
    ctx.topic = `slow.${event.event.slow_link}.${event.session_id}`;

    // The event itself passes as it is, a changed copy of it changed; [a, b] passes several.
    return { ...event, severity: lost < 20 ? "minor" : "major" };
  },
  // Also to be had: setup(ctx) and teardown(), for what lasts from the first event to the last.
});
