import {
  connectAdmin,
  JanusClosedError,
  JanusError,
  JanusPluginError,
  JanusSessionLostError,
  JanusTimeoutError,
} from "../../../mod.ts";
import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "../../assert.ts";
import {
  answerAll,
  FakeJanus,
  type FakeRequest,
  HANDLE,
  PLUGIN,
  pluginEvent,
  refuse,
  SESSION,
  start,
  until,
} from "./fake_janus.ts";

Deno.test("requests carry secret and token, errors don't", async () => {
  const options = { apiSecret: "secret", token: "token" };
  await using at = await start(options);
  at.on("attach", (request) => refuse(request, 460, "No such plugin"));
  const error = await assertRejects(() => at.session.attach("x"), JanusError);
  const [asked] = at.fake.asked("attach");
  assertEquals([asked!.apisecret, asked!.token], ["secret", "token"]);
  assertEquals([error.code, error.reason], [460, "No such plugin"]);
  assertEquals(error.request, { janus: "attach", plugin: "x", session_id: SESSION });
  assertStrictEquals(
    error.message,
    `Cannot attach to x in session ${SESSION}: No such plugin (460)`,
  );
});

Deno.test("admin requests carry the admin secret", async () => {
  await using fake = FakeJanus.make(({ transaction }) => [{
    janus: "success",
    transaction,
    sessions: [1, SESSION],
  }]);
  await using admin = await connectAdmin(fake.endpoint, { adminSecret: "secret" });
  const { sessions } = await admin.request("list_sessions");
  assertEquals(sessions, [1, SESSION]);
  assertStrictEquals(fake.asked("list_sessions")[0]!.admin_secret, "secret");
});

Deno.test("a message is answered by its event, after the ack or before it", async () => {
  await using at = await start();
  const ack = ({ transaction }: FakeRequest) => ({ janus: "ack", transaction });
  at.on("message", (request) => [ack(request), pluginEvent({ n: 1 }, request.transaction)]);
  assertEquals(await at.handle.message({}), { plugin: PLUGIN, data: { n: 1 } });
  at.on("message", (request) => [pluginEvent({ n: 2 }, request.transaction), ack(request)]);
  assertEquals(await at.handle.message({}), { plugin: PLUGIN, data: { n: 2 } });
  // The late ack is nobody's: the next message is not answered by it.
  at.on("message", (request) => [ack(request), pluginEvent({ n: 3 }, request.transaction)]);
  assertEquals((await at.handle.message({})).data, { n: 3 });
});

Deno.test("a message is answered at once by a plugin that can", async () => {
  await using at = await start();
  const jsep = { type: "answer", sdp: "v=0" } as const;
  at.on("message", ({ transaction }) => [
    { janus: "success", transaction, plugindata: { plugin: PLUGIN, data: { list: [] } }, jsep },
  ]);
  assertEquals(await at.handle.message({}), { plugin: PLUGIN, data: { list: [] }, jsep });
  assertEquals(await at.handle.post({}), { plugin: PLUGIN, data: { list: [] }, jsep });
});

Deno.test("a plugin's error is no error of Janus's", async () => {
  await using at = await start();
  at.on("message", ({ transaction }) => [
    { janus: "ack", transaction },
    pluginEvent({ error_code: 458, error: "Cannot switch" }, transaction),
  ]);
  const body = { request: "switch" };
  const error = await assertRejects(() => at.handle.message(body), JanusPluginError);
  assert(!((error as Error) instanceof JanusError));
  assertEquals([error.code, error.reason, error.plugin], [458, "Cannot switch", PLUGIN]);
  assertEquals(error.request.body, body);
  assert(!at.session.closed);
});

