/** The calls of modules: which one is at work, and what is counted of each. @module */
import type { Calls } from "../../sdk/chain.ts";
import { TALLIES, Tally } from "../protocol.ts";
import type { ResultWriter } from "./output.ts";
import type { ErrorReport } from "./report.ts";

/** Counts calls, one at a time. */
export class CountedCalls implements Calls {
  /** The module at work, counted from 0; -1 if none is. */
  module = -1;
  /** How long (ms) is waited after each call; null for no longer than it takes. */
  careful: number | null = null;
  readonly #results: ResultWriter;
  readonly #report: ErrorReport;
  readonly #check: () => void;
  /** The module that was called last. */
  #called = -1;
  /** When the last call ended: the next one begins with it, as asking for the time is dear. */
  #now = 0;

  /** @param check ends the process if a call has spoilt it */
  constructor(results: ResultWriter, report: ErrorReport, check: () => void) {
    this.#check = check;
    this.#results = results;
    this.#report = report;
  }

  /** Notes the time: what went before is no call's. */
  tick(): void {
    this.#now = performance.now();
  }

  begin(module: number): void {
    this.module = this.#called = module;
    this.#results.tallies[module * TALLIES + Tally.given]!++;
    this.#results.announce(module, this.#now, this.careful !== null);
  }

  end(passed: number): void {
    this.#end(passed === 0 ? Tally.dropped : Tally.passed, Math.max(1, passed));
  }

  fail(module: number, error: unknown): void {
    this.module = module;
    this.#end(Tally.errors, 1);
    this.#report.failed(module, error);
  }

  /** All that a call left behind is to have time to show. */
  pause(): Promise<void> | null {
    const ms = this.careful;
    if (ms === null) return null;
    return new Promise((resolve) => setTimeout(resolve, ms)).then(() => {
      this.module = this.#called;
      this.#check();
      this.module = -1;
      this.tick();
    });
  }

  #end(tally: number, count: number): void {
    const { tallies } = this.#results;
    const place = this.module * TALLIES;
    const before = this.#now;
    this.tick();
    tallies[place + tally]! += count;
    tallies[place + Tally.microseconds]! += (this.#now - before) * 1000;
    this.module = -1;
  }
}
