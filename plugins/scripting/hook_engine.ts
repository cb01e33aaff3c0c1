/** Transport hooks, as the transport sees them: `MessageHooks` in `plugins/transport/hooking.ts`. @module */
import type { HookItem, HookResult } from "../sdk/hook_item.ts";
import { type EngineOptions, ModuleEngine } from "./engine.ts";
import { ItemOutcome } from "./protocol.ts";

const [OPEN, COMMA, CLOSE, LINE_END] = [0x5b, 0x2c, 0x5d, 0x0a];

/** The hooks. */
export class HookEngine extends ModuleEngine {
  readonly #closed: boolean;
  readonly #decoder = new TextDecoder();
  #items: readonly HookItem[] = [];
  #results: HookResult[] = [];

  constructor(options: EngineOptions) {
    const refuse = options.config.on_error !== "pass";
    super(options, {
      kind: "hook",
      section: "hooks",
      item: "message",
      fate: refuse ? "a request is refused, a reply passes" : "the message passes unchanged",
      aside: refuse ? "requests are refused" : "messages go past it",
    });
    this.#closed = refuse;
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

  /** Takes messages in hand, all of them: those of before are done. */
  give(items: readonly HookItem[]): void {
    const encoder = new TextEncoder();
    const heads = items.map(({ reply, peer }) => encoder.encode(JSON.stringify({ reply, peer })));
    this.#items = items;
    this.#results = [];
    this.begin({
      textLength: (index) => heads[index]!.length + 1 + items[index]!.text.length,
      pack(indices, most, target, capacity, offsets) {
        let at = 0;
        let taken = 0;
        for (; taken < most; taken++) {
          const index = indices[taken]!;
          const [head, { text }] = [heads[index]!, items[index]!];
          if (at + head.length + 1 + text.length + 2 > capacity) break;
          target[at++] = taken === 0 ? OPEN! : COMMA!;
          offsets[taken] = at;
          target.set(head, at);
          at += head.length;
          target[at++] = LINE_END!;
          target.set(text, at);
          at += text.length;
        }
        if (taken > 0) target[at++] = CLOSE!;
        offsets[taken] = at;
        return taken;
      },
    }, items.map((_, index) => index));
  }

  /** What became of all that was given; null while that is not known. */
  results(): readonly HookResult[] | null {
    while (this.#results.length < this.#items.length) {
      const outcome = this.take();
      if (outcome === null) return null;
      this.#results.push(this.#result(outcome, this.#items[this.#results.length]!.reply));
    }
    return this.#results;
  }

  #result(outcome: number, reply: boolean): HookResult {
    const shut = !reply && this.#shut;
    switch (outcome) {
      case ItemOutcome.unchanged:
        return { became: shut ? "failed" : "unchanged" };
      case ItemOutcome.invalid:
        return { became: "invalid" };
      case ItemOutcome.refused:
        return this.#refusal(reply);
      case 1:
        this.message();
        if (shut) return { became: "failed" };
        return { became: "changed", text: this.memory.slice(this.bodyOffset, this.#bodyEnd) };
    }
    // Several messages, or none, are nothing that a hook can make of one.
    for (let message = 0; message < outcome; message++) this.message();
    return { became: reply ? "unchanged" : "failed" };
  }

  #refusal(reply: boolean): HookResult {
    this.message();
    const topic = this.memory.subarray(this.topicOffset, this.topicOffset + this.topicLength);
    const code = Number(this.#decoder.decode(topic.slice(0, 20)));
    const reason = this.#decoder.decode(this.memory.slice(this.bodyOffset, this.#bodyEnd));
    if (reply) return { became: "unchanged" };
    return Number.isInteger(code) ? { became: "refused", code, reason } : { became: "failed" };
  }

  get #bodyEnd(): number {
    return this.bodyOffset + this.bodyLength;
  }
}
