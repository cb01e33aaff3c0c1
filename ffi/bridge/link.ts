/**
 * The isolate's end of the memory that it shares with Janus: records drained from the down ring,
 * records pushed into the up ring, counters and the status page. The rings' indices stay in C.
 *
 * @module
 */
import { Companions } from "./companions.ts";
import { ABI_VERSION, Fd, NAMED, Size } from "./layout.ts";
import { type Native, openNative } from "./native.ts";

const EAGAIN = -11;
const EMSGSIZE = -90;
const WORDS = Size.drainEntry / 4;
// Word offsets in an entry of `drain` (struct jz_entry).
const [OFFSET, LENGTH, KIND, PEER, TYPE] = [0, 1, 2, 3, 4];
const [SESSION64, REQUEST, SEQUENCE] = [3, 8, 10];
/** Bytes that {@linkcode Link.topic} may need besides the head's. */
const TOPIC_TAIL = 300;

/** Where the shared memory is, and the library that reads it. */
export interface LinkSource {
  /** The file that holds the C functions. */
  library: string;
  /** Descriptor of the shared memory. */
  memory: number;
  /** eventfd that wakes this side. */
  wakeChild: number;
  /** eventfd that wakes Janus. */
  wakeJanus: number;
}

/** What the stub gives each isolate. */
export const STUB_SOURCE: LinkSource = {
  library: `/proc/self/fd/${Fd.library}`,
  memory: Fd.memory,
  wakeChild: Fd.wakeChild,
  wakeJanus: Fd.wakeJanus,
};

/** What became of a push. */
export type PushResult = "pushed" | "full" | "too-long";

/** One isolate's attachment. Not for two threads. */
export class Link {
  /** Counters in shared memory: they outlive the isolate. Their names are in the status page. */
  readonly counters: Float64Array;
  /** How many isolates there have been, this one included. */
  readonly generation: number;
  /** The longest payload that {@linkcode push} takes, in bytes. */
  readonly longest: number;
  /** How many records {@linkcode drain} hands over at most. */
  readonly batch: number;

  readonly #native: Native;
  readonly #symbols: Native["symbols"];
  readonly #handle: Deno.PointerObject;
  readonly #downData: Deno.PointerValue;
  readonly #downAddress: bigint;
  readonly #entries: Uint8Array<ArrayBuffer>;
  readonly #words: Uint32Array;
  readonly #sessions: BigUint64Array;
  readonly #name = new Uint8Array(new ArrayBuffer(128));
  #count = 0;
  #open = true;

  /**
   * Attaches. Needs the `ffi` permission, now and not later.
   *
   * @param batch how many records {@linkcode drain} hands over at once
   * @throws {Error} when the memory is not the stub's, or of another version
   */
  constructor(source: LinkSource = STUB_SOURCE, batch = 256) {
    this.#native = openNative(source.library);
    const symbols = this.#symbols = this.#native.symbols;
    const version = symbols.jz_abi_version();
    if (version !== ABI_VERSION) {
      throw new Error(`Cannot attach: the plugin speaks version ${version}, not ${ABI_VERSION}`);
    }
    const error = new Int32Array(1);
    const { memory, wakeChild, wakeJanus } = source;
    const handle = symbols.jz_attach(memory, wakeChild, wakeJanus, error);
    if (handle === null) throw new Error(`Cannot attach to the shared memory: error ${error[0]}`);
    this.#handle = handle;
    this.#downData = symbols.jz_down_data(handle);
    this.#downAddress = Deno.UnsafePointer.value(this.#downData);
    const counters = symbols.jz_counters(handle)!;
    this.counters = new Float64Array(
      Deno.UnsafePointerView.getArrayBuffer(counters, Size.counters * 8),
    );
    this.generation = symbols.jz_generation(handle);
    this.longest = symbols.jz_longest(handle);
    this.batch = batch;
    const memoryOfEntries = new ArrayBuffer(batch * Size.drainEntry);
    this.#entries = new Uint8Array(memoryOfEntries);
    this.#words = new Uint32Array(memoryOfEntries);
    this.#sessions = new BigUint64Array(memoryOfEntries);
  }

