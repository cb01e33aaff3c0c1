/** Items that the host hands over together. @module */
import { CHUNK } from "../protocol.ts";

const decoder = new TextDecoder();

/** The payload of a frame, which is good until the next one is read. */
export class Chunk {
  readonly number: number;
  readonly count: number;
  /** How long (ms) is waited after each call; null for no longer than it takes. */
  readonly careful: number | null;
  /** How JSON is written: the place in `JSON_FORMS`. */
  readonly form: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  /** All items, as a JSON array. */
  readonly text: string;

  constructor(payload: Uint8Array) {
    this.#bytes = payload.subarray(CHUNK.text);
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.number = this.#word(CHUNK.number);
    this.count = this.#word(CHUNK.count);
    this.form = this.#word(CHUNK.form);
    const careful = this.#word(CHUNK.careful);
    this.careful = careful === 0 ? null : careful - 1;
    this.text = decoder.decode(this.#bytes.subarray(0, this.#offset(this.count)));
  }

  /** A bit for each module that an item is for. */
  mask(at: number): number {
    const enabled = this.#word(CHUNK.enabled);
    return at === 0 ? enabled & ~this.#word(CHUNK.skipped) : enabled;
  }

  /** The text of an item. */
  item(at: number): string {
    const [from, to] = [this.#offset(at), this.#offset(at + 1) - 1];
    // Of ASCII alone, every character is a byte.
    return this.text.length === this.#offset(this.count)
      ? this.text.slice(from, to)
      : decoder.decode(this.#bytes.subarray(from, to));
  }

  #offset(at: number): number {
    return this.#word(CHUNK.offsets + 4 * at);
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }
}
