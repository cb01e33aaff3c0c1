/**
 * ZeroMQ for Deno, on libzmq through FFI, with the API of npm's `zeromq` (version 6): code moves
 * over by changing an import. What Deno adds: `await using`, and an `AbortSignal` wherever
 * something waits.
 *
 * Needs libzmq 4.3.4 or newer on the machine and the permission `--allow-ffi`. Another library can be given in `ZMQ_LIBRARY` (with `--allow-env=ZMQ_LIBRARY`).
 *
 * @example
 * ```ts
 * import { Pull, Push } from "@janus-zeromq/zmq";
 *
 * await using sender = new Push();
 * await sender.bind("tcp://127.0.0.1:*");
 * await using receiver = new Pull();
 * receiver.connect(sender.lastEndpoint!);
 *
 * await sender.send("hello");
 * const [message] = await receiver.receive();
 * console.log(message.toString());
 * ```
 *
 * @module
 */
export { Context, context, type ContextOptions } from "./context.ts";
export { ZmqError, ZmqLibraryError } from "./error.ts";
export {
  type AddressEvent,
  AuthError,
  type AuthErrorEvent,
  type ErrorEvent,
  type Event,
  type EventOfType,
  type EventSubscriber,
  type EventType,
  Observer,
  type PlainEvent,
  type ProtocolErrorEvent,
  ProtoError,
  type RetryEvent,
} from "./observer.ts";
export type {
  ConflateProperties,
  ContextProperties,
  MatchingProperties,
  ProbeProperties,
  PublisherProperties,
  ReceiveProperties,
  RequestProperties,
  RouterProperties,
  RoutingProperties,
  SendProperties,
  SocketProperties,
  StreamProperties,
  XPublisherProperties,
} from "./options.ts";
export { Proxy } from "./proxy.ts";
export type { MessageLike } from "./frames.ts";
export type { AnySocket } from "./handles.ts";
export {
  DuplexSocket,
  type Message,
  type Readable,
  type Received,
  ReceivingSocket,
  SendingSocket,
  type Writable,
} from "./messaging.ts";
export type { WaitOptions } from "./waits.ts";
export { type OptionName, Socket, type SocketOptions } from "./socket.ts";
export {
  Dealer,
  Pair,
  Publisher,
  Pull,
  Push,
  Reply,
  Request,
  Router,
  type RouterConnectOptions,
  Stream,
  type StreamConnectOptions,
  Subscriber,
  XPublisher,
  XSubscriber,
} from "./sockets.ts";
export {
  type Capability,
  capability,
  type CurveKeyPair,
  curveKeyPair,
  curvePublicKey,
  version,
} from "./utilities.ts";
