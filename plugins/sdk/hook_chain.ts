/** Takes a request or a reply through hooks, one after the other: in the plugin and in tests. @module */
import type { JanusRequest, JsonObject } from "../janus/api.ts";
import { foldRequest } from "../janus/request.ts";
import { type Calls, isObject, MAX_TEXT, readObject, writeObject } from "./chain.ts";
import type { ModuleLog } from "./event_filter.ts";
import type { HookContext, HookPeer, Refusal, TransportHook } from "./transport_hook.ts";

/** The longest reason, in UTF-16 units; what is beyond it is cut off. */
const MAX_REASON = 1000;
const MAX_CODE = 2 ** 31 - 1;

/** A hook in its place. */
export interface ChainedHook {
  readonly module: number;
  readonly hook: TransportHook;
  readonly log: ModuleLog;
}

/** What a chain of hooks works with. */
export interface HookChainParts {
  readonly hooks: readonly ChainedHook[];
  readonly calls: Calls;
  /** A request that a hook fails at goes on without it; or else it is refused. Replies go on. */
  readonly pass: boolean;
}

/** Which way a message goes, and whose it is. */
export interface HookHead {
  readonly reply: boolean;
  readonly peer: HookPeer;
}

/** The text that hooks made of a message. */
export interface ChangedMessage {
  readonly text: string;
}

/**
 * What became of a message: it is as it was, or no JSON object; a hook failed at it, changed it, or
 * refused it.
 */
export type HookOutcome =
  | "unchanged"
  | "invalid"
  | "failed"
  | ChangedMessage
  | Refusal["refuse"];

/** The hooks in their order. One message at a time. */
export class HookChain {
  /** Writes JSON. */
  write: (message: object) => string = writeObject;
  readonly #parts: HookChainParts;

  constructor(parts: HookChainParts) {
    this.#parts = parts;
  }

  /** Takes a message through all hooks. @param mask a bit for each module that is to see it */
  async take(head: HookHead, text: string, mask = -1): Promise<HookOutcome> {
    const { hooks, calls, pass } = this.#parts;
    let outcome: "unchanged" | ChangedMessage = "unchanged";
    for (const one of hooks) {
      if ((mask & 1 << one.module) === 0) continue;
      if ((head.reply ? one.hook.onReply : one.hook.onRequest) === undefined) continue;
      const message = read(outcome === "unchanged" ? text : outcome.text, head.reply);
      if (message === null) return "invalid";
      calls.begin(one.module);
      let answer: ChangedMessage | Refusal["refuse"] | "failed" | null;
      try {
        answer = this.#answer(await ask(one, head, message), head.reply);
        calls.end(answer !== null && "code" in answer ? 0 : 1);
      } catch (error) {
        calls.fail(one.module, error);
        answer = head.reply || pass ? null : "failed";
      }
      await calls.pause();
      if (answer === null) continue;
      if (answer === "failed" || "code" in answer) return answer;
      outcome = answer;
    }
    return outcome;
  }

  /** What a hook has answered; null for nothing. @throws for what it must not answer */
  #answer(result: unknown, reply: boolean): ChangedMessage | Refusal["refuse"] | null {
    if (result === null || result === undefined) return null;
    if (!isObject(result)) {
      throw new TypeError(
        `Cannot take ${String(result)} for a ${reply ? "reply" : "request"}: a hook returns an` +
          " object, or nothing",
      );
    }
    if ("refuse" in result && !("janus" in result)) return checkRefusal(result.refuse, reply);
    const text = this.write(result);
    if (text.length <= MAX_TEXT) return { text };
    throw new RangeError(`Cannot make a message of more than ${MAX_TEXT} characters`);
  }
}

function ask({ hook, log }: ChainedHook, { reply, peer }: HookHead, message: JsonObject): unknown {
  const ctx: HookContext = {
    log,
    peer: { ...peer },
    refuse: (code, reason) => ({ refuse: { code, reason } }),
  };
  if (reply) return hook.onReply!(message, ctx);
  return hook.onRequest!(message as unknown as JanusRequest, ctx);
}

/** What {@linkcode HookContext.refuse} made, whatever it was made of. @throws {TypeError} */
function checkRefusal(refuse: unknown, reply: boolean): Refusal["refuse"] {
  if (reply) throw new TypeError("Cannot refuse a reply: it has been done");
  const { code, reason } = Object(refuse) as { readonly code?: unknown; readonly reason?: unknown };
  if (typeof code !== "number" || !Number.isInteger(code) || Math.abs(code) > MAX_CODE) {
    throw new TypeError(
      `Cannot refuse with a code of type ${typeof code} (${
        String(code)
      }): it is an integer, such as 403`,
    );
  }
  if (typeof reason !== "string") {
    throw new TypeError(`Cannot refuse with a reason of type ${typeof reason}: it is a string`);
  }
  return { code, reason: reason.slice(0, MAX_REASON) };
}

/** A message as hooks get it; null if it is no JSON object. */
function read(text: string, reply: boolean): JsonObject | null {
  try {
    const value: unknown = readObject(text);
    if (!isObject(value)) return null;
    return (reply ? value : foldRequest(value)) as JsonObject;
  } catch {
    return null;
  }
}
