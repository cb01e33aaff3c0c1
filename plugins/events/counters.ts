/** What the event handler counts. The values stand in shared memory and outlive the process. @module */
import { DROP_LABELS, namedPlaces, Place } from "../janus/places.ts";

export { DROP_LABELS };

/** Names in the order of their places in shared memory. */
export const COUNTERS = [
  /** Events that Janus gave. */
  "received",
  /** Events published, those that a filter made of others included. */
  "sent",
  /** Failures to publish: each is an event lost. */
  "errors",
  /** Subscribers connected, now. */
  "subscribers",
  /** Their subscriptions, now. */
  "subscriptions",
] as const;

export type CounterName = (typeof COUNTERS)[number];

/** Place of each counter. */
export const Counter = namedPlaces(COUNTERS);

/** Places of the event handler's own. */
export const OwnPlace = Place;

/** Why events are dropped, with the first of the places where they are counted by type. */
export const DROP_PLACES = {
  /** The ring from Janus was full. */
  ring_full: Place.ring_full,
  /** Longer than half the ring. */
  oversized: Place.oversized,
  /** No JSON: it has a cycle, is nested far too deeply, or its text is no UTF-8. */
  invalid: Place.invalid,
  /** A subscriber did not read; an estimate, as ZeroMQ does not tell. */
  slow_subscriber: Place.slow_subscriber,
  /** A filter failed, and `filters.on_error` is "drop". */
  filter_error: Place.filter_error,
  /** The stream's engine takes none so large. */
  oversized_stream: Place.oversized_stream,
} as const;

export type DropCause = keyof typeof DROP_PLACES;

/** Why events are dropped. */
export const DROP_CAUSES = Object.keys(DROP_PLACES) as readonly DropCause[];

/** `info`'s counters and drops, as the stub fills them in (`jz_channel_status`). */
export function describeCounters(): Record<string, unknown> {
  const at = (place: number) => ({ counter: place });
  const places = DROP_CAUSES.flatMap((cause) => DROP_LABELS.map((_, i) => DROP_PLACES[cause] + i));
  return {
    counters: {
      ...Object.fromEntries(COUNTERS.map((name) => [name, at(Counter[name])])),
      dropped: { sum: [Counter.errors, ...places] },
    },
    dropped: Object.fromEntries(
      DROP_CAUSES.map((cause) => [
        cause,
        Object.fromEntries(DROP_LABELS.map((label, i) => [label, at(DROP_PLACES[cause] + i)])),
      ]),
    ),
    sequence: at(OwnPlace.number),
    held_since: at(OwnPlace.held_since),
    cut_off: at(OwnPlace.cut_off),
  };
}
