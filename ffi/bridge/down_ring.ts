/** The ring from Janus, and the records of it that are in hand. @module */
import { NAMED, Size } from "./layout.ts";
import type { Native } from "./native.ts";

const WORDS = Size.drainEntry / 4;
// Word offsets in an entry of `drain` (struct jz_entry).
const [OFFSET, LENGTH, KIND, PEER, TYPE] = [0, 1, 2, 3, 4];
const [SESSION64, REQUEST, SEQUENCE] = [3, 8, 10];
/** Bytes that {@linkcode DownRing.topic} may need besides the head's. */
const TOPIC_TAIL = 300;

/** Takes records in hand, a batch at a time, and tells of each by its index in the batch. */
export class DownRing {
  /** How many records {@linkcode drain} hands over at most. */
  readonly batch: number;

  readonly #symbols: Native["symbols"];
  readonly #handle: Deno.PointerObject;
  readonly #downData: Deno.PointerValue;
  readonly #downAddress: bigint;
  readonly #entries: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array;
  readonly #sessions: BigUint64Array;
  #count = 0;

  constructor(symbols: Native["symbols"], handle: Deno.PointerObject, batch: number) {
    this.#symbols = symbols;
    this.#handle = handle;
    this.#downData = symbols.jz_down_data(handle);
    this.#downAddress = Deno.UnsafePointer.value(this.#downData);
    this.batch = batch;
    const memory = new ArrayBuffer(batch * Size.drainEntry);
    this.#entries = new Uint8Array(memory);
    this.#words = new Uint32Array(memory);
    this.#sessions = new BigUint64Array(memory);
  }

  /**
   * Takes the next batch of records in hand; the accessors below speak of it by index. They stay
   * in the ring until {@linkcode commit}, and a new process would see them again. A batch may be
   * taken while records of earlier ones stay: see {@linkcode pass}.
   *
   * @returns how many, 0 when there are none
   * @throws {Error} when the ring is corrupt
   */
  drain(): number {
    const count = this.#symbols.jz_drain(this.#handle, this.#entries, this.batch);
    if (count < 0) throw new Error(`Cannot read the ring: it is corrupt (error ${-count})`);
    return this.#count = count;
  }

  /** Record `index` is done with, and all before it, those of earlier batches included. */
  commit(index: number): void {
    const next = index + 1;
    if (next < this.#count) {
      this.#symbols.jz_commit(this.#handle, this.#words[next * WORDS + OFFSET]!, 1);
    } else {
      this.#symbols.jz_commit(this.#handle, 0, 0);
    }
  }

  /**
   * Record `index` is handled, but stays in the ring, and its payload where it is, until it is given
   * up by {@linkcode release} or a later {@linkcode commit}.
   */
  pass(index: number): void {
    const next = index + 1;
    if (next < this.#count) {
      this.#symbols.jz_pass(this.#handle, this.#words[next * WORDS + OFFSET]!, 1);
    } else {
      this.#symbols.jz_pass(this.#handle, 0, 0);
    }
  }

  /** Gives up records that were passed, up to the one with this {@linkcode sequence}. */
  release(sequence: number): void {
    this.#symbols.jz_release(this.#handle, sequence);
  }

  /**
   * Takes a batch in hand and handles it.
   *
   * @param handle what is to be done with each record, which is done with after
   * @returns how many there were
   */
  each(handle: (index: number) => void): number {
    const count = this.drain();
    for (let index = 0; index < count; index++) {
      handle(index);
      this.commit(index);
    }
    return count;
  }

  /**
   * Records in hand wait for something else: call with true before going to sleep or another
   * wait, and with false when they are handled again. A process that ends while they wait has
   * not ended because of them.
   */
  rest(resting: boolean): void {
    this.#symbols.jz_rest(this.#handle, resting ? 1 : 0);
  }

  /** Bytes in the down ring that are not handled yet. */
  get used(): number {
    return this.#symbols.jz_down_used(this.#handle);
  }

  /** Bytes that the down ring takes. */
  get size(): number {
    return this.#symbols.jz_down_size(this.#handle);
  }

  /** Kind of a record. */
  kind(index: number): number {
    return this.#words[index * WORDS + KIND]! & 0xffff;
  }

  /** Flags of a record. */
  flags(index: number): number {
    return this.#words[index * WORDS + KIND]! >>> 16;
  }

  /** The peer that it is for. */
  peer(index: number): number {
    return this.#words[index * WORDS + PEER]!;
  }

  /** Type of an event, as Janus numbers them. */
  type(index: number): number {
    return this.#words[index * WORDS + TYPE]! & 0xffff;
  }

