/** Hooks without a process: they answer when the test says so, and what it says. */
import type { HookItem, HookResult, MessageHooks } from "../../../plugins/transport/hooking.ts";
import { assertEquals } from "../../assert.ts";

export class FakeHooks implements MessageHooks {
  /** The texts that were given, by chunk. */
  readonly given: string[][] = [];
  /** Whether they have looked at what they were given. */
  done = false;
  /** What becomes of a message. */
  judge: (text: string, item: HookItem) => HookResult = () => ({ became: "unchanged" });
  /** They need nothing of the loop. */
  readonly engine: MessageHooks["engine"];
  #items: readonly HookItem[] = [];

  constructor() {
    const isDone = () => this.done;
    this.engine = {
      get available() {
        return isDone();
      },
      watch: () => {},
      prepare: () => {},
      woken: () => 0,
      timeout: () => Infinity,
      tick: () => {},
      close: () => {},
    };
  }

  wants(): boolean {
    return true;
  }
  give(items: readonly HookItem[]): void {
    assertEquals(this.#items.length, 0, "the last chunk is not taken back");
    this.#items = items;
    this.given.push(items.map(textOf));
  }
  results(): HookResult[] | null {
    if (!this.done) return null;
    const results = this.#items.map((item) => this.judge(textOf(item), item));
    this.#items = [];
    return results;
  }
}

function textOf({ text }: HookItem): string {
  return new TextDecoder().decode(text);
}
