/** The public keys of known clients (CURVE), from one file or a folder of files. @module */
import {
  checkRoot,
  faultIn,
  fileFault,
  type FilePlace,
  LineError,
  readText,
} from "../../companion/placed_file.ts";
import type { Log } from "../../janus/log.ts";
import { isName, NAME_FORM } from "./names.ts";
import { stampOf, WatchedFile } from "./watched_file.ts";
import { decodeKey, KEY_CHARACTERS } from "./z85.ts";

const PUBLIC_SUFFIX = ".pub";
const MAX_KEYS = 100_000;
/** A key that is not known leads to a look at the whole folder, once in this time (ms) at most. */
const RESCAN_MS = 1000;

/** Known clients by key. */
export interface Keyring {
  /** The name that goes with a key of 32 bytes, null if it is not known. Looks at the files. */
  nameOf(key: Uint8Array): string | null;
  /** How many keys there are. */
  readonly size: number;
  /** Who there is. */
  names(): Iterable<string>;
}

/** Opens a file, or a folder of `*.pub` files. @throws {Error} with the path */
export function openKeyring(place: FilePlace, log: Log): Keyring {
  const { path } = place;
  let info: Deno.FileInfo;
  try {
    info = Deno.statSync(path);
    checkRoot(place);
  } catch (error) {
    throw new Error(`Cannot read ${path}: ${fileFault(error)}`);
  }
  return info.isDirectory ? new KeyFolder(place, log) : new KeyFile(place, log);
}

/** A line with a key on it. */
interface KeyLine {
  /** The key as hexadecimal text. */
  readonly key: string;
  /** What follows it; may be empty. */
  readonly name: string;
}

/**
 * The lines with keys. A key may begin with the character that comments begin with; what is a key
 * is told by its form, which a commented one, having one character more, has not.
 *
 * @throws {LineError}
 */
export function readKeyLines(text: string): KeyLine[] {
  const lines: KeyLine[] = [];
  for (const [index, line] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
    const [first = "", name = "", more = ""] = line.trim().split(/\s+/, 3);
    const key = decodeKey(first);
    if (key !== null) {
      if (more !== "" && !more.startsWith("#")) {
        const column = line.indexOf(more, line.indexOf(name, line.indexOf(first) + first.length)) +
          1;
        throw new LineError(index + 1, column, "nothing may follow the name");
      }
      lines.push({ key: key.toHex(), name: name.startsWith("#") ? "" : name });
    } else if (first !== "" && !first.startsWith("#")) {
      const column = line.indexOf(first) + 1;
      throw new LineError(
        index + 1,
        column,
        `this is no key, which has ${KEY_CHARACTERS} characters`,
      );
    }
  }
  return lines;
}

/** Any 32 bytes could be either key: the comment that keygen puts above a secret one tells. */
function checkPublic(text: string): void {
  const index = text.split("\n").findIndex((line) =>
    /^\s*#\s*(?:secret key|key pair)\b/i.test(line)
  );
  if (index < 0) return;
  throw new LineError(
    index + 1,
    1,
    "a secret key, which only its owner may have: its public one belongs here (NAME.pub)",
  );
}

/** Reads lines of a key and a name each. @throws {Error} with the line */
function parseKeys(text: string): Map<string, string> {
  checkPublic(text);
  const names = new Map<string, string>();
  for (const { key, name } of readKeyLines(text)) {
    if (!isName(name)) {
      const shown = name === "" ? "has no name" : `has the name ${JSON.stringify(name)}`;
      throw new Error(`a key ${shown}: put one behind it (${NAME_FORM})`);
    }
    const known = names.get(key);
    if (known !== undefined && known !== name) {
      throw new Error(`${known} and ${name} have the same key`);
    }
    names.set(key, name);
    if (names.size > MAX_KEYS) throw new Error(`more than ${MAX_KEYS} keys`);
  }
  return names;
}

class KeyFile implements Keyring {
  readonly #file: WatchedFile<Map<string, string>>;

  constructor(place: FilePlace, log: Log) {
    this.#file = new WatchedFile(place, parseKeys, log);
  }

  get size(): number {
    return this.#file.current().size;
  }

  names(): Iterable<string> {
    return this.#file.current().values();
  }

  nameOf(key: Uint8Array): string | null {
    return this.#file.current().get(key.toHex()) ?? null;
  }
}

