/** Messages between the pipeline and the engine's word that they are stored. @module */
import { FRAME_HEADER } from "../companion/frames.ts";
import { aligned, FrameKind, MAX_MESSAGES, MESSAGE, MessageKind } from "./protocol.ts";

/** Messages that are sent together. */
interface Frame {
  /** As it is sent: a header, and messages. Not written to until it is stored, as it may still be under way. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of its messages are events. */
  readonly events: number;
}

/** What a frame that is full takes, with a last message that is not very long. */
const CAPACITY = MAX_MESSAGES / 2;
/** A shorter frame is copied, for the rest of its buffer not to wait with it. */
const WHOLE = CAPACITY / 4;
/** So many buffers are kept to be used again: they are much for V8 to collect, and new ones cost as much as copying. */
const SPARE = 8;

/**
 * Gathers messages into frames, and keeps each frame until all its events are stored: a companion that
 * is started anew is sent them again.
 */
export class StreamOutbox {
  /** Those that are gathered, behind room for a header. */
  #open = new Uint8Array(new ArrayBuffer(CAPACITY));
  #view = new DataView(this.#open.buffer);
  #length = FRAME_HEADER;
  #openEvents = 0;
  /** Sent, and not stored, the first perhaps in part. */
  #frames: Frame[] = [];
  readonly #spare: ArrayBuffer[] = [];
  #stored = 0;
  #events = 0;
  #bytes = 0;

  /** Events that are not known to be stored. */
  get events(): number {
    return this.#events;
  }

  /** Events that were sent, and are not known to be stored. */
  get underWay(): number {
    return this.#events - this.#openEvents;
  }

  /** A record before which all is stored, as near as its frame tells; Infinity if there is nothing. */
  get earliest(): number {
    const bytes = this.#frames[0]?.bytes ?? this.#open.subarray(0, this.#length);
    if (bytes.length === FRAME_HEADER) return Infinity;
    return new DataView(bytes.buffer).getFloat64(FRAME_HEADER + MESSAGE.record, true);
  }

  /** Bytes that it has. */
  get bytes(): number {
    return this.#bytes + this.#length;
  }

  /** True if what is gathered is worth a frame. */
  get full(): boolean {
    return this.#length >= MAX_MESSAGES / 4;
  }

  /** Adds a message. @returns where its body is to be written, before anything else is done here */
  add(
    record: number,
    number: number,
    part: number,
    kind: number,
    length: number,
  ): Uint8Array<ArrayBuffer> {
    const at = this.#length, end = at + MESSAGE.head + aligned(length);
    if (end > this.#open.length) this.#grow(end);
    const view = this.#view;
    view.setFloat64(at + MESSAGE.record, record, true);
    view.setFloat64(at + MESSAGE.number, number, true);
    view.setUint32(at + MESSAGE.part, part, true);
    view.setUint32(at + MESSAGE.kind, kind, true);
    view.setUint32(at + MESSAGE.bytes, length, true);
    this.#length = end;
    if (kind === MessageKind.event) {
      this.#openEvents++;
      this.#events++;
    }
    return this.#open.subarray(at + MESSAGE.head, at + MESSAGE.head + length);
  }

  /** Ends what is gathered. @returns the frame to be sent; null if there is nothing */
  take(): Uint8Array<ArrayBuffer> | null {
    if (this.#length === FRAME_HEADER) return null;
    const isWhole = this.#length > WHOLE;
    const bytes = isWhole
      ? this.#open.subarray(0, this.#length)
      : this.#open.slice(0, this.#length);
    finish(bytes);
    if (isWhole) this.#use(this.#spare.pop() ?? new ArrayBuffer(CAPACITY));
    this.#frames.push({ bytes, events: this.#openEvents });
    this.#bytes += bytes.length;
    this.#length = FRAME_HEADER;
    this.#openEvents = 0;
    return bytes;
  }

  /** So many further events are stored. @throws {RangeError} if there are not so many that were sent */
  stored(count: number): void {
    if (!Number.isSafeInteger(count) || count < 0 || count > this.#events - this.#openEvents) {
      throw new RangeError(`${count} events are said to be stored, of ${this.#events}`);
    }
    this.#events -= count;
    this.#stored += count;
    let done = 0;
    for (let frame; (frame = this.#frames[done]) !== undefined; done++) {
      if (this.#stored < frame.events || frame.events === 0 && this.#frames.length === 1) break;
      this.#stored -= frame.events;
      this.#bytes -= frame.bytes.length;
      this.#keep(frame.bytes.buffer);
    }
    if (done > 0) this.#frames.splice(0, done);
  }

  /** What is to be sent anew, without what is stored. */
  again(): Uint8Array<ArrayBuffer>[] {
    const [first, ...others] = this.#frames;
    if (first === undefined) return [];
    const bytes = withoutFirst(first.bytes, this.#stored);
    this.#bytes -= first.bytes.length - bytes.length;
    this.#frames = [{ bytes, events: first.events - this.#stored }, ...others];
    this.#stored = 0;
    return this.#frames.map((frame) => frame.bytes);
  }

  #grow(needed: number): void {
    const gathered = this.#open.subarray(0, this.#length);
    this.#use(new ArrayBuffer(Math.max(needed, 2 * this.#open.length)));
    this.#open.set(gathered);
  }

  #use(buffer: ArrayBuffer): void {
    this.#open = new Uint8Array(buffer);
    this.#view = new DataView(buffer);
  }

  #keep(buffer: ArrayBuffer): void {
    if (buffer.byteLength === CAPACITY && this.#spare.length < SPARE) this.#spare.push(buffer);
  }
}

function finish(frame: Uint8Array<ArrayBuffer>): void {
  const view = new DataView(frame.buffer);
  view.setUint32(0, frame.length - FRAME_HEADER, true);
  view.setUint32(4, FrameKind.messages, true);
}

/** A frame without its first events, and what is said before them. */
function withoutFirst(frame: Uint8Array<ArrayBuffer>, count: number): Uint8Array<ArrayBuffer> {
  if (count === 0) return frame;
  const view = new DataView(frame.buffer);
  let at = FRAME_HEADER;
  for (let left = count; left > 0;) {
    if (view.getUint32(at + MESSAGE.kind, true) === MessageKind.event) left--;
    at += MESSAGE.head + aligned(view.getUint32(at + MESSAGE.bytes, true));
  }
  const rest = new Uint8Array(new ArrayBuffer(FRAME_HEADER + frame.length - at));
  rest.set(frame.subarray(at), FRAME_HEADER);
  finish(rest);
  return rest;
}
