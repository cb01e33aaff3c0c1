/** Users and their hashed passwords (PLAIN). @module */
import { type FilePlace, LineError } from "../../companion/placed_file.ts";
import { setTimeout as sleep } from "node:timers/promises";
import type { Log } from "../../janus/log.ts";
import { nodeCrypto } from "./builtin.ts";
import { isName, NAME_FORM } from "./names.ts";
import { type Asker, placeOf, Turns } from "./turns.ts";
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
/** How long (ms) it is not looked who has come, while the time of nobody who waits has. */
const LOOK_MS = 20;

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

/** Reads lines as {@linkcode makeUserLine} makes them. @throws {LineError} */
export function parseUsers(text: string): Map<string, PasswordHash> {
  const users = new Map<string, PasswordHash>();
  for (const [index, raw] of text.replace(/^\uFEFF/, "").split("\n").entries()) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#")) continue;
    const [name = "", method, ...parts] = line.split(":");
    const column = raw.search(/\S/) + 1;
    const fault = (text: string, from = column) => new LineError(index + 1, from, text);
    // Whatever else stands there may be a password: don't repeat it.
    if (!isName(name)) throw fault(`it does not begin with a name (${NAME_FORM})`);
    if (users.has(name)) throw fault(`${name} is there twice`);
    const hash = method === "scrypt" ? parseHash(parts) : null;
    if (hash === null) {
      throw fault(
        `${name} has no hash of a password (janus-zeromq keygen user)`,
        column + name.length + 1,
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
  // scrypt itself takes a password for the same with zeros at its end (RFC 2104 fills keys up with them).
  const zeros = password.length - 1 - password.findLastIndex((byte) => byte !== 0);
  const salted = new Uint8Array([...salt, ...new Uint8Array(zeros)]);
  return new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: 2 * MAX_MEMORY };
    scrypt(password, salted, HASH_BYTES, options, (error, key) => {
      if (error) reject(error);
      else resolve(new Uint8Array(key));
    });
  });
}

/** What a check came to; `busy` if too many others wait for theirs. */
export type PasswordVerdict = "right" | "wrong" | "unknown" | "busy";

/** A check that waits for its turn. */
interface Check {
  readonly asker: Asker;
  readonly password: Uint8Array;
  readonly settle: (verdict: PasswordVerdict) => void;
}

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
  readonly #turns = new Turns<Check>();
  /** Those that wait, or are being made, by who asks and for what. */
  readonly #pending = new Map<string, Promise<PasswordVerdict>>();
  #running = false;

  /** @throws {Error} with the path, if the file cannot be used */
  constructor(place: FilePlace, log: Log) {
    this.#users = new WatchedFile(place, parseUsers, log);
  }

  /** How many users there are. */
  get size(): number {
    return this.#users.current().size;
  }

  /** Who there is. */
  names(): Iterable<string> {
    return this.#users.current().keys();
  }

  /** Somebody was let in before this process began, so that it need not wait for those that guess. */
  expect(asker: Asker): void {
    this.#turns.pass(asker);
  }

  /**
   * Checks a password. The answer is there at once where it was found right before; else it takes
   * one hash, for a name that there is as for one that there is not, when it is the asker's turn.
   */
  check(asker: Asker, password: Uint8Array): PasswordVerdict | Promise<PasswordVerdict> {
    const { name } = asker;
    const user = this.#users.current().get(name);
    if (user !== undefined && this.#remembers(name, password, user)) {
      this.#turns.pass(asker);
      return "right";
    }
    // Many connections of one user come at once after a restart: one turn does for all.
    const same = this.#hmac(placeOf(asker.address), name, password).toHex();
    const waiting = this.#pending.get(same);
    if (waiting !== undefined) return waiting;
    const verdict = new Promise<PasswordVerdict>((resolve) => {
      const away = this.#turns.add(asker, { asker, password, settle: resolve }, Date.now());
      for (const { settle } of away) settle("busy");
      void this.#run();
    }).finally(() => this.#pending.delete(same));
    this.#pending.set(same, verdict);
    return verdict;
  }

  /** One at a time: strangers must not be able to take more than one core from Janus. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    while (this.#turns.size > 0) {
      for (const { settle } of this.#turns.expire(Date.now())) settle("busy");
      const next = this.#turns.take(Date.now());
      if (next !== null) next.settle(await this.#decide(next).catch(() => "busy" as const));
      // Those to come may be ready before those that wait.
      else await sleep(Math.min(Math.max(1, this.#turns.due(Date.now())), LOOK_MS));
    }
    this.#running = false;
  }

  async #decide({ asker, password }: Check): Promise<PasswordVerdict> {
    const { name } = asker;
    const user = this.#users.current().get(name);
    let right = user !== undefined && this.#remembers(name, password, user);
    if (!right) { // nor by another connection of the same user's meanwhile
      const expected = user ?? this.#stranger;
      const hash = await derive(password, expected);
      right = this.#crypto.timingSafeEqual(hash, expected.hash) && user !== undefined;
      if (right && user !== undefined) this.#remember(name, password, user);
    }
    if (right) this.#turns.pass(asker);
    else for (const other of this.#turns.fail(asker, Date.now())) other.settle("busy");
    return right ? "right" : user === undefined ? "unknown" : "wrong";
  }

  #digest(name: string, password: Uint8Array, { hash, salt }: PasswordHash): Uint8Array {
    // With the hash in it, what is remembered ends with a change of the password.
    return this.#hmac(name, `${hash.toHex()} ${salt.toHex()}`, password);
  }

  #hmac(one: string, other: string, password: Uint8Array): Uint8Array {
    return new Uint8Array(
      this.#crypto.createHmac("sha256", this.#key).update(`${one}\0${other}\0`).update(password)
        .digest(),
    );
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
