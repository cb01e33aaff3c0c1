/**
 * The way from a public socket to what stands behind it. Only the class itself can tell, and it
 * stands above those who ask.
 *
 * @module
 */
import type { NativeSocket } from "./native.ts";

/** Any of the sockets. */
export interface AnySocket {
  /** Number of the socket's type. (`ZMQ_TYPE`) */
  readonly type: number;
  /** True once the socket is closed. */
  readonly closed: boolean;
  /** Closes the socket. */
  close(): void;
}

let find: (socket: AnySocket) => NativeSocket;
let test: (value: object) => boolean;

/** Says how to find the native socket of a public one, and what a public one is. */
export function setNativeOf(
  how: (socket: AnySocket) => NativeSocket,
  isSocket: (value: object) => boolean,
): void {
  find = how;
  test = isSocket;
}

/** The native socket of a public one. */
export function nativeOf(socket: AnySocket): NativeSocket {
  return find(socket);
}

/** @throws {TypeError} if a value is not a socket */
export function checkSocket(value: unknown, what: string): void {
  if (typeof value === "object" && value !== null && test(value)) return;
  throw new TypeError(`${what} must be a socket, not ${Deno.inspect(value)}`);
}
