/** The same hooks and messages through `testHook` and through the plugin: both say the same. */
import { testHook, type TransportHook } from "../../../mod.ts";
import { parseJson, stringifyJson } from "../../../plugins/janus/json.ts";
import { Hooks } from "../../../plugins/scripting/hooks.ts";
import type { HookResult } from "../../../plugins/transport/hooking.ts";
import { assert, assertEquals, assertLess, assertRejects } from "../../assert.ts";
import { Supervisor } from "./supervisor.ts";
import { turn, withModules } from "./support.ts";

const PING = { janus: "ping", transaction: "t" };

/** Hooks by their fields; what they are asked; what becomes of it, or what they fail by. */
const HOOKS: Record<string, {
  readonly hooks: readonly string[];
  readonly request?: object;
  readonly reply?: object;
  readonly becomes: object;
}> = {
  "leave a request, though they change what they got": {
    hooks: [`onRequest(request) { request.lost = true; }`, `onReply: () => null`],
    request: { ...PING, janus: "PING" },
    becomes: { ...PING, janus: "PING" },
  },
  "change a request, one after the other": {
    hooks: [
      `onRequest: (request) => ({ ...request, id: 2n ** 53n + 1n })`,
      `async onRequest(request) { return { ...request, kind: typeof request.id }; }`,
    ],
    request: { ...PING, janus: "Create" },
    becomes: { ...PING, janus: "create", id: 9007199254740993n, kind: "bigint" },
  },
  "refuse a request, and no other is asked": {
    hooks: [
      `onRequest: (_request, ctx) => ctx.refuse(0, "x".repeat(2000))`,
      `onRequest() { throw 1; }`,
    ],
    request: PING,
    becomes: { refuse: { code: 0, reason: "x".repeat(1000) } },
  },
  "answer a request that has a field refuse": {
    hooks: [`onRequest: (request) => ({ ...request, refuse: 3 })`],
    request: PING,
    becomes: { ...PING, refuse: 3 },
  },
  "change a reply": {
    hooks: [`onReply: (reply, { peer }) => ({ ...reply, from: peer.address })`],
    reply: { janus: "EVENT" },
    becomes: { janus: "EVENT", from: "127.0.0.1" },
  },
  "refuse with a code that is no integer": {
    hooks: [`onRequest: (_request, ctx) => ctx.refuse(4.5, "no")`],
    request: PING,
    becomes: new TypeError("Cannot refuse with a code of type number (4.5): it is an integer"),
  },
  "refuse with a code of more than 32 bits": {
    hooks: [`onRequest: (_request, ctx) => ctx.refuse(2 ** 31, "no")`],
    request: PING,
    becomes: new TypeError("Cannot refuse with a code of type number (2147483648)"),
  },
  "refuse without a reason": {
    hooks: [`onRequest: (_request, ctx) => ctx.refuse(403)`],
    request: PING,
    becomes: new TypeError("Cannot refuse with a reason of type undefined: it is a string"),
  },
  "refuse a reply": {
    hooks: [`onReply: (_reply, ctx) => ({ refuse: { code: 403, reason: "no" } })`],
    reply: { janus: "event" },
    becomes: new TypeError("Cannot refuse a reply: it has been done"),
  },
  "answer a number": {
    hooks: [`onRequest: () => 3`],
    request: PING,
    becomes: new TypeError("Cannot take 3 for a request: a hook returns an object, or nothing"),
  },
  "answer what becomes no object": {
    hooks: [`onReply: () => ({ toJSON: () => 3 })`],
    reply: { janus: "event" },
    becomes: new TypeError("Cannot publish what does not become a JSON object"),
  },
  "make too much of it": {
    hooks: [`onReply: (reply) => ({ ...reply, text: "x".repeat(1_300_000) })`],
    reply: { janus: "event" },
    becomes: new RangeError("Cannot make a message of more than 1300000 characters"),
  },
  "throw": {
    hooks: [`onRequest() { throw new RangeError("no"); }`],
    request: PING,
    becomes: new RangeError("no"),
  },
};

/** Asks hooks in a process of their own. */
async function askPlugin(
  texts: readonly string[],
  folder: string,
  message: object,
  reply: boolean,
  patience = performance.now() + 15_000,
): Promise<{ result: HookResult; lines: string[] }> {
  const modules = texts.map((_, at) => `${folder}/${at}.ts`);
  const source = new Supervisor({ kind: "hooks", folder: `${folder}-conf`, modules });
  const lines: string[] = [];
  const line = (text: string) => void lines.push(text);
  const hooks = new Hooks({
    source,
    folder,
    config: { modules, timeout: 10_000, on_error: "refuse" },
    json: "compact",
    topics: false,
    counters: new Float64Array(256),
    log: { error: line, warning: line, info: line, verbose: line },
    changed() {},
  });
  try {
    const text = new TextEncoder().encode(stringifyJson(message));
    const peer = { id: 1, name: null, identity: null, address: "127.0.0.1", admin: false };
    hooks.give([{ reply, peer, text }]);
    for (;;) {
      const [result] = hooks.results() ?? [];
      if (result !== undefined) return { result, lines };
      assertLess(performance.now(), patience, lines.join("\n"));
      await new Promise((resolve) => setTimeout(resolve, 1));
      turn(hooks.engine);
    }
  } finally {
    hooks.engine.close(1000);
    await source.close();
  }
}

for (const [what, { hooks, request, reply, becomes }] of Object.entries(HOOKS)) {
  Deno.test(`hooks that ${what}: the same in tests and in the plugin`, async () => {
    const texts = hooks.map((fields, at) => `export default { name: "h${at}", ${fields} } as any;`);
    const message = request ?? reply!;
    await withModules(texts, async ([url], values) => {
      await using test = await testHook(...values as TransportHook[]);
      const ask = (): Promise<object> =>
        request === undefined
          ? test.reply(message as { janus: string })
          : test.request(message as { janus: string });
      const folder = new URL(".", url!).pathname.slice(0, -1);
      const { result, lines } = await askPlugin(texts, folder, message, reply !== undefined);
      if (becomes instanceof Error) {
        const ours = becomes.constructor as new (...args: string[]) => Error;
        await assertRejects(ask, ours, becomes.message);
        assertEquals(result, { became: reply === undefined ? "failed" : "unchanged" });
        assert(lines.some((line) => line.includes(becomes.message)), lines.join("\n"));
        return;
      }
      assertEquals(await ask(), becomes);
      assertEquals(lines.filter((line) => !line.startsWith("Hooks at work: ")), []);
      if (result.became === "unchanged") assertEquals(message, becomes);
      else if (result.became === "refused") {
        assertEquals({ refuse: { code: result.code, reason: result.reason } }, becomes);
      } else {
        assert(result.became === "changed");
        assertEquals(parseJson(new TextDecoder().decode(result.text)), becomes);
      }
    });
  });
}
