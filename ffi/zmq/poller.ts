/**
 * One place to wait, for loops that own their thread.
 *
 * @module
 */
import { Errno, Option, PollEvent } from "./constants.ts";
import { type Library, openLibrary } from "./library.ts";
import type { ThinSocket } from "./thin_socket.ts";

// struct pollfd: int fd at 0, short events at 4, short revents at 6.
const ITEM_SIZE = 8;
const NOBODY = -1; // poll(2) passes over a negative descriptor

// What poll(2) calls them on Linux and macOS; libzmq has numbers of its own (PollEvent).
const [POLLIN, POLLPRI, POLLOUT] = [1, 2, 4];

/**
 * Waits for sockets and plain descriptors together, blocking the thread, as `zmq_poll` does and with
 * a fraction of its system calls: `zmq_poll` asks every socket before and after each wait, at two
 * to six calls a socket. Here only those are asked that may have changed ({@linkcode
 * ThinSocket.exhausted}). All its memory is allocated when it is made.
 */
export class Poller {
  /** The library that it belongs to. */
  readonly library: Library;
  readonly #capacity: number;
  readonly #items: Uint8Array<ArrayBuffer>;
  readonly #fds: Int32Array;
  readonly #words: Int16Array;
  readonly #sockets: (ThinSocket | null)[] = [];
  readonly #interests: number[] = [];
  readonly #ready: number[] = [];
  readonly #free: number[] = [];
  #usedBig = 0n;

  /** Makes an empty one. @param capacity how many sockets and descriptors it can hold */
  constructor(capacity: number, library: Library = openLibrary()) {
    this.library = library;
    this.#capacity = capacity;
    const memory = new ArrayBuffer(capacity * ITEM_SIZE);
    this.#items = new Uint8Array(memory);
    this.#fds = new Int32Array(memory);
    this.#words = new Int16Array(memory);
  }

  /**
   * Adds a socket, or a descriptor by its number.
   *
   * @param events `PollEvent.IN`, `PollEvent.OUT`, or both
   * @returns the slot, by which {@linkcode ready} and the others know it
   * @throws {RangeError} when the poller is full
   */
  add(what: ThinSocket | number, events: number): number {
    const slot = this.#free.pop() ?? this.#sockets.length;
    if (slot >= this.#capacity) {
      throw new RangeError(`Cannot add to a poller for ${slot} items: it is full`);
    }
    const plain = typeof what === "number";
    this.#sockets[slot] = plain ? null : what;
    this.#fds[slot * 2] = plain ? what : what.getInt(Option.FD);
    this.#usedBig = BigInt(this.#sockets.length);
    this.modify(slot, events);
    return slot;
  }

  /** Changes what is waited for. */
  modify(slot: number, events: number): void {
    this.#interests[slot] = events;
    this.#ready[slot] = 0;
    // A socket's descriptor is readable when something about the socket has changed.
    this.#words[slot * 4 + 2] = this.#sockets[slot] === null
      ? toPoll(events)
      : events === 0
      ? 0
      : POLLIN;
  }

  /** Takes a socket or descriptor out. Do so before the socket is closed. */
  remove(slot: number): void {
    if (slot >= this.#sockets.length || this.#free.includes(slot)) return;
    this.#sockets[slot] = null;
    this.#fds[slot * 2] = NOBODY;
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
    const end = timeout > 0 ? performance.now() + timeout : 0;
    const { symbols } = this.library;
    for (let left = timeout;;) {
      let count = this.#ask();
      if (count < 0) return this.#fail();
      const polled = symbols.poll(this.#items, this.#usedBig, count > 0 ? 0 : left);
      if (polled < 0) return this.#fail();
      if (polled > 0) count = this.#take();
      if (count < 0) return this.#fail();
      // A socket may have changed in a way that nobody waits for: wait on.
      if (count > 0 || polled === 0) return count;
      if (timeout > 0) left = Math.max(0, Math.ceil(end - performance.now()));
    }
  }

  /** What is ready in a slot (`PollEvent`), as of the last {@linkcode wait}. */
  ready(slot: number): number {
    return this.#ready[slot]!;
  }

  /** A signal that came in between is no error: nothing is ready then. */
  #fail(): number {
    if (this.library.transferErrno() !== Errno.EINTR) return -1;
    this.#ready.fill(0);
    return 0;
  }

  /**
   * Asks each socket that may be ready without its descriptor saying so. Returns how many are ready,
   * -1 on error.
   */
  #ask(): number {
    let count = 0;
    for (let slot = 0; slot < this.#sockets.length; slot++) {
      const socket = this.#sockets[slot]!;
      const interest = this.#interests[slot]!;
      this.#ready[slot] = 0;
      if (socket === null || interest === 0) continue;
      if (socket.exhausted && interest === PollEvent.IN) continue;
      const events = socket.events();
      if (events < 0) return -1;
      if ((this.#ready[slot] = events & interest) !== 0) count++;
    }
    return count;
  }

  /** Takes in what poll(2) said. Returns how many are ready, -1 on error. */
  #take(): number {
    let count = 0;
    for (let slot = 0; slot < this.#sockets.length; slot++) {
      const revents = this.#words[slot * 4 + 3]!;
      const socket = this.#sockets[slot]!;
      if (revents !== 0) {
        const events = socket === null ? fromPoll(revents) : socket.events();
        if (events < 0) return -1;
        this.#ready[slot] = socket === null ? events : events & this.#interests[slot]!;
      }
      if (this.#ready[slot] !== 0) count++;
    }
    return count;
  }
}

function toPoll(events: number): number {
  return ((events & PollEvent.IN) !== 0 ? POLLIN : 0) |
    ((events & PollEvent.OUT) !== 0 ? POLLOUT : 0) |
    ((events & PollEvent.PRI) !== 0 ? POLLPRI : 0);
}

/** As `zmq_poll` does: all else is an error, such as a pipe whose other end is closed. */
function fromPoll(revents: number): number {
  return ((revents & POLLIN) !== 0 ? PollEvent.IN : 0) |
    ((revents & POLLOUT) !== 0 ? PollEvent.OUT : 0) |
    ((revents & POLLPRI) !== 0 ? PollEvent.PRI : 0) |
    ((revents & ~(POLLIN | POLLOUT | POLLPRI)) !== 0 ? PollEvent.ERR : 0);
}
