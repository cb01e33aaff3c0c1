/** Tests of transport hooks, without Janus and without ZeroMQ. @module */
import type { JanusRequest, JsonObject } from "../janus/api.ts";
import { parseJson, stringifyJson } from "../janus/json.ts";
import { foldRequest } from "../janus/request.ts";
import { checkNames, checkTransportHook } from "./check.ts";
import { checkRefusal, isRefusal } from "./refusal.ts";
import { type LoggedLine, recordingLog, tearDown } from "./test_log.ts";
import type { HookContext, HookPeer, Refusal, TransportHook } from "./transport_hook.ts";

/** Who asks, unless a test says otherwise. */
const SOMEBODY: HookPeer = {
  id: 1,
  name: null,
  identity: null,
  address: "127.0.0.1",
  admin: false,
};

/** Hooks under test, as {@linkcode testHook} sets them up. */
export class HookTest implements AsyncDisposable {
  readonly #hooks: readonly TransportHook[];
  #open = true;
  /** What the hooks wrote to the log. */
  readonly log: readonly LoggedLine[];

  /** Not to be called: {@linkcode testHook} does it, and sets the hooks up. */
  constructor(hooks: readonly TransportHook[], log: readonly LoggedLine[]) {
    this.#hooks = hooks;
    this.log = log;
  }

  /**
   * Gives a request to the hooks, as if a client had sent it.
   *
   * @param peer what is to be said of the client; the rest is that of somebody on this machine
   * @returns the request as it goes on, or the refusal
   */
  async request(
    request: JanusRequest,
    peer: Partial<HookPeer> = {},
  ): Promise<JanusRequest | Refusal> {
    const ctx = this.#context(peer);
    let current = copy(foldRequest(request));
    for (const hook of this.#hooks) {
      // A copy: what a hook changes without returning it is no change.
      const result = await hook.onRequest?.(copy(current) as unknown as JanusRequest, ctx);
      if (result === null || result === undefined) continue;
      if (isRefusal(result)) return { refuse: checkRefusal(result, false) };
      current = copy(asObject(result, "a request"));
    }
    return current as unknown as JanusRequest;
  }

  /** Gives a reply, or an asynchronous event, to the hooks. @returns it as the client gets it */
  async reply(reply: JsonObject, peer: Partial<HookPeer> = {}): Promise<JsonObject> {
    const ctx = this.#context(peer);
    let current = copy(reply);
    for (const hook of this.#hooks) {
      const result = await hook.onReply?.(copy(current), ctx);
      if (result === null || result === undefined) continue;
      if (isRefusal(result)) checkRefusal(result, true);
      current = copy(asObject(result, "a reply"));
    }
    return current;
  }

  #context(peer: Partial<HookPeer>): HookContext {
    if (!this.#open) throw new TypeError("Cannot ask the hooks: they are torn down");
    return {
      log: recordingLog(this.log as LoggedLine[]),
      peer: { ...SOMEBODY, ...peer },
      refuse: (code, reason) => ({ refuse: { code, reason } }),
    };
  }

  /** Tears the hooks down, the last one first. What they throw fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await tearDown(this.#hooks);
  }
}

function asObject(value: unknown, what: string): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new TypeError(
    `Cannot take ${String(value)} for ${what}: a hook returns an object, or nothing`,
  );
}

function copy(value: object): JsonObject {
  return parseJson(stringifyJson(value)) as JsonObject;
}

/**
 * Sets transport hooks up for a test; several are asked in this order. Leaving the block tears them
 * down. It needs no permission, no Janus and no ZeroMQ.
 *
 * @example
 * ```ts
 * import { defineTransportHook, testHook } from "@janus-zeromq/janus-zeromq";
 * import assert from "node:assert/strict";
 *
 * const closed = defineTransportHook({
 *   name: "closed",
 *   onRequest: (request, ctx) => request.janus === "create" ? ctx.refuse(403, "Closed") : null,
 * });
 *
 * await using test = await testHook(closed);
 * assert.deepEqual(await test.request({ janus: "create" }), {
 *   refuse: { code: 403, reason: "Closed" },
 * });
 * ```
 *
 * @throws {TypeError} for what is no hook, and whatever a `setup` throws
 */
export async function testHook(...hooks: readonly TransportHook[]): Promise<HookTest> {
  const lines: LoggedLine[] = [];
  const ready: TransportHook[] = [];
  try {
    checkNames(hooks.map(checkTransportHook));
    for (const hook of hooks) {
      await hook.setup?.({ log: recordingLog(lines) });
      ready.push(hook);
    }
  } catch (error) {
    await tearDown(ready);
    throw error;
  }
  return new HookTest(ready, lines);
}