Deno.test("events that answer no message come to the handle, right behind its attach", async () => {
  await using at = await start();
  at.fake.answer = (request) => [
    ...answerAll(request),
    pluginEvent({ n: 1 }),
    pluginEvent({ n: 2 }, request.transaction),
    { janus: "webrtcup", session_id: SESSION, sender: HANDLE },
    { janus: "webrtcup", session_id: SESSION, sender: HANDLE + 1 },
  ];
  const handle = await at.session.attach(PLUGIN);
  const events = handle.events();
  const seen: unknown[] = [];
  for await (const event of events) {
    seen.push(event.janus === "event" ? event.plugindata.data.n : event.janus);
    if (seen.length === 3) break;
  }
  assertEquals(seen, [1, 2, "webrtcup"]);
  // What no handle is known for is the session's.
  const { value } = await at.session.events().next();
  assertStrictEquals(value?.sender, HANDLE + 1);
});

Deno.test("post() leaves the event to the iterations", async () => {
  await using at = await start();
  at.on("message", ({ transaction }) => [
    pluginEvent({ n: 1 }, transaction),
    { janus: "ack", transaction },
  ]);
  assertStrictEquals(await at.handle.post({}), undefined);
  const { value } = await at.handle.events().next();
  assertStrictEquals(value?.janus, "event");
});

Deno.test("no answer is a JanusTimeoutError", async () => {
  await using at = await start();
  at.on("message", () => []);
  const begun = performance.now();
  const error = await assertRejects(
    () => at.handle.message({}, { timeout: 50 }),
    JanusTimeoutError,
    `No answer to message (handle 7 of session ${SESSION}) in 50 ms`,
  );
  assertLess(performance.now() - begun, 1000);
  assertStrictEquals(error.request.janus, "message");
});

Deno.test("an ack gives the event its own time", async () => {
  await using at = await start();
  at.on("message", ({ transaction }) => {
    setTimeout(() => at.fake.push({ janus: "ack", transaction }), 600);
    setTimeout(() => at.fake.push(pluginEvent({ n: 1 }, transaction)), 1200);
    return [];
  });
  assertEquals((await at.handle.message({}, { timeout: 1000 })).data, { n: 1 });
});

Deno.test("an aborted request rejects with the signal's reason", async () => {
  await using at = await start();
  at.on("message", () => []);
  const stop = new AbortController();
  const reason = new RangeError("enough");
  const waiting = at.handle.message({}, { signal: stop.signal });
  await until(() => at.fake.asked("message").length === 1);
  stop.abort(reason);
  assertStrictEquals(await assertRejects(() => waiting), reason);
  assertStrictEquals(await assertRejects(() => at.handle.hangup({ signal: stop.signal })), reason);
  assertStrictEquals(at.fake.asked("hangup").length, 0);
});

Deno.test("a session or handle that comes when nobody waits any more is ended", async () => {
  await using at = await start();
  for (
    const [verb, begin, end] of [
      ["create", () => at.janus.createSession({ timeout: 20 }), "destroy"],
      ["attach", () => at.session.attach(PLUGIN, { timeout: 20 }), "detach"],
    ] as const
  ) {
    let late: FakeRequest | undefined;
    at.fake.answer = (request) => {
      if (request.janus !== verb) return answerAll(request);
      late = request;
      return [];
    };
    await assertRejects(begin, JanusTimeoutError);
    await until(() => late !== undefined);
    await at.fake.push({ ...answerAll(late!)[0]!, data: { id: 99 } });
    await until(() => at.fake.asked(end).length === 1);
    const [{ session_id, handle_id }] = at.fake.asked(end) as [FakeRequest];
    assertStrictEquals(verb === "create" ? session_id : handle_id, 99);
  }
});

Deno.test("an error that names no request fails the only one that waits", async () => {
  await using at = await start();
  at.on("message", () => [{ janus: "error", error: { code: 490, reason: "too large" } }]);
  const error = await assertRejects(() => at.handle.message({}), JanusError, "too large");
  assertStrictEquals(error.code, 490);
});

