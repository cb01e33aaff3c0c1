/**
 * Thins the statistics out: of each medium of each handle, one in SECONDS goes on instead of one a
 * second (`stats_period` in janus.jcfg). The first one always does. Counters such as
 * "packets-received" run on, so nothing is lost of them; "...-lastsec" is still of one second.
 *
 *     filters: { modules = ["/etc/janus/filters/thin_statistics.ts"] }
 */
import {
  defineEventFilter,
  type JanusId,
  mediaStatistics,
  type MediaStatisticsEvent,
} from "@janus-zeromq/janus-zeromq";

const SECONDS = 30;

/** When each medium's last statistics went on, in microseconds; by handle. */
const passed = new Map<JanusId, Map<string, number>>();

export default defineEventFilter({
  name: "thin-statistics",
  events: ["media.stats", "handles"],
  filter(event) {
    if (event.type === 2) {
      if (event.event.name === "detached") passed.delete(event.handle_id);
      return event;
    }
    let media = passed.get(event.handle_id);
    if (media === undefined) passed.set(event.handle_id, media = new Map());
    const medium = mediumOf(event);
    // Half a second early will do: Janus's timer isn't exact. Later or earlier: a clock may be set back.
    const since = Math.abs(event.timestamp - (media.get(medium) ?? -Infinity));
    if (since < (SECONDS - 0.5) * 1e6) return null;
    media.set(medium, event.timestamp);
    return event;
  },
  teardown: () => passed.clear(),
});

/** What the statistics are of; with `combine_media_stats` one event has all media. */
function mediumOf(event: MediaStatisticsEvent): string {
  const [first, ...more] = mediaStatistics(event);
  return first === undefined || more.length > 0 ? "all" : `${first.mid} ${first.media}`;
}
