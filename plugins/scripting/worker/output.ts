/** Writes what came of each item where the host reads it. @module */
import { OUTPUT_BYTES, padded, type SharedMemory, Word } from "../memory.ts";
import type { ItemResult } from "./chain.ts";

/** The output area, filled from its beginning after each command. */
export class OutputWriter {
  readonly #memory: SharedMemory;
  readonly #words: Int32Array<SharedArrayBuffer>;
  readonly #encoder = new TextEncoder();
  #at = 0;
  #count = 0;

  constructor(memory: SharedMemory) {
    this.#memory = memory;
    this.#words = new Int32Array(memory.output.buffer);
  }

  /** Begins anew: the host has read all that was there. */
  reset(): void {
    this.#at = 0;
    this.#count = 0;
    Atomics.store(this.#memory.control, Word.written, 0);
  }

  /** Writes the next item's result, whole or not at all. @returns false if there is no room */
  write(result: ItemResult): boolean {
    const begin = this.#at;
    if (begin + 4 > OUTPUT_BYTES) return false;
    const messages = typeof result === "number" ? [] : result;
    this.#words[begin >> 2] = typeof result === "number" ? result : messages.length;
    let at = begin + 4;
    for (const { topic, body } of messages) {
      const header = at;
      if ((at += 8) > OUTPUT_BYTES) return false;
      const topicLength = this.#text(topic, at);
      const bodyLength = topicLength < 0 ? -1 : this.#text(body, at + topicLength);
      if (bodyLength < 0) return false;
      this.#words[header >> 2] = topicLength;
      this.#words[(header >> 2) + 1] = bodyLength;
      at += padded(topicLength + bodyLength);
    }
    this.#at = at;
    // What the host sees counted is there, whatever becomes of this worker.
    Atomics.store(this.#memory.control, Word.written, ++this.#count);
    return true;
  }

  /** Writes text. @returns its bytes, or -1 if there is no room */
  #text(text: string, at: number): number {
    if (text === "") return 0;
    const { output } = this.#memory;
    if (at >= output.length) return -1;
    // One unit of text takes three bytes at most: more room than that would only cost.
    const end = Math.min(output.length, at + text.length * 3);
    const { read, written } = this.#encoder.encodeInto(text, output.subarray(at, end));
    return read === text.length ? written : -1;
  }
}
