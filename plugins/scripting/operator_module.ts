/** Operators' modules, as the host knows them. @module */
import { Count, placeOf } from "./counters.ts";
import type { Description } from "./protocol.ts";

/** Its process ended for it so often in a row, a module is disabled. */
const MAX_STRIKES = 3;
/** Without that for so long (ms), what was before does not count. */
const FORGET_MS = 60_000;

/** One module. */
export class OperatorModule {
  readonly number: number;
  /** Absolute. */
  readonly path: string;
  /** What it calls itself; null until it was loaded once. */
  name: string | null = null;
  /** What it wants, in its own words. */
  wanted: readonly string[] = [];
  /** Why it could not be loaded. */
  failure: string | null = null;
  /** Not loaded any more until its files change. */
  disabled = false;
  /** Its failure is such that trying again would end the others. */
  dangerous = false;
  /** Why its newest version was refused while an older one goes on. */
  refused: string | null = null;
  #loaded = false;
  #strikes = 0;
  #lastStrike = -Infinity;
  readonly #counters: Float64Array;

  constructor(number: number, path: string, counters: Float64Array) {
    this.number = number;
    this.path = path;
    this.#counters = counters;
  }

  /** What messages call it. */
  get title(): string {
    return this.name === null ? this.path : `"${this.name}"`;
  }

  /** At work, unless it is switched off. */
  get working(): boolean {
    return this.#loaded && !this.disabled;
  }

  /** Worth loading. */
  get loadable(): boolean {
    return !this.disabled && !this.dangerous;
  }

  /** Its process had to be ended for it. @returns true if it is disabled now */
  strike(now: number): boolean {
    this.#strikes = now - this.#lastStrike > FORGET_MS ? 1 : this.#strikes + 1;
    this.#lastStrike = now;
    this.#counters[placeOf(this.number, Count.stopped)]!++;
    if (this.#strikes >= MAX_STRIKES) this.disable();
    return this.disabled;
  }

  /** It is not used any more until its files change. */
  disable(): void {
    this.disabled = true;
    this.#loaded = false;
  }

  /** An item was lost to it. */
  countError(): void {
    this.#counters[placeOf(this.number, Count.errors)]!++;
  }

  /** Its files have changed: whatever was, counts no more. */
  renew(): void {
    this.disabled = this.dangerous = false;
    this.#strikes = 0;
  }

  /** Takes over what a process says of it. */
  describe(description: Description): void {
    this.refused = null;
    this.#loaded = !("problem" in description);
    if ("problem" in description) {
      this.failure = description.problem;
      return;
    }
    this.failure = null;
    this.name = description.name;
    this.wanted = description.events;
  }
}
