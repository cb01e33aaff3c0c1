/** The numbers of events. @module */
import { OwnPlace } from "./counters.ts";

const [ZERO, NINE] = [0x30, 0x39];
/** Digits of 2^53. */
const DIGITS = 16;

/**
 * Numbers events from 1 on, in Janus's order. A number that is missing is an event that was
 * dropped; one that a filter made several has several numbers, and one that a filter took out has
 * none. They go on over restarts of the isolate: what counts is in shared memory.
 */
export class Sequence {
  /** The number given last. */
  number: number;
  /** The last number that the isolate before this one gave to ZeroMQ, or was about to. */
  readonly givenBefore: number;
  /** The frame of the number that {@linkcode write} wrote last. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(new ArrayBuffer(DIGITS));
  readonly #counters: Float64Array;
  /** Sequence of the record in hand, in the ring. */
  #record: number;
  /** Both, as of the last record that is done. */
  #doneRecord: number;
  #doneNumber: number;
  #written = 0;
  #length = 0;

  constructor(counters: Float64Array) {
    this.#counters = counters;
    // What stands there may be spoilt: then nothing is known.
    const whole = (place: number) => Number.isSafeInteger(counters[place]) ? counters[place]! : 0;
    if (counters[OwnPlace.pair] !== 1) counters[OwnPlace.pair] = 0;
    const at = OwnPlace.pair + 1 + 2 * counters[OwnPlace.pair]!;
    this.#record = this.#doneRecord = whole(at);
    this.number = this.#doneNumber = whole(at + 1);
    this.givenBefore = whole(OwnPlace.given);
  }

  /**
   * Takes a record in hand: whatever the ring refused before it is skipped.
   *
   * @returns false if it was published already, by an isolate that ended right after
   */
  enter(record: number): boolean {
    if (record <= this.#record) return false;
    this.number += record - this.#record - 1;
    this.#record = record;
    return true;
  }

  /** The record in hand is done. */
  finish(): void {
    this.#doneRecord = this.#record;
    this.#doneNumber = this.number;
  }

  /**
   * Makes what is done count, whatever happens to the isolate: before the records are given up.
   * The two belong together, so a pair is written apart and then chosen.
   */
  save(): void {
    const counters = this.#counters;
    const other = 1 - counters[OwnPlace.pair]!;
    const at = OwnPlace.pair + 1 + 2 * other;
    counters[at] = this.#doneRecord;
    counters[at + 1] = this.#doneNumber;
    counters[OwnPlace.pair] = other;
    counters[OwnPlace.number] = this.#doneNumber;
  }

  /** Writes a number as decimal text into {@linkcode bytes}. @returns its length */
  write(number: number): number {
    if (number !== this.#written + 1 || !this.#increment()) this.#render(number);
    this.#written = number;
    return this.#length;
  }

  #render(number: number): void {
    this.#length = new TextEncoder().encodeInto(String(number), this.bytes).written;
  }

  /** Nearly always the next one: its last digit changes. @returns false if it has more digits */
  #increment(): boolean {
    for (let at = this.#length - 1; at >= 0; at--) {
      if (this.bytes[at] !== NINE) {
        this.bytes[at]!++;
        return true;
      }
      this.bytes[at] = ZERO;
    }
    return false;
  }
}
