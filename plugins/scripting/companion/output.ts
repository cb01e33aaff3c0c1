/** What the companion says to its host: frames on its standard output. @module */
import {
  encodeFrame,
  FRAME_HEADER,
  FrameKind,
  ItemOutcome,
  MAX_LINE,
  padded,
  RESULT,
  TALLIES,
} from "../protocol.ts";
import type { FilterOutcome } from "../../sdk/filter_chain.ts";
import type { HookOutcome } from "../../sdk/hook_chain.ts";

/** So many bytes of results are handed over, though the run goes on. */
const FLUSH_BYTES = 1 << 16;
/** The host is not left without a word for longer (ms): see `Watch` there. */
export const SAY_MS = 10;
/** Log lines a second; those beyond it are counted. */
const LINES = 200;
const WINDOW_MS = 1000;

/** Writes all of some bytes, however long it takes. */
export type Write = (bytes: Uint8Array) => void;

/** Log lines of modules. */
export class LogWriter {
  readonly #write: Write;
  #since = 0;
  #lines = 0;
  #lost = 0;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Writes a line. @param module counted from 0; -1 for none */
  write(level: number, module: number, text: string): void {
    const now = performance.now();
    if (now - this.#since >= WINDOW_MS) this.#open(now, level);
    if (this.#lines++ < LINES) this.#line(level, module, text);
    else this.#lost++;
  }

  #open(now: number, level: number): void {
    const lost = this.#lost;
    this.#since = now;
    this.#lines = this.#lost = 0;
    if (lost > 0) {
      this.#line(level, -1, `${lost} lines were left out: more than ${LINES} in a second`);
    }
  }

  #line(level: number, module: number, text: string): void {
    this.#write(encodeFrame(FrameKind.log, [level, module], text.slice(0, MAX_LINE)));
  }
}

/** Gathers what came of the items of a run, and hands it over a frame at a time. */
export class ResultWriter {
  readonly #write: Write;
  readonly #tallies: Float64Array;
  readonly #encoder = new TextEncoder();
  #bytes = new Uint8Array(new ArrayBuffer(4 * FLUSH_BYTES));
  #view = new DataView(this.#bytes.buffer);
  #modules = 0;
  #run = 0;
  #first = 0;
  #count = 0;
  #at = 0;
  /** When something was written last. */
  #said = 0;

  /** @param tallies what is counted of the modules; begun anew whenever it is handed over */
  constructor(write: Write, tallies: Float64Array) {
    this.#write = write;
    this.#tallies = tallies;
  }

  /** How many modules there are. */
  set modules(modules: number) {
    this.#modules = modules;
  }

  /** A run begins. */
  begin(run: number): void {
    this.#run = run;
    this.#first = this.#count = 0;
    this.#reset();
    this.#said = performance.now();
  }

  /** The item of the run that is next. */
  get item(): number {
    return this.#first + this.#count;
  }

  /** Adds what came of the next item. */
  add(outcome: FilterOutcome | HookOutcome): void {
    if (typeof outcome === "string") this.#words(ItemOutcome[outcome]);
    else if ("text" in outcome) this.#answer(ItemOutcome.changed, 0, outcome.text);
    else if ("code" in outcome) this.#answer(ItemOutcome.refused, outcome.code, outcome.reason);
    else {
      this.#words(outcome.length);
      for (const { topic, text } of outcome) this.#message(topic, text);
    }
    this.#count++;
    if (this.#at >= FLUSH_BYTES) this.flush();
  }

  /** Says that a module is called, where it is time to say something. */
  announce(module: number, now: number, always: boolean): void {
    if (!always && now - this.#said < SAY_MS) return;
    this.flush();
    this.#said = now;
    this.#write(encodeFrame(FrameKind.progress, [this.#run, this.item, module]));
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.#count === 0) return;
    const view = this.#view;
    view.setUint32(0, this.#at - FRAME_HEADER, true);
    view.setUint32(4, FrameKind.result, true);
    view.setUint32(FRAME_HEADER + RESULT.number, this.#run, true);
    view.setUint32(FRAME_HEADER + RESULT.first, this.#first, true);
    view.setUint32(FRAME_HEADER + RESULT.count, this.#count, true);
    view.setUint32(FRAME_HEADER + RESULT.modules, this.#modules, true);
    for (let at = 0; at < this.#modules * TALLIES; at++) {
      view.setFloat64(FRAME_HEADER + RESULT.tallies + 8 * at, this.#tallies[at]!, true);
    }
    this.#tallies.fill(0);
    this.#write(this.#bytes.subarray(0, this.#at));
    this.#said = performance.now();
    this.#first += this.#count;
    this.#count = 0;
    this.#reset();
  }

  #reset(): void {
    this.#at = FRAME_HEADER + RESULT.tallies + 8 * this.#modules * TALLIES;
  }

  #answer(outcome: number, code: number, text: string): void {
    this.#words(outcome, code, 0);
    const length = this.#text(text);
    this.#view.setUint32(this.#at - length - 4, length, true);
    this.#at += padded(length) - length;
  }

  #message(topic: string, text: string): void {
    this.#words(0, 0);
    const topicLength = this.#text(topic);
    const length = topicLength + this.#text(text);
    this.#view.setUint32(this.#at - length - 8, topicLength, true);
    this.#view.setUint32(this.#at - length - 4, length - topicLength, true);
    this.#at += padded(length) - length;
  }

  #words(...values: number[]): void {
    this.#makeRoom(4 * values.length);
    for (const value of values) {
      this.#view.setInt32(this.#at, value, true);
      this.#at += 4;
    }
  }

  /** Writes text. @returns its bytes */
  #text(text: string): number {
    if (text === "") return 0;
    this.#makeRoom(text.length * 3 + 4); // a unit takes three bytes at most; then come blanks
    const { written } = this.#encoder.encodeInto(text, this.#bytes.subarray(this.#at));
    this.#at += written;
    return written;
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
