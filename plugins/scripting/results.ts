/** Results of a run, gathered from the workers that made them, in memory that never moves. @module */
import { ItemOutcome, OUTPUT_BYTES, padded } from "./memory.ts";

/** Results of a dead worker and of its successor fit. */
const BYTES = 2 * OUTPUT_BYTES;

/** Reads what was gathered, item by item and message by message. */
export class Results {
  readonly memory = new Uint8Array(new SharedArrayBuffer(BYTES));
  topicOffset = 0;
  topicLength = 0;
  bodyOffset = 0;
  bodyLength = 0;
  readonly #words = new Int32Array(this.memory.buffer);
  #end = 0;
  #at = 0;
  #items = 0;

  /** Items that were gathered and not yet read. */
  get items(): number {
    return this.#items;
  }

  /** True if anything that a worker can write has room. */
  get roomy(): boolean {
    return this.#end + OUTPUT_BYTES <= BYTES;
  }

  /** Forgets everything. */
  reset(): void {
    this.#end = this.#at = this.#items = 0;
  }

  /** Adds an item that became no messages. */
  add(outcome: number): void {
    this.#words[this.#end >> 2] = outcome;
    this.#end += 4;
    this.#items++;
  }

  /** Adds the first `count` items of a worker's output. @returns false if it makes no sense */
  take(output: Uint8Array<SharedArrayBuffer>, count: number): boolean {
    const length = measure(output, count);
    if (length < 0 || this.#end + length > BYTES) return false;
    this.memory.set(output.subarray(0, length), this.#end);
    // What was measured may have been changed meanwhile: look again at what nobody else writes.
    if (measure(this.memory.subarray(this.#end, this.#end + length), count) !== length) {
      return false;
    }
    this.#end += length;
    this.#items += count;
    return true;
  }

  /** The next item. @returns how many messages it became, or one of `ItemOutcome` */
  next(): number {
    this.#items--;
    const outcome = this.#words[this.#at >> 2]!;
    this.#at += 4;
    return outcome;
  }

  /** The next message of that item. */
  message(): void {
    const word = this.#at >> 2;
    this.topicLength = this.#words[word]!;
    this.bodyLength = this.#words[word + 1]!;
    this.topicOffset = this.#at + 8;
    this.bodyOffset = this.topicOffset + this.topicLength;
    this.#at += 8 + padded(this.topicLength + this.bodyLength);
  }
}

/** How many bytes so many items take; -1 if they make no sense. */
function measure(bytes: Uint8Array<SharedArrayBuffer>, items: number): number {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let at = 0;
  for (let item = 0; item < items; item++) {
    if (at + 4 > bytes.length) return -1;
    const messages = words[at >> 2]!;
    at += 4;
    if (messages < ItemOutcome.failed) return -1;
    for (let message = 0; message < messages; message++) {
      if (at + 8 > bytes.length) return -1;
      const topic = words[at >> 2]!;
      const body = words[(at >> 2) + 1]!;
      if (topic < 0 || body < 0 || topic > bytes.length || body > bytes.length) return -1;
      at += 8 + padded(topic + body);
      if (at > bytes.length) return -1;
    }
  }
  return at;
}
