/**
 * The numbers in shared memory, which outlive the plugin's process: who counts where. Janus's side counts
 * in the last three, and finds them in the generated `ffi/stub/places.gen.h`.
 *
 * @module
 */
import { EVENT_LABELS } from "./event_types.ts";

/** What drops are told apart by: the labels of the types, and `other` for what is not known. */
export const DROP_LABELS: readonly string[] = [...EVENT_LABELS, "other"];

const TYPES = DROP_LABELS.length;

/** How many places each has, in their order. */
export const PLACE_SIZES = {
  /** What a plugin counts by names: see its `counters.ts`. */
  named: 16,

  /**
   * How many subscriptions from before a restart are still waited for: one that dies while it
   * waits must not make the next one forget them.
   */
  expected: 1,
  /** Since when (ms, wall clock) events have been waiting for a subscriber; 0 if they do not. */
  held_since: 1,
  /** Subscribers that events go on without, now. */
  cut_off: 1,
  /** The number of the last event that went out, for `info`. */
  number: 1,
  /** How far the PUB sink is: see `Position`. */
  position: 5,
  /** The number of the last event that was handed over to ZeroMQ, or was about to be. */
  handed_over: 1,
  /** The last record that is among the events received. */
  counted: 1,
  /** Subscribers with a subscription, now; and how many from before a restart are still waited for. */
  subscribed: 1,
  expected_subscribed: 1,

  /** How far the stream's sink is, and the place in the stream of the last message that is stored. */
  stream_position: 5,
  stream_place: 1,
  /** The number of the last event that is stored, or told to be missing. */
  stream_acknowledged: 1,
  /** For `info`: how many are not, and since when (ms, wall clock) nothing is. */
  stream_waiting: 1,
  stream_away_since: 1,

  /** Events that slow subscribers have missed, by type. */
  slow_subscriber: TYPES,
  /** Events that were dropped as a filter failed, by type. */
  filter_error: TYPES,
  /** Events that the engine of the stream takes for too large, by type. */
  oversized_stream: TYPES,
  /** Events that are not stored as it was switched off, and as Janus ended, by type. */
  stream_switched_off: TYPES,
  stream_stopped: TYPES,
  /** What was told in the stream of what is missing there, by cause (see `plugins/stream/missing.ts`) and type. */
  stream_told: 6 * TYPES,
  /** What was told in-band of the events that the ring could not take, by type. */
  told_ring_full: TYPES,
  told_oversized: TYPES,
  told_invalid: TYPES,

  /** Operators' modules: eight each, fifteen of them. */
  modules: 8 * 15,

  /** Janus: events that the ring could not take as it was full, by type. */
  ring_full: TYPES,
  /** Janus: events that no ring of this size takes, by type. */
  oversized: TYPES,
  /** Janus: what cannot be written as JSON, by type. */
  invalid: TYPES,
} as const;

/** The first place of each. */
export const Place: { readonly [K in keyof typeof PLACE_SIZES]: number } = layOut(PLACE_SIZES);

function layOut<T extends Record<string, number>>(sizes: T): Record<keyof T, number> {
  let next = 0;
  const places = Object.entries(sizes).map(([name, size]) => {
    const first = next;
    next += size;
    return [name, first];
  });
  return Object.fromEntries(places);
}

/** The places of what a plugin counts by names, in their order. */
export function namedPlaces<N extends string>(names: readonly N[]): Readonly<Record<N, number>> {
  const places = names.map((name, index) => [name, Place.named + index]);
  return Object.fromEntries(places);
}
