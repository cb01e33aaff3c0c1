/** Several events in one message. @module */
import type { Link } from "../../../ffi/bridge/link.ts";

const [COMMA, OPEN, CLOSE] = [0x2c, 0x5b, 0x5d];
/** Records whose text is not copied yet, at most: as many as a batch has. */
const PENDING = 1024;

/** What a {@linkcode Group} may take, in bytes, of a ring of this size: it stays in the ring, too. */
export function groupBytes(ringSize: number): number {
  return Math.min(1 << 20, ringSize / 4);
}

/** A JSON array in the making, at most so many bytes long, unless a single event is longer. */
export class Group {
  /** How many events it has. */
  count = 0;
  /** The numbers of its first and last event. */
  first = 0;
  last = 0;
  /** When it is to be sent (ms, wall clock). */
  deadline = 0;
  /** How many events it has of each type, by its index. */
  readonly types: Uint32Array;
  readonly #capacity: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #length = 0;
  readonly #indices = new Uint32Array(PENDING);
  readonly #offsets = new Uint32Array(PENDING + 1);
  #pending = 0;
  #pendingBytes = 0;

  constructor(capacity: number, types: number) {
    this.#capacity = capacity;
    this.#buffer = new Uint8Array(new ArrayBuffer(capacity));
    this.types = new Uint32Array(types);
  }

  /** The message, once all is packed. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer;
  }

  /** Its length. */
  get length(): number {
    return this.#length;
  }

  /** Whether an event of so many bytes has room. A first one always has. */
  fits(bytes: number): boolean {
    if (this.count === 0) return true;
    return this.#pending < PENDING &&
      this.#length + this.#pendingBytes + bytes + 2 <= this.#buffer.length;
  }

  /** Adds an event as Janus wrote it: a record of the batch in hand. */
  addRecord(index: number, bytes: number, type: number): void {
    this.#reserve(bytes);
    this.#indices[this.#pending++] = index;
    this.#pendingBytes += bytes + 1;
    this.#added(type);
  }

  /** Adds an event's text. */
  addText(link: Link, text: Uint8Array, type: number): void {
    this.#reserve(text.length);
    this.pack(link);
    let at = this.#open();
    this.#buffer.set(text, at);
    at += text.length;
    this.#buffer[at++] = CLOSE;
    this.#length = at;
    this.#added(type);
  }

  /** Copies the records' texts: needed before the batch is another one. */
  pack(link: Link): void {
    if (this.#pending === 0) return;
    const at = Math.max(0, this.#length - 1);
    const target = at === 0 ? this.#buffer : this.#buffer.subarray(at);
    const room = this.#buffer.length - at;
    const packed = link.pack(this.#indices, this.#pending, target, room, this.#offsets);
    if (packed !== this.#pending) throw new Error("Cannot pack a group: it does not fit");
    if (at > 0) target[0] = COMMA;
    this.#length = at + this.#offsets[packed]!;
    this.#pending = this.#pendingBytes = 0;
  }

  /** Begins anew, empty. */
  clear(): void {
    this.count =
      this.#length =
      this.#pending =
      this.#pendingBytes =
        0;
    this.types.fill(0);
    if (this.#buffer.length !== this.#capacity) {
      this.#buffer = new Uint8Array(new ArrayBuffer(this.#capacity));
    }
  }

  /** The place behind what there is, and a bracket or comma before it. */
  #open(): number {
    const at = this.#length;
    if (at === 0) {
      this.#buffer[0] = OPEN;
      return 1;
    }
    this.#buffer[at - 1] = COMMA;
    return at;
  }

  #reserve(bytes: number): void {
    if (this.count > 0 || bytes + 2 <= this.#buffer.length) return;
    this.#buffer = new Uint8Array(new ArrayBuffer(bytes + 2));
  }

  #added(type: number): void {
    this.count++;
    this.types[type]!++;
  }
}
