/** What a server is called: as its events say, unless the operator does. @module */
import { MAX_LABEL } from "./limits.ts";
import { clip, visible } from "./text.ts";

/** So many events in a row by another name come from another server. */
const SURE = 20;

/** A server's name, which changes when another server answers in its place. */
export class ServerName {
  readonly #fixed: boolean;
  #text: string | null;
  /** As events have it. */
  #heard: string | null = null;
  /** True if the next event tells. */
  #open = true;
  #other: string | null = null;
  #others = 0;

  /** @param name null if events tell */
  constructor(name: string | null) {
    this.#fixed = name !== null;
    this.#text = name;
  }

  /** As it is shown; null while nothing has told. */
  get text(): string | null {
    return this.#text;
  }

  /** It began anew: it may be another one. */
  renew(): void {
    this.#open = true;
  }

  /** An event has this name. */
  hear(name: unknown): void {
    if (this.#fixed) return;
    if (name === this.#heard) {
      this.#others = 0;
      this.#open = false;
      return;
    }
    if (typeof name !== "string" || name === "") return;
    const short = clip(name, MAX_LABEL);
    this.#others = short === this.#other ? this.#others + 1 : 1;
    this.#other = short;
    if (!this.#open && this.#others < SURE) return;
    this.#heard = short;
    this.#text = visible(short);
    this.#open = false;
    this.#others = 0;
  }
}
