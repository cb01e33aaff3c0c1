/** Owner and mode of the files of `ipc://` endpoints, which libzmq makes. @module */
import { cString, type Library } from "../../../ffi/zmq/thin.ts";
import { ConfigError } from "../config/read.ts";
import { parseMode, parseOwner } from "../config/forms.ts";

/** Functions of the C library: the process has no right to write files in Deno's terms. */
const SYMBOLS = {
  // int chmod (const char *pathname, mode_t mode);
  chmod: { parameters: ["buffer", "u32"], result: "i32" },
  // int chown (const char *pathname, uid_t owner, gid_t group);
  chown: { parameters: ["buffer", "u32", "u32"], result: "i32" },
  // mode_t umask (mode_t mask);
  umask: { parameters: ["u32"], result: "u32" },
  // struct passwd *getpwnam (const char *name);
  getpwnam: { parameters: ["buffer"], result: "pointer" },
  // struct group *getgrnam (const char *name);
  getgrnam: { parameters: ["buffer"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

// struct passwd { char *pw_name, *pw_passwd; uid_t pw_uid; ... } and
// struct group { char *gr_name, *gr_passwd; gid_t gr_gid; ... } have their number at the same place.
const NUMBER_OFFSET = 16;
/** `(uid_t) -1`: as it is. */
const UNCHANGED = 0xffffffff;

/** What the files are to be; empty text for what stays as it is. */
export interface IpcFileOptions {
  /** `user`, `user:group` or `:group`. */
  readonly owner: string;
  /** Octal, as in `0660`. */
  readonly mode: string;
}

/** Gives `ipc://` endpoints their owner and mode. Needs the `ffi` permission while it is made. */
export class IpcFiles {
  readonly #library: Library;
  readonly #native: Deno.DynamicLibrary<typeof SYMBOLS>;
  readonly #mode: number | null;
  readonly #user: number;
  readonly #group: number;

  /** @throws {ConfigError} for a user or group that the system does not know */
  constructor(library: Library, { owner, mode }: IpcFileOptions) {
    this.#library = library;
    this.#native = Deno.dlopen(library.path, SYMBOLS); // which is linked with the C library
    this.#mode = parseMode(mode);
    const names = parseOwner(owner);
    const { getpwnam, getgrnam } = this.#native.symbols;
    this.#user = accountNumber(names?.user ?? null, "user", getpwnam);
    this.#group = accountNumber(names?.group ?? null, "group", getgrnam);
  }

  /** Binds, and sees to the file. @throws {Error} if the owner or mode can't be set */
  bind(path: string, bind: () => void): void {
    const { symbols } = this.#native;
    // Nobody may slip in between the file's making and its mode.
    const before = this.#mode === null ? null : symbols.umask(0o777 & ~this.#mode);
    try {
      bind();
    } finally {
      if (before !== null) symbols.umask(before);
    }
    const file = cString(path);
    if (this.#user !== UNCHANGED || this.#group !== UNCHANGED) {
      this.#check(symbols.chown(file, this.#user, this.#group), path, "owner (ipc_owner)");
    }
    if (this.#mode !== null) this.#check(symbols.chmod(file, this.#mode), path, "mode (ipc_mode)");
  }

  /** Lets go of the functions. */
  close(): void {
    this.#native.close();
  }

  #check(result: number, path: string, what: string): void {
    if (result !== 0) throw this.#library.error(`Cannot set the ${what} of`, path);
  }
}

function accountNumber(
  account: string | number | null,
  what: "user" | "group",
  find: (name: Uint8Array<ArrayBuffer>) => Deno.PointerValue,
): number {
  if (account === null) return UNCHANGED;
  if (typeof account === "number") return account;
  const entry = find(cString(account));
  if (entry === null) throw new ConfigError([`ipc_owner: there is no ${what} ${account}`], []);
  return new Deno.UnsafePointerView(entry).getUint32(NUMBER_OFFSET);
}
