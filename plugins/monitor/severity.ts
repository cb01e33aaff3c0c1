/** From when on a value is worth a look, and bad. @module */
import type { Severity } from "./wire.ts";

/** Ratio of lost packets. */
export const LOSS = [0.02, 0.05] as const;
/** Milliseconds. */
export const RTT_MS = [300, 600] as const;
/** Milliseconds. */
export const JITTER_MS = [30, 80] as const;

/** How bad a value is. What is no number is not bad. */
export function severity(value: number, [look, bad]: readonly [number, number]): Severity {
  return value >= bad ? 2 : value >= look ? 1 : 0;
}
