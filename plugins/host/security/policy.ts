/** Who may connect to one API. @module */
import type { FilePlace } from "../../companion/placed_file.ts";
import type { SecurityConfig } from "../config/schema.ts";
import type { Log } from "../../janus/log.ts";
import { AllowList } from "./allow_list.ts";
import { type Keyring, openKeyring } from "./keyring.ts";
import { PasswordChecker, type PasswordVerdict } from "./passwords.ts";
import { printable } from "./refusals.ts";
import { readSecretKey } from "./server_key.ts";
import type { Asker } from "./turns.ts";
import { encodeZ85, KEY_BYTES } from "./z85.ts";

/** How a peer's request to connect is decided. */
export type Verdict =
  /** `name` is its User-Id, empty where it has none; `number` tells its connection from others. */
  | { readonly allowed: true; readonly name: string; readonly number?: number }
  /** `again`: a later attempt may well succeed. */
  | { readonly allowed: false; readonly reason: string; readonly again?: boolean };

/** What a peer brings. */
export interface Credentials {
  readonly address: string;
  /** As libzmq names it: `NULL`, `PLAIN` or `CURVE`. */
  readonly mechanism: string;
  /** Nothing, a user and a password, or a key. */
  readonly frames: readonly Uint8Array[];
}

/** Decides on the peers of one API. */
export class Policy {
  readonly mechanism: SecurityConfig["mechanism"];
  /** The server's secret key where the mechanism is `curve`. */
  readonly secretKey: Uint8Array<ArrayBuffer> | null = null;
  readonly #allow: AllowList;
  readonly #keyring: Keyring | null = null;
  readonly #passwords: PasswordChecker | null = null;

  /** Reads the files. @throws {Error} with the path of one that cannot be used */
  constructor(config: SecurityConfig, log: Log, resolve: (path: string) => FilePlace) {
    this.mechanism = config.mechanism;
    this.#allow = new AllowList(config.allow);
    if (config.mechanism === "curve") {
      this.secretKey = readSecretKey(resolve(config.secret_key));
      this.#keyring = openKeyring(resolve(config.clients), log);
      if (this.#keyring.nameOf(this.secretKey) !== null) {
        throw new Error(`Cannot use ${config.secret_key}: a client has this key as its public one`);
      }
    } else if (config.mechanism === "plain") {
      this.#passwords = new PasswordChecker(resolve(config.users), log);
    }
  }

  /** False if every peer may connect, so that nobody need be asked. */
  get needed(): boolean {
    return this.mechanism !== "null" || !this.#allow.empty;
  }

  /** How many clients there are that may connect; null where they are not known by name. */
  get clients(): number | null {
    return this.#keyring?.size ?? this.#passwords?.size ?? null;
  }

  /** The clients that may connect, by name; none where they have none. */
  names(): Iterable<string> {
    return this.#keyring?.names() ?? this.#passwords?.names() ?? [];
  }

  /** Somebody was let in before this process began. */
  expect(asker: Asker): void {
    this.#passwords?.expect(asker);
  }

  /** Decides, at once unless a password has to be hashed. */
  judge({ address, mechanism, frames }: Credentials): Verdict | Promise<Verdict> {
    if (!this.#allow.allows(address)) return refused("its address is not in allow");
    if (mechanism !== this.mechanism.toUpperCase()) {
      return refused(`it uses ${printable(mechanism)}, not ${this.mechanism.toUpperCase()}`);
    }
    if (this.#keyring !== null) return this.#judgeKey(this.#keyring, frames);
    if (this.#passwords !== null) return this.#judgePassword(this.#passwords, address, frames);
    return { allowed: true, name: "" };
  }

  #judgeKey(keyring: Keyring, [key]: readonly Uint8Array[]): Verdict {
    if (key?.length !== KEY_BYTES) return refused("its key is not one of 32 bytes");
    const name = keyring.nameOf(key);
    if (name !== null) return { allowed: true, name };
    return refused(`its public key ${encodeZ85(key)} is not in clients`);
  }

  #judgePassword(
    passwords: PasswordChecker,
    address: string,
    [user, password]: readonly Uint8Array[],
  ): Verdict | Promise<Verdict> {
    if (user === undefined || password === undefined) return refused("it sent no password");
    const name = new TextDecoder().decode(user);
    const verdict = passwords.check({ address, name }, password);
    return typeof verdict === "string"
      ? passwordVerdict(verdict, name)
      : verdict.then((late) => passwordVerdict(late, name));
  }
}

function refused(reason: string): Verdict {
  return { allowed: false, reason };
}

function passwordVerdict(verdict: PasswordVerdict, name: string): Verdict {
  const shown = JSON.stringify(printable(name));
  switch (verdict) {
    case "right":
      return { allowed: true, name };
    case "wrong":
      return refused(`wrong password for ${shown}`);
    case "unknown":
      return refused(`${shown} is not in users`);
    case "busy":
      return { allowed: false, again: true, reason: "too many passwords are being checked" };
  }
}
