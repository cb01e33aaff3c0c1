import { testHook } from "@janus-zeromq/janus-zeromq";
import assert from "node:assert/strict";
import hook from "./my-hook.ts";

Deno.test("my-hook refuses sessions to clients without a name", async () => {
  await using test = await testHook(hook);
  const refusal = { refuse: { code: 403, reason: "Who are you?" } };
  assert.deepEqual(await test.request({ janus: "create" }), refusal);
  assert.equal(test.log[0]?.text, "127.0.0.1 has no name");
  assert.deepEqual(await test.request({ janus: "create" }, { name: "ann" }), { janus: "create" });
});

Deno.test("my-hook says whose a handle is", async () => {
  await using test = await testHook(hook);
  const attach = { janus: "attach", plugin: "janus.plugin.echotest" };
  assert.deepEqual(await test.request(attach, { name: "ann" }), { ...attach, opaque_id: "ann" });
});

Deno.test("my-hook changes the server's info, and no other reply", async () => {
  await using test = await testHook(hook);
  const info = { janus: "server_info", name: "Janus WebRTC Server" };
  assert.deepEqual(await test.reply(info), { ...info, name: "Janus" });
  assert.deepEqual(await test.reply({ janus: "ack" }), { janus: "ack" });
});
