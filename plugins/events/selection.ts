/** What of a batch filters want, and what they made of it. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { EventFiltering } from "./filtering.ts";
import { Down } from "./records.ts";

/** Hands the events of a batch that filters want over to them. */
export class Selection {
  readonly #link: Link;
  readonly #filtering: EventFiltering;
  /** Those of the batch, and how many of them were taken back. */
  #wanted: number[] = [];
  #taken = 0;

  constructor(link: Link, filtering: EventFiltering) {
    this.#link = link;
    this.#filtering = filtering;
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
    this.#taken = 0;
    if (this.#wanted.length > 0) this.#filtering.begin(link, this.#wanted);
  }

  /** True if this record of the batch, the next one, is one that filters were to get. */
  has(index: number): boolean {
    return this.#wanted[this.#taken] === index;
  }

  /** Takes the next one of them back. @returns as {@linkcode EventFiltering.take} */
  take(): number | null {
    const outcome = this.#filtering.take();
    if (outcome !== null) this.#taken++;
    return outcome;
  }
}
