/** What events say of a call: who, when, how long, how good. */
import { mediaStatistics } from "../../../plugins/sdk/media_statistics.ts";
import type { StreamItem } from "../../../plugins/stream/read/mod.ts";

/** The events that are asked for. */
export const TYPES = ["handles", "webrtc.state", "media.stats", "media.slowlink"] as const;

/** One event, and what it adds to the record of its call. A handle of a session's is a call. */
export interface Change {
  /** The event's name: written with the change, it is what makes a second one be left out. */
  readonly id: string;
  readonly instance: string;
  readonly epoch: number;
  readonly number: number;
  /** When the stream received it, in milliseconds since 1970. */
  readonly received: number;
  readonly session: string;
  readonly handle: string;
  readonly who: string | null;
  readonly plugin: string | null;
  /** Microseconds since 1970, as Janus tells them. */
  readonly began: number | null;
  readonly ended: number | null;
  readonly reason: string | null;
  /** Reports on quality, and the sum of what they say: 100 each is the best. */
  readonly reports: number;
  readonly quality: number;
  /** Times that Janus complained of lost packets, and how many were lost then. */
  readonly slow: number;
  readonly lost: number;
}

type EventItem = Extract<StreamItem, { kind: "event" }>;

/** What an event changes; null if it is about no call. */
export function changeOf(item: EventItem): Change | null {
  const { id, instance, epoch, number, received, event } = item;
  if (event.type !== 2 && event.type !== 16 && event.type !== 32) return null;
  return {
    ...{ id, instance, epoch, number, received: received.getTime() },
    ...{ session: String(event.session_id), handle: String(event.handle_id) },
    ...{ who: event.opaque_id ?? null, plugin: null, began: null, ended: null, reason: null },
    ...{ reports: 0, quality: 0, slow: 0, lost: 0 },
    ...detailsOf(event),
  };
}

function detailsOf(event: EventItem["event"]): Partial<Change> {
  switch (event.type) {
    case 2: {
      const { name, plugin = null } = event.event;
      return name === "detached" ? { plugin, ended: event.timestamp } : { plugin };
    }
    case 16:
      if (event.subtype !== 6) return {};
      return event.event.connection === "webrtcup"
        ? { began: event.timestamp }
        : { ended: event.timestamp, reason: event.event.reason ?? null };
    case 32:
      if (event.subtype === 3) {
        const reports = mediaStatistics(event).flatMap((one) =>
          one.media === "data" ? [] : [one["in-link-quality"]]
        );
        return { reports: reports.length, quality: reports.reduce((sum, one) => sum + one, 0) };
      }
      return event.subtype === 2 ? { slow: 1, lost: event.event.lost_lastsec } : {};
    default:
      return {};
  }
}
