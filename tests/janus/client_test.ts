/** The client against a real Janus, through the transport. */
import {
  connect,
  connectAdmin,
  type JanusAdmin,
  JanusClosedError,
  JanusError,
  JanusErrorCode,
  type JanusHandle,
  type JanusHandleEvent,
  JanusPluginError,
  JanusSessionLostError,
} from "../../mod.ts";
import { PrivateJanus } from "../../scripts/private_janus/private_janus.ts";
import type { PrivateJanusOptions } from "../../scripts/private_janus/options.ts";
import {
  assert,
  assertEquals,
  assertGreater,
  assertLess,
  assertRejects,
  assertStrictEquals,
} from "../assert.ts";

const ECHO = "janus.plugin.echotest";

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error("It didn't come to pass in 10 s");
    await sleep(10);
  }
}

/** Has events be waited for as long as they may take, not for ever. */
function soon(): { readonly signal: AbortSignal } {
  return { signal: AbortSignal.timeout(20_000) };
}

/** What a message leads to that nobody waits for; the first of such events. */
async function eventOf(handle: JanusHandle): Promise<JanusHandleEvent> {
  await handle.post({ audio: true });
  const { value } = await handle.events(soon()).next();
  assert(value !== undefined);
  return value;
}

/** A Janus, and a client of its Admin API. */
async function start(options: PrivateJanusOptions = {}) {
  const server = await PrivateJanus.start({ event_handler: false, ...options, admin: true });
  try {
    const adminSecret = server.admin_secret;
    const admin = await connectAdmin(server.endpoints.admin, { adminSecret });
    return {
      server,
      admin,
      api: server.endpoints.api,
      async [Symbol.asyncDispose]() {
        await admin.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

async function transportPid(admin: JanusAdmin): Promise<number> {
  const transport = "janus.transport.zeromq";
  const { response } = await admin.request("query_transport", {
    transport,
    request: { request: "info" },
  });
  return response.pid as number;
}

Deno.test("the client drives the echo test, and cleans up", async () => {
  await using at = await start();
  const { admin } = at;
  {
    await using janus = await connect(at.api);
    const info = await janus.info();
    assertStrictEquals(info["server-name"], "janus-zeromq");
    assert(ECHO in info.plugins);
    assertGreater(await janus.ping(), 0);

    await using session = await janus.createSession();
    await using handle = await session.attach(ECHO, { opaqueId: "test" });
    const { data, plugin } = await handle.message({ audio: true, video: true, bitrate: 128000 });
    assertEquals([plugin, data], [ECHO, { echotest: "event", result: "ok" }]);
    await handle.trickle(null);
    await handle.hangup();

    const { sessions } = await admin.request("list_sessions");
    assertEquals(sessions, [session.id]);
    const { handles } = await admin.request("list_handles", { session_id: session.id });
    assertEquals(handles, [handle.id]);
    const { info: about } = await admin.request("handle_info", {
      session_id: session.id,
      handle_id: handle.id,
    });
    assertEquals([about.opaque_id, about.plugin], ["test", ECHO]);
  }
  assertEquals((await admin.request("list_sessions")).sessions, []);
});

Deno.test("errors carry Janus's codes, or the plugin's", async () => {
  await using at = await start();
  await using janus = await connect(at.api);
  await using session = await janus.createSession();
  const noPlugin = await assertRejects(() => session.attach("janus.plugin.none"), JanusError);
  assertStrictEquals(noPlugin.code, JanusErrorCode.plugin_not_found);
  const taken = await assertRejects(() => janus.createSession({ id: session.id }), JanusError);
  assertStrictEquals(taken.code, JanusErrorCode.session_conflict);
  const unknown = await assertRejects(() => session.request("nonsense"), JanusError);
  assertEquals([unknown.code, unknown.reason], [453, "Unknown request 'nonsense'"]);
  const handle = await session.attach(ECHO);
  const wrong = await assertRejects(() => handle.message({ audio: 1 }), JanusPluginError);
  assertEquals([wrong.code, wrong.plugin], [413, ECHO]);
  const jsep = { type: "offer", sdp: "nonsense" } as const;
  const sdp = await assertRejects(() => handle.message({ audio: true }, { jsep }), JanusError);
  assertStrictEquals(sdp.code, JanusErrorCode.jsep_invalid_sdp);
  const gone = await assertRejects(() => session.handle(12).hangup(), JanusError);
  assertStrictEquals(gone.code, JanusErrorCode.handle_not_found);
  const secret = await connectAdmin(at.server.endpoints.admin);
  const refused = await assertRejects(() => secret.request("list_sessions"), JanusError);
  assertStrictEquals(refused.code, JanusErrorCode.unauthorized);
  await secret.close();
  const length = 2 * 1024 * 1024;
  await assertRejects(
    () => handle.message({ audio: true, note: "x".repeat(length) }),
    JanusError,
    "max_message_size",
  );
});

Deno.test("secret and tokens are asked for, and given", async () => {
  const general = { api_secret: "secret", token_auth: true };
  await using at = await start({ settings: { janus: { general } } });
  await at.admin.request("add_token", { token: "limited", plugins: [] });
  const { data } = await at.admin.request("add_token", { token: "full" });
  assertEquals(data.plugins, [ECHO]);
  const { data: { tokens } } = await at.admin.request("list_tokens");
  assertEquals(tokens.map(({ token }) => token).sort(), ["full", "limited"]);

  await using nobody = await connect(at.api);
  const refused = await assertRejects(() => nobody.createSession(), JanusError);
  assertStrictEquals(refused.code, JanusErrorCode.unauthorized);
  await using full = await connect(at.api, { token: "full" });
  const session = await full.createSession();
  assertEquals((await (await session.attach(ECHO)).message({ audio: true })).data.result, "ok");
  await session.destroy();
  await using owner = await connect(at.api, { apiSecret: "secret" });
  await using other = await owner.createSession();
  assert(!other.closed);
  await at.admin.request("remove_token", { token: "full" });
  await assertRejects(() => full.createSession(), JanusError);
});

Deno.test("what happens to a handle comes as events", async () => {
  await using at = await start();
  await using janus = await connect(at.api);
  await using session = await janus.createSession();
  const handle = await session.attach(ECHO);
  const seen: string[] = [];
  const watching = (async () => {
    for await (const event of handle.events()) {
      assertStrictEquals(event.sender, handle.id);
      seen.push(event.janus === "event" ? String(event.plugindata.data.result) : event.janus);
    }
  })();
  await handle.post({ audio: true });
  await until(() => seen.length === 1);
  await handle.message({ video: true });
  await handle.post({ video: false });
  await until(() => seen.length === 2);
  const ids = { session_id: session.id, handle_id: handle.id };
  await at.admin.request("detach_handle", ids);
  await until(() => handle.closed);
  await watching;
  assertEquals(seen, ["ok", "ok", "detached"]);
  assert(handle.closed && !session.closed);
});

Deno.test("a session is kept alive beyond its timeout, and ends without keepalives", async () => {
  const general = { session_timeout: 2 };
  await using at = await start({ settings: { janus: { general } } });
  await using janus = await connect(at.api);
  await using session = await janus.createSession();
  await using careless = await connect(at.api, { keepalive: false });
  const lost = await careless.createSession();
  const end = assertRejects(() => lost.events(soon()).next(), JanusSessionLostError, "timed out");
  await end;
  await sleep(2500);
  assert(!session.closed);
  assertEquals((await at.admin.request("list_sessions")).sessions, [session.id]);
});

Deno.test("sessions go on after the transport's process was killed", async () => {
  await using at = await start();
  await using janus = await connect(at.api);
  await using session = await janus.createSession();
  const handle = await session.attach(ECHO);
  await handle.message({ audio: true });
  const pid = await transportPid(at.admin);
  const since = at.server.log.count;
  Deno.kill(pid, "SIGKILL");
  await at.server.waitForLog(/Janus API on/, 10_000, since);
  await until(() => janus.connected);
  assertEquals((await handle.message({ audio: false })).data.result, "ok");
  assert(janus.connected && !session.closed);
  assert((await transportPid(at.admin)) !== pid);
  // Events that nobody waits for find their way, too.
  assertStrictEquals((await eventOf(handle)).janus, "event");
});

Deno.test("sessions end with a restart of Janus, the client goes on", async () => {
  const first = await PrivateJanus.start({ event_handler: false });
  await using janus = await connect(first.endpoints.api);
  const session = await janus.createSession();
  const lost = assertRejects(() => session.events(soon()).next(), JanusSessionLostError);
  const { ports } = first;
  first.kill("SIGKILL");
  await first.stop();
  await using _second = await PrivateJanus.start({ event_handler: false, ports });
  await lost;
  await using again = await janus.createSession();
  assert(again.id !== session.id);
});

Deno.test("a session is handed from one client to another", async () => {
  await using at = await start();
  await using one = await connect(at.api);
  await using two = await connect(at.api);
  const session = await one.createSession();
  const handle = await session.attach(ECHO);
  const claimed = await two.claimSession(session.id);
  const taken = claimed.handle(handle.id, ECHO);
  session.release();
  await assertRejects(() => handle.message({}), JanusClosedError);
  assertEquals((await taken.message({ audio: true })).data.result, "ok");
  assertStrictEquals((await eventOf(taken)).janus, "event");
  await one.close();
  assertEquals((await at.admin.request("list_sessions")).sessions, [session.id]);
  await claimed.destroy();
  await assertRejects(() => two.claimSession(session.id), JanusSessionLostError);
});

Deno.test("a session outlives its client, where Janus is set so, and is claimed", async () => {
  const general = { reclaim_session_timeout: 30 };
  await using at = await start({ settings: { janus: { general } } });
  const one = await connect(at.api);
  const session = await one.createSession();
  const handle = await session.attach(ECHO);
  session.release();
  await one.close();
  await sleep(300);
  await using two = await connect(at.api);
  await using claimed = await two.claimSession(session.id);
  const taken = claimed.handle(handle.id, ECHO);
  assertEquals((await taken.message({ audio: true })).data.result, "ok");
});

Deno.test("ids above 2^53 stay exact", async () => {
  await using at = await start();
  await using janus = await connect(at.api);
  const ids = [9007199254740993n, 2n ** 63n - 1n];
  for (const id of ids) {
    await using session = await janus.createSession({ id });
    assertStrictEquals(session.id, id);
    const handle = await session.attach(ECHO);
    assertEquals((await handle.message({ audio: true })).data.result, "ok");
    assertStrictEquals((await eventOf(handle)).session_id, id);
    assertEquals((await at.admin.request("list_sessions")).sessions, [id]);
    const { handles } = await at.admin.request("list_handles", { session_id: id });
    assertEquals(handles, [handle.id]);
  }
});

Deno.test("many requests are under way at once, each with its own reply", async () => {
  await using at = await start();
  await using janus = await connect(at.api);
  const sessions = await Promise.all(Array.from({ length: 200 }, () => janus.createSession()));
  assertStrictEquals(new Set(sessions.map(({ id }) => id)).size, 200);
  const handles = await Promise.all(sessions.map((session) => session.attach(ECHO)));
  const messages = handles.flatMap((handle) => [
    handle.message({ audio: true }),
    assertRejects(() => handle.message({ audio: 1 }), JanusPluginError),
    handle.message({ video: true }),
  ]);
  for (const reply of await Promise.all(messages)) {
    if (!(reply instanceof Error)) assertStrictEquals(reply.data.result, "ok");
  }
  const pings = await Promise.all(Array.from({ length: 5000 }, () => janus.ping()));
  assertStrictEquals(pings.length, 5000);
  const begun = performance.now();
  await janus.close();
  assertLess(performance.now() - begun, 1000);
  await until(async () => (await at.admin.request("list_sessions")).sessions.length === 0);
});

Deno.test("waits are aborted, and leave nothing behind", async () => {
  await using at = await start();
  await using janus = await connect(at.api);
  const stop = new AbortController();
  const { signal } = stop;
  const waiting = [
    janus.createSession({ signal }),
    janus.createSession({ signal }),
    janus.info({ signal }),
  ];
  stop.abort(new RangeError("enough"));
  for (const wait of waiting) await assertRejects(() => wait, RangeError, "enough");
  await using session = await janus.createSession();
  // The two that came late are destroyed; by then all requests before were handled.
  await until(async () => {
    const { sessions } = await at.admin.request("list_sessions");
    return sessions.length === 1 && sessions[0] === session.id;
  });
});

Deno.test("custom events and the rest of the Admin API", async () => {
  await using at = await start();
  const { admin } = at;
  assertStrictEquals((await admin.info()).name, "Janus WebRTC Server");
  assertStrictEquals((await admin.request("ping")).janus, "pong");
  assertStrictEquals((await admin.request("get_status")).status.session_timeout, 60);
  assertStrictEquals((await admin.request("set_log_level", { level: 3 })).level, 3);
  assertStrictEquals(
    (await admin.request("set_log_colors", { colors: false })).log_colors,
    false,
  );
  await admin.request("custom_event", { schema: "test", data: { n: 1 } });
  const { response } = await admin.request("message_plugin", { plugin: ECHO, request: { n: 1 } });
  assertEquals(response, { n: 1 });
  const error = await assertRejects(() => admin.request("something_new", { n: 1 }), JanusError);
  assertStrictEquals(error.code, JanusErrorCode.invalid_request_path);
});
