/** Which numbers of events can be: what is beyond is left out, and counted. @module */

/** What a link carries in a second: 100 Gbit of bytes; of those the smallest packets. */
const BYTES_PER_SECOND = 12.5e9;
const PACKETS_PER_SECOND = 2e8;
/** Events that a server can make in a second. */
const EVENTS_PER_SECOND = 1e6;
/** Seconds that may lie between what happens and that it is heard of. */
const LATE_SECONDS = 10;

/** Events that one message may tell of as dropped. */
export const MOST_DROPPED = 1e9;
/** Seconds, of what is measured in seconds: 115 days. */
export const MOST_SECONDS = 1e7;
/** Milliseconds of a round trip, and of jitter. */
export const MOST_MILLISECONDS = 3_600_000;

/** How many bytes or packets there can be at most, so many seconds after what was told before. */
export function mostCarried(what: "bytes" | "packets", seconds: number): number {
  const most = what === "bytes" ? BYTES_PER_SECOND : PACKETS_PER_SECOND;
  return most * (Math.max(0, seconds) + LATE_SECONDS);
}

/** How many events there can be at most in so many milliseconds. */
export function mostEvents(milliseconds: number): number {
  return EVENTS_PER_SECOND * (Math.max(0, milliseconds) / 1000 + LATE_SECONDS);
}

/** Whether a value can be what is counted or measured; what is no number counts as 0. */
export function isPlausible(value: unknown): boolean {
  if (typeof value === "number") return Math.abs(value) <= Number.MAX_SAFE_INTEGER;
  return typeof value !== "bigint";
}
