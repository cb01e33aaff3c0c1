/** Runs of events at the filters: what of a batch they want, and what they made of it. @module */
import { Down } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import type { EventFiltering } from "./filtering.ts";

/** Hands the events of a batch that filters want over to them, in runs. */
export class Runs {
  readonly #link: Link;
  readonly #filtering: EventFiltering;
  /** Those of the batch, and how far they were handed over, and taken back. */
  #wanted: number[] = [];
  #begun = 0;
  #taken = 0;
  #waiting = false;

  constructor(link: Link, filtering: EventFiltering) {
    this.#link = link;
    this.#filtering = filtering;
  }

  /** True while filters are at work. */
  get busy(): boolean {
    return this.#waiting;
  }

  /** A new batch is in hand: filters begin with it. */
  open(count: number): void {
    const link = this.#link;
    this.#wanted = [];
    for (let index = 0; index < count; index++) {
      const isWanted = link.kind(index) === Down.event &&
        this.#filtering.wants(link.type(index), link.subtype(index));
      if (isWanted) this.#wanted.push(index);
    }
    this.#begun = this.#taken = 0;
    this.#begin();
  }

  /** True if this record of the batch, the next one, is one that filters were to get. */
  has(index: number): boolean {
    return this.#wanted[this.#taken] === index;
  }

  /**
   * Takes the next one of them back.
   *
   * @param wait how long (ms) to wait for it
   * @returns false if the filters are not done with it
   */
  take(wait: number): boolean {
    if (this.#taken === this.#begun) this.#begin();
    if (this.#waiting && !this.#filtering.wait(wait)) return false;
    this.#waiting = false;
    this.#taken++;
    return true;
  }

  #begin(): void {
    if (this.#begun === this.#wanted.length) return;
    const rest = this.#begun === 0 ? this.#wanted : this.#wanted.slice(this.#begun);
    this.#begun += this.#filtering.begin(this.#link, rest);
    this.#waiting = true;
  }
}
