import { defineTransportHook, type HookPeer, testHook } from "../../../mod.ts";
import { assertEquals, assertRejects } from "../../assert.ts";

Deno.test("testHook() gives a request as it goes on, or the refusal", async () => {
  const asked: string[] = [];
  const first = defineTransportHook({
    name: "first",
    onRequest(request, ctx) {
      if (request.janus === "destroy") return ctx.refuse(403, "Not here");
      if (request.janus === "ping") return null;
      return { ...request, first: true };
    },
  });
  const second = defineTransportHook({
    name: "second",
    onRequest(request) {
      asked.push(request.janus);
      return { ...request, second: true };
    },
  });
  await using test = await testHook(first, second);
  assertEquals(await test.request({ janus: "create" }), {
    janus: "create",
    first: true,
    second: true,
  });
  assertEquals(await test.request({ janus: "ping" }), { janus: "ping", second: true });
  assertEquals(await test.request({ janus: "destroy" }), {
    refuse: { code: 403, reason: "Not here" },
  });
  assertEquals(asked, ["create", "ping"]);
});

Deno.test("testHook() tells who asks, and waits for asynchronous hooks", async () => {
  const peers: HookPeer[] = [];
  const hook = defineTransportHook({
    name: "peers",
    async onRequest(_request, { peer, log }) {
      await Promise.resolve();
      log.verbose(`${peer.address} asks`);
      peers.push(peer);
    },
  });
  await using test = await testHook(hook);
  await test.request({ janus: "ping" });
  await test.request({ janus: "ping" }, { name: "ann", admin: true });
  const somebody = { id: 1, name: null, identity: null, address: "127.0.0.1", admin: false };
  assertEquals(peers, [somebody, { ...somebody, name: "ann", admin: true }]);
  assertEquals(test.log[0], { level: "verbose", text: "127.0.0.1 asks" });
});

Deno.test("testHook() gives replies as clients get them", async () => {
  const hook = defineTransportHook({
    name: "replies",
    onReply(reply) {
      Reflect.set(reply, "lost", "changes without a return are none");
      return reply.janus === "ack" ? null : { janus: reply.janus, id: 9007199254740993n };
    },
  });
  await using test = await testHook(hook);
  assertEquals(await test.reply({ janus: "ack" }), { janus: "ack" });
  assertEquals(await test.reply({ janus: "event", secret: 1 }), {
    janus: "event",
    id: 9007199254740993n,
  });
});

Deno.test("testHook() sets up, tears down, and refuses what is no hook", async () => {
  const done: string[] = [];
  const hook = defineTransportHook({
    name: "a",
    setup: () => void done.push("setup"),
    onReply: () => null,
    teardown: () => void done.push("teardown"),
  });
  const test = await testHook(hook);
  await test[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
  assertEquals(done, ["setup", "teardown"]);
  await assertRejects(() => test.request({ janus: "ping" }), TypeError, "torn down");
  await assertRejects(() => testHook({ name: "b" }), TypeError, "neither onRequest nor onReply");
  const filter = { name: "c", events: ["all"], filter: () => null };
  const message = "c is a filter: see testFilter, and filters.modules";
  await assertRejects(() => testHook(filter), TypeError, message);
  const wrong = { name: "c", onRequest: () => 3 } as unknown as typeof hook;
  await using another = await testHook(wrong);
  await assertRejects(() => another.request({ janus: "ping" }), TypeError, "Cannot take 3");
});
