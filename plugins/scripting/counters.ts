/** Places of modules' counts in the memory that outlives the process. @module */
import { TALLIES, Tally } from "./memory.ts";

/** What the process notes for its successor, should it die. */
export const Note = {
  /** 1 while a run is in hand. */
  inHand: 64,
  /** The module that is at work in it, from 1; 0 if that is not known. */
  module: 65,
  /** Sequence number of the record at work, and of the last one of the run. */
  sequence: 66,
  last: 67,
  /** What the last process died at: module, from 1, and record. */
  diedModule: 68,
  diedSequence: 69,
} as const;

const FIRST = 72;
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
  /** How often it had to be stopped. */
  stopped: 4,
  /** Microseconds per event, on average. */
  microseconds: 5,
  /** How often it was stopped in a row. */
  strikes: 6,
  /** Fingerprint of the files that it was set aside for; 0 if it was not. */
  aside: 7,
} as const;

/** Where a count of a module's stands. */
export function placeOf(module: number, count: number): number {
  return FIRST + module * PER_MODULE + count;
}

/** Adds what a worker has counted of a module. */
export function addTallies(counters: Float64Array, module: number, grown: Float64Array): void {
  if (grown.length !== TALLIES) return;
  const [events, mean] = [placeOf(module, Count.events), placeOf(module, Count.microseconds)];
  const before = counters[events]!;
  const after = before + grown[Tally.given]!;
  if (after > before) {
    counters[mean] = (counters[mean]! * before + grown[Tally.microseconds]!) / after;
  }
  counters[events] = after;
  counters[placeOf(module, Count.passed)]! += grown[Tally.passed]!;
  counters[placeOf(module, Count.dropped)]! += grown[Tally.dropped]!;
  counters[placeOf(module, Count.errors)]! += grown[Tally.errors]!;
}
