/** Files of the operator's, some of which are read again when they have changed. @module */
import type { Log } from "../../janus/log.ts";

/** A file that changed this short a time (ms) ago may change again within its timestamp's grain. */
const UNSETTLED_MS = 100;
const MAX_BYTES = 16 * 1024 * 1024;

/** Tells two states of a file apart; null for one that changed just now. */
export function stampOf(info: Deno.FileInfo, now = Date.now()): string | null {
  const changed = Math.max(info.mtime?.getTime() ?? 0, info.ctime?.getTime() ?? 0);
  if (Math.abs(now - changed) < UNSETTLED_MS) return null;
  return `${info.dev}:${info.ino}:${info.size}:${info.mtime?.getTime()}:${info.ctime?.getTime()}`;
}

/** Where a file or a folder is. */
export interface FilePlace {
  /** As Deno's permissions have it, and as messages call it. */
  readonly path: string;
  /** The folder that it must be in when all links are followed, itself without links. */
  readonly root: string;
}

/** Reads a text file. @throws {Error} in words for the log */
export function readText({ path, root }: FilePlace): string {
  try {
    checkRoot({ path, root });
    const info = Deno.statSync(path);
    if (!info.isFile) throw new Error("it is no file");
    if (info.size > MAX_BYTES) throw new Error(`${info.size} bytes are too many`);
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${fileFault(error)}`);
  }
}

/**
 * Whether a place is where it says, as Deno does not look at where links lead to. Those of a mounted
 * secret, of which each file is a link, stay in their folder.
 *
 * @throws {Error} in words for the log
 */
export function checkRoot({ path, root }: FilePlace): void {
  const real = Deno.realPathSync(path);
  if (real === root || real.startsWith(root === "/" ? root : `${root}/`)) return;
  throw new Error(`it is a link to ${real}, which is outside of ${root}`);
}

/** Why a file cannot be read, in few words. */
export function fileFault(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "it does not exist";
  if (error instanceof Deno.errors.PermissionDenied) {
    return "the user that Janus runs as may not read it";
  }
  if (error instanceof Deno.errors.NotCapable) {
    return "it is none of the files that may be read";
  }
  if (error instanceof TypeError) return "it is not UTF-8 text";
  return error instanceof Error ? error.message : String(error);
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
      throw new Error(`${this.path}: ${error instanceof Error ? error.message : error}`);
    }
  }
}
