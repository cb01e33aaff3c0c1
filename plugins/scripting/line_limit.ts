/** Log lines of modules, so many a second and no more. @module */
import { type Log, LogLevel } from "../janus/log.ts";
import { printable } from "../janus/printable.ts";

const LINES = 50;
const WINDOW_MS = 1000;
/** Bytes of one line, at most. */
const MAX_BYTES = 8000;

/** Writes what modules say, and leaves out what is too much. */
export class LineLimit {
  readonly #log: Log;
  readonly #decoder = new TextDecoder();
  #begun = 0;
  readonly #counts = new Map<string, { lines: number; out: number }>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** Writes a text under a title, a line for each of its own. */
  write(now: number, level: number, title: string, text: Uint8Array): void {
    this.flush(now);
    let count = this.#counts.get(title);
    if (count === undefined) this.#counts.set(title, count = { lines: 0, out: 0 });
    if (count.lines >= LINES) return void count.out++;
    const lines = this.#decoder.decode(text.subarray(0, MAX_BYTES)).split("\n");
    for (const line of lines) {
      if (count.lines++ < LINES) this.#line(level, `${title}: ${printable(line)}`);
      else count.out++;
    }
  }

  #line(level: number, line: string): void {
    if (level === LogLevel.error) this.#log.error(line);
    else if (level === LogLevel.warning) this.#log.warning(line);
    else if (level === LogLevel.info) this.#log.info(line);
    else this.#log.verbose(line);
  }

  /** Says what was left out, where it is time. */
  flush(now: number): void {
    if (now - this.#begun < WINDOW_MS) return;
    this.#begun = now;
    for (const [title, { out }] of this.#counts) {
      if (out > 0) {
        this.#log.warning(`${title}: ${out} lines were left out: more than ${LINES} in a second`);
      }
    }
    this.#counts.clear();
  }
}
