/**
 * Sockets that send, receive, or do both.
 *
 * @module
 */
import type { Buffer } from "node:buffer";
import { type MessageLike, toFrames } from "./frames.ts";
import { nativeOf } from "./handles.ts";
import { iterate } from "./iterate.ts";
import type { WaitOptions } from "./waits.ts";
import { defineOptions } from "./option_access.ts";
import { RECEIVE, SEND } from "./option_table.ts";
import type { ReceiveProperties, SendProperties } from "./options.ts";
import { Socket } from "./socket.ts";

/**
 * A frame as it is received: a `Buffer`, and so a `Uint8Array`. The receiver owns it. As with other
 * Buffers, small ones share their `buffer`: mind `byteOffset`, and don't transfer it.
 */
export type Message = Buffer;

/** A message as it is received: its frames, of which there is at least one. */
export type Received = [Message, ...Message[]];

type ReceivedBy<T> = T extends { receive(): Promise<infer M> } ? M : never;

/** Sockets that can receive messages of type `M`, and their options. */
export interface Readable<M extends object[] = Received> extends ReceiveProperties {
  /** Receives a message; see {@linkcode ReceivingSocket.receive}. */
  receive(options?: WaitOptions): Promise<M>;
  /** Receives messages until the socket is closed. */
  [Symbol.asyncIterator](): AsyncIterator<ReceivedBy<this>, undefined>;
}

/** Sockets that can send messages of type `M`, and their options. */
export interface Writable<M extends MessageLike | MessageLike[] = MessageLike | MessageLike[]>
  extends SendProperties {
  /** Sends a message; see {@linkcode SendingSocket.send}. */
  send(message: M, options?: WaitOptions): Promise<void>;
}

/** The options of a receiving socket are properties of it. */
export interface ReceivingSocket extends ReceiveProperties {}

/** A socket that can receive. */
export abstract class ReceivingSocket extends Socket {
  /**
   * Receives the next message, as an array of its frames. Only one receive at a time.
   *
   * @throws {ZmqError} at once: EBADF on a closed socket, EBUSY while another receive waits, or a
   * bind, an unbind or a proxy is under way; as a rejection: EAGAIN after `receiveTimeout` or close,
   * EFSM when it is not this socket's turn, ETERM when the context ends
   */
  receive(options?: WaitOptions): Promise<Received> {
    return nativeOf(this).receive(this, options) as Promise<Received>;
  }

  /** Receives messages until the socket is closed. Leaving the loop doesn't close it. */
  [Symbol.asyncIterator](): AsyncIterator<ReceivedBy<this>, undefined> {
    return iterate(this, () => this.receive() as Promise<ReceivedBy<this>>);
  }
}

/** The options of a sending socket are properties of it. */
export interface SendingSocket extends SendProperties {}

/** A socket that can send. */
export abstract class SendingSocket extends Socket {
  /**
   * Sends a message of one frame, or of several given as an array. The bytes are copied: they may
   * be changed at once. Settles when libzmq has taken the message over, not when it has arrived;
   * waits while the peers' queues are full. Only one send may wait at a time.
   *
   * @throws {ZmqError} at once: EBADF on a closed socket, EBUSY while another send waits, or a bind,
   * an unbind or a proxy is under way; as a rejection: EAGAIN after `sendTimeout` or close, EFSM
   * when it is not this socket's turn, EHOSTUNREACH for an unknown peer, ETERM when the context ends
   * @throws {TypeError} at once, for a message that is undefined or has no frames
   */
  send(message: MessageLike | MessageLike[], options?: WaitOptions): Promise<void> {
    return nativeOf(this).send(this, toFrames(message), options);
  }
}

/** The options of a duplex socket are properties of it. */
export interface DuplexSocket extends SendProperties {}

/** A socket that can send and receive. */
export abstract class DuplexSocket extends ReceivingSocket {
  /** Sends a message: see {@linkcode SendingSocket.send}. */
  send(message: MessageLike | MessageLike[], options?: WaitOptions): Promise<void> {
    return nativeOf(this).send(this, toFrames(message), options);
  }
}

defineOptions(ReceivingSocket, RECEIVE);
defineOptions(SendingSocket, SEND);
defineOptions(DuplexSocket, SEND);
