/** Transport hooks, as the transport sees them: `MessageHooks` in `plugins/transport/hooking.ts`. @module */
import type { HookItem, HookResult } from "../sdk/hook_item.ts";
import { type EngineOptions, ModuleEngine } from "./engine.ts";
import { HookOutcome, ItemOutcome } from "./memory.ts";

const [OPEN, COMMA, CLOSE, LINE_END] = [0x5b, 0x2c, 0x5d, 0x0a];
/** Sequence numbers of each process: no two processes have the same ones. */
const NUMBERS = 2 ** 30;

/** The hooks. */
export class HookEngine extends ModuleEngine {
  readonly #closed: boolean;
  #number: number;
  #results: HookResult[] = [];
  #items: readonly HookItem[] = [];

  constructor(options: EngineOptions, generation: number) {
    const refuse = options.config.on_error !== "pass";
    super(options, {
      kind: "hook",
      section: "hooks",
      item: "message",
      fate: refuse ? "a request is refused, a reply passes" : "the message passes unchanged",
      aside: refuse ? "requests are refused" : "messages go past it",
    });
    this.#closed = refuse;
    this.#number = generation * NUMBERS;
  }

  /** True if a hook looks at replies, or at requests; before that is known, true. */
  wants(reply: boolean): boolean {
    if (!this.crew.begun || (!reply && this.#shut)) return true;
    const name = reply ? "onReply" : "onRequest";
    return this.modules.some((one) => one.working && !this.isOff(one) && one.wanted.includes(name));
  }

  /** Where a hook is to refuse and can't be asked, nobody knows what it would have refused. */
  get #shut(): boolean {
    return this.#closed && this.modules.some((one) => !one.working && !this.isOff(one));
  }

  /** Takes messages in hand. @returns how many, the first ones */
  give(items: readonly HookItem[]): number {
    const encoder = new TextEncoder();
    const heads = items.map(({ reply, peer }) => encoder.encode(JSON.stringify({ reply, peer })));
    const lengths = items.map(({ text }, at) => heads[at]!.length + 1 + text.length);
    const first = this.#number;
    const count = this.begin({
      textLength: (index) => lengths[index]!,
      sequence: (index) => first + index,
      pack(indices, most, target, capacity, offsets) {
        let at = 0;
        let taken = 0;
        for (; taken < most; taken++) {
          const index = indices[taken]!;
          if (at + lengths[index]! + 2 > capacity) break;
          target[at++] = taken === 0 ? OPEN! : COMMA!;
          offsets[taken] = at;
          target.set(heads[index]!, at);
          at += heads[index]!.length;
          target[at++] = LINE_END!;
          target.set(items[index]!.text, at);
          at += items[index]!.text.length;
        }
        if (taken > 0) target[at++] = CLOSE!;
        offsets[taken] = at;
        return taken;
      },
    }, items.map((_, index) => index));
    this.#number += count;
    this.#items = items.slice(0, count);
    return count;
  }

  /** What became of all that was given; null while it is not known. Waits for it, `ms` at most. */
  take(ms: number): HookResult[] | null {
    if (!this.wait(ms)) return null;
    const results = this.#items.map(({ reply }) => this.#result(reply));
    this.#items = [];
    return results;
  }

  #result(reply: boolean): HookResult {
    const outcome = this.next();
    const shut = !reply && this.#shut;
    if (outcome !== 1) {
      return { became: outcome === ItemOutcome.failed || shut ? "failed" : "unchanged" };
    }
    this.message();
    const text = this.#copy(this.bodyOffset, this.bodyLength);
    const topic = this.#copy(this.topicOffset, this.topicLength);
    switch (new TextDecoder().decode(topic)) {
      case HookOutcome.refused: {
        const { code, reason } = JSON.parse(new TextDecoder().decode(text));
        return { became: "refused", code, reason };
      }
      case HookOutcome.changed:
        return shut ? { became: "failed" } : { became: "changed", text };
      default:
        return { became: "invalid" };
    }
  }

  #copy(offset: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(new ArrayBuffer(length));
    bytes.set(this.memory.subarray(offset, offset + length));
    return bytes;
  }
}