  /** Subtype of an event; 0 if it has none. */
  subtype(index: number): number {
    return this.#words[index * WORDS + TYPE]! >>> 16;
  }

  /** The Janus session it is about, all 64 bits; 0n if there is none. */
  session(index: number): bigint {
    return this.#sessions[index * (WORDS / 2) + SESSION64]!;
  }

  /** Number of the request that it answers; 0 if it answers none. */
  request(index: number): number {
    const at = index * WORDS + REQUEST;
    return this.#words[at]! + this.#words[at + 1]! * 0x1_0000_0000;
  }

  /**
   * Number of a record. A gap between two, one after the other, tells how many events were refused
   * in between, as the ring was full or they were too long.
   */
  sequence(index: number): number {
    const at = index * WORDS + SEQUENCE;
    return this.#words[at]! + this.#words[at + 1]! * 0x1_0000_0000;
  }

  /** Bytes of the payload. */
  length(index: number): number {
    return this.#words[index * WORDS + LENGTH]!;
  }

  /** Address of the payload, good until it is given up. */
  address(index: number): bigint {
    return this.#downAddress + BigInt(this.#words[index * WORDS + OFFSET]!);
  }

  /** Address of a record's text, behind its name, good until it is given up. */
  textAddress(index: number): bigint {
    const offset = this.#words[index * WORDS + OFFSET]! + this.#nameLength(index);
    return this.#downAddress + BigInt(offset);
  }

  /** Bytes of a record's text, without its name. */
  textLength(index: number): number {
    return this.length(index) - this.#nameLength(index);
  }

  /** A name may stand in front of the text: see `NAMED`. */
  #nameLength(index: number): number {
    return (this.kind(index) & NAMED) !== 0 ? this.flags(index) : 0;
  }

  /**
   * Writes an event's topic.
   *
   * @param head what it begins with, up to the session's id
   * @param headLength bytes of it
   * @param target takes the topic; 300 bytes longer than the head, at least
   * @returns its length
   */
  topic(
    index: number,
    head: Uint8Array<ArrayBuffer>,
    headLength: number,
    target: Uint8Array<ArrayBuffer>,
  ): number {
    if (target.length < headLength + TOPIC_TAIL) {
      throw new RangeError(`Cannot write a topic into ${target.length} bytes`);
    }
    const { jz_topic } = this.#symbols;
    return jz_topic(this.#handle, this.#entries, index, head, headLength, target);
  }

  /**
   * Writes the JSON texts of events as one JSON array, `[a,b,c]`.
   *
   * @param indices records of the batch
   * @param count how many of them
   * @param target a buffer of at least `capacity` bytes, or its address
   * @param offsets gets, for each text, where it begins; and after the last, where the array ends.
   *     Text i ends at `offsets[i + 1] - 1`. One longer than `count` at least.
   * @returns how many fit, the first ones
   */
  pack(
    indices: Uint32Array<ArrayBuffer>,
    count: number,
    target: Uint8Array<ArrayBuffer> | bigint,
    capacity: number,
    offsets: Uint32Array<ArrayBuffer>,
  ): number {
    if (count > indices.length || count >= offsets.length) {
      throw new RangeError(`Cannot pack ${count} events: too many`);
    }
    const { jz_pack, jz_pack_at } = this.#symbols;
    if (typeof target === "bigint") {
      return jz_pack_at(this.#handle, this.#entries, indices, count, target, capacity, offsets);
    }
    if (target.length < capacity) {
      throw new RangeError(`Cannot pack ${capacity} bytes into ${target.length}`);
    }
    return jz_pack(this.#handle, this.#entries, indices, count, target, capacity, offsets);
  }

  /** A copy of the payload. */
  payload(index: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(new ArrayBuffer(this.length(index)));
    const offset = this.#words[index * WORDS + OFFSET]!;
    if (bytes.length > 0) this.#symbols.jz_copy(bytes, this.#downData, offset, bytes.length);
    return bytes;
  }

  /** A copy of bytes in the down ring, from what {@linkcode textAddress} gave: until it is given up. */
  read(address: bigint, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(new ArrayBuffer(length));
    this.readInto(address, bytes);
    return bytes;
  }

  /** The same into a buffer, as many bytes as it has. */
  readInto(address: bigint, target: Uint8Array<ArrayBuffer>): void {
    const { length } = target;
    const offset = Number(address - this.#downAddress);
    if (length > 0) this.#symbols.jz_copy(target, this.#downData, offset, length);
  }
}
