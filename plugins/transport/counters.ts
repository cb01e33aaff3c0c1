/** What the transport counts. The values stand in shared memory and outlive the process. @module */
import { namedPlaces } from "../janus/places.ts";

/** Names in the order of their places in shared memory. */
export const COUNTERS = [
  /** Requests handed to Janus. */
  "received",
  /** Replies and asynchronous messages sent to peers. */
  "sent",
  /** Messages from Janus that no peer was there for, or whose peer read too slowly. */
  "dropped",
  /** Requests that were answered with an error of the transport's own. */
  "errors",
  /** Peers of the Janus API, now. */
  "peers",
  /** Peers of the Admin API, now. */
  "admin_peers",
  /** Janus sessions of those peers, now. */
  "sessions",
] as const;

export type CounterName = (typeof COUNTERS)[number];

/** Place of each counter. */
export const Counter = namedPlaces(COUNTERS);
