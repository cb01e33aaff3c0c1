/**
 * The isolate's end of the memory that it shares with Janus: records drained from the down ring,
 * records pushed into the up ring, counters and the status page. The rings' indices stay in C.
 *
 * @module
 */
import { ABI_VERSION, Fd, Size } from "./layout.ts";
import { type Native, openNative } from "./native.ts";

const EAGAIN = -11;
const EMSGSIZE = -90;
const WORDS = Size.drainEntry / 4;
// Word offsets in an entry of `drain` (struct jz_entry).
const [OFFSET, LENGTH, KIND, PEER, TYPE] = [0, 1, 2, 3, 4];
const [SESSION64, REQUEST] = [3, 8];

/** Where the shared memory is, and the library that reads it. */
export interface LinkSource {
  /** The file that holds the C functions. */
  library: string;
  /** Descriptor of the shared memory. */
  memory: number;
  /** eventfd that wakes this side. */
  wakeIsolate: number;
  /** eventfd that wakes Janus. */
  wakeJanus: number;
}

/** What the stub gives each isolate. */
export const STUB_SOURCE: LinkSource = {
  library: `/proc/self/fd/${Fd.library}`,
  memory: Fd.memory,
  wakeIsolate: Fd.wakeIsolate,
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
    const { memory, wakeIsolate, wakeJanus } = source;
    const handle = symbols.jz_attach(memory, wakeIsolate, wakeJanus, error);
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

  /** Bytes of the payload. */
  length(index: number): number {
    return this.#words[index * WORDS + LENGTH]!;
  }

  /** Address of the payload, good until {@linkcode commit}. */
  address(index: number): bigint {
    return this.#downAddress + BigInt(this.#words[index * WORDS + OFFSET]!);
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

  /** True if `length` bytes in C's memory have the word in them. */
  contains(text: Deno.PointerValue, length: number, word: Uint8Array<ArrayBuffer>): boolean {
    return this.#symbols.jz_contains(text, length, word, word.length) === 1;
  }

  /** Call before blocking: false means that there is work, and nothing to wait for. */
  sleep(): boolean {
    return this.#symbols.jz_sleep(this.#handle) === 1;
  }

  /** Call after blocking. @param signalled the eventfd was readable */
  awake(signalled: boolean): void {
    this.#symbols.jz_awake(this.#handle, signalled ? 1 : 0);
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
