/** Has the plugin's loop wait for companions. @module */
import type { CompanionProcess } from "./process.ts";

// What poll(2) and libzmq agree on.
const [IN, OUT] = [1, 2];

/** Where descriptors are waited for: the loop's poller. */
export interface Descriptors {
  add(fd: number, events: number): number;
  modify(slot: number, events: number): void;
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
  readonly #slots = new Map<CompanionProcess, { readonly slot: number; events: number }>();
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
    const { processes } = this.#companions;
    for (const [process, { slot }] of this.#slots) {
      if (process.fd >= 0 && processes.includes(process)) continue;
      poller.remove(slot);
      this.#slots.delete(process);
    }
    for (const process of processes) {
      if (process.fd < 0) continue;
      const events = (this.#companions.reads(process) ? IN : 0) | (process.behind ? OUT : 0);
      const place = this.#slots.get(process);
      if (place === undefined) {
        if (events === 0) continue;
        this.#slots.set(process, { slot: poller.add(process.fd, events), events });
      } else if (events === 0) { // an end that nobody reads would be ready for ever
        poller.remove(place.slot);
        this.#slots.delete(process);
      } else if (place.events !== events) poller.modify(place.slot, place.events = events);
    }
  }

  /** After a wait: takes note of what is ready. @returns how many of the poller's items that is */
  woken(poller: Descriptors): number {
    let count = 0;
    if (poller.ready(this.#news) !== 0) {
      this.#companions.news = true;
      count++;
    }
    for (const [process, { slot }] of this.#slots) {
      if (poller.ready(slot) === 0) continue;
      process.readable = true;
      count++;
    }
    return count;
  }
}
