/** What the other end should not send, and may: no message of it ends the connection. */
import { Router } from "../../../ffi/zmq/mod.ts";
import { connect, JanusError } from "../../../mod.ts";
import type { JsonObject } from "../../../plugins/janus/api.ts";
import { assert, assertEquals, assertRejects } from "../../assert.ts";
import { HANDLE, PLUGIN, pluginEvent, SESSION, start } from "./fake_janus.ts";

const ODD: readonly unknown[] = [
  ...[null, true, 0, "janus", [], [{ janus: "error" }], {}, { janus: null }, { janus: 7 }],
  ...[{ janus: "error" }, { janus: "error", error: null }, { janus: "error", error: "no" }],
  ...[{ janus: "error", error: [] }, { janus: "error", error: { code: "490", reason: 5 } }],
  ...[{ janus: "error", transaction: "nobody's" }, { janus: "error", transaction: null }],
  ...[{ janus: "success", transaction: 5 }, { janus: "success", transaction: {} }],
  ...[{ janus: "ack", transaction: [] }, { janus: ["event"] }, { janus: "event" }],
  ...[
    { plugindata: null },
    { plugindata: 5 },
    { plugindata: {} },
    { plugindata: { data: null } },
    { sender: null },
    { sender: {} },
    { session_id: "5" },
    { session_id: [] },
  ].map((fields) => ({ janus: "event", session_id: SESSION, sender: HANDLE, ...fields })),
  ...["timeout", "detached", "webrtcup"].map((janus) => ({ janus, session_id: 12, sender: [] })),
  { janus: "timeout" },
  { __proto__: null, janus: "constructor", session_id: SESSION },
];

Deno.test("odd messages that answer nothing are ignored", async () => {
  await using at = await start();
  for (const message of ODD) await at.fake.push(message as JsonObject);
  await at.fake.push(pluginEvent({ sound: true }));
  for await (const event of at.handle.events()) {
    if (event.janus !== "event") continue;
    assertEquals(event.plugindata.data, { sound: true });
    break;
  }
  assert(at.janus.connected && !at.janus.closed && !at.session.closed);
  await at.janus.ping();
});

Deno.test("odd answers fail their request, and nothing else", async () => {
  await using at = await start();
  const senseless = [
    ...[{ janus: "error" }, { janus: "error", error: null }, { janus: "error", error: [] }],
    ...[{ janus: "error", error: { code: null, reason: "x" } }, { janus: null }, {}, { janus: 3 }],
    ...[{ janus: "success", plugindata: null }, { janus: "event", plugindata: { data: 5 } }],
  ];
  for (const fields of senseless) {
    at.on("message", ({ transaction }) => [{ ...fields, transaction } as unknown as JsonObject]);
    const error = await assertRejects(() => at.handle.message({ request: "x" }), JanusError);
    assertEquals([error.code, error.reason], [490, "The answer makes no sense"]);
  }
  // Of a success without an id nothing can be made.
  for (const data of [undefined, null, 5, {}, { id: "7" }, { id: null }]) {
    const answer = ({ transaction }: { transaction: string }) => [
      { janus: "success", transaction, ...(data === undefined ? {} : { data }) } as JsonObject,
    ];
    at.on("create", answer);
    await assertRejects(() => at.janus.createSession(), TypeError);
    at.on("attach", answer);
    await assertRejects(() => at.session.attach(PLUGIN), TypeError);
    // Late, when nobody waits for it.
    at.on("attach", () => []);
    await assertRejects(() => at.session.attach(PLUGIN, { timeout: 20 }));
    const [late] = at.fake.asked("attach").slice(-1);
    await at.fake.push(answer(late!)[0]!);
  }
  await at.janus.ping();
  assert(at.janus.connected && !at.session.closed);
});

Deno.test("random bytes are ignored", async () => {
  using router = new Router({ linger: 0 });
  router.bindSync("tcp://127.0.0.1:*");
  const serving = (async () => {
    for await (const [peer, body] of router) {
      const { transaction } = JSON.parse(body!.toString());
      for (let i = 0; i < 200; i++) {
        const noise = crypto.getRandomValues(new Uint8Array(Math.random() * 64));
        await router.send([peer!, ...(i % 7 === 0 ? [noise] : []), noise]);
      }
      for (
        const text of ["", "{", '{"janus":"error"', "\u{feff}{}", '"'.repeat(9), "[".repeat(9999)]
      ) {
        await router.send([peer!, text]);
      }
      await router.send([peer!, JSON.stringify({ janus: "server_info", transaction })]);
    }
  })();
  const janus = await connect(router.lastEndpoint!, { timeout: 5000 });
  for (let i = 0; i < 5; i++) await janus.info();
  assert(janus.connected);
  await janus.close();
  router.close();
  await serving;
});
