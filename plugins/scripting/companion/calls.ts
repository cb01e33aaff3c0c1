/** The calls of modules: which one is at work, and what is counted of each. @module */
import type { Calls } from "../../sdk/chain.ts";
import { MAX_MODULES, TALLIES, Tally } from "../protocol.ts";

/** Counts calls, one at a time. */
export class CountedCalls implements Calls {
  /** `Tally` of each module, since they were last taken. */
  readonly tallies = new Float64Array(MAX_MODULES * TALLIES);
  /** The module at work, counted from 0; -1 if none is. */
  module = -1;
  /** How long (ms) is waited after each call; null for no longer than it takes. */
  careful: number | null = null;
  readonly #called: (module: number, now: number, always: boolean) => void;
  readonly #failed: (module: number, error: unknown) => void;
  /** When the last call ended: the next one begins with it, as asking for the time is dear. */
  #now = 0;

  /**
   * @param called told of each call before it is made; `always`: it is to be said, in any case
   * @param failed told of what modules throw
   */
  constructor(
    called: (module: number, now: number, always: boolean) => void,
    failed: (module: number, error: unknown) => void,
  ) {
    this.#called = called;
    this.#failed = failed;
  }

  /** Notes the time: what went before is no call's. */
  tick(): void {
    this.#now = performance.now();
  }

  begin(module: number): void {
    this.module = module;
    this.tallies[module * TALLIES + Tally.given]!++;
    this.#called(module, this.#now, this.careful !== null);
  }

  end(passed: number): void {
    this.#end(passed === 0 ? Tally.dropped : Tally.passed, Math.max(1, passed));
  }

  fail(module: number, error: unknown): void {
    this.module = module;
    this.#end(Tally.errors, 1);
    this.#failed(module, error);
  }

  /** All that a call left behind is to have time to show. */
  pause(): Promise<void> | null {
    const ms = this.careful;
    if (ms === null) return null;
    return new Promise((resolve) => setTimeout(resolve, ms)).then(() => this.tick());
  }

  #end(tally: number, count: number): void {
    const place = this.module * TALLIES;
    const before = this.#now;
    this.tick();
    this.tallies[place + tally]! += count;
    this.tallies[place + Tally.microseconds]! += (this.#now - before) * 1000;
    this.module = -1;
  }
}
