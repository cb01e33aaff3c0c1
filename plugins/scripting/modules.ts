/** Operators' modules, as the host knows them. @module */
import { type EventSelector, eventSelector } from "../janus/event_types.ts";
import { Count, placeOf } from "./counters.ts";
import type { Description } from "./memory.ts";
import { toFileUrl } from "./paths.ts";
import type { Sources } from "./sources.ts";

/** Stopped so often in a row, a module is set aside. */
export const MAX_STRIKES = 3;
/** Without being stopped for so long (ms), what was before does not count. */
const FORGET_MS = 60_000;

/** One module. */
export class OperatorModule {
  readonly number: number;
  /** Absolute. */
  readonly path: string;
  readonly url: string;
  /** What it calls itself; null until it was loaded once. */
  name: string | null = null;
  selectors: readonly EventSelector[] = [];
  /** What it wants, in its own words. */
  wanted: readonly string[] = [];
  /** Why it could not be loaded. */
  failure: string | null = null;
  /** Not loaded any more until its files change. */
  aside = false;
  /** Its failure is such that trying again would stop the others. */
  dangerous = false;
  /** Why its newest version was refused while an older one goes on. */
  refused: string | null = null;
  #loaded = false;
  #lastStrike = -Infinity;
  readonly #counters: Float64Array;

  constructor(number: number, path: string, counters: Float64Array) {
    this.number = number;
    this.path = path;
    this.url = toFileUrl(path);
    this.#counters = counters;
  }

  /** What messages call it. */
  get title(): string {
    return this.name === null ? this.path : `"${this.name}"`;
  }

  /** At work, unless it is switched off. */
  get working(): boolean {
    return this.#loaded && !this.aside;
  }

  /** Worth loading. */
  get loadable(): boolean {
    return !this.aside && !this.dangerous;
  }

  /** Adds to one of its counts (`Count`). */
  count(what: number, by = 1): void {
    this.#counters[placeOf(this.number, what)]! += by;
  }

  /** Set aside by an earlier process, if its files are still the same. */
  recall(sources: Sources): void {
    this.aside = this.#counters[placeOf(this.number, Count.aside)] ===
      sources.fingerprint(this.number);
    this.#lastStrike = performance.now();
  }

  /** It is not to be loaded by a later process either, unless its files change. */
  shun(sources: Sources): void {
    this.#counters[placeOf(this.number, Count.aside)] = sources.fingerprint(this.number);
  }

  /** It had to be stopped. @returns true if it is set aside now */
  strike(now: number, sources: Sources): boolean {
    const place = placeOf(this.number, Count.strikes);
    const strikes = now - this.#lastStrike > FORGET_MS ? 1 : this.#counters[place]! + 1;
    this.#lastStrike = now;
    this.#counters[place] = strikes;
    this.count(Count.stopped);
    if (strikes < MAX_STRIKES) return false;
    this.aside = true;
    this.#loaded = false;
    this.shun(sources);
    return true;
  }

  /** Its files have changed: whatever was, counts no more. */
  renew(): void {
    this.aside = this.dangerous = false;
    this.#counters[placeOf(this.number, Count.strikes)] = 0;
    this.#counters[placeOf(this.number, Count.aside)] = 0;
  }

  /** Takes over what a worker says of it. */
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
    this.selectors = description.events.flatMap((name) => eventSelector(name) ?? []);
  }

  /** True if it wants such events. */
  wants(type: number, subtype: number): boolean {
    return this.selectors.some((selector) =>
      (selector.type === null || selector.type === type) &&
      (selector.subtype === null || selector.subtype === subtype)
    );
  }
}
