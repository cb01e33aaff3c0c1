/**
 * Finds, loads and checks libzmq. Nothing is loaded before the first call of
 * {@linkcode openLibrary}.
 *
 * @module
 */
import { Errno } from "./constants.ts";
import { ZmqError, ZmqLibraryError } from "./error.ts";
import { SYMBOLS } from "./symbols.ts";

export { ZmqError, ZmqLibraryError } from "./error.ts";

/** The oldest libzmq that the binding is tested with. */
export const OLDEST_VERSION = "4.3.4";

const CANDIDATES = Deno.build.os === "darwin"
  ? [
    "libzmq.5.dylib",
    "libzmq.dylib",
    "/opt/homebrew/lib/libzmq.5.dylib",
    "/usr/local/lib/libzmq.5.dylib",
    "/opt/local/lib/libzmq.5.dylib",
  ]
  : ["libzmq.so.5", "libzmq.so"];

/** What sends, receives and polls fail with. */
const TRANSFER: ReadonlySet<number> = new Set([
  ...[Errno.EAGAIN, Errno.EINTR, Errno.EFSM, Errno.ETERM, Errno.ENOTSOCK, Errno.ENOTSUP],
  ...[Errno.EFAULT, Errno.EHOSTUNREACH, Errno.EINVAL, Errno.ENOMEM, Errno.EMTHREAD],
]);

const RTLD_NOW = 2;
/** Found through libzmq's dependencies; before glibc 2.34 it is in libdl. */
const DLOPEN = {
  // void *dlopen(const char *filename, int flags);
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

const INSTALL = "Install libzmq 4.3.4 or newer (Debian, Ubuntu: apt install libzmq5; " +
  "Fedora, RHEL: dnf install zeromq; macOS: brew install zeromq)";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A NUL-terminated copy, as C takes it. */
export function cString(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text + "\0");
}

// libzmq takes sizes as 64-bit; making a BigInt costs more than the call, so small ones are kept.
const SIZES: bigint[] = [];

/** A size as a BigInt, without an allocation for sizes below 4096. */
export function sizeOf(bytes: number): bigint {
  const known = SIZES[bytes];
  if (known !== undefined) return known;
  const size = BigInt(bytes);
  if (bytes < 4096) {
    while (SIZES.length <= bytes) SIZES.push(BigInt(SIZES.length));
  }
  return size;
}

/** A loaded libzmq. One per path, for the life of the process. */
export class Library {
  /** What was given to `dlopen`. */
  readonly path: string;
  /** Version of the library, such as `"4.3.4"`. */
  readonly version: string;
  /** The bound functions, under their C names. See `symbols.ts` for each prototype. */
  readonly symbols: Deno.StaticForeignLibraryInterface<typeof SYMBOLS>;

  /** @ignore Use {@linkcode openLibrary}. */
  constructor(path: string, symbols: Deno.StaticForeignLibraryInterface<typeof SYMBOLS>) {
    this.path = path;
    this.symbols = symbols;
    const [major, minor, patch] = [new Int32Array(1), new Int32Array(1), new Int32Array(1)];
    symbols.zmq_version(major, minor, patch);
    this.version = `${major[0]}.${minor[0]}.${patch[0]}`;
  }

  /** Number of the last error of this thread (`zmq_errno`): ask right after the call that failed. */
  errno(): number {
    return this.symbols.zmq_errno();
  }

  /**
   * The same of a send, a receive or a poll. What the runtime does before it is asked may fail as well (it
   * looks for a file, say): a number that libzmq does not give there stands for `EINTR`, so that the call is made again.
   */
  transferErrno(): number {
    const errno = this.symbols.zmq_errno();
    return TRANSFER.has(errno) ? errno : Errno.EINTR;
  }

  /** libzmq's text for an error number (`zmq_strerror`). */
  strerror(errno: number): string {
    return this.readString(this.symbols.zmq_strerror(errno)) ?? `error ${errno}`;
  }

  /** The last error of this thread as an exception: `throw library.error("Cannot bind", address)`. */
  error(action: string, address?: string, errno: number = this.errno()): ZmqError {
    return new ZmqError(action, errno, this.strerror(errno), address);
  }