Deno.test("an error that names no request is told with a timeout, where several wait", async () => {
  await using at = await start();
  at.fake.answer = (request) =>
    request.janus === "hangup"
      ? [{ janus: "error", error: { code: 490, reason: "too large" } }]
      : request.janus === "message"
      ? []
      : answerAll(request);
  const results = await Promise.allSettled([
    at.handle.message({}, { timeout: 100 }),
    at.handle.hangup({ timeout: 100 }),
  ]);
  for (const result of results) {
    assert(result.status === "rejected");
    assertInstanceOf(result.reason, JanusTimeoutError);
    assertInstanceOf(result.reason.cause, Error);
    assertStrictEquals(result.reason.cause.message, "too large");
  }
});

Deno.test("a session that Janus doesn't know any more ends all that is its", async () => {
  await using at = await start();
  const events = at.handle.events().next();
  at.fake.answer = (request) =>
    request.janus === "keepalive" ? refuse(request, 458, "No such session") : [];
  const waiting = assertRejects(() => at.handle.message({}), JanusSessionLostError);
  const error = await assertRejects(() => at.session.keepalive(), JanusSessionLostError);
  assertEquals([error.code, error.session_id], [458, SESSION]);
  assert(error instanceof JanusError);
  await waiting;
  await assertRejects(() => events, JanusSessionLostError);
  await assertRejects(() => at.session.events().next(), JanusSessionLostError);
  await assertRejects(() => at.session.attach(PLUGIN), JanusSessionLostError);
  await assertRejects(() => at.session.handle(12).events().next(), JanusSessionLostError);
  assert(at.session.closed && at.handle.closed);
  // Gone is gone.
  await at.session.destroy();
  await at.handle.detach();
});

Deno.test("a session that times out ends by the same error", async () => {
  await using at = await start();
  const next = at.handle.events().next();
  await at.fake.push({ janus: "timeout", session_id: SESSION });
  await assertRejects(() => next, JanusSessionLostError, "timed out");
});

Deno.test("a handle that Janus doesn't know any more ends, its session doesn't", async () => {
  await using at = await start();
  const next = at.handle.events().next();
  at.on("hangup", (request) => refuse(request, 459, "No such handle"));
  await assertRejects(() => at.handle.hangup(), JanusError, "No such handle");
  await assertRejects(() => next, JanusError, "No such handle");
  assert(at.handle.closed && !at.session.closed);
});

Deno.test("the word that a handle is detached ends it, even before the reply", async () => {
  await using at = await start();
  at.fake.answer = (request) => [
    ...(request.janus === "detach"
      ? [{ janus: "detached", session_id: SESSION, sender: HANDLE }]
      : []),
    ...answerAll(request),
  ];
  const events = at.handle.events();
  await at.handle.detach();
  assertEquals((await Array.fromAsync(events)).map(({ janus }) => janus), ["detached"]);
  await assertRejects(() => at.handle.hangup(), JanusClosedError, "Handle 7 was detached");
});

Deno.test("closing rejects what waits, destroys sessions and ends iterations", async () => {
  const at = await start();
  const events = Array.fromAsync(at.handle.events());
  at.fake.answer = (request) => request.janus === "message" ? [] : answerAll(request);
  const waiting = assertRejects(() => at.handle.message({}), JanusClosedError);
  await at.janus.close();
  await waiting;
  assertEquals(await events, []);
  assertEquals(at.fake.asked("destroy").map(({ session_id }) => session_id), [SESSION]);
  assert(at.janus.closed && at.session.closed && at.handle.closed);
  await assertRejects(() => at.janus.ping(), JanusClosedError);
  await assertRejects(() => at.handle.message({}), JanusClosedError);
  await at.janus.close();
  await at.fake[Symbol.asyncDispose]();
});

Deno.test("a released session is left alone", async () => {
  await using at = await start();
  const events = Array.fromAsync(at.handle.events());
  at.session.release();
  assertEquals(await events, []);
  await assertRejects(() => at.session.keepalive(), JanusClosedError, "was released");
  await at.janus.close();
  assertStrictEquals(at.fake.asked("destroy").length, 0);
});
