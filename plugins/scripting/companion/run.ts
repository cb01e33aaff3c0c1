/** Items that the host hands over together. @module */
import { RUN } from "../protocol.ts";

const decoder = new TextDecoder();

/** Reads the payload of a frame, for as long as no other one is read. */
export class Run {
  readonly number: number;
  readonly count: number;
  /** How long (ms) is waited after each call; null for no longer than it takes. */
  readonly careful: number | null;
  /** How JSON is written: the place in `JSON_FORMS`. */
  readonly form: number;
  readonly #payload: Uint8Array;
  readonly #view: DataView;

  constructor(payload: Uint8Array) {
    this.#payload = payload;
    this.#view = new DataView(payload.buffer, payload.byteOffset, payload.length);
    this.number = this.#word(RUN.number);
    this.count = this.#word(RUN.count);
    this.form = this.#word(RUN.form);
    const careful = this.#word(RUN.careful);
    this.careful = careful === 0 ? null : careful - 1;
  }

  /** A bit for each module that an item is for. */
  mask(at: number): number {
    const enabled = this.#word(RUN.enabled);
    return at === 0 ? enabled & ~this.#word(RUN.skipped) : enabled;
  }

  /** The text of one item. */
  item(at: number): string {
    return this.#text(this.#offset(at), this.#offset(at + 1) - 1);
  }

  /** All items as one JSON array. */
  get items(): string {
    return this.#text(0, this.#offset(this.count));
  }

  #text(from: number, to: number): string {
    return decoder.decode(this.#payload.subarray(RUN.text + from, RUN.text + to));
  }

  #offset(at: number): number {
    return this.#word(RUN.offsets + 4 * at);
  }

  #word(at: number): number {
    return this.#view.getUint32(at, true);
  }
}