  /** A copy of a NUL-terminated string in C's memory; null for a null pointer. */
  readString(pointer: Deno.PointerValue): string | null {
    if (pointer === null) return null;
    const size = this.symbols.strlen(pointer);
    if (size === 0n) return "";
    const copy = new Uint8Array(new ArrayBuffer(Number(size)));
    this.symbols.memcpy(copy, pointer, size);
    return decoder.decode(copy);
  }

  /**
   * Pointer to a buffer's memory; null if it has none. Good for as long as the buffer is kept and
   * not transferred: its `byteLength` is zero then.
   */
  pointerTo(buffer: Uint8Array<ArrayBuffer>): Deno.PointerValue {
    // Asking for `buffer` makes V8 put the bytes of a small one where its collector won't move them.
    if (buffer.buffer.byteLength === 0) return null;
    return this.symbols.pointer_to(buffer, null, 0n);
  }

  /** A pointer's address. Unlike `Deno.UnsafePointer.value` it needs no permission. */
  addressOf(pointer: Deno.PointerValue): bigint {
    return pointer === null ? 0n : this.symbols.address_of(pointer, pointer, 0n);
  }
}

const loaded = new Map<string, Library>();

/**
 * Loads libzmq, or returns it if it is loaded already. Needs the `ffi` permission.
 *
 * @param path file or soname to load; by default the usual names are tried in turn
 * @throws {ZmqLibraryError} when there is none, or it is older than 4.3.4
 * @throws {Deno.errors.NotCapable} without the permission
 */
export function openLibrary(path?: string): Library {
  const known = loaded.get(path ?? "");
  if (known) return known;
  const reasons: string[] = [];
  for (const candidate of path === undefined ? CANDIDATES : [path]) {
    const library = tryLoad(candidate, reasons);
    if (!library) continue;
    loaded.set(path ?? "", library);
    return library;
  }
  throw new ZmqLibraryError(`Cannot load libzmq. ${INSTALL}. Tried: ${reasons.join("; ")}`);
}

/**
 * Keeps the library loaded for the life of the process. Deno unloads what a worker has opened when the
 * worker ends; but libzmq's own threads go on, for as long as there are contexts.
 */
function keepLoaded(path: string): void {
  const nodelete = Deno.build.os === "darwin" ? 0x80 : 0x1000;
  for (const place of [path, "libdl.so.2"]) {
    try {
      const library = Deno.dlopen(place, DLOPEN);
      // It is loaded already: this only marks it.
      const kept = library.symbols.dlopen(cString(path), RTLD_NOW | nodelete);
      library.close();
      if (kept !== null) return;
    } catch {
      // No dlopen here, or not permitted: try the next, or leave it to Deno.
    }
  }
}

function tryLoad(path: string, reasons: string[]): Library | undefined {
  // The version is asked first and alone: an old library lacks symbols of ours, and dlopen's
  // complaint about the first of them would hide the reason.
  try {
    const probe = Deno.dlopen(path, { zmq_version: SYMBOLS.zmq_version });
    const [major, minor, patch] = [new Int32Array(1), new Int32Array(1), new Int32Array(1)];
    probe.symbols.zmq_version(major, minor, patch);
    const version = `${major[0]}.${minor[0]}.${patch[0]}`;
    const number = major[0]! * 10000 + minor[0]! * 100 + patch[0]!;
    if (number < 40304) {
      probe.close();
      throw new ZmqLibraryError(
        `Cannot use libzmq ${version} (${path}): it is older than ${OLDEST_VERSION}. ${INSTALL}`,
      );
    }
    keepLoaded(path);
    const library = new Library(path, Deno.dlopen(path, SYMBOLS).symbols);
    probe.close();
    return library;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw notCapable(error);
    if (error instanceof ZmqLibraryError) throw error;
    reasons.push(`${path} (${error instanceof Error ? error.message : error})`);
    return undefined;
  }
}

/** Names the permission; Deno's own error names a file that nobody asked for. */
function notCapable(cause: Error): Error {
  const message = "ZeroMQ needs the permission to call C: run again with --allow-ffi";
  return new Deno.errors.NotCapable(message, { cause });
}
