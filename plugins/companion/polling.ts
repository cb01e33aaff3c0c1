/** Has the plugin's loop wait for companions. @module */
import type { CompanionProcess } from "./process.ts";

// What poll(2) and libzmq agree on.
const [IN, OUT] = [1, 2];

/** Where descriptors are waited for: the loop's poller. */
export interface Descriptors {
  add(fd: number, events: number): number;
  /** What is ready there, as of the last wait. */
  ready(slot: number): number;
  remove(slot: number): void;
}

/** Whose processes they are. */
export interface Companions {
  readonly processes: readonly CompanionProcess[];
  /** The supervisor may have something to tell. */
  news: boolean;
  /** True if more of a process may be read. */
  reads(process: CompanionProcess): boolean;
}

/** Keeps a poller's items as the processes need them. */
export class CompanionPolling {
  readonly #companions: Companions;
  /** Slots of those that are waited for to say something, and to take more. */
  readonly #saying = new Map<CompanionProcess, number>();
  readonly #taking = new Map<CompanionProcess, number>();
  /** The slot of the supervisor's news. */
  #news = -1;

  constructor(companions: Companions) {
    this.#companions = companions;
  }

  /** Adds what tells of processes as such. */
  watch(poller: Descriptors, fd: number): void {
    this.#news = poller.add(fd, IN);
  }

  /** Before a wait: for what the processes say, and for those that have not taken all yet. */
  prepare(poller: Descriptors): void {
    // What nobody reads would be ready for ever.
    const readable = (one: CompanionProcess) => this.#companions.reads(one) ? one.fd : -1;
    this.#keep(poller, this.#saying, IN, readable);
    this.#keep(poller, this.#taking, OUT, ({ input }) => input);
  }

  #keep(
    poller: Descriptors,
    slots: Map<CompanionProcess, number>,
    events: number,
    descriptor: (process: CompanionProcess) => number,
  ): void {
    const { processes } = this.#companions;
    for (const [process, slot] of slots) {
      if (processes.includes(process) && descriptor(process) >= 0) continue;
      poller.remove(slot);
      slots.delete(process);
    }
    for (const process of processes) {
      const fd = descriptor(process);
      if (fd >= 0 && !slots.has(process)) slots.set(process, poller.add(fd, events));
    }
  }

  /** After a wait: takes note of what is ready. @returns how many of the poller's items that is */
  woken(poller: Descriptors): number {
    let count = 0;
    if (poller.ready(this.#news) !== 0) {
      this.#companions.news = true;
      count++;
    }
    for (const [process, slot] of this.#saying) {
      if (poller.ready(slot) === 0) continue;
      process.readable = true;
      count++;
    }
    for (const slot of this.#taking.values()) if (poller.ready(slot) !== 0) count++;
    return count;
  }
}
