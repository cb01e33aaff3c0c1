/** How long a message is held for a subscriber that does not keep up. @module */
import type { Link } from "../../../ffi/bridge/link.ts";
import { OwnPlace } from "../counters.ts";
import { patience, type Ring } from "./patience.ts";
import type { PubSettings } from "./settings.ts";

/** While a message is held it is tried again after this (ms), if nothing wakes us before. */
const RETRY_MS = 100;
/** However much was waited in vain, so long (ms) is waited: those that do read must not lose anything. */
const LEAST_MS = 250;
/** Of what was waited in vain, a millisecond is forgotten every so many. */
const FORGET = 10;

/** The wait for subscribers that are full. */
export class Holding {
  /** True if somebody missed the message sent last as it did not keep up. */
  forced = false;
  readonly #link: Link;
  readonly #ring: Ring;
  readonly #settings: PubSettings;
  #since = 0;
  /** How long (ms) was waited for those that did not read after all, as of `#vainAt`. */
  #vain = 0;
  #vainAt = 0;
  #retryAt = 0;

  constructor(link: Link, settings: PubSettings, ring: Ring) {
    this.#ring = ring;
    this.#link = link;
    this.#settings = settings;
    this.end();
  }

  /** True while a message waits for a subscriber. */
  get held(): boolean {
    return this.#since !== 0;
  }

  begin(now: number): void {
    this.#link.counters[OwnPlace.held_since] = this.#since = now;
  }

  end(): void {
    this.#link.counters[OwnPlace.held_since] = this.#since = 0;
  }

  /** Whether it is held on, `atMost` so long (ms) in all. If not, it was in vain. */
  goesOn(now: number, atMost: number): boolean {
    this.#retryAt = now + RETRY_MS;
    if (now - this.#since < Math.min(atMost, this.#patience(now))) return true;
    this.#vain = this.#vainOf(now) + now - this.#since;
    this.#vainAt = now;
    return false;
  }

  /** Milliseconds until the message that is held is tried again; Infinity if there is none. */
  timeout(now: number): number {
    if (!this.held) return Infinity;
    return Math.max(0, Math.min(this.#retryAt - now, this.#since + this.#patience(now) - now));
  }

  /**
   * How long a message may be held. What was waited in vain counts for a while: those that come one
   * after another and never read must not hold up everybody for as long as each of them might.
   */
  #patience(now: number): number {
    const most = patience(this.#ring, this.#settings);
    return Math.min(most, Math.max(LEAST_MS, this.#settings.queue.max_wait - this.#vainOf(now)));
  }

  #vainOf(now: number): number {
    return Math.max(0, this.#vain - (now - this.#vainAt) / FORGET);
  }
}
