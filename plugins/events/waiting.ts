/** Messages that wait for a sink. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { SinkMessage } from "./message.ts";

/** What is known of each, side by side: objects would outweigh the texts, which stay in the ring. */
const Column = { record: 0, number: 1, address: 2, length: 3, partAndType: 4 };
const COLUMNS = 5;
/** Janus's types are less than this. */
const TYPES = 1 << 10;
/** Bytes that one takes, besides texts that are not in the ring. */
const OVERHEAD = COLUMNS * Float64Array.BYTES_PER_ELEMENT;
/** Room for so many at first, and again once they are gone: a power of two. */
const FEW = 256;

/** A queue. */
export class WaitingMessages {
  #data = new Float64Array(COLUMNS * FEW);
  /** Counted from the beginning: the first one that waits, and the one behind the last. */
  #first = 0;
  #end = 0;
  #bytes = 0;
  /** Topics, and bodies that are not in the ring. */
  readonly #topics = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #bodies = new Map<number, Uint8Array<ArrayBuffer>>();
  readonly #front = new SinkMessage();
  /** Which one the front is. */
  #loaded = -1;

  /** How many wait. */
  get length(): number {
    return this.#end - this.#first;
  }

  /** Bytes that they take, in the ring and outside. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Adds one at the end. Its text must stay in the ring until it has left. */
  push(message: SinkMessage, link: Link): void {
    if (this.length * COLUMNS === this.#data.length) this.#resize(2 * this.length);
    const data = this.#data, at = this.#slot(this.#end);
    data[at + Column.record] = message.record;
    data[at + Column.number] = message.number;
    data[at + Column.length] = message.bodyLength;
    data[at + Column.partAndType] = TYPES * message.part + message.type;
    const body = message.memory === null ? message.bodyIn(link) : null;
    if (typeof body === "bigint") data[at + Column.address] = Number(body);
    else this.#bodies.set(this.#end, message.bodyBytes(link).slice());
    if (message.topicLength > 0) this.#topics.set(this.#end, message.topicBytes().slice());
    this.#bytes += this.sizeOf(message);
    this.#end++;
  }

  /** The first one, until it leaves. There must be one. */
  front(): SinkMessage {
    const front = this.#front, first = this.#first;
    if (this.#loaded === first) return front;
    this.#loaded = first;
    const data = this.#data, at = this.#slot(first);
    const partAndType = data[at + Column.partAndType]!;
    front.record = data[at + Column.record]!;
    front.part = Math.floor(partAndType / TYPES);
    front.type = partAndType % TYPES;
    front.number = front.last = data[at + Column.number]!;
    front.bodyLength = data[at + Column.length]!;
    const body = this.#bodies.get(first), topic = this.#topics.get(first);
    front.memory = body ?? null;
    front.body = body ?? BigInt(data[at + Column.address]!);
    front.topic = topic ?? 0n;
    front.topicLength = topic?.length ?? 0;
    return front;
  }

  /** The first one leaves. */
  shift(): void {
    this.#bytes -= this.sizeOf(this.front());
    this.#bodies.delete(this.#first);
    this.#topics.delete(this.#first);
    this.#first++;
    if (this.length === 0 && this.#data.length > COLUMNS * FEW) this.#resize(FEW);
  }

  /** Bytes that a message will take here. */
  sizeOf({ topicLength, bodyLength }: SinkMessage): number {
    return OVERHEAD + topicLength + bodyLength;
  }

  #slot(index: number): number {
    return (COLUMNS * index) % this.#data.length;
  }

  #resize(capacity: number): void {
    const old = this.#data, data = new Float64Array(COLUMNS * capacity);
    for (let i = this.#first; i < this.#end; i++) {
      const from = (COLUMNS * i) % old.length;
      data.set(old.subarray(from, from + COLUMNS), (COLUMNS * i) % data.length);
    }
    this.#data = data;
  }
}
