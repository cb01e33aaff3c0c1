/** The hooks of `scripts/examples/hooks`. */
import { testHook } from "../../../mod.ts";
import denyRecording from "../../../scripts/examples/hooks/deny_recording.ts";
import nameHandles from "../../../scripts/examples/hooks/name_handles.ts";
import { assertEquals } from "../../assert.ts";

const REFUSED = {
  refuse: { code: 403, reason: "Recording is not allowed here" },
};

Deno.test("deny_recording refuses each way to record, but not to those who may", async () => {
  await using test = await testHook(denyRecording);
  for (
    const body of [
      { request: "configure", record: true },
      { request: "enable_recording", room: 1, record: true },
      { request: "record", name: "mine" },
      { request: "recording", action: "start", id: 1 },
      { request: "Recording", action: "START", id: 1 },
      { request: "RECORD", name: "mine" },
      { audio: true, record: true },
    ]
  ) {
    const message = { janus: "message", session_id: 1, handle_id: 2, body };
    assertEquals(await test.request(message), REFUSED);
    assertEquals(await test.request(message, { name: "studio" }), message);
    const admin = { janus: "message_plugin", plugin: "p", request: body };
    assertEquals(await test.request(admin, { admin: true }), REFUSED);
  }
  assertEquals(test.log[0], {
    level: "warning",
    text: "127.0.0.1 may not record",
  });
});

Deno.test("hooks see verbs in small letters, as Janus takes them in any", async () => {
  await using test = await testHook(denyRecording, nameHandles);
  for (const [janus, field] of [["Message", "body"], ["MESSAGE_PLUGIN", "request"]] as const) {
    assertEquals(await test.request({ janus, [field]: { record: true } }), REFUSED);
  }
  assertEquals(await test.request({ janus: "Attach", plugin: "p" }, { name: "ann" }), {
    janus: "attach",
    plugin: "p",
    opaque_id: "ann",
  });
});

Deno.test("deny_recording lets everything else go on", async () => {
  await using test = await testHook(denyRecording);
  for (
    const request of [
      { janus: "create" },
      {
        janus: "message",
        body: { request: "enable_recording", record: false },
      },
      { janus: "message", body: { request: "recording", action: "stop" } },
      { janus: "message" },
      { janus: "message", body: null },
      { janus: "trickle", body: { record: true } },
    ]
  ) assertEquals(await test.request(request), request);
});

Deno.test("name_handles names handles by who attached them", async () => {
  await using test = await testHook(nameHandles);
  const attach = { janus: "attach", plugin: "janus.plugin.echotest" };
  const named = (opaque_id: string) => ({ ...attach, opaque_id });
  assertEquals(
    await test.request(attach, { name: "ann", identity: "i" }),
    named("ann"),
  );
  assertEquals(await test.request(attach, { identity: "i" }), named("i"));
  assertEquals(await test.request(attach), named("127.0.0.1"));
  assertEquals(
    await test.request(named("bob"), { name: "ann" }),
    named("ann/bob"),
  );
  assertEquals(await test.request({ janus: "create" }), { janus: "create" });
});
