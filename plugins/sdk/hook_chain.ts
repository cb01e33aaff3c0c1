/** Takes a request or a reply through hooks, one after the other: in the plugin and in tests. @module */
import type { JanusRequest, JsonObject } from "../janus/api.ts";
import { foldRequest } from "../janus/request.ts";
import { type Calls, isObject, MAX_TEXT, readObject, writeObject } from "./chain.ts";
import type { ModuleLog } from "./event_filter.ts";
import type { HookContext, HookPeer, Refusal, TransportHook } from "./transport_hook.ts";

/** The longest reason, in UTF-16 units; what is beyond it is cut off. */
const MAX_REASON = 1000;
const MAX_CODE = 2 ** 31 - 1;

/** What a chain of hooks works with. */
export interface HookChainParts {
  readonly calls: Calls;
  /** A request that a hook fails at goes on without it; or else it is refused. Replies go on. */
  readonly pass: boolean;
}

/** Which way a message goes, and whose it is. */
export interface HookHead {
  readonly reply: boolean;
  readonly peer: HookPeer;
}

/** What hooks made of a message: another text, or a refusal. */
export type HookAnswer = { readonly text: string } | Refusal["refuse"];

/** What became of a message: it is as it was, or no JSON object; a hook failed at it, or answered. */
export type HookOutcome = "unchanged" | "invalid" | "failed" | HookAnswer;

/** A hook in its place. */
interface Stage {
  readonly module: number;
  readonly hook: TransportHook;
  readonly log: ModuleLog;
}

/** The hooks in their order. One message at a time. */
export class HookChain {
  /** Writes JSON. */
  write: (message: object) => string = writeObject;
  readonly #parts: HookChainParts;
  readonly #stages: Stage[] = [];

  constructor(parts: HookChainParts) {
    this.#parts = parts;
  }

  /** Adds a hook, which was checked, behind those that there are. */
  add(hook: TransportHook, module: number, log: ModuleLog): void {
    this.#stages.push({ module, hook, log });
  }

  /** Takes a message through all hooks. @param mask a bit for each module that is to see it */
  async take({ reply, peer }: HookHead, text: string, mask = -1): Promise<HookOutcome> {
    let outcome: HookOutcome = "unchanged";
    for (const stage of this.#stages) {
      const { module, hook } = stage;
      if ((mask & 1 << module) === 0) continue;
      if ((reply ? hook.onReply : hook.onRequest) === undefined) continue;
      const message = read(text, reply);
      if (message === null) return "invalid";
      const answer = await this.#ask(stage, { reply, peer }, message);
      if (answer === null) continue;
      if (answer === "failed" || "code" in answer) return answer;
      outcome = answer;
      text = answer.text;
    }
    return outcome;
  }

  /** Asks a hook. @returns null if the message goes on as it is */
  async #ask(
    stage: Stage,
    head: HookHead,
    message: JsonObject,
  ): Promise<HookAnswer | "failed" | null> {
    const { calls, pass } = this.#parts;
    let answer: HookAnswer | "failed" | null;
    calls.begin(stage.module);
    try {
      answer = this.#read(await call(stage, head, message), head.reply);
      calls.end(answer !== null && "code" in answer ? 0 : 1);
    } catch (error) {
      calls.fail(stage.module, error);
      answer = head.reply || pass ? null : "failed";
    }
    await calls.pause();
    return answer;
  }

  /** What a hook has answered; null for nothing. @throws for what it must not answer */
  #read(result: unknown, reply: boolean): HookAnswer | null {
    if (result === null || result === undefined) return null;
    if (!isObject(result)) {
      const what = reply ? "a reply" : "a request";
      throw new TypeError(
        `Cannot take ${String(result)} for ${what}: a hook returns an object, or nothing`,
      );
    }
    if ("refuse" in result && !("janus" in result)) return checkRefusal(result.refuse, reply);
    const text = this.write(result);
    if (text.length <= MAX_TEXT) return { text };
    throw new RangeError(`Cannot make a message of more than ${MAX_TEXT} characters`);
  }
}

function call({ hook, log }: Stage, { reply, peer }: HookHead, message: JsonObject): unknown {
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
    const given = `a code of type ${typeof code} (${String(code)})`;
    throw new TypeError(`Cannot refuse with ${given}: it is an integer, such as 403`);
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
