/** Files of the operator's, some of which are read again when they have changed. @module */
import { faultIn, fileFault, type FilePlace, readText } from "../../companion/placed_file.ts";
import type { Log } from "../../janus/log.ts";

/** A file that changed this short a time (ms) ago may change again within its timestamp's grain. */
const UNSETTLED_MS = 100;

/** Tells two states of a file apart; null for one that changed just now. */
export function stampOf(info: Deno.FileInfo, now = Date.now()): string | null {
  const changed = Math.max(info.mtime?.getTime() ?? 0, info.ctime?.getTime() ?? 0);
  if (Math.abs(now - changed) < UNSETTLED_MS) return null;
  return `${info.dev}:${info.ino}:${info.size}:${info.mtime?.getTime()}:${info.ctime?.getTime()}`;
}

/** What a file says, as of now: a change counts from the next {@linkcode current} on. */
export class WatchedFile<T> {
  readonly path: string;
  readonly #place: FilePlace;
  readonly #parse: (text: string) => T;
  readonly #log: Log;
  #value: T;
  /** Of what {@linkcode #value} was read from, or what could not be read instead. */
  #stamp: string | null;
  #complaint = "";

  /** Reads it. @throws {Error} with the path, if that fails */
  constructor(place: FilePlace, parse: (text: string) => T, log: Log) {
    this.path = place.path;
    this.#place = place;
    this.#parse = parse;
    this.#log = log;
    this.#stamp = this.#look();
    this.#value = this.#read();
  }

  /** Its content. What cannot be read or understood is logged once, and the last good one counts. */
  current(): T {
    const stamp = this.#look();
    if (stamp !== null && stamp === this.#stamp) return this.#value;
    this.#stamp = stamp;
    try {
      this.#value = this.#read();
      if (this.#complaint !== "") this.#log.info(`${this.path} is used again`);
      this.#complaint = "";
    } catch (error) {
      const complaint = error instanceof Error ? error.message : String(error);
      if (complaint !== this.#complaint) {
        this.#log.error(`${complaint}; what it said before still counts`);
      }
      this.#complaint = complaint;
    }
    return this.#value;
  }

  #look(): string | null {
    try {
      return stampOf(Deno.statSync(this.path));
    } catch (error) {
      return fileFault(error);
    }
  }

  #read(): T {
    const text = readText(this.#place);
    try {
      return this.#parse(text);
    } catch (error) {
      throw new Error(faultIn(this.path, error));
    }
  }
}