interface KeyEntry {
  readonly path: string;
  readonly name: string;
  readonly stamp: string | null;
  /** Null where the file has never been good. */
  readonly key: string | null;
}

class KeyFolder implements Keyring {
  readonly #path: string;
  readonly #root: string;
  readonly #log: Log;
  #entries = new Map<string, KeyEntry>();
  #byKey = new Map<string, KeyEntry>();
  #stamp: string | null = null;
  #scanned = 0;
  readonly #complaints = new Map<string, string>();

  constructor({ path, root }: FilePlace, log: Log) {
    this.#path = path;
    this.#root = root;
    this.#log = log;
    this.#stamp = this.#folderStamp();
    this.#scan(Date.now(), true);
  }

  get size(): number {
    return this.#byKey.size;
  }

  names(): Iterable<string> {
    return [...this.#byKey.values()].map(({ name }) => name);
  }

  nameOf(key: Uint8Array): string | null {
    const hex = key.toHex();
    const now = Date.now();
    const stamp = this.#folderStamp();
    // The folder's own time changes with what comes and goes, but not with a file's content.
    if (stamp === null || stamp !== this.#stamp) {
      this.#stamp = stamp;
      this.#scan(now, false);
    }
    const found = this.#byKey.get(hex);
    const stale = found !== undefined &&
      (found.stamp === null || this.#fileStamp(found.path) !== found.stamp);
    if (stale || (found === undefined && now - this.#scanned >= RESCAN_MS)) this.#scan(now, false);
    return this.#byKey.get(hex)?.name ?? null;
  }

  #folderStamp(): string | null {
    return this.#fileStamp(this.#path);
  }

  #fileStamp(path: string): string | null {
    try {
      return stampOf(Deno.statSync(path));
    } catch (error) {
      return fileFault(error);
    }
  }

  /** Reads what has changed. `first`: the folder itself must be readable. */
  #scan(now: number, first: boolean): void {
    this.#scanned = now;
    let files: string[];
    try {
      checkRoot({ path: this.#path, root: this.#root });
      files = [...Deno.readDirSync(this.#path)].map(({ name }) => name)
        .filter((name) => name.endsWith(PUBLIC_SUFFIX)).sort();
    } catch (error) {
      const complaint = `Cannot read ${this.#path}: ${fileFault(error)}`;
      if (first) throw new Error(complaint);
      this.#complain(this.#path, `${complaint}; what was in it before still counts`);
      return;
    }
    this.#complaints.delete(this.#path);
    const entries = new Map<string, KeyEntry>();
    for (const file of files.slice(0, MAX_KEYS)) entries.set(file, this.#entry(file));
    this.#entries = entries;
    this.#byKey = new Map();
    for (const entry of entries.values()) {
      const other = entry.key === null ? undefined : this.#byKey.get(entry.key);
      if (entry.key === null) continue;
      if (other === undefined) this.#byKey.set(entry.key, entry);
      else this.#complain(entry.path, `${entry.path} has the same key as ${other.path}`);
    }
    for (const path of this.#complaints.keys()) {
      if (!entries.has(path.slice(this.#path.length + 1))) this.#complaints.delete(path);
    }
  }

  #entry(file: string): KeyEntry {
    const path = `${this.#path}/${file}`;
    const name = file.slice(0, -PUBLIC_SUFFIX.length);
    const before = this.#entries.get(file);
    const stamp = this.#fileStamp(path);
    if (before !== undefined && stamp !== null && before.stamp === stamp) return before;
    try {
      if (!isName(name)) throw new Error(`${path}: the file's name is no name: ${NAME_FORM}`);
      const text = readText({ path, root: this.#root });
      checkPublic(text);
      const [line, ...more] = readKeyLines(text);
      if (line === undefined) throw new Error(`${path}: there is no key in it`);
      if (more.length > 0) throw new Error(`${path}: there is more than one key in it`);
      this.#complaints.delete(path);
      return { path, name, stamp, key: line.key };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      const complaint = text.includes(path) ? text : faultIn(path, error);
      this.#complain(path, complaint);
      return { path, name, stamp, key: before?.key ?? null };
    }
  }

  #complain(about: string, text: string): void {
    if (this.#complaints.get(about) === text) return;
    this.#complaints.set(about, text);
    this.#log.error(text);
  }
}
