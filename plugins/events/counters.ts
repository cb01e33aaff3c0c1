/** What the event handler counts. The values stand in shared memory and outlive the isolate. @module */
import { Place } from "../../ffi/bridge/layout.ts";
import { EVENT_LABELS } from "../janus/event_types.ts";

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
export const Counter = Object.fromEntries(COUNTERS.map((name, index) => [name, index])) as Record<
  CounterName,
  number
>;

/** How many kinds of events drops are told apart by. */
const TYPES = Place.eventTypes;

/** Further places of the publisher's own. */
export const OwnPlace = {
  /**
   * How many subscriptions of an earlier isolate are still waited for: one that dies while it
   * waits must not make the next one forget them.
   */
  expected: 6,
  /** Since when (ms, wall clock) events have been waiting for a subscriber; 0 if they do not. */
  held_since: 7,
  /** Subscribers that events go on without, now. */
  cut_off: 8,
  /** The number of the last event, as {@linkcode pair} has it, for `info`. */
  number: 9,
  /** Which of two pairs counts, then the pairs: record and number of the last event published. */
  pair: 10,
  /** The number of the last event that was given to ZeroMQ, or was about to be. */
  given: 15,
  /** Events that slow subscribers have missed, by type. */
  slow_subscriber: 16,
  /** Events that were dropped as a filter failed, by type. */
  filter_error: 16 + TYPES,
  /** What was told in-band of the events that the ring could not take, by type. */
  told_ring_full: 16 + 2 * TYPES,
  told_oversized: 16 + 3 * TYPES,
  // From 64 on are the modules' places.
  told_invalid: 192,
  /** Subscribers with a subscription, now; and how many of an earlier isolate are still waited for. */
  subscribed: 202,
  expected_subscribed: 203,
} as const;

/** Why events are dropped, with the first of the places where they are counted by type. */
export const DROP_PLACES = {
  /** The ring from Janus was full. */
  ring_full: Place.ringFull,
  /** Longer than half the ring. */
  oversized: Place.oversized,
  /** No JSON: it has a cycle, is nested far too deeply, or its text is no UTF-8. */
  invalid: Place.invalid,
  /** A subscriber did not read; an estimate, as ZeroMQ does not tell. */
  slow_subscriber: OwnPlace.slow_subscriber,
  /** A filter failed, and `filters.on_error` is "drop". */
  filter_error: OwnPlace.filter_error,
} as const;

export type DropCause = keyof typeof DROP_PLACES;

/** Why events are dropped. */
export const DROP_CAUSES = Object.keys(DROP_PLACES) as readonly DropCause[];

/** What drops are told apart by: the labels of the types, and `other`. */
export const DROP_LABELS: readonly string[] = [...EVENT_LABELS, "other"];

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
