/** What the companion says to its host: frames on its standard output. @module */
import { encodeFrame, FRAME_HEADER, padded } from "../../companion/frames.ts";
import { FrameKind, ItemOutcome, MAX_LINE, MAX_MODULES, RESULT, TALLIES } from "../protocol.ts";
import type { FilterOutcome } from "../../sdk/filter_chain.ts";
import type { HookOutcome } from "../../sdk/hook_chain.ts";

/** So many bytes of results are handed over, though the chunk goes on. */
const FLUSH_BYTES = 1 << 16;
/** So often (ms) the host hears something, for its watchdog to see that calls come back. */
const SAY_MS = 10;
/** Log lines a second; those beyond it are counted. */
const LINES = 200;
const WINDOW_MS = 1000;
/** Texts that are shorter, such as topics, are not worth a call of the encoder. */
const SHORT = 64;

/** Writes all of some bytes, however long it takes. */
export type Write = (bytes: Uint8Array) => void;

/** Log lines of modules. */
export class LogWriter {
  readonly #write: Write;
  #since = 0;
  #lines = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Writes a line. @param module counted from 0; -1 for none */
  write(level: number, module: number, text: string): void {
    const now = performance.now();
    if (now - this.#since >= WINDOW_MS) {
      const lost = this.#lines - LINES;
      this.#since = now;
      this.#lines = 0;
      if (lost > 0) {
        this.#line(level, -1, `${lost} lines were left out: more than ${LINES} in a second`);
      }
    }
    if (this.#lines++ < LINES) this.#line(level, module, text);
  }

  #line(level: number, module: number, text: string): void {
    this.#write(encodeFrame(FrameKind.log, [level, module], text.slice(0, MAX_LINE)));
  }
}

/** Gathers what came of the items of a chunk, and hands it over a frame at a time. */
export class ResultWriter {
  /** `Tally` of each module, since they were last handed over. */
  readonly tallies = new Float64Array(MAX_MODULES * TALLIES);
  readonly #write: Write;
  readonly #modules: number;
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(new ArrayBuffer(4 * FLUSH_BYTES));
  #view = new DataView(this.#bytes.buffer);
  #chunk = 0;
  #first = 0;
  #count = 0;
  #at = 0;
  /** When something was written last. */
  #said = 0;

  constructor(write: Write, modules: number) {
    this.#write = write;
    this.#modules = modules;
  }

  /** A chunk begins. */
  begin(chunk: number): void {
    this.#chunk = chunk;
    this.#first = this.#count = 0;
    this.#reset();
    this.#said = performance.now();
  }

  /** Adds what came of the next item. */
  add(outcome: FilterOutcome | HookOutcome): void {
    if (typeof outcome === "string") this.#word(ItemOutcome[outcome]);
    else if ("length" in outcome) {
      this.#word(outcome.length);
      for (const { topic, text } of outcome) this.#message(topic, text);
    } else if ("text" in outcome) {
      this.#word(ItemOutcome.changed);
      this.#message("", outcome.text, 0);
    } else {
      this.#word(ItemOutcome.refused);
      this.#message("", outcome.reason, outcome.code);
    }
    this.#count++;
    if (this.#at >= FLUSH_BYTES) this.flush();
  }

  /** Says that a module is called, where it is time to say something. */
  announce(module: number, now: number, always: boolean): void {
    if (!always && now - this.#said < SAY_MS) return;
    this.flush();
    this.#said = now;
    this.#write(encodeFrame(FrameKind.progress, [this.#chunk, this.#first + this.#count, module]));
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.#count === 0) return;
    const view = this.#view;
    view.setUint32(0, this.#at - FRAME_HEADER, true);
    view.setUint32(4, FrameKind.result, true);
    view.setUint32(FRAME_HEADER + RESULT.number, this.#chunk, true);
    view.setUint32(FRAME_HEADER + RESULT.first, this.#first, true);
    view.setUint32(FRAME_HEADER + RESULT.count, this.#count, true);
    view.setUint32(FRAME_HEADER + RESULT.modules, this.#modules, true);
    for (let at = 0; at < this.#modules * TALLIES; at++) {
      view.setFloat64(FRAME_HEADER + RESULT.tallies + 8 * at, this.tallies[at]!, true);
    }
    this.tallies.fill(0);
    this.#write(this.#bytes.subarray(0, this.#at));
    this.#said = performance.now();
    this.#first += this.#count;
    this.#count = 0;
    this.#reset();
  }

  #reset(): void {
    this.#at = FRAME_HEADER + RESULT.tallies + 8 * this.#modules * TALLIES;
  }

  /** @param code stands in the place of the topic's length */
  #message(topic: string, text: string, code?: number): void {
    const header = this.#at;
    this.#word(0);
    this.#word(0);
    const topicLength = this.#text(topic);
    const length = this.#text(text);
    this.#view.setInt32(header, code ?? topicLength, true);
    this.#view.setUint32(header + 4, length, true);
    this.#at = header + 8 + padded(topicLength + length);
  }

  #word(value: number): void {
    this.#makeRoom(4);
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
  }

  /** Writes text. @returns its bytes */
  #text(text: string): number {
    this.#makeRoom(text.length * 3 + 4); // a unit takes three bytes at most; then come blanks
    let length = 0;
    if (text.length < SHORT) {
      for (; length < text.length; length++) {
        const code = text.charCodeAt(length);
        if (code > 0x7f) break;
        this.#bytes[this.#at + length] = code;
      }
    }
    if (length < text.length) {
      length = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#at)).written;
    }
    this.#at += length;
    return length;
  }

  /** A frame has room for what one item may become (`MAX_TEXT`), behind as much as is not yet flushed. */
  #makeRoom(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(new ArrayBuffer(Math.max(needed, 2 * this.#bytes.length)));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
