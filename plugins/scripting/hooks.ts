/** The transport's hooks over an engine: `MessageHooks` in `plugins/transport/hooking.ts`. @module */
import type { HookItem, HookResult } from "../transport/hooking.ts";
import { type EngineOptions, ModuleEngine } from "./engine.ts";
import { HOOKS } from "./kinds.ts";
import { ItemOutcome } from "./protocol.ts";

const [OPEN, COMMA, CLOSE, LINE_END] = [0x5b, 0x2c, 0x5d, 0x0a];

/** Gives messages to hooks, a list at a time. */
export class Hooks {
  readonly engine: ModuleEngine;
  /** Whether a request that hooks can't be asked about is refused. */
  readonly #refuses: boolean;
  readonly #decoder = new TextDecoder();
  #items: readonly HookItem[] = [];
  #results: HookResult[] = [];

  constructor(options: EngineOptions) {
    this.engine = new ModuleEngine(HOOKS, options);
    this.#refuses = options.config.on_error !== "pass";
  }

  /** True if a hook looks at replies, or at requests; before that is known, true. */
  wants(reply: boolean): boolean {
    return this.engine.wants(reply ? 1 : 0) || (!reply && this.#refusing);
  }

  /** Whether requests are refused for now: a hook can't be asked, and nobody knows what it would have refused. */
  get #refusing(): boolean {
    return this.#refuses && this.engine.incomplete;
  }

  /** Takes messages in hand, all of them: those of before are done. */
  give(items: readonly HookItem[]): void {
    const encoder = new TextEncoder();
    const heads = items.map(({ reply, peer }) => encoder.encode(JSON.stringify({ reply, peer })));
    this.#items = items;
    this.#results = [];
    this.engine.begin({
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
      const outcome = this.engine.take();
      if (outcome === null) return null;
      this.#results.push(this.#result(outcome, this.#items[this.#results.length]!.reply));
    }
    return this.#results;
  }

  status(): unknown {
    return this.engine.status();
  }

  #result(outcome: number, reply: boolean): HookResult {
    const { engine } = this;
    const refused = !reply && this.#refusing;
    switch (outcome) {
      case ItemOutcome.unchanged:
        return { became: refused ? "failed" : "unchanged" };
      case ItemOutcome.invalid:
        return { became: "invalid" };
      case ItemOutcome.changed:
        return refused ? { became: "failed" } : { became: "changed", text: this.#body };
      case ItemOutcome.refused:
        if (reply) return { became: "unchanged" };
        return {
          became: "refused",
          code: engine.code,
          reason: this.#decoder.decode(this.#body),
        };
    }
    // Messages are nothing that a hook can make of one.
    for (let message = 0; message < outcome; message++) engine.message();
    return { became: reply ? "unchanged" : "failed" };
  }

  /** A copy: the memory is used again. */
  get #body(): Uint8Array<ArrayBuffer> {
    const { memory, bodyOffset, bodyLength } = this.engine;
    return memory.slice(bodyOffset, bodyOffset + bodyLength);
  }
}
