/** Tests of transport hooks, without Janus and without ZeroMQ. @module */
import type { JanusRequest, JsonObject } from "../janus/api.ts";
import { stringifyJson } from "../janus/json.ts";
import { readObject } from "./chain.ts";
import { checkNames, checkTransportHook } from "./check.ts";
import { HookChain, type HookOutcome } from "./hook_chain.ts";
import { failures, type LoggedLine, TestModules } from "./test_modules.ts";
import type { HookPeer, Refusal, TransportHook } from "./transport_hook.ts";

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
  readonly #modules: TestModules;
  readonly #chain: HookChain;
  /** What the hooks wrote to the log. */
  readonly log: readonly LoggedLine[];

  /** Not to be called: {@linkcode testHook} does it, and sets the hooks up. */
  constructor(hooks: readonly TransportHook[], modules: TestModules) {
    this.#modules = modules;
    this.log = modules.lines;
    this.#chain = new HookChain({
      calls: failures((error) => {
        throw error;
      }),
      pass: false,
    });
    for (const [at, hook] of hooks.entries()) this.#chain.add(hook, at, modules.log);
  }

  /**
   * Gives a request to the hooks, as if a client had sent it.
   *
   * @param peer what is to be said of the client; the rest is that of somebody on this machine
   * @returns the request as it goes on, or the refusal
   * @throws what a hook throws, or for what it must not answer
   */
  async request(
    request: JanusRequest,
    peer: Partial<HookPeer> = {},
  ): Promise<JanusRequest | Refusal> {
    const outcome = await this.#take(request, false, peer);
    if (typeof outcome === "object" && "code" in outcome) return { refuse: outcome };
    return became(request, outcome) as unknown as JanusRequest;
  }

  /** Gives a reply, or an asynchronous event, to the hooks. @returns it as the client gets it */
  async reply(reply: JsonObject, peer: Partial<HookPeer> = {}): Promise<JsonObject> {
    return became(reply, await this.#take(reply, true, peer)) as JsonObject;
  }

  #take(message: object, reply: boolean, peer: Partial<HookPeer>): Promise<HookOutcome> {
    const head = { reply, peer: { ...SOMEBODY, ...peer } };
    return this.#modules.run(() => this.#chain.take(head, stringifyJson(message)));
  }

  /** Tears the hooks down, the last one first. What they throw fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#modules[Symbol.asyncDispose]();
  }
}

/** A message as it goes on. */
function became(message: object, outcome: HookOutcome): object {
  if (typeof outcome === "object" && "text" in outcome) return readObject(outcome.text);
  if (outcome === "unchanged") return readObject(stringifyJson(message));
  throw new TypeError("Cannot ask hooks about what is no JSON object");
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
  checkNames(hooks.map(checkTransportHook));
  const modules = new TestModules();
  await modules.setUp(hooks);
  return new HookTest(hooks, modules);
}
