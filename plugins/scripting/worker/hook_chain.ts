/** Takes a request or a reply through the hooks, one after the other. @module */
import type { JanusRequest, JsonObject } from "../../janus/api.ts";
import { parseJson } from "../../janus/json.ts";
import { foldRequest } from "../../janus/request.ts";
import type { ModuleLog } from "../../sdk/event_filter.ts";
import type { HookContext, HookPeer, Refusal, TransportHook } from "../../sdk/transport_hook.ts";
import { HookOutcome, ItemOutcome, type SharedMemory, TALLIES, Tally, Word } from "../memory.ts";
import type { ItemResult } from "./chain.ts";

/** A hook that is at work. */
export interface LoadedHook {
  /** Its place among the modules, counted from 0. */
  readonly module: number;
  readonly hook: TransportHook;
  readonly log: ModuleLog;
}

/** What a chain of hooks works with. */
export interface HookChainParts {
  readonly hooks: readonly LoadedHook[];
  readonly memory: SharedMemory;
  /** A request that a hook fails at goes on without it; or else it is refused. Replies go on. */
  readonly pass: boolean;
  /** Told of what a hook has thrown. */
  readonly failed: (module: number, error: unknown) => void;
}

/** What a message comes with, before a line's end and its text. */
export interface HookHead {
  readonly reply: boolean;
  readonly peer: HookPeer;
}

/** The hooks in their order. One message at a time. */
export class HookChain {
  /** Writes JSON. */
  write: (value: object) => string = JSON.stringify;
  readonly #parts: HookChainParts;

  constructor(parts: HookChainParts) {
    this.#parts = parts;
  }

  /** Takes a message through all hooks. @param mask a bit for each module that is to see it */
  async take(head: HookHead, text: string, mask: number): Promise<ItemResult> {
    if (readObject(text) === null) return [{ topic: HookOutcome.invalid, body: "{}" }];
    let changed: string | null = null;
    for (const loaded of this.#parts.hooks) {
      const { module, hook } = loaded;
      if ((mask & 1 << module) === 0) continue;
      if ((head.reply ? hook.onReply : hook.onRequest) === undefined) continue;
      const message = readObject(changed ?? text)!;
      const result = await this.#ask(loaded, head, head.reply ? message : foldRequest(message));
      if (result === "failed") {
        if (!head.reply && !this.#parts.pass) return ItemOutcome.failed;
      } else if (result !== null && result.refused) {
        return [{ topic: HookOutcome.refused, body: result.text }];
      } else if (result !== null) changed = result.text;
    }
    return changed === null
      ? ItemOutcome.unchanged
      : [{ topic: HookOutcome.changed, body: changed }];
  }

  async #ask(
    { module, hook, log }: LoadedHook,
    { reply, peer }: HookHead,
    message: JsonObject,
  ): Promise<{ refused: boolean; text: string } | null | "failed"> {
    const { memory: { control, tallies }, failed } = this.#parts;
    const place = module * TALLIES;
    const begun = performance.now();
    tallies[place + Tally.given]!++;
    Atomics.store(control, Word.module, module + 1);
    Atomics.add(control, Word.calls, 1);
    const ctx: HookContext = {
      log,
      peer,
      refuse: (code, reason) => ({ refuse: { code, reason } }),
    };
    try {
      const result = reply
        ? await hook.onReply!(message, ctx)
        : await hook.onRequest!(message as unknown as JanusRequest, ctx);
      const answer = result === null || result === undefined
        ? null
        : isRefusal(result)
        ? { refused: true, text: refusalText(result, reply) }
        : { refused: false, text: this.write(result) };
      tallies[place + (answer?.refused ? Tally.dropped : Tally.passed)]!++;
      return answer;
    } catch (error) {
      tallies[place + Tally.errors]!++;
      failed(module, error);
      return "failed";
    } finally {
      tallies[place + Tally.microseconds]! += (performance.now() - begun) * 1000;
      Atomics.store(control, Word.module, 0);
    }
  }
}

function readObject(text: string): JsonObject | null {
  try {
    const value = parseJson(text);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    return isObject ? value as JsonObject : null;
  } catch {
    return null;
  }
}

function isRefusal(value: object): value is Refusal {
  return "refuse" in value && !("janus" in value);
}

function refusalText({ refuse }: Refusal, reply: boolean): string {
  const { code, reason } = refuse;
  if (reply) throw new TypeError("Cannot refuse a reply");
  if (!Number.isSafeInteger(code)) throw new TypeError(`Cannot refuse with the code ${code}`);
  return JSON.stringify({ code, reason: String(reason) });
}
