/** What is missing in the stream, until it is told there. @module */
import { DROP_LABELS, DROP_PLACES, OwnPlace } from "../events/counters.ts";
import { dropIndex } from "../events/drops.ts";

/** Why events are missing, with the first of the places where they are counted by type. */
const CAUSES = {
  ring_full: DROP_PLACES.ring_full,
  oversized: DROP_PLACES.oversized,
  invalid: DROP_PLACES.invalid,
  filter_error: DROP_PLACES.filter_error,
  /** Janus's admin had it switched off. */
  switched_off: OwnPlace.stream_switched_off,
  /** Janus ended before they could be stored. */
  stopped: OwnPlace.stream_stopped,
} as const;

const TYPES = DROP_LABELS.length;

/** Counts by cause and type, as they stand in the stream. */
export type MissingCounts = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** Counts what is missing. What was told outlives the process, as do the counts. */
export class Missing {
  readonly #counters: Float64Array;
  readonly #places = Object.values(CAUSES);
  /** What was put into messages, and what is known to be stored. */
  readonly #said: Float64Array;
  readonly #told: Float64Array;
  /** What is told once the message of this number is stored. */
  readonly #pending: { readonly number: number; readonly said: Float64Array }[] = [];

  constructor(counters: Float64Array) {
    this.#counters = counters;
    const length = TYPES * this.#places.length;
    this.#told = counters.subarray(OwnPlace.stream_told, OwnPlace.stream_told + length);
    this.#said = this.#told.slice();
  }

  /** An event of Janus's type is not stored. */
  add(cause: "switched_off" | "stopped", type: number): void {
    this.#counters[CAUSES[cause] + dropIndex(type)]!++;
  }

  /** How many events are missing that no message tells of. */
  get count(): number {
    let count = 0;
    for (let i = 0; i < this.#said.length; i++) count += Math.max(0, this.#since(i));
    return count;
  }

  /** Takes them for a message of this number. */
  take(number: number): MissingCounts {
    const counts: Record<string, Record<string, number>> = {};
    for (const [at, cause] of Object.keys(CAUSES).entries()) {
      for (const [type, label] of DROP_LABELS.entries()) {
        const since = this.#since(TYPES * at + type);
        if (since <= 0) continue;
        (counts[cause] ??= {})[label] = since;
        this.#said[TYPES * at + type]! += since;
      }
    }
    this.#pending.push({ number, said: this.#said.slice() });
    return counts;
  }

  /** All up to this number is stored. */
  stored(number: number): void {
    for (let first = this.#pending[0]; first !== undefined && first.number <= number;) {
      this.#told.set(first.said);
      this.#pending.shift();
      first = this.#pending[0];
    }
  }

  #since(at: number): number {
    const place = this.#places[Math.floor(at / TYPES)]! + at % TYPES;
    return this.#counters[place]! - this.#said[at]!;
  }
}
