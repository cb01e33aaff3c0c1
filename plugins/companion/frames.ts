/** Frames over a companion's sockets: each its payload's length and its kind, both 32 bits, little-endian. @module */

export const FRAME_HEADER = 8;

/** Rounds up to whole words. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}

/** A whole frame. */
export function encodeFrame(
  kind: number,
  payload: Uint8Array | readonly number[],
  text = "",
): Uint8Array<ArrayBuffer> {
  const words = payload instanceof Uint8Array
    ? payload
    : new Uint8Array(Int32Array.from(payload).buffer);
  const tail = new TextEncoder().encode(text);
  const frame = new Uint8Array(new ArrayBuffer(FRAME_HEADER + words.length + tail.length));
  const view = new DataView(frame.buffer);
  view.setUint32(0, words.length + tail.length, true);
  view.setUint32(4, kind, true);
  frame.set(words, FRAME_HEADER);
  frame.set(tail, FRAME_HEADER + words.length);
  return frame;
}

/** A frame as it stands in a buffer that it was read into. */
export interface Frame {
  readonly kind: number;
  /** Good until the next one is asked for. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/** Takes frames out of a stream of bytes. */
export class FrameReader {
  readonly #most: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #begin = 0;
  #end = 0;

  /** @param most bytes that a frame's payload may have */
  constructor(most: number, capacity = 1 << 16) {
    this.#most = most;
    this.#buffer = new Uint8Array(new ArrayBuffer(capacity));
  }

  /**
   * Makes room, and fills it.
   *
   * @param read writes into a buffer from an offset on, and says how many bytes it wrote
   * @returns what `read` did
   */
  fill(read: (buffer: Uint8Array<ArrayBuffer>, offset: number) => number): number {
    this.#makeRoom();
    const count = read(this.#buffer, this.#end);
    if (count > 0) this.#end += count;
    return count;
  }

  /** The same, where reading takes its time; no frame is to be taken meanwhile. */
  async fillSlowly(read: (room: Uint8Array<ArrayBuffer>) => Promise<number>): Promise<number> {
    this.#makeRoom();
    const count = await read(this.#buffer.subarray(this.#end));
    if (count > 0) this.#end += count;
    return count;
  }

  /** The next whole frame; null if there is none. @throws {RangeError} for one that is too long */
  next(): Frame | null {
    const length = this.#length();
    if (length < 0 || this.#end - this.#begin < FRAME_HEADER + length) return null;
    const kind = this.#word(4);
    const from = this.#begin + FRAME_HEADER;
    this.#begin = from + length;
    return { kind, payload: this.#buffer.subarray(from, from + length) };
  }

  /** Bytes of the next frame's payload; -1 if that is not known. */
  #length(): number {
    if (this.#end - this.#begin < FRAME_HEADER) return -1;
    const length = this.#word(0);
    if (length > this.#most) {
      throw new RangeError(`a frame of ${length} bytes is longer than any may be`);
    }
    return length;
  }

  #word(at: number): number {
    return new DataView(this.#buffer.buffer).getUint32(this.#begin + at, true);
  }

  #makeRoom(): void {
    const needed = FRAME_HEADER + Math.max(0, this.#length());
    if (this.#begin === this.#end) this.#begin = this.#end = 0;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(new ArrayBuffer(needed));
      larger.set(this.#buffer.subarray(this.#begin, this.#end));
      this.#buffer = larger;
    } else if (this.#end === this.#buffer.length || this.#begin + needed > this.#buffer.length) {
      this.#buffer.copyWithin(0, this.#begin, this.#end);
    } else return;
    this.#end -= this.#begin;
    this.#begin = 0;
  }
}
