/** The calls of modules: which one is at work, and what is counted of each. @module */
import { MAX_MODULES, TALLIES, Tally } from "../protocol.ts";

/** Notes each call, one at a time. */
export class Calls {
  /** `Tally` of each module, since they were last taken. */
  readonly tallies = new Float64Array(MAX_MODULES * TALLIES);
  /** The module at work, counted from 0; -1 if none is. */
  module = -1;
  /** How long (ms) is waited after each call; null for no longer than it takes. */
  careful: number | null = null;
  readonly #announce: (module: number, now: number) => void;
  #begun = 0;

  /** @param announce told of each call before it is made */
  constructor(announce: (module: number, now: number) => void) {
    this.#announce = announce;
  }

  /** A module is about to be called. */
  begin(module: number): void {
    this.module = module;
    this.#begun = performance.now();
    this.tallies[module * TALLIES + Tally.given]!++;
    this.#announce(module, this.#begun);
  }

  /** After a call: gives what it came to, once all that it left behind had time to show. */
  after<T>(result: T): T | Promise<T> {
    const ms = this.careful;
    if (ms === null) return result;
    return new Promise((resolve) => setTimeout(() => resolve(result), ms));
  }

  /** It has returned. @param tally what it did, `count` times */
  end(tally: number, count = 1): void {
    const place = this.module * TALLIES;
    this.tallies[place + tally]! += count;
    this.tallies[place + Tally.microseconds]! += (performance.now() - this.#begun) * 1000;
    this.module = -1;
  }
}
