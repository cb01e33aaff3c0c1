/** Handles that have ended and are still shown. @module */
import type { JanusId } from "../janus/ids.ts";
import type { Descriptions } from "./descriptions.ts";
import type { Handle } from "./handle.ts";
import { ENDED_SECONDS } from "./limits.ts";

const MAX_SHOWN = 500;

/** Those of a server, the oldest first. */
export class EndedHandles {
  readonly #descriptions: Descriptions;
  readonly #shown = new Map<JanusId, Handle>();
  #gone: JanusId[] = [];

  constructor(descriptions: Descriptions) {
    this.#descriptions = descriptions;
  }

  get(id: JanusId): Handle | undefined {
    return this.#shown.get(id);
  }

  all(): Iterable<Handle> {
    return this.#shown.values();
  }

  /** One has ended. @param shown true if it is worth it: it had a call */
  add(handle: Handle, shown: boolean): void {
    if (shown) this.#shown.set(handle.id, handle);
    else this.#forget(handle);
  }

  /** Forgets those that ended too long ago, or are too many. */
  trim(now: number): void {
    const old = now - ENDED_SECONDS * 1000;
    for (const handle of this.#shown.values()) {
      if (handle.ended! > old && this.#shown.size <= MAX_SHOWN) break;
      this.#forget(handle);
    }
  }

  /** Those that were forgotten since the last time. */
  takeGone(): readonly JanusId[] {
    const gone = this.#gone;
    this.#gone = [];
    return gone;
  }

  #forget(handle: Handle): void {
    this.#shown.delete(handle.id);
    handle.release();
    this.#descriptions.drop(handle.jsep.local);
    this.#descriptions.drop(handle.jsep.remote);
    this.#gone.push(handle.id);
  }
}
