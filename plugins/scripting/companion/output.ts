/** What the companion says to its host: frames on its standard output. @module */
import {
  encodeFrame,
  FRAME_HEADER,
  FrameKind,
  ItemOutcome,
  MAX_LINE,
  MAX_RESULT,
  padded,
  RESULT,
  TALLIES,
} from "../protocol.ts";
import type { ItemResult, Message } from "./chain.ts";

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

  /** Adds what came of the next item. @throws {RangeError} if nobody could take it */
  add(result: ItemResult): void {
    const begin = this.#at;
    if (!this.#put(result)) {
      // As the first of a frame it has more room.
      this.#at = begin;
      this.flush();
      if (!this.#put(result)) {
        this.#reset();
        throw new RangeError(`Cannot pass on more than ${MAX_RESULT} bytes`);
      }
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

  #put(result: ItemResult): boolean {
    if (typeof result === "number") return this.#word(result);
    if ("code" in result) {
      return this.#word(ItemOutcome.refused) && this.#answer(result.code, result.reason);
    }
    if ("text" in result) return this.#word(ItemOutcome.changed) && this.#answer(0, result.text);
    if (!this.#word(result.length)) return false;
    for (const message of result) {
      if (!this.#message(message)) return false;
    }
    return true;
  }

  #answer(code: number, text: string): boolean {
    if (!this.#word(code)) return false;
    const header = this.#at;
    const length = this.#word(0) ? this.#text(text) : -1;
    if (length < 0) return false;
    this.#view.setUint32(header, length, true);
    this.#at = header + 4 + padded(length);
    return this.#room(0);
  }

  #message({ topic, body }: Message): boolean {
    const header = this.#at;
    if (!this.#word(0) || !this.#word(0)) return false;
    const topicLength = this.#text(topic);
    const bodyLength = topicLength < 0 ? -1 : this.#text(body);
    if (bodyLength < 0) return false;
    this.#view.setUint32(header, topicLength, true);
    this.#view.setUint32(header + 4, bodyLength, true);
    this.#at = header + 8 + padded(topicLength + bodyLength);
    return this.#room(0);
  }

  #word(value: number): boolean {
    if (!this.#room(4)) return false;
    this.#view.setInt32(this.#at, value, true);
    this.#at += 4;
    return true;
  }

  /** Writes text. @returns its bytes, or -1 if there is no room */
  #text(text: string): number {
    if (text === "") return 0;
    if (!this.#room(text.length)) return -1;
    // One unit of text takes three bytes at most.
    this.#room(text.length * 3);
    const target = this.#bytes.subarray(this.#at, FRAME_HEADER + MAX_RESULT);
    const { read, written } = this.#encoder.encodeInto(text, target);
    this.#at += written;
    return read === text.length ? written : -1;
  }

  /** Makes room for so many bytes more, up to what a frame may have. @returns false if they are too many */
  #room(bytes: number): boolean {
    const most = FRAME_HEADER + MAX_RESULT;
    const needed = this.#at + bytes;
    if (needed > this.#bytes.length && this.#bytes.length < most + 4) {
      const larger = new Uint8Array(
        new ArrayBuffer(Math.min(most + 4, Math.max(needed, 2 * this.#bytes.length))),
      );
      larger.set(this.#bytes.subarray(0, Math.min(this.#at, this.#bytes.length)));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return needed <= most;
  }
}
