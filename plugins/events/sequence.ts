/** The numbers of events. @module */
import type { Position } from "./position.ts";

/**
 * Numbers events from 1 on, in Janus's order. A number that is missing is an event that was
 * dropped; one that a filter made several has several numbers, and one that a filter took out has
 * none. After a restart they go on from the sink that is furthest behind, and no sink's own numbers
 * ever go back: a filter may make something else of what it sees again.
 */
export class Sequence {
  /** The number given last. */
  number = 0;
  /** The record in hand, or the last one. */
  record = 0;
  /** Where sinks were at the start, and the record in hand is not yet; the nearest first. */
  readonly #known: { readonly record: number; readonly number: number }[];

  constructor(positions: readonly Position[]) {
    this.#known = positions.map(({ record, number }) => ({ record, number }))
      .sort((one, other) => one.record - other.record);
    const first = this.#known.shift();
    if (first !== undefined) ({ record: this.record, number: this.number } = first);
  }

  /**
   * Takes a record in hand: whatever the ring refused before it is skipped.
   *
   * @returns false if every sink was done with it, and the process ended before it was given up
   */
  enter(record: number): boolean {
    if (record <= this.record) return false;
    while (this.#known.length > 0 && this.#known[0]!.record < record) {
      const known = this.#known.shift()!;
      this.#skipTo(known.record);
      this.number = Math.max(this.number, known.number);
    }
    this.#skipTo(record - 1);
    this.record = record;
    return true;
  }

  #skipTo(record: number): void {
    this.number += record - this.record;
    this.record = record;
  }
}
