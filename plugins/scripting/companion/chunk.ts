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
  readonly #text: Uint8Array;
  readonly #view: DataView;

  constructor(payload: Uint8Array) {
    this.#text = payload.subarray(CHUNK.text);
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.number = this.#word(CHUNK.number);
    this.count = this.#word(CHUNK.count);
    this.form = this.#word(CHUNK.form);
    const careful = this.#word(CHUNK.careful);
    this.careful = careful === 0 ? null : careful - 1;
  }

  /** A bit for each module that an item is for. */
  mask(at: number): number {
    const enabled = this.#word(CHUNK.enabled);
    return at === 0 ? enabled & ~this.#word(CHUNK.skipped) : enabled;
  }

  /** The text of one item; of all, as a JSON array, without a number. */
  text(at?: number): string {
    const offset = (at: number) => this.#word(CHUNK.offsets + 4 * at);
    const [from, to] = at === undefined
      ? [0, offset(this.count)]
      : [offset(at), offset(at + 1) - 1];
    return decoder.decode(this.#text.subarray(from, to));
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }
}
