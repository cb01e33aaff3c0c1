/** What has ended lately: late events must not bring it back. @module */
import type { JanusId } from "../janus/ids.ts";

const MOST = 5000;

/** Ids of sessions and handles, and when they ended (ms); the oldest are forgotten. */
export class Recent {
  readonly #ended = new Map<JanusId, number>();

  has(id: JanusId): boolean {
    return this.#ended.has(id);
  }

  add(id: JanusId, now: number): void {
    this.#ended.set(id, now);
  }

  /** It is there again. */
  delete(id: JanusId): void {
    this.#ended.delete(id);
  }

  /** Forgets what ended before, and what is too much. */
  trim(before: number): void {
    for (const [id, ended] of this.#ended) {
      if (ended > before && this.#ended.size <= MOST) return;
      this.#ended.delete(id);
    }
  }
}

/** False for what a filter may have put there. */
export function isId(id: unknown): id is JanusId {
  return typeof id === "number" || typeof id === "bigint";
}
