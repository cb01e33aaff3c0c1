/** Session descriptions: the newest ones, as many as fit. @module */
import { MAX_SDP, MAX_SDP_TOTAL } from "./limits.ts";
import type { Description } from "./wire.ts";

/** One that is kept, for as long as there is room. */
export interface StoredDescription {
  readonly type: string;
  /** Null once it was too old. */
  sdp: string | null;
}

/** Keeps so many characters of them in all. */
export class Descriptions {
  /** In the order in which they came. */
  readonly #kept = new Set<StoredDescription>();
  #length = 0;

  /** Keeps one, and lets go of the oldest. */
  keep(type: unknown, sdp: unknown): StoredDescription | null {
    if (typeof type !== "string" || typeof sdp !== "string" || sdp.length > MAX_SDP) return null;
    const one: StoredDescription = { type: type.slice(0, 32), sdp };
    this.#kept.add(one);
    this.#length += sdp.length;
    for (const old of this.#kept) {
      if (this.#length <= MAX_SDP_TOTAL) break;
      this.drop(old);
    }
    return one;
  }

  /** Lets go of one. */
  drop(one: StoredDescription | null): void {
    if (one === null || !this.#kept.delete(one)) return;
    this.#length -= one.sdp?.length ?? 0;
    one.sdp = null;
  }
}

/** As a page gets it. */
export function showDescription(stored: StoredDescription | null): Description | null {
  return stored === null || stored.sdp === null ? null : { type: stored.type, sdp: stored.sdp };
}
