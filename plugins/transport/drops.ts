/** Messages that reach nobody: counted, and told of now and then. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Log } from "../janus/log.ts";
import { Counter } from "./counters.ts";

const WARN_EVERY_MS = 1000;

/** Counts the messages that are dropped. */
export class Drops {
  readonly #link: Link;
  readonly #log: Log;
  /** Dropped and not said yet, why the last of them, and how loud to say it. */
  #count = 0;
  #why = "";
  #level: "warning" | "verbose" = "verbose";
  #sayAt = 0;

  constructor(link: Link, log: Log) {
    this.#link = link;
    this.#log = log;
  }

  /** Counts messages that are lost, and says so once a second at most. */
  add(count: number, why: string, level: "warning" | "verbose"): void {
    if (count === 0) return;
    this.#link.counters[Counter.dropped]! += count;
    this.#count += count;
    this.#why = why;
    if (level === "warning") this.#level = level;
    this.tick(Date.now());
  }

  /** When (ms) {@linkcode tick} has something to do; Infinity if it has not. */
  get deadline(): number {
    return this.#count === 0 ? Infinity : this.#sayAt;
  }

  /** Says what was dropped, if it is time. */
  tick(now: number): void {
    if (this.#count === 0 || now < this.#sayAt) return;
    this.#log[this.#level](
      `${this.#count} messages were dropped; the last one's peer ${this.#why}`,
    );
    this.#sayAt = now + WARN_EVERY_MS;
    this.#count = 0;
    this.#level = "verbose";
  }
}
