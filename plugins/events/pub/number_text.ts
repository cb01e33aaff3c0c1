/** Numbers as text, in a frame of their own. @module */

const [ZERO, NINE] = [0x30, 0x39];
/** Digits of 2^53. */
const DIGITS = 16;

/** Writes numbers as decimal text; nearly always the next one. */
export class NumberText {
  /** The text written last. */
  readonly bytes: Uint8Array<ArrayBuffer> = new Uint8Array(new ArrayBuffer(DIGITS));
  #written = 0;
  #length = 0;

  /** Writes a number into {@linkcode bytes}. @returns its length */
  write(number: number): number {
    if (number !== this.#written + 1 || !this.#increment()) {
      this.#length = new TextEncoder().encodeInto(String(number), this.bytes).written;
    }
    this.#written = number;
    return this.#length;
  }

  /** Its last digit changes. @returns false if the next one has more digits */
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
