/** Places of modules' counts in the memory that outlives the process. @module */
import { Place } from "../janus/places.ts";
import { TALLIES, Tally } from "./protocol.ts";

const PER_MODULE = 8;

/** What is counted of each module. */
export const Count = {
  /** Events that it was given. */
  events: 0,
  /** Messages that it passed on. */
  passed: 1,
  /** Events that it passed nothing on for. */
  dropped: 2,
  /** Events that it failed at. */
  errors: 3,
  /** How often its process had to be ended for it. */
  stopped: 4,
  /** Microseconds per event, on average. */
  microseconds: 5,
} as const;

/** Where a count of a module's stands. */
export function placeOf(module: number, count: number): number {
  return Place.modules + module * PER_MODULE + count;
}

/** Adds what a process has counted of its modules. */
export function addTallies(
  counters: Float64Array,
  { tallies, modules }: { readonly tallies: Float64Array; readonly modules: number },
): void {
  for (let module = 0; module < modules; module++) {
    const grown = (tally: number) => tallies[module * TALLIES + tally]!;
    const [events, mean] = [placeOf(module, Count.events), placeOf(module, Count.microseconds)];
    const before = counters[events]!;
    const after = before + grown(Tally.given);
    if (after > before) {
      counters[mean] = (counters[mean]! * before + grown(Tally.microseconds)) / after;
    }
    counters[events] = after;
    counters[placeOf(module, Count.passed)]! += grown(Tally.passed);
    counters[placeOf(module, Count.dropped)]! += grown(Tally.dropped);
    counters[placeOf(module, Count.errors)]! += grown(Tally.errors);
  }
}
