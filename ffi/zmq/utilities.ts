/**
 * What libzmq offers beside sockets.
 *
 * @module
 */
import { defaultLibrary } from "./native_context.ts";
import { cString } from "./library.ts";

/**
 * Version of libzmq, such as `"4.3.4"`. The one thing that is asked for at import, as a string can't
 * be made later: it is empty without the permission `--allow-ffi`, and where there is no libzmq.
 *
 * @example
 * ```ts
 * import { version } from "@janus-zeromq/zmq";
 *
 * console.log(`libzmq ${version}`);
 * ```
 */
export const version: string = versionAtImport();

function versionAtImport(): string {
  if (Deno.permissions.querySync({ name: "ffi" }).state !== "granted") return "";
  try {
    return defaultLibrary().version;
  } catch {
    return ""; // the first use says what is wrong
  }
}

/** What this libzmq was built with. Asking loads the library. */
export interface Capability {
  /** The `ipc` transport. */
  readonly ipc: boolean;
  /** The `pgm` and `epgm` transports. */
  readonly pgm: boolean;
  /** The `tipc` transport. */
  readonly tipc: boolean;
  /** The `norm` transport. */
  readonly norm: boolean;
  /** CURVE security. */
  readonly curve: boolean;
  /** GSSAPI security. */
  readonly gssapi: boolean;
  /** Draft socket types and options. */
  readonly draft: boolean;
}

function has(name: string): boolean {
  return defaultLibrary().symbols.zmq_has(cString(name)) === 1;
}

/** What this libzmq was built with (`zmq_has`). */
export const capability: Capability = {
  get ipc(): boolean {
    return has("ipc");
  },
  get pgm(): boolean {
    return has("pgm");
  },
  get tipc(): boolean {
    return has("tipc");
  },
  get norm(): boolean {
    return has("norm");
  },
  get curve(): boolean {
    return has("curve");
  },
  get gssapi(): boolean {
    return has("gssapi");
  },
  get draft(): boolean {
    return has("draft");
  },
};

/** A pair of keys for CURVE security, each Z85 text of 40 characters. */
export interface CurveKeyPair {
  /** For everyone. */
  publicKey: string;
  /** For its owner alone. */
  secretKey: string;
}

const decoder = new TextDecoder();
const KEY_TEXT_SIZE = 40;

/**
 * Makes a new pair of keys for CURVE security (`zmq_curve_keypair`).
 *
 * @throws {ZmqError} ENOTSUP if libzmq was built without CURVE
 *
 * @example
 * ```ts
 * import { curveKeyPair, Reply } from "@janus-zeromq/zmq";
 *
 * const { publicKey, secretKey } = curveKeyPair();
 * await using server = new Reply({ curveServer: true, curveSecretKey: secretKey });
 * console.log(`clients need curveServerKey: ${publicKey.length} characters`);
 * ```
 */
export function curveKeyPair(): CurveKeyPair {
  const library = defaultLibrary();
  const [publicKey, secretKey] = [new Uint8Array(41), new Uint8Array(41)];
  if (library.symbols.zmq_curve_keypair(publicKey, secretKey) !== 0) {
    throw library.error("Cannot make a pair of keys");
  }
  return {
    publicKey: decoder.decode(publicKey.subarray(0, KEY_TEXT_SIZE)),
    secretKey: decoder.decode(secretKey.subarray(0, KEY_TEXT_SIZE)),
  };
}

/**
 * The public key that belongs to a secret one (`zmq_curve_public`).
 *
 * @param secretKey Z85 text of 40 characters
 * @throws {TypeError} if it is not 40 characters long
 */
export function curvePublicKey(secretKey: string): string {
  // libzmq reads 40 characters without looking.
  if (!/^[\x21-\x7e]{40}$/.test(secretKey)) {
    throw new TypeError("Cannot derive a public key: the secret key is not Z85 of 40 characters");
  }
  const library = defaultLibrary();
  const publicKey = new Uint8Array(41);
  if (library.symbols.zmq_curve_public(publicKey, cString(secretKey)) !== 0) {
    throw library.error("Cannot derive a public key");
  }
  return decoder.decode(publicKey.subarray(0, KEY_TEXT_SIZE));
}
