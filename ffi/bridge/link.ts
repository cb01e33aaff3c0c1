/**
 * The process's end of the memory that it shares with Janus: records drained from the down ring,
 * records pushed into the up ring, counters and the status page. The rings' indices stay in C.
 *
 * @module
 */
import { CompanionOffice, type CompanionProgram, Companions } from "./companions.ts";
import { DownRing } from "./down_ring.ts";
import { ABI_VERSION, Fd, Size } from "./layout.ts";
import { type Native, openNative } from "./native.ts";

const EAGAIN = -11;
const EMSGSIZE = -90;

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

/** What the stub gives each process. */
export const STUB_SOURCE: LinkSource = {
  library: `/proc/self/fd/${Fd.library}`,
  memory: Fd.memory,
  wakeChild: Fd.wakeChild,
  wakeJanus: Fd.wakeJanus,
};

/** What became of a push. */
export type PushResult = "pushed" | "full" | "too-long";

function attach(symbols: Native["symbols"], source: LinkSource): Deno.PointerObject {
  const version = symbols.jz_abi_version();
  if (version !== ABI_VERSION) {
    throw new Error(`Cannot attach: the plugin speaks version ${version}, not ${ABI_VERSION}`);
  }
  const error = new Int32Array(1);
  const { memory, wakeChild, wakeJanus } = source;
  const handle = symbols.jz_attach(memory, wakeChild, wakeJanus, error);
  if (handle === null) throw new Error(`Cannot attach to the shared memory: error ${error[0]}`);
  return handle;
}

function pushResult(result: number): PushResult {
  if (result === 0) return "pushed";
  if (result === EAGAIN) return "full";
  if (result === EMSGSIZE) return "too-long";
  throw new Error(`Cannot write the ring: error ${-result}`);
}

/**
 * The attachment of the plugin's process, one for its whole life: the records that Janus sends, and
 * what is told to Janus. Not for two threads.
 */
export class Link extends DownRing {
  /** Numbers in shared memory that outlive the process: see {@linkcode writeStatus}. */
  readonly counters: Float64Array;
  /** How many processes there have been, this one included. */
  readonly generation: number;
  /** The longest payload that {@linkcode push} takes, in bytes. */
  readonly longest: number;

  readonly #native: Native;
  readonly #symbols: Native["symbols"];
  readonly #handle: Deno.PointerObject;
  readonly #name = new Uint8Array(new ArrayBuffer(128));
  #companions: Companions | null = null;
  #open = true;

  /**
   * Attaches. Needs the `ffi` permission, now and not later.
   *
   * @param batch how many records {@linkcode drain} hands over at once
   * @throws {Error} when the memory is not the stub's, or of another version
   */
  constructor(source: LinkSource = STUB_SOURCE, batch = 256) {
    const native = openNative(source.library);
    const { symbols } = native;
    const handle = attach(symbols, source);
    super(symbols, handle, batch);
    this.#native = native;
    this.#symbols = symbols;
    this.#handle = handle;
    const counters = symbols.jz_counters(handle)!;
    this.counters = new Float64Array(
      Deno.UnsafePointerView.getArrayBuffer(counters, Size.counters * 8),
    );
    this.generation = symbols.jz_generation(handle);
    this.longest = symbols.jz_longest(handle);
  }

  /** The way to the supervisor, for companions of a program. */
  openCompanions(program: CompanionProgram): CompanionOffice {
    this.#companions ??= new Companions(this.#symbols);
    return new CompanionOffice(this.#companions, program);
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

  /** Pushes a record up. After `"full"` the process is woken once there is room again. */
  push(
    kind: number,
    flags: number,
    peer: number,
    request: number,
    payload: Uint8Array<ArrayBuffer>,
    length: number,
  ): PushResult {
    const { jz_push } = this.#symbols;
    return pushResult(jz_push(this.#handle, kind, flags, peer, request, payload, length));
  }

  /**
   * The same, but if Janus sleeps it goes on until {@linkcode rouse}, or a push: to wake it for each of
   * many records costs more than the records.
   *
   * @param payload bytes, or a pointer to `length` bytes in C's memory
   */
  put(
    kind: number,
    flags: number,
    peer: number,
    request: number,
    payload: Uint8Array<ArrayBuffer> | Deno.PointerValue,
    length: number,
  ): PushResult {
    return pushResult(
      payload instanceof Uint8Array
        ? this.#symbols.jz_put(this.#handle, kind, flags, peer, request, payload, length)
        : this.#symbols.jz_put_pointer(this.#handle, kind, flags, peer, request, payload, length),
    );
  }

  /** Wakes Janus if it sleeps. */
  rouse(): void {
    this.#symbols.jz_rouse(this.#handle);
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

  /** Janus wants the process to flush and exit. */
  get stopping(): boolean {
    return this.#symbols.jz_stopping(this.#handle) !== 0;
  }

  /**
   * Replaces the page from which Janus's side answers its admin without asking the process: JSON,
   * `{"settings": {...}, "answers": {"info": {...}, "<verb>": {...}}}`. `settings` says what may be
   * changed at run time (`ffi/stub/control.h`); an answer is told as it is, `result` added, so a query
   * whose answer is at hand needs no C. Anywhere in it, `{"counter": N}` stands for the number at
   * place N of {@linkcode counters}, `{"sum": [N, ...]}` for the sum of several.
   *
   * @throws {RangeError} when it is too long
   */
  writeStatus(text: string): void {
    const bytes = new TextEncoder().encode(text);
    if (this.#symbols.jz_status_write(this.#handle, bytes, bytes.length) < 0) {
      throw new RangeError(`Cannot publish a status of ${bytes.length} bytes: too long`);
    }
  }

  /** Removes the file of a Unix socket, if it is one: the process may write no files by itself. */
  removeSocket(path: string): void {
    this.#symbols.jz_socket_remove(new TextEncoder().encode(`${path}\0`));
  }

  /** Bytes of memory that are the process's own, without files and the ring; -1 if that is not known. */
  memory(): number {
    return this.#symbols.jz_memory();
  }

  /**
   * Keeps libzmq, which is loaded, from aborting the process over a connection that has ended while there
   * was no room for its messages.
   *
   * @returns false if that can't be done with this libzmq
   */
  guardZmq(): boolean {
    return this.#symbols.jz_zmq_guard() === 0;
  }

  /**
   * Has the process end so long (ms) after Janus, instead of with it.
   *
   * @returns false if that can't be done here
   */
  outlive(milliseconds: number): boolean {
    return this.#symbols.jz_outlive(Fd.lifeline, milliseconds) === 0;
  }

  /**
   * Gives libzmq's threads for input and output the short turns on the processor that the process has already
   * (`ffi/stub/turns.c`). To be called once there is a socket.
   */
  shortenTurns(): void {
    this.#symbols.jz_turns();
  }

  /** Gives back memory of the whole process's that nothing needs at rest; it takes some ms. */
  trim(): void {
    this.#symbols.jz_trim(this.#handle);
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
