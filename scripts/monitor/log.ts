/** The monitor's log: lines that nobody can make something else of, and that hold up nothing. */
import type { Log } from "../../plugins/janus/log.ts";
import { printable } from "../../plugins/janus/printable.ts";

/** Lines that wait for whoever reads the log. What is beyond is counted. */
const MAX_WAITING = 200;
/** Lines in a minute. What is beyond is counted. */
const MAX_IN_MINUTE = 120;
/** The same line is written once in this time (ms), and then with how often it came. */
const ONCE_MS = 60_000;
/** Lines that are remembered for that, and characters of one. */
const MAX_KNOWN = 200;
const MAX_LINE = 2000;

/** Where lines go to. */
export interface LineWriter {
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Writes lines one after the other, none of them waited for: standard error may be a pipe that nobody
 * reads. No secret and no control character gets there.
 */
export class LineLog implements Log {
  readonly #to: LineWriter;
  readonly #secrets: readonly string[];
  readonly #now: () => number;
  readonly #waiting: string[] = [];
  readonly #known = new Map<string, { readonly since: number; more: number }>();
  #left = 0;
  #minute = 0;
  #inMinute = 0;
  #writing: Promise<void> | null = null;

  /** @param secrets what must not be shown */
  constructor(to: LineWriter, secrets: readonly string[] = [], now: () => number = Date.now) {
    this.#to = to;
    this.#secrets = secrets.filter((secret) => secret !== "");
    this.#now = now;
  }

  error(text: string): void {
    this.#say(`error: ${text}`);
  }

  warning(text: string): void {
    this.#say(`warning: ${text}`);
  }

  info(text: string): void {
    this.#say(text);
  }

  verbose(): void {}

  /** Like `error`, for what may come again and again: once a minute, with how often it came. */
  repeated(text: string): void {
    const now = this.#now();
    const known = this.#known.get(text);
    if (known !== undefined && now - known.since < ONCE_MS) {
      known.more++;
      return;
    }
    if (known === undefined && this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(text, { since: now, more: 0 });
    const more = known === undefined || known.more === 0 ? "" : ` (${known.more} times before it)`;
    this.error(`${text}${more}`);
  }

  /** Settled when all lines are written. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  #say(text: string): void {
    const minute = Math.floor(this.#now() / ONCE_MS);
    if (minute !== this.#minute) this.#inMinute = 0;
    this.#minute = minute;
    if (this.#waiting.length >= MAX_WAITING || ++this.#inMinute > MAX_IN_MINUTE) {
      this.#left++;
      return;
    }
    let shown = text;
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, "(secret)");
    this.#waiting.push(printable(shown).slice(0, MAX_LINE));
    this.#writing ??= this.#write();
  }

  async #write(): Promise<void> {
    try {
      for (let line = this.#next(); line !== undefined; line = this.#next()) {
        const bytes = new TextEncoder().encode(`${line}\n`);
        for (let at = 0; at < bytes.length;) at += await this.#to.write(bytes.subarray(at));
      }
    } catch {
      // The reader is gone, or the disk is full.
      this.#waiting.length = 0;
    }
    this.#writing = null;
  }

  #next(): string | undefined {
    // With what comes after them: nothing of its own wakes it.
    if (this.#left === 0 || this.#inMinute > MAX_IN_MINUTE) return this.#waiting.shift();
    const left = this.#left;
    this.#left = 0;
    return `warning: ${left} lines were left out, as they were too many or nobody read them`;
  }
}
