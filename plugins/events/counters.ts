/** What the event handler counts. The values stand in shared memory and outlive the isolate. @module */

/** Names in the order of their places in shared memory. */
export const COUNTERS = [
  /** Events that Janus gave. */
  "received",
  /** Events published. PUB drops, unseen, for a subscriber that reads too slowly. */
  "sent",
  /** Events that could not be published. */
  "dropped",
  /** Failures to publish. */
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

/**
 * Place, behind the counters, of how many subscriptions of an earlier isolate are still waited for:
 * one that dies while it waits must not make the next one forget them.
 */
export const EXPECTED_PLACE: number = COUNTERS.length;
