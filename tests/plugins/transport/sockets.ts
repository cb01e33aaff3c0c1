/** Sockets for tests: whole messages, and waits that end. */
import { Flag, Option, PollEvent } from "../../../ffi/zmq/constants.ts";
import { Message, Poller, type ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";

export type Frame = Uint8Array<ArrayBuffer>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** How long anything may take that must come. */
export const PATIENCE_MS = 3000;

/** Frames of text. */
export function frames(...texts: string[]): Frame[] {
  return texts.map((text) => encoder.encode(text));
}

/** Text of frames. */
export function texts(message: readonly Uint8Array[] | null): string[] | null {
  return message === null ? null : message.map((frame) => decoder.decode(frame));
}

/** Opens a socket that forgets what is unsent when it closes. */
export function openSocket(context: ThinContext, type: number, routingId?: string): ThinSocket {
  const socket = context.socket(type);
  socket.setInt(Option.LINGER, 0);
  if (routingId !== undefined) socket.setBytes(Option.ROUTING_ID, routingId);
  return socket;
}

/** Sends a message of one or more frames. */
export function sendFrames(socket: ThinSocket, message: readonly Frame[]): void {
  for (const [i, frame] of message.entries()) {
    const last = i === message.length - 1;
    if (socket.send(frame, last ? 0 : Flag.SNDMORE) < 0) throw socket.library.error("Cannot send");
  }
}

/** The next message, if it is there already; else null. */
export function takeFrames(socket: ThinSocket): Frame[] | null {
  const result: Frame[] = [];
  using message = new Message(socket.library);
  if (message.recv(socket, Flag.DONTWAIT) < 0) return null;
  for (;;) {
    result.push(message.copy());
    if (!message.more()) return result;
    message.recv(socket, 0);
  }
}

/** Waits for the next message; null if none comes. */
export function receiveFrames(socket: ThinSocket, timeout = PATIENCE_MS): Frame[] | null {
  const poller = new Poller(1, socket.library);
  const slot = poller.add(socket, PollEvent.IN);
  poller.wait(timeout);
  return poller.ready(slot) === 0 ? null : takeFrames(socket);
}

/** Blocks the thread. */
export function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
