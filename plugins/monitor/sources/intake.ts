/** Takes messages from a socket as they come, and lets all else have its turn. @module */
import { type Subscriber, ZmqError } from "@janus-zeromq/zmq";

/** The largest frame that is taken; a group of events has 1 MiB at most. libzmq cuts who sends more. */
export const MAX_FRAME = 3 * 1024 * 1024;
/** Messages that may wait in libzmq, which counts no bytes: few, as they are taken out of there at once. */
export const MAX_QUEUED = 200;
/** Bytes that may wait here. Beyond that the plugin waits, and then goes on without us. */
export const MAX_WAITING = 64 * 1024 * 1024;
/** What a message takes beside its bytes, and each frame of it. */
const FRAME_BYTES = 250;
/** How long (ms) messages are taken in before others have their turn, all sources together. */
const TURN_MS = 10;
const MAX_TURNS = 4;
/** Messages that are taken in before it is looked for others in libzmq. */
const AT_ONCE = 200;
/** Bytes of a message after which the time is looked at. */
const LARGE = 65_536;

/** A message's frames. */
export type Frames = readonly Uint8Array[];

/** What is left of a message; it does a bit more. */
export interface Rest {
  (): Rest | null;
}

/** Messages that wait, first in, first out. */
class Waiting {
  #messages: (Frames | undefined)[] = [];
  #at = 0;
  bytes = 0;
  /** The size of the newest one. */
  last = 0;

  get empty(): boolean {
    return this.#at === this.#messages.length;
  }

  /** The size of the next one. */
  get next(): number {
    const frames = this.#messages[this.#at];
    return frames === undefined ? 0 : sizeOf(frames);
  }

  push(frames: Frames): void {
    this.#messages.push(frames);
    this.bytes += this.last = sizeOf(frames);
  }

  shift(): Frames {
    const frames = this.#messages[this.#at]!;
    this.#messages[this.#at++] = undefined;
    this.bytes -= sizeOf(frames);
    if (this.#at === this.#messages.length) {
      this.#messages = [];
      this.#at = 0;
    }
    return frames;
  }
}

function sizeOf(frames: Frames): number {
  let size = 0;
  for (const frame of frames) size += frame.length + FRAME_BYTES;
  return size;
}

/**
 * Takes in all messages, until the socket is closed.
 *
 * @param sources that take turns
 * @param take takes a message in, or the beginning of a long one
 * @throws {ZmqError} if nothing can be received any more
 */
export async function takeIn(
  socket: Subscriber,
  sources: number,
  take: (frames: Frames) => Rest | null,
): Promise<void> {
  const share = Math.max(0.5, TURN_MS / sources);
  const waiting = new Waiting();
  let rest: Rest | null = null;
  while (!socket.closed) {
    if (waiting.empty && rest === null) {
      const { value } = await socket[Symbol.asyncIterator]().next();
      if (value === undefined) return;
      waiting.push(value);
    }
    const end = performance.now() + share;
    let late = false;
    while (!late && !socket.closed) {
      if (await drain(socket, waiting, end)) late = true;
      for (let i = 0; i < AT_ONCE && (rest !== null || !waiting.empty); i++) {
        const large: boolean = rest !== null || waiting.next > LARGE;
        rest = rest === null ? take(waiting.shift()) : rest();
        late = (large || i % 16 === 15) && performance.now() > end;
        if (late) break;
      }
      if (waiting.empty && rest === null) break;
    }
    if (late) await others(performance.now() - end + share);
  }
}

/** Takes what waits in libzmq. @returns true if it is late */
async function drain(socket: Subscriber, waiting: Waiting, end: number): Promise<boolean> {
  socket.receiveTimeout = 0;
  try {
    for (let i = 1; waiting.bytes < MAX_WAITING; i++) {
      waiting.push(await socket.receive());
      if ((i % 16 === 0 || waiting.last > LARGE) && performance.now() > end) return true;
    }
  } catch (error) {
    if (!(error instanceof ZmqError) || error.code !== "EAGAIN") throw error;
  } finally {
    if (!socket.closed) socket.receiveTimeout = -1;
  }
  return performance.now() > end;
}

/**
 * Lets all others have their turn, or several after a long time: a request takes more than one. An
 * immediate would not do: by that, sockets hardly get one.
 *
 * @param milliseconds for which they had none
 */
async function others(milliseconds: number): Promise<void> {
  const turns = Math.min(MAX_TURNS, Math.max(1, Math.floor(milliseconds / TURN_MS)));
  for (let i = 0; i < turns; i++) await new Promise((resolve) => setTimeout(resolve, 0));
}