  /** The way to the supervisor, for companions. */
  openCompanions(): Companions {
    return new Companions(this.#symbols);
  }

  /** What the stub says at the start, as text. */
  readBoot(fd: number = Fd.boot): string {
    for (let size = 1 << 16;;) {
      const bytes = new Uint8Array(new ArrayBuffer(size));
      const actual = this.#symbols.jz_boot_read(fd, bytes, size);
      if (actual < 0) throw new Error(`Cannot read what the plugin says: error ${-actual}`);
      if (actual <= size) return new TextDecoder().decode(bytes.subarray(0, actual));
      size = actual;
    }
  }

  /**
   * Takes the next batch of records in hand; the accessors below speak of it by index. They stay
   * in the ring until {@linkcode commit}, and a new isolate would see them again.
   *
   * @returns how many, 0 when there are none
   * @throws {Error} when the ring is corrupt
   */
  drain(): number {
    const count = this.#symbols.jz_drain(this.#handle, this.#entries, this.batch);
    if (count < 0) throw new Error(`Cannot read the ring: it is corrupt (error ${-count})`);
    return this.#count = count;
  }

  /** Record `index` is done with, and all before it. */
  commit(index: number): void {
    const next = index + 1;
    if (next < this.#count) {
      this.#symbols.jz_commit(this.#handle, this.#words[next * WORDS + OFFSET]!, 1);
    } else {
      this.#symbols.jz_commit(this.#handle, 0, 0);
    }
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
   * Records in hand wait for something else: call with true before {@linkcode sleep} or another
   * wait, and with false when they are handled again. An isolate that ends while they wait has
   * not ended because of them.
   */
  rest(resting: boolean): void {
    this.#symbols.jz_rest(this.#handle, resting ? 1 : 0);
  }

  /** Bytes in the down ring that are not committed. */
  get used(): number {
    return this.#symbols.jz_down_used(this.#handle);
  }

  /** Bytes that the down ring takes. */
  get size(): number {
    return this.#symbols.jz_down_size(this.#handle);
  }

  /** Kind of a record (`Down`). */
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

  /** Address of the payload, good until {@linkcode commit}. */
  address(index: number): bigint {
    return this.#downAddress + BigInt(this.#words[index * WORDS + OFFSET]!);
  }

  /** Address of an event's JSON text, good until {@linkcode commit}. */
  textAddress(index: number): bigint {
    const offset = this.#words[index * WORDS + OFFSET]! + this.#nameLength(index);
    return this.#downAddress + BigInt(offset);
  }

  /** Bytes of an event's JSON text. */
  textLength(index: number): number {
    return this.length(index) - this.#nameLength(index);
  }

  /** In front of an event's text stands the name of what it is of. */
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

  /**
   * Pushes a record up. After `"full"` the isolate is woken once there is room again.
   *
   * @param payload bytes, or a pointer to `length` bytes in C's memory
   */
  push(
    kind: number,
    flags: number,
    peer: number,
    request: number,
    payload: Uint8Array<ArrayBuffer> | Deno.PointerValue,
    length: number,
  ): PushResult {
    const result = payload instanceof Uint8Array
      ? this.#symbols.jz_push(this.#handle, kind, flags, peer, request, payload, length)
      : this.#symbols.jz_push_pointer(this.#handle, kind, flags, peer, request, payload, length);
    if (result === 0) return "pushed";
    if (result === EAGAIN) return "full";
    if (result === EMSGSIZE) return "too-long";
    throw new Error(`Cannot write the ring: error ${-result}`);
  }

  /** True if `length` bytes in C's memory have the word in them, which no letter begins; case does not count. */
  contains(text: Deno.PointerValue, length: number, word: Uint8Array<ArrayBuffer>): boolean {
    return this.#symbols.jz_contains(text, length, word, word.length) === 1;
  }

  /** True if nothing more can be written to a connection (of libzmq's), as its peer does not read. */
  connectionFull(fd: number): boolean {
    return this.#symbols.jz_connection_full(fd) === 1;
  }

  /** Who is at the other end of a connection, `tcp://192.0.2.7:1234`; null if it is gone. */
  connectionName(fd: number): string | null {
    const length = this.#symbols.jz_connection_name(fd, this.#name, this.#name.length);
    return length < 0 ? null : new TextDecoder().decode(this.#name.subarray(0, length));
  }

  /** Call before blocking: false means that there is work, and nothing to wait for. */
  sleep(): boolean {
    return this.#symbols.jz_sleep(this.#handle) === 1;
  }

  /** Call after blocking. @param signalled the eventfd was readable */
  awake(signalled: boolean): void {
    this.#symbols.jz_awake(this.#handle, signalled ? 1 : 0);
  }

  /**
   * Sleeps for a moment (microseconds, less than a second). Janus goes on writing and wakes nobody:
   * to be called instead of {@linkcode sleep} where the next record is certain to come soon.
   */
  nap(microseconds: number): void {
    this.#symbols.jz_nap(this.#handle, microseconds);
  }

  /** Janus wants the isolate to flush and exit. */
  get stopping(): boolean {
    return this.#symbols.jz_stopping(this.#handle) !== 0;
  }

  /** Replaces the JSON text that answers `info`. @throws {RangeError} when it is too long */
  writeStatus(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#symbols.jz_status_write(this.#handle, bytes, bytes.length) < 0) {
      throw new RangeError(`Cannot publish a status of ${bytes.length} bytes: too long`);
    }
  }

  /** Removes the file of a Unix socket, if it is one: the isolate may write no files by itself. */
  removeSocket(path: string): void {
    this.#symbols.jz_socket_remove(new TextEncoder().encode(`${path}\0`));
  }

  /** Bytes of memory that are the process's own, without files and the ring; -1 if that is not known. */
  memory(): number {
    return this.#symbols.jz_memory();
  }

  /** Gives back memory of the whole process's that only its start needed; it takes some ms. */
  trim(): void {
    this.#symbols.jz_trim();
  }

  /** Lets go of the memory; nothing else may be called after. Idempotent. */
  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#symbols.jz_detach(this.#handle);
    this.#native.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }
}
