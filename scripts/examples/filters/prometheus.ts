/**
 * Counts events by type and subtype, and tells the counts every SECONDS as one more event, of type
 * 4 (external) with the schema "prometheus": `data.text` is Prometheus's text format, ready to be
 * served or pushed by whoever subscribes. With `general.topics`, subscribe to "metrics".
 *
 *     filters: { modules = ["/etc/janus/filters/prometheus.ts"] }
 *
 * Put it first in `modules` to count what Janus sends, last to count what is published.
 */
import { defineEventFilter, eventTopic } from "@janus-zeromq/janus-zeromq";

const SECONDS = 15;

/** By "type.subtype", as in topics. */
const counts = new Map<string, number>();

/** When the counts were told last, or began, in microseconds; 0 before the first event. */
let told = 0;

export default defineEventFilter({
  name: "prometheus",
  events: ["all"],
  filter(event, ctx) {
    const name = eventTopic(event).split(".", 2).join(".");
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const { emitter, timestamp } = event;
    if (told === 0) told = timestamp;
    // Either way: a clock may be set back.
    if (Math.abs(timestamp - told) >= SECONDS * 1e6) {
      told = timestamp;
      const data = { text: exposition(emitter) };
      ctx.emit({
        emitter,
        type: 4,
        timestamp,
        event: { schema: "prometheus", data },
      }, "metrics");
    }
    return event;
  },
  teardown() {
    counts.clear();
    told = 0;
  },
});

/** The counts, as Prometheus reads them. */
function exposition(emitter: string): string {
  const lines = [
    "# HELP janus_events_total Events since the filter started.",
    "# TYPE janus_events_total counter",
  ];
  for (const [name, count] of counts) {
    const [type, subtype] = name.split(".");
    const labels = [`emitter=${JSON.stringify(emitter)}`, `type="${type}"`];
    if (subtype !== "-") labels.push(`subtype="${subtype}"`);
    lines.push(`janus_events_total{${labels.join(",")}} ${count}`);
  }
  return `${lines.join("\n")}\n`;
}
