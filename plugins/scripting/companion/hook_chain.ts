/** Takes a request or a reply through the hooks, one after the other. @module */
import type { JanusRequest, JsonObject } from "../../janus/api.ts";
import { parseJson } from "../../janus/json.ts";
import { foldRequest } from "../../janus/request.ts";
import type { ModuleLog } from "../../sdk/event_filter.ts";
import type { HookContext, HookPeer, TransportHook } from "../../sdk/transport_hook.ts";
import { checkRefusal, isRefusal } from "../../sdk/refusal.ts";
import { ItemOutcome, MAX_TEXT, Tally } from "../protocol.ts";
import type { Calls } from "./calls.ts";
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
  readonly calls: Calls;
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

/** What one hook has made of a message: its text, a refusal, or nothing. */
type Answer = string | { readonly code: number; readonly reason: string } | null;

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
    let changed: string | null = null;
    for (const loaded of this.#parts.hooks) {
      const { module, hook } = loaded;
      if ((mask & 1 << module) === 0) continue;
      if ((head.reply ? hook.onReply : hook.onRequest) === undefined) continue;
      const message = readObject(changed ?? text, head.reply);
      if (message === null) return ItemOutcome.invalid;
      const answer = await this.#parts.calls.after(await this.#ask(loaded, head, message));
      if (answer === "failed") {
        if (!head.reply && !this.#parts.pass) return ItemOutcome.failed;
      } else if (typeof answer.made === "string") {
        changed = answer.made;
      } else if (answer.made !== null) {
        return answer.made;
      }
    }
    return changed === null ? ItemOutcome.unchanged : { text: changed };
  }

  #written(result: object): string {
    const text = this.write(result);
    if (text.length <= MAX_TEXT) return text;
    throw new RangeError(`Cannot make a message of more than ${MAX_TEXT} characters`);
  }

  async #ask(
    { module, hook, log }: LoadedHook,
    { reply, peer }: HookHead,
    message: JsonObject,
  ): Promise<{ readonly made: Answer } | "failed"> {
    const { calls, failed } = this.#parts;
    const ctx: HookContext = {
      log,
      peer: { ...peer },
      refuse: (code, reason) => ({ refuse: { code, reason } }),
    };
    calls.begin(module);
    try {
      const result = reply
        ? await hook.onReply!(message, ctx)
        : await hook.onRequest!(message as unknown as JanusRequest, ctx);
      const made = result === null || result === undefined
        ? null
        : isRefusal(result)
        ? checkRefusal(result, reply)
        : this.#written(result);
      calls.end(typeof made === "object" && made !== null ? Tally.dropped : Tally.passed);
      return { made };
    } catch (error) {
      calls.end(Tally.errors);
      failed(module, error);
      return "failed";
    }
  }
}

/** A message as hooks get it; null if it is no JSON object. */
function readObject(text: string, reply: boolean): JsonObject | null {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch {
    return null;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  return reply ? value as JsonObject : foldRequest(value as JsonObject);
}
