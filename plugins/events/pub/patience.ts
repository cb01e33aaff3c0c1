/** How long events wait for a subscriber. @module */
import type { PubSettings } from "./settings.ts";

/** What events wait in, in bytes. */
export interface Ring {
  readonly used: number;
  readonly size: number;
}

/**
 * As the ring fills up, there is less and less time (ms) to wait. Who reads, if slowly for a moment,
 * is not left out for others' sake, but the ring must not run full either.
 */
const URGENCIES = [[0.9, 0], [0.75, 20], [0.5, 200]] as const;

/** How long (ms) events wait for one that does not keep up, as things stand. */
export function patience(ring: Ring, { queue }: PubSettings): number {
  const { policy, max_wait } = queue;
  if (policy === "drop") return 0;
  const filled = ring.used / ring.size;
  for (const [share, ms] of URGENCIES) {
    if (filled > share) return Math.min(ms, max_wait);
  }
  return max_wait;
}
