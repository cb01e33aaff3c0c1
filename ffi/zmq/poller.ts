/**
 * One place to wait, for loops that own their thread.
 *
 * @module
 */
import { Errno } from "./constants.ts";
import { type Library, openLibrary } from "./library.ts";
import type { ThinSocket } from "./thin.ts";

// zmq_pollitem_t on 64-bit POSIX: void *socket at 0, int fd at 8, short events at 12, revents at 14.
const ITEM_SIZE = 16;

/**
 * Waits for sockets and plain descriptors together (`zmq_poll`), blocking the thread. All its
 * memory is allocated when it is made.
 */
export class Poller {
  /** The library that it belongs to. */
  readonly library: Library;
  readonly #items: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  readonly #revents: Int16Array;
  readonly #free: number[] = [];
  #used = 0;
  #timeout = 0;
  #timeoutBig = 0n;

  /** @param capacity how many sockets and descriptors it can hold */
  constructor(capacity: number, library: Library = openLibrary()) {
    this.library = library;
    const memory = new ArrayBuffer(capacity * ITEM_SIZE);
    this.#items = new Uint8Array(memory);
    this.#view = new DataView(memory);
    this.#revents = new Int16Array(memory);
  }

  /**
   * Adds a socket, or a descriptor by its number.
   *
   * @param events `PollEvent.IN`, `PollEvent.OUT`, or both
   * @returns the slot, by which {@linkcode ready} and the others know it
   * @throws {RangeError} when the poller is full
   */
  add(what: ThinSocket | number, events: number): number {
    const slot = this.#free.pop() ?? this.#used;
    const at = slot * ITEM_SIZE;
    if (at >= this.#items.byteLength) {
      throw new RangeError(`Cannot add to a poller for ${slot} items: it is full`);
    }
    if (slot === this.#used) this.#used++;
    const plain = typeof what === "number";
    this.#view.setBigUint64(at, plain ? 0n : what.address, true);
    this.#view.setInt32(at + 8, plain ? what : -1, true);
    this.modify(slot, events);
    return slot;
  }

  /** Changes what is waited for. */
  modify(slot: number, events: number): void {
    this.#view.setInt16(slot * ITEM_SIZE + 12, events, true);
    this.#revents[slot * 8 + 7] = 0;
  }

  /** Takes a socket or descriptor out. Do so before the socket is closed. */
  remove(slot: number): void {
    if (slot >= this.#used || this.#free.includes(slot)) return;
    const at = slot * ITEM_SIZE;
    this.#view.setBigUint64(at, 0n, true);
    this.#view.setInt32(at + 8, -1, true); // poll(2) passes over a negative descriptor
    this.modify(slot, 0);
    this.#free.push(slot);
  }

  /**
   * Waits until something is ready.
   *
   * @param timeout milliseconds; -1 waits for ever, 0 only looks
   * @returns how many are ready: 0 after the timeout or a signal, -1 on error
   */
  wait(timeout: number): number {
    if (timeout !== this.#timeout) {
      this.#timeout = timeout;
      this.#timeoutBig = BigInt(timeout);
    }
    const count = this.library.symbols.zmq_poll(this.#items, this.#used, this.#timeoutBig);
    if (count < 0 && this.library.errno() === Errno.EINTR) {
      for (let slot = 0; slot < this.#used; slot++) this.#revents[slot * 8 + 7] = 0;
      return 0;
    }
    return count;
  }

  /** What is ready in a slot (`PollEvent`), as of the last {@linkcode wait}. */
  ready(slot: number): number {
    return this.#revents[slot * 8 + 7]!;
  }
}
