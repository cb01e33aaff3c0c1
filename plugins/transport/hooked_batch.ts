/** A batch of Janus's records while hooks look at the replies in it. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { HookItem, HookResult } from "../sdk/hook_item.ts";
import type { HookLanes } from "./hooking.ts";

/** Handles records in their order, each as soon as hooks have seen it. */
export class HookedBatch {
  readonly #link: Link;
  readonly #lanes: HookLanes;
  #count = 0;
  #next = 0;
  /** By record: undefined if hooks don't see it, null while they have not. */
  #results: (HookResult | null | undefined)[] = [];

  constructor(link: Link, lanes: HookLanes) {
    this.#link = link;
    this.#lanes = lanes;
  }

  /** True while records wait for hooks. */
  get waiting(): boolean {
    return this.#next < this.#count;
  }

  /**
   * Goes on as far as it goes.
   *
   * @param show a record as hooks are to see it; null if they are not
   * @param handle handles a record, with what hooks made of it if they did
   * @returns how many records it has handled
   */
  advance(
    show: (index: number) => HookItem | null,
    handle: (index: number, text: Uint8Array<ArrayBuffer> | null) => void,
  ): number {
    if (this.#next === this.#count) this.#open(show);
    const from = this.#next;
    for (; this.#next < this.#count; this.#next++) {
      const result = this.#results[this.#next];
      if (result === null) break;
      handle(this.#next, result?.became === "changed" ? result.text : null);
      this.#link.commit(this.#next);
    }
    return this.#next - from;
  }

  #open(show: (index: number) => HookItem | null): void {
    this.#count = this.#link.drain();
    this.#next = 0;
    const results: (HookResult | null | undefined)[] = this.#results = [];
    for (let index = 0; index < this.#count; index++) {
      const item = show(index);
      if (item === null) continue;
      results[index] = null;
      this.#lanes.add(item, (result) => void (results[index] = result));
    }
  }
}
