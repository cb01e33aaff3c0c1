/** The Admin API, and what the plugins answer there about themselves. */
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { PACKAGES, type PluginName, request, sharedFixture } from "./support/fixture.ts";
import type { Json } from "./support/socket.ts";

const shared = sharedFixture({ admin: true });

Deno.test("the Janus API's socket refuses the Admin API's requests", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  for (const verb of ["list_sessions", "get_status", "set_log_level", "query_transport"]) {
    const reply = await fixture.ask(dealer, verb, { admin_secret: fixture.janus.admin_secret });
    assertEquals([reply.janus, reply.error?.code], ["error", 457], verb);
  }
});

Deno.test("the admin socket refuses the Janus API's requests", async () => {
  const fixture = await shared();
  for (const verb of ["create", "attach", "message", "keepalive"]) {
    const reply = await fixture.admin(verb);
    assertEquals([reply.janus, reply.error?.code], ["error", 457], verb);
  }
  assertEquals((await fixture.admin("list_sessions")).sessions, []);
});

Deno.test("the Admin API wants its secret", async () => {
  const fixture = await shared();
  for (const more of [{ admin_secret: "wrong" }, { admin_secret: undefined }]) {
    const reply = await fixture.admin("list_sessions", more);
    assertEquals([reply.janus, reply.error?.code], ["error", 403]);
  }
});

Deno.test("the Admin API shows the sessions of the Janus API's clients", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  const session_id = (await fixture.ask(dealer, "create")).data.id;
  assertEquals((await fixture.admin("list_sessions")).sessions, [session_id]);
  await fixture.ask(dealer, "destroy", { session_id });
  assertEquals((await fixture.admin("list_sessions")).sessions, []);
});

function assertCommon(info: Json, plugin: PluginName): void {
  assertEquals(info.result, 200);
  assertEquals(info.plugin, PACKAGES[plugin]);
  assertMatch(info.version, /^\d+\.\d+\.\d+$/);
  assertEquals([info.state, info.restarts, info.json], ["running", 0, "compact"]);
  assert(Number.isInteger(info.uptime) && info.uptime >= 0, `${info.uptime}`);
  // Janus started it, in this test.
  assert(Math.abs(Date.now() - info.began) < 600_000, `${info.began}`);
  const { size, used, dropped, oversized, up_size, up_used } = info.ring;
  assertEquals([size, up_size], [64 << 20, 16 << 20]);
  assertEquals([dropped, oversized], [0, 0]);
  assert(used >= 0 && used < size && up_used >= 0 && up_used < up_size);
  assertEquals(info.versions.deno, Deno.version.deno);
  assertMatch(info.versions.libzmq, /^4\.\d+\.\d+$/);
}

Deno.test("query_transport says everything, and its counters add up", async () => {
  const fixture = await shared();
  const before = await fixture.query("transport", { request: "info" });
  assertCommon(before, "transport");
  assertEquals(before.pid, fixture.pid("transport"));
  const { api, admin } = fixture.janus.endpoints;
  assertEquals(before.endpoints, { janus: api, admin });
  assertEquals([before.limits.max_message_size, before.events], [1048576, true]);

  const dealer = fixture.connect("DEALER");
  for (let i = 0; i < 10; i++) await fixture.ask(dealer, "ping");
  const session_id = (await fixture.ask(dealer, "create")).data.id;
  const after = await fixture.query("transport", { request: "info" });
  const difference = (name: string) => after.counters[name] - before.counters[name];
  // What the dealer asked, and this query.
  assertEquals(difference("received"), 12);
  // The dealer's replies, and that of the query before.
  assertEquals(difference("sent"), 12);
  assertEquals([difference("peers"), difference("sessions")], [1, 1]);
  assertEquals([difference("errors"), difference("dropped")], [0, 0]);
  assertEquals(difference("admin_peers"), 0);

  await fixture.ask(dealer, "destroy", { session_id });
  await dealer.close();
  await fixture.waitFor("the peer to be gone", async () => {
    const { counters } = await fixture.query("transport", { request: "info" });
    return counters.peers === before.counters.peers;
  });
});

Deno.test("query_eventhandler says everything, and its counters add up", async () => {
  const fixture = await shared();
  const before = await fixture.query("events", { request: "info" });
  assertCommon(before, "events");
  assertEquals(before.pid, fixture.pid("events"));
  assertEquals(before.endpoints, { events: fixture.janus.endpoints.events });
  assertEquals(before.events.length, 9);

  const sub = await fixture.subscribe('{"emitter":');
  // What subscribing made Janus tell is past when this is.
  await fixture.emit({ mark: 0 });
  await sub.until((event) => event.event.data?.mark === 0);
  const between = (await fixture.query("events", { request: "info" })).counters;
  for (let i = 1; i <= 10; i++) await fixture.emit({ mark: i });
  await sub.until((event) => event.event.data?.mark === 10);
  const after = (await fixture.query("events", { request: "info" })).counters;
  assertEquals(after.received - between.received, 10);
  assertEquals(after.sent - between.sent, 10);
  assertEquals([after.dropped, after.errors], [0, 0]);
  assertEquals(after.subscribers - before.counters.subscribers, 1);
  assertEquals(after.subscriptions - before.counters.subscriptions, 1);

  await sub.close();
  await fixture.waitFor("the subscriber to be gone", async () => {
    const { counters } = await fixture.query("events", { request: "info" });
    return counters.subscribers === before.counters.subscribers &&
      counters.subscriptions === before.counters.subscriptions;
  });
});

for (const plugin of ["transport", "events"] as const) {
  Deno.test(`a query that the ${plugin} plugin doesn't know gets an error`, async () => {
    const fixture = await shared();
    const unknown = await fixture.query(plugin, { request: "nonsense" });
    assertMatch(unknown.error, /"nonsense".*info/);
    assertEquals(unknown.error_code, 412);
    for (const query of [{}, { request: 1 }]) {
      const wrong = await fixture.query(plugin, query);
      assertMatch(wrong.error, /"request".*info/);
      assertEquals(wrong.error_code, 411);
    }
  });
}

Deno.test("a query is answered while the process that it is about stands still", async () => {
  const fixture = await shared();
  const pids = [fixture.pid("transport"), fixture.pid("events")];
  const dealer = fixture.client.open({ type: "DEALER", endpoint: fixture.janus.endpoints.admin });
  await fixture.ask(dealer, "ping");
  // The event handler's: the transport's has to carry the question.
  Deno.kill(pids[1] ?? 0, "SIGSTOP");
  try {
    dealer.send(request("query_eventhandler", {
      admin_secret: fixture.janus.admin_secret,
      handler: PACKAGES.events,
      request: { request: "info" },
    }));
    assertEquals((await dealer.json(2000)).response.state, "running");
  } finally {
    Deno.kill(pids[1] ?? 0, "SIGCONT");
  }
});
