/** Statistics of media, whichever way Janus tells them. @module */
import type { MediaStatistics, MediaStatisticsEvent } from "../janus/media_events.ts";

/**
 * The statistics in an event, one for each medium: Janus tells of one in an event, or of all in a list
 * where `combine_media_stats` is set. `media` tells data channels from RTP.
 *
 * @example
 * ```ts
 * import { defineEventFilter, mediaStatistics } from "@janus-zeromq/janus-zeromq";
 *
 * export default defineEventFilter({
 *   name: "bad-links",
 *   events: ["media.stats"],
 *   filter(event) {
 *     const bad = mediaStatistics(event).some((one) =>
 *       one.media !== "data" && one["in-link-quality"] < 50
 *     );
 *     return bad ? event : null;
 *   },
 * });
 * ```
 */
export function mediaStatistics(event: MediaStatisticsEvent): readonly MediaStatistics[] {
  const statistics = event.event;
  return isList(statistics) ? statistics : [statistics];
}

function isList(
  statistics: MediaStatisticsEvent["event"],
): statistics is readonly MediaStatistics[] {
  return Array.isArray(statistics);
}
