/** What the host says: frames on standard input. @module */
import { setImmediate } from "node:timers/promises";
import { type Frame, FRAME_HEADER, FrameReader } from "../../companion/frames.ts";
import { CHUNK, FrameKind, MAX_ITEM } from "../protocol.ts";

/** Timers and promises of modules have a turn so often (ms) at least. */
const YIELD_MS = 10;
const MOST = CHUNK.text + MAX_ITEM + FRAME_HEADER + 4096;

/**
 * Waits for the host's frames. While they keep coming it blocks in reads, which is three times as fast;
 * once the host says that no more come for a while, the event loop waits.
 */
export class Input {
  readonly #reader = new FrameReader(MOST);
  // Modules may replace what they find.
  readonly #readSync = Deno.stdin.readSync.bind(Deno.stdin);
  readonly #read = Deno.stdin.read.bind(Deno.stdin);
  readonly #setRaw = Deno.stdin.setRaw.bind(Deno.stdin);
  readonly #BadResource = Deno.errors.BadResource;
  #blocking = false;
  #yielded = 0;

  /** True if a module has closed it. */
  get closed(): boolean {
    try {
      this.#setRaw(false); // it is no terminal: this does nothing
      return false;
    } catch (error) {
      return error instanceof this.#BadResource;
    }
  }

  /** The next frame; null once the host is gone. */
  async next(): Promise<Frame | null> {
    if (performance.now() - this.#yielded >= YIELD_MS) {
      await setImmediate();
      this.#yielded = performance.now();
    }
    for (;;) {
      const frame = this.#reader.next();
      if (frame !== null) {
        this.#blocking = frame.kind === FrameKind.chunk;
        return frame;
      }
      const count = this.#blocking
        ? this.#reader.fill((buffer, offset) => this.#readSync(buffer.subarray(offset)) ?? -1)
        : await this.#reader.fillSlowly(async (room) => await this.#read(room) ?? -1);
      if (count < 0) return null;
    }
  }
}
