/** Log lines of modules, so many a second and no more. @module */
import { type Log, LogLevel } from "../janus/log.ts";

const LINES = 50;
const WINDOW_MS = 1000;

/** Writes what modules say, and leaves out what is too much. */
export class LineLimit {
  readonly #log: Log;
  #begun = 0;
  #left = new Map<string, { lines: number; out: number }>();
  #lost = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Writes a line under a title. */
  write(now: number, level: number, title: string, text: string): void {
    this.flush(now);
    let count = this.#left.get(title);
    if (count === undefined) this.#left.set(title, count = { lines: 0, out: 0 });
    if (count.lines++ >= LINES) {
      count.out++;
      return;
    }
    const line = `${title}: ${text}`;
    if (level === LogLevel.error) this.#log.error(line);
    else if (level === LogLevel.warning) this.#log.warning(line);
    else if (level === LogLevel.info) this.#log.info(line);
    else this.#log.verbose(line);
  }

  /** Notes lines that were lost before they came here. */
  lost(lines: number): void {
    this.#lost += lines;
  }

  /** Says what was left out, where it is time. */
  flush(now: number): void {
    if (now - this.#begun < WINDOW_MS) return;
    this.#begun = now;
    for (const [title, { out }] of this.#left) {
      if (out > 0) {
        this.#log.warning(`${title}: ${out} lines were left out: more than ${LINES} in a second`);
      }
    }
    if (this.#lost > 0) {
      this.#log.warning(`${this.#lost} lines of modules were lost: too many at once`);
    }
    this.#left.clear();
    this.#lost = 0;
  }
}
