/** What every handler is given to do: events at a rate, and bursts. */
import type { Load } from "./in_turns.ts";

/** Events a second. */
export const RATES = [1_000, 10_000, 50_000] as const;
/** As many events as the generator can make. */
export const BURSTS = ["short burst", "long burst"] as const;
/** All of them. */
export const LOADS = [...RATES, ...BURSTS] as const;

/** One of {@linkcode RATES}. */
export type Rate = (typeof RATES)[number];
/** One of {@linkcode BURSTS}. */
export type Burst = (typeof BURSTS)[number];
/** One of {@linkcode LOADS}. */
export type LoadKey = Rate | Burst;

/** How long, and how much. */
export interface Extent {
  /** Seconds at each rate: of warming up, and then of measuring. */
  readonly lead: number;
  readonly seconds: number;
  /** Events. */
  readonly bursts: Readonly<Record<Burst, number>>;
}

/** All loads, in the order in which they are measured. */
export function loadsOf({ lead, seconds, bursts }: Extent): Load<LoadKey>[] {
  return [
    ...RATES.map((rate) => ({
      ...{ key: rate, rate, lead: Math.ceil(rate * lead) },
      count: Math.ceil(rate * lead) + Math.ceil(rate * seconds),
    })),
    ...BURSTS.map((key) => ({ key, rate: 0, lead: 0, count: bursts[key] })),
  ];
}

/** A load as people read it. @param sent the events of a burst, where they are known */
export function loadTitle(load: LoadKey, sent?: number): string {
  if (typeof load === "number") return `${load.toLocaleString("en-US")}/s`;
  return sent === undefined ? load : `burst of ${sent.toLocaleString("en-US")}`;
}
