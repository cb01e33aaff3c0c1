/** Users and their hashed passwords (PLAIN). @module */
import type { Log } from "../../janus/log.ts";
import { nodeCrypto } from "./builtin.ts";
import { isName, NAME_FORM } from "./names.ts";
import { WatchedFile } from "./watched_file.ts";

/** What new hashes are made with: about 50 ms and 16 MiB each. */
const COST = { N: 16384, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What a line may ask for, so that a file cannot bring the process down. */
const MAX_MEMORY = 64 * 1024 * 1024;
const MAX_PARALLEL_COST = 16;

/** Verified passwords that are remembered; then the oldest are forgotten. */
const MAX_REMEMBERED = 1024;
/** Passwords whose check waits for others'; then peers are told to come again. */
const MAX_WAITING = 64;

/** A password's hash, and what it was made with. */
interface PasswordHash {
  readonly N: number;
  readonly r: number;
  readonly p: number;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Makes a user's line, `name:scrypt:N:r:p:salt:hash`, with salt and hash in Base64. */
export async function makeUserLine(name: string, password: Uint8Array): Promise<string> {
  if (!isName(name)) throw new TypeError(`${JSON.stringify(name)} is no name: ${NAME_FORM}`);
  const salt = crypto.getRandomValues(new Uint8Array(SALT_BYTES));
  const hash = await derive(password, { ...COST, salt });
  const { N, r, p } = COST;
  return [name, "scrypt", N, r, p, salt.toBase64(), hash.toBase64()].join(":");
}

/** Reads lines as {@linkcode makeUserLine} makes them. @throws {Error} with the line's number */
export function parseUsers(text: string): Map<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, raw] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [name = "", method, ...parts] = line.split(":");
    const place = `line ${index + 1}`;
    // Whatever else stands there may be a password: don't repeat it.
    if (!isName(name)) throw new Error(`${place}: it does not begin with a name (${NAME_FORM})`);
    if (users.has(name)) throw new Error(`${place}: ${name} is there twice`);
    const hash = method === "scrypt" ? parseHash(parts) : null;
    if (hash === null) {
      throw new Error(
        `${place}: ${name} has no hash of a password (scripts/deno task keygen user)`,
      );
    }
    users.set(name, hash);
  }
  return users;
}

function parseHash(parts: readonly string[]): PasswordHash | null {
  if (parts.length !== 5) return null;
  const [N = 0, r = 0, p = 0] = parts.slice(0, 3).map(Number);
  const [salt, hash] = parts.slice(3).map(fromBase64);
  const sound = [N, r, p].every((number) => Number.isInteger(number) && number > 0) &&
    N > 1 && Number.isInteger(Math.log2(N)) && 128 * N * r <= MAX_MEMORY && p <= MAX_PARALLEL_COST;
  if (!sound || !salt || !hash) return null;
  if (salt.length < 8 || hash.length !== HASH_BYTES) return null;
  return { N, r, p, salt, hash };
}

function fromBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.fromBase64(text);
  } catch {
    return null;
  }
}

function derive(
  password: Uint8Array,
  { N, r, p, salt }: Omit<PasswordHash, "hash">,
): Promise<Uint8Array> {
  const { scrypt } = nodeCrypto();
  return new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: 2 * MAX_MEMORY };
    scrypt(password, salt, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}

/** What a check came to; `busy` if too many others wait for theirs. */
export type PasswordVerdict = "right" | "wrong" | "unknown" | "busy";

/** Checks passwords against a file of users. */
export class PasswordChecker {
  readonly #users: WatchedFile<Map<string, PasswordHash>>;
  /** Digests of what was found right: they say nothing without the process's own key. */
  readonly #remembered = new Map<string, Uint8Array>();
  readonly #crypto = nodeCrypto();
  readonly #key = crypto.getRandomValues(new Uint8Array(32));
  readonly #stranger: PasswordHash = {
    ...COST,
    salt: crypto.getRandomValues(new Uint8Array(SALT_BYTES)),
    hash: crypto.getRandomValues(new Uint8Array(HASH_BYTES)),
  };
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** @throws {Error} with the path, if the file cannot be used */
  constructor(path: string, log: Log) {
    this.#users = new WatchedFile(path, parseUsers, log);
  }

  /** How many users there are. */
  get size(): number {
    return this.#users.current().size;
  }

  /**
   * Checks a password. The answer is there at once where it was found right before; else it takes
   * one hash, for a name that there is as for one that there is not.
   */
  check(name: string, password: Uint8Array): PasswordVerdict | Promise<PasswordVerdict> {
    const user = this.#users.current().get(name);
    if (user !== undefined && this.#remembers(name, password, user)) return "right";
    if (this.#waiting.length >= MAX_WAITING) return "busy";
    return this.#hash(name, password, user);
  }

  async #hash(
    name: string,
    password: Uint8Array,
    user: PasswordHash | undefined,
  ): Promise<PasswordVerdict> {
    // One at a time: strangers must not be able to take more than one core from Janus.
    if (this.#running > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      // Many connections of one user come at once after a restart: one hash does for all.
      if (user !== undefined && this.#remembers(name, password, user)) return "right";
      const expected = user ?? this.#stranger;
      const hash = await derive(password, expected);
      const same = this.#crypto.timingSafeEqual(hash, expected.hash);
      if (user === undefined) return "unknown";
      if (same) this.#remember(name, password, user);
      return same ? "right" : "wrong";
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  #digest(name: string, password: Uint8Array, user: PasswordHash): Uint8Array {
    // With the hash in it, what is remembered ends with a change of the password.
    return this.#crypto.createHmac("sha256", this.#key).update(name).update("\0").update(user.hash)
      .update(user.salt).update(password).digest();
  }

  #remembers(name: string, password: Uint8Array, user: PasswordHash): boolean {
    const known = this.#remembered.get(name);
    if (known === undefined) return false;
    return this.#crypto.timingSafeEqual(known, this.#digest(name, password, user));
  }

  #remember(name: string, password: Uint8Array, user: PasswordHash): void {
    this.#remembered.delete(name);
    this.#remembered.set(name, this.#digest(name, password, user));
    if (this.#remembered.size <= MAX_REMEMBERED) return;
    this.#remembered.delete(this.#remembered.keys().next().value!);
  }
}
