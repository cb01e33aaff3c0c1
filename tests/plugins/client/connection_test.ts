import { Context, curveKeyPair, Reply, Router } from "../../../ffi/zmq/mod.ts";
import {
  connect,
  connectAdmin,
  JanusConnectionError,
  JanusSessionLostError,
  JanusTimeoutError,
} from "../../../mod.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
} from "../../assert.ts";
import {
  answerAll,
  answerInfo,
  FakeJanus,
  pluginEvent,
  refuse,
  SESSION,
  start,
  until,
} from "./fake_janus.ts";

Deno.test("sessions are kept alive at half of Janus's timeout, unless they are used", async () => {
  await using fake = new FakeJanus((request) =>
    request.janus === "info" ? [answerInfo(request, 2)] : answerAll(request)
  );
  await using janus = await connect(fake.endpoint);
  await using used = await janus.createSession();
  const begun = performance.now();
  let last = begun;
  while (last - begun < 1300) {
    await used.request("something");
    last = performance.now();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assertStrictEquals(fake.asked("keepalive").length, 0);
  for (const count of [1, 2]) {
    await until(() => fake.asked("keepalive").length === count);
    const passed = performance.now() - last;
    assert(passed > count * 1000 - 100, `keepalive ${count} after ${passed} ms`);
  }
});

Deno.test("keepalives can be turned off", async () => {
  await using fake = new FakeJanus((request) =>
    request.janus === "info" ? [answerInfo(request, 0.1)] : answerAll(request)
  );
  await using janus = await connect(fake.endpoint, { keepalive: false });
  await using _session = await janus.createSession();
  await new Promise((resolve) => setTimeout(resolve, 200));
  assertStrictEquals(fake.asked("keepalive").length, 0);
});

Deno.test("after a reconnect sessions are claimed", async () => {
  await using at = await start();
  await at.fake.goAway();
  await until(() => !at.janus.connected);
  await at.fake.comeBack();
  await until(() => at.fake.asked("claim").length === 1);
  assertStrictEquals(at.fake.asked("claim")[0]!.session_id, SESSION);
  await until(() => at.janus.connected);
  assert(!at.session.closed);
});

Deno.test("what can be repeated is sent again after a reconnect, and nothing else", async () => {
  await using at = await start();
  at.fake.answer = () => [];
  const waiting = [at.janus.ping({ timeout: 5000 }), at.handle.message({}, { timeout: 500 })];
  const results = Promise.allSettled(waiting);
  await until(() => at.fake.requests.length === 5);
  await at.fake.goAway();
  at.on("message", () => []);
  await until(() => !at.janus.connected);
  await at.fake.comeBack();
  assertEquals((await results).map(({ status }) => status), ["fulfilled", "rejected"]);
  assertStrictEquals(at.fake.asked("ping").length, 2);
  assertStrictEquals(at.fake.asked("message").length, 1);
});

Deno.test("a session that is gone after a reconnect ends, the others don't", async () => {
  await using at = await start();
  at.fake.answer = (request) =>
    request.janus === "create"
      ? [{ janus: "success", transaction: request.transaction, data: { id: 1 } }]
      : answerAll(request);
  await using other = await at.janus.createSession();
  const next = at.handle.events().next();
  await at.fake.goAway();
  await until(() => !at.janus.connected);
  at.fake.answer = (request) =>
    request.janus === "info"
      ? [answerInfo(request)]
      : request.session_id === SESSION
      ? refuse(request, 458, "No such session")
      : answerAll(request);
  await at.fake.comeBack();
  await assertRejects(() => next, JanusSessionLostError);
  assert(at.session.closed && !other.closed);
});

Deno.test("silence makes the client claim its sessions", async () => {
  await using at = await start();
  at.on("hangup", () => []);
  await assertRejects(() => at.handle.hangup({ timeout: 100 }), JanusTimeoutError);
  await until(() => at.fake.asked("claim").length === 1);
});

Deno.test("a request that timed out before there was a connection is never sent", async () => {
  await using at = await start();
  await at.fake.goAway();
  await until(() => !at.janus.connected);
  const error = await assertRejects(
    () => at.handle.message({ n: 1 }, { timeout: 50 }),
    JanusTimeoutError,
  );
  assert(error.message.includes("in 50 ms: the connection is lost to tcp://"), error.message);
  const second = at.handle.message({ n: 2 }, { timeout: 5000 });
  at.fake.answer = (request) =>
    request.janus === "info"
      ? [answerInfo(request)]
      : request.janus === "message"
      ? [pluginEvent({}, request.transaction)]
      : answerAll(request);
  await at.fake.comeBack();
  await second;
  assertEquals(at.fake.asked("message").map(({ body }) => body), [{ n: 2 }]);
});

Deno.test("no more than a window of requests is sent before answers come", async () => {
  await using fake = FakeJanus.make(() => []);
  await using janus = await connect(fake.endpoint, { window: 3, timeout: 5000 });
  const pings = Array.from({ length: 10 }, () => janus.ping());
  const answer = () => {
    const { transaction } = fake.asked("ping").at(-1)!;
    return fake.push({ janus: "pong", transaction });
  };
  await until(() => fake.asked("ping").length === 3);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertStrictEquals(fake.asked("ping").length, 3);
  await answer();
  await until(() => fake.asked("ping").length === 4);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assertStrictEquals(fake.asked("ping").length, 4);
  const results = Promise.allSettled(pings);
  await janus.close();
  assertStrictEquals((await results).filter(({ status }) => status === "fulfilled").length, 1);
  assertStrictEquals(fake.asked("ping").length, 4);
});

Deno.test("more requests than maxRequests are refused", async () => {
  await using fake = FakeJanus.make(() => []);
  await using janus = await connect(fake.endpoint, { maxRequests: 2, timeout: 200 });
  const waiting = [janus.ping(), janus.ping()].map((ping) =>
    assertRejects(() => ping, JanusTimeoutError)
  );
  await assertRejects(() => janus.ping(), RangeError, "2 requests are under way");
  await Promise.all(waiting);
});

Deno.test("connect() gives up after its timeout, or when aborted", async () => {
  await using fake = new FakeJanus(() => []);
  await assertRejects(() => connect(fake.endpoint, { timeout: 50 }), JanusTimeoutError);
  const stop = new AbortController();
  await using second = new FakeJanus(() => []);
  const waiting = connect(second.endpoint, { signal: stop.signal });
  await until(() => second.requests.length === 1);
  stop.abort(new RangeError("enough"));
  await assertRejects(() => waiting, RangeError, "enough");
  await assertRejects(() => connect(fake.endpoint, { signal: stop.signal }), RangeError);
  await assertRejects(
    () => connectAdmin("tcp://127.0.0.1:1", { timeout: 50 }),
    JanusTimeoutError,
    "No answer to info in 50 ms: nobody answers at tcp://127.0.0.1:1",
  );
});

Deno.test("connect() fails at once where it is refused", async () => {
  await using context = new Context();
  await using zap = new Reply({ context, linger: 0 });
  zap.bindSync("inproc://zeromq.zap.01");
  const serving = (async () => {
    for await (const [version, id] of zap) {
      await zap.send([version!, id!, "400", "No", "", ""]);
    }
  })();
  const router = new Router({ context, linger: 0, plainServer: true, zapDomain: "test" });
  router.bindSync("tcp://127.0.0.1:*");
  const plain = { username: "somebody", password: "wrong" };
  const error = await assertRejects(
    () => connect(router.lastEndpoint!, { plain }),
    JanusConnectionError,
    "Authentication failed",
  );
  assertInstanceOf(error.cause, Error);
  router.close();
  zap.close();
  await serving;
});

Deno.test("options that can't be are refused", async () => {
  const endpoint = "tcp://127.0.0.1:1";
  for (const timeout of [0, -1, 1.5, NaN, 2 ** 31]) {
    await assertRejects(() => connect(endpoint, { timeout }), RangeError, "timeout must be");
  }
  await assertRejects(() => connect(endpoint, { keepalive: 0 }), RangeError, "keepalive");
  await assertRejects(() => connect(endpoint, { maxEvents: 0 }), RangeError, "maxEvents");
  await assertRejects(() => connect("nonsense"), Error, "nonsense");
  const { publicKey } = curveKeyPair();
  const curve = { serverKey: publicKey, publicKey };
  await assertRejects(() => connect(endpoint, { curve }), TypeError, "secretKey");
});
