/**
 * libzmq for hot loops: synchronous, and without an allocation per message.
 *
 * Calls that are made once (options, bind, connect) throw a {@linkcode ZmqError}. Calls that are
 * made per message return -1 instead and leave the reason in {@linkcode Library.errno}. Nothing
 * here makes a pointer or a pointer view, so all of it goes on working after the `ffi` permission
 * was given up. Not for two threads at a time.
 *
 * @example
 * ```ts
 * import { Message, SocketType, ThinContext } from "@janus-zeromq/zmq/thin";
 *
 * using context = new ThinContext();
 * using sender = context.socket(SocketType.PUSH);
 * using receiver = context.socket(SocketType.PULL);
 * sender.bind("tcp://127.0.0.1:*");
 * receiver.connect(sender.lastEndpoint());
 *
 * sender.send(new TextEncoder().encode("hello"), 0);
 * using message = new Message(context.library);
 * message.recv(receiver, 0);
 * console.log(new TextDecoder().decode(message.copy()));
 * ```
 *
 * @module
 */
export { type ClosedConnection, ConnectionMonitor, type HandshakeFailed } from "./connections.ts";
export {
  ContextOption,
  Errno,
  ERRNO_TABLE,
  type ErrnoName,
  errnoName,
  Flag,
  MessageProperty,
  MonitorEvent,
  Option,
  PollEvent,
  ProtocolError,
  SocketType,
} from "./constants.ts";
export { ZmqError, ZmqLibraryError } from "./error.ts";
export { cString, Library, openLibrary, sizeOf } from "./library.ts";
export { Message } from "./message.ts";
export { Poller } from "./poller.ts";
export { SYMBOLS } from "./symbols.ts";
export { ThinContext } from "./thin_context.ts";
export { type ContextHandle, ThinSocket } from "./thin_socket.ts";
