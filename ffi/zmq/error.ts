/**
 * Errors of the ZeroMQ binding.
 *
 * @module
 */
import { errnoName } from "./constants.ts";

/**
 * An error that libzmq returned.
 *
 * @example
 * ```ts
 * import { ZmqError } from "@janus-zeromq/zmq";
 *
 * const error = new ZmqError("Cannot bind", 98, "Address already in use", "tcp://127.0.0.1:80");
 * console.log(error.code, error.address);
 * ```
 */
export class ZmqError extends Error {
  /** Always `"ZmqError"`. */
  override name = "ZmqError";
  /** Name of the error: `"EAGAIN"`, `"EADDRINUSE"`, ... */
  readonly code: string;
  /** Number of the error, as `zmq_errno()` gave it. */
  readonly errno: number;
  /** Address of the call that failed, for bind, connect and their like. */
  readonly address?: string;

  /**
   * Makes the error.
   *
   * @param action what could not be done, such as `"Cannot bind"`
   * @param errno the error's number
   * @param reason libzmq's text for it (`zmq_strerror`)
   * @param address the address in question, if there is one
   */
  constructor(action: string, errno: number, reason: string, address?: string) {
    super(`${action}${address === undefined ? "" : ` ${address}`}: ${reason}`);
    this.code = errnoName(errno);
    this.errno = errno;
    if (address !== undefined) this.address = address;
  }
}

/** libzmq is not there, can't be loaded, or is too old. The message says what to install. */
export class ZmqLibraryError extends Error {
  /** Always `"ZmqLibraryError"`. */
  override name = "ZmqLibraryError";
}
