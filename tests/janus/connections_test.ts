/** What the Admin API shows of clients, and does to them and to the transport while it runs. */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { openEcho, pollFirst } from "./support/echo.ts";
import { Fixture, PACKAGES, request, sharedFixture } from "./support/fixture.ts";
import { HttpJanus } from "./support/http.ts";
import type { Json, TestSocket } from "./support/socket.ts";

const http = new HttpJanus();
const shared = sharedFixture({ admin: true, ...http.options });

/** What the transport answers to a query over HTTP, with which ZeroMQ has nothing to do. */
async function query(query: Json): Promise<Json> {
  const { transport } = PACKAGES;
  const reply = await http.admin("query_transport", { transport, request: query });
  assertEquals(reply.janus, "success", JSON.stringify(reply));
  return reply.response;
}

async function nobody(fixture: Fixture): Promise<void> {
  await fixture.waitFor("nobody to be left", async () => (await fixture.counters()).peers === 0);
}

function find(list: readonly Json[], identity: string): Json {
  const found = list.find((one) => one.identity === identity);
  assert(found !== undefined, `${identity} is not in ${JSON.stringify(list)}`);
  return found;
}

/** Waits until the process has done what it was told. */
async function configured(fixture: Fixture, expected: Json): Promise<void> {
  await fixture.waitFor(JSON.stringify(expected), async () => {
    const info = await query({ request: "info" });
    return Object.entries(expected).every(([key, value]) => info[key] === value);
  });
}

Deno.test("connections shows every client", async () => {
  const fixture = await shared();
  await nobody(fixture);
  const begun = Math.floor(Date.now() / 1000);
  await using dealer = fixture.connect("DEALER", { identity: "printable" });
  await using binary = fixture.connect("DEALER", { identity: "not\u0001printable" });
  await using req = fixture.connect("REQ");
  const echo = await openEcho(fixture, dealer);
  await openEcho(fixture, dealer);
  await fixture.ask(binary, "ping");
  await fixture.ask(req, "ping");
  const { connections, total } = await fixture.query("transport", { request: "connections" });
  assertEquals([connections.length, total], [4, 4]);
  const shown = find(connections, "printable");
  const { id, since, last_seen, ...rest } = shown;
  assertEquals(rest, {
    api: "janus",
    identity: "printable",
    address: "127.0.0.1",
    sessions: 2,
    in_flight: 0,
    queued: 0,
  });
  assert(Number.isInteger(id));
  assert(since >= begun && last_seen >= since && last_seen <= Date.now() / 1000, `${last_seen}`);
  find(connections, `0x${new TextEncoder().encode("not\u0001printable").toHex()}`);
  const others = connections.filter(({ sessions }: Json) => sessions === 0);
  assertEquals(others.length, 3);
  for (const { identity } of others) assertMatch(identity, /^0x/);
  // The one that asks has its question under way.
  const admins = connections.filter(({ api }: Json) => api === "admin");
  assertEquals(admins.map(({ in_flight }: Json) => in_flight), [1]);
  assertEquals(new Set(connections.map(({ id }: Json) => id)).size, 4);
  // Who goes, or ends a session, is shown no more.
  await fixture.ask(dealer, "destroy", { session_id: echo.session_id });
  assertEquals(find(await fixture.connections(), "printable").sessions, 1);
  await req.close();
  await fixture.waitFor("it to go", async () => (await fixture.connections()).length === 2);
});

Deno.test("connections are shown from an offset on", async () => {
  const fixture = await shared();
  await nobody(fixture);
  await using sockets = new AsyncDisposableStack();
  const count = 25;
  const names = Array.from({ length: count }, (_, i) => `client-${i}`);
  await Promise.all(names.map((identity) => {
    return fixture.ask(sockets.use(fixture.connect("DEALER", { identity })), "ping");
  }));
  const all = await query({ request: "connections" });
  assertEquals(all.result, 200);
  const total = count + 1; // the admin of ours
  assertEquals([all.connections.length, all.total], [total, total]);
  for (const offset of [0, 1, 10, total - 1, total, total + 100]) {
    const part = await query({ request: "connections", offset });
    assertEquals(part.total, total);
    assertEquals(
      part.connections.map(({ id }: Json) => id),
      all.connections.slice(offset).map(({ id }: Json) => id),
    );
  }
  const seen = all.connections.map(({ identity }: Json) => identity).sort();
  assertEquals(seen.filter((name: string) => name.startsWith("client-")), names.sort());
});

Deno.test("configure changes what it names, at once, and nothing else", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const configure = (changes: Json) =>
    fixture.query("transport", { request: "configure", ...changes });
  await using dealer = fixture.connect("DEALER");
  await using sub = await fixture.subscribe();
  const info = () => fixture.query("transport", { request: "info" });
  const before = await info();
  const ping = '{"janus":"ping","transaction":"t"}';
  const pong = {
    compact: '{"janus":"pong","transaction":"t"}',
    plain: '{"janus": "pong", "transaction": "t"}',
    indented: '{\n   "janus": "pong",\n   "transaction": "t"\n}',
  };
  for (const json of ["plain", "indented", "compact"] as const) {
    assertEquals(await configure({ json }), { result: 200 });
    await fixture.waitFor(json, async () => (await info()).json === json);
    dealer.send(ping);
    assertEquals(await dealer.text(), pong[json]);
  }
  assertEquals((await info()).events, true);
  assertEquals((await info()).limits, before.limits);

  await configure({ events: false });
  await fixture.waitFor("no events", async () => (await info()).events === false);
  const silent = fixture.connect("DEALER");
  await fixture.ask(silent, "ping");
  await silent.close();
  await configure({ json: "compact" }); // says nothing of events
  await fixture.emit({ mark: true });
  const told = await sub.until(({ event }) => event.data?.mark === true);
  const clients = told.filter(({ event }) => event.data?.event !== undefined);
  // Those of before were told of; nobody since.
  assert(clients.every(({ event }) => event.data.event === "connected"), JSON.stringify(clients));
  assertEquals((await info()).events, false);

  await configure({ limits: { max_message_size: 2048, max_rate: 5000, max_burst: 9000 } });
  await fixture.waitFor("limits", async () => (await info()).limits.max_rate === 5000);
  const { limits } = await info();
  assertEquals(limits, {
    ...before.limits,
    max_message_size: 2048,
    max_rate: 5000,
    max_burst: 9000,
  });
  await configure({ limits: { max_rate: 0 } });
  await fixture.waitFor("no rate", async () => (await info()).limits.max_rate === 0);
  assertEquals((await info()).limits.max_burst, 9000);
  const text = request("ping", { filler: "x".repeat(3000) });
  dealer.send(text);
  assertEquals((await dealer.json()).error?.code, 490);
  assertEquals((await info()).configured, {
    json: "compact",
    events: false,
    limits: { max_message_size: 2048, max_rate: 0, max_burst: 9000 },
  });
});

Deno.test("configure refuses what is not allowed, saying what is, and changes nothing", async () => {
  await shared();
  const before = await query({ request: "info" });
  const wrong: [Json, string][] = [
    [{ json: "pretty" }, 'json: one of "compact", "plain", "indented"'],
    [{ json: true }, 'json: one of "compact", "plain", "indented"'],
    [{ events: "no" }, "events: true or false"],
    [{ limits: { max_peers: 0 } }, "limits.max_peers: an integer from 1 to 1048576"],
    [{ limits: { max_peers: 1.5 } }, "limits.max_peers: an integer from 1 to 1048576"],
    [{ limits: { max_rate: -1 } }, "limits.max_rate: an integer from 0 to 10000000"],
    [{ limits: { max_message_size: "1M" } }, "limits.max_message_size: an integer from 1024 to"],
    [{ limits: 5 }, "limits: an object"],
    [{ limits: { most: 1 } }, "there is no limits.most to change; there are: "],
    [{ max_rate: 1 }, "there is no max_rate to change; there is limits.max_rate: "],
    [{ hooks: { mine: false } }, "no hooks are loaded"],
    [{ port: 1 }, 'there is no port to change; there are: "json", "events", "limits"'],
    // One of two: neither is taken over.
    [{ json: "plain", events: 1 }, "events: true or false"],
    [{ limits: { max_rate: 5, max_peers: "x" } }, "limits.max_peers: an integer"],
  ];
  for (const [changes, expected] of wrong) {
    const answer = await query({ request: "configure", ...changes });
    assertEquals(answer.error_code, 413, JSON.stringify(answer));
    assertStringIncludes(answer.error, expected);
  }
  const after = await query({ request: "info" });
  for (const key of ["json", "events", "limits", "configured"]) {
    assertEquals(after[key], before[key]);
  }
});

Deno.test("what was configured survives the process", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const changes = { json: "plain", events: false, limits: { max_message_size: 1500 } };
  await fixture.query("transport", { request: "configure", ...changes });
  const since = fixture.janus.log.count;
  // At once: what was accepted counts, though the process may not have seen it.
  Deno.kill(fixture.pid("transport"), "SIGKILL");
  await fixture.ready("transport", since);
  const info = await fixture.query("transport", { request: "info" });
  assertEquals([info.json, info.events, info.restarts], ["plain", false, 1]);
  assertEquals(info.limits.max_message_size, 1500);
  await using dealer = fixture.connect("DEALER");
  dealer.send(request("ping", { filler: "x".repeat(1500) }));
  assertEquals((await dealer.json()).error?.code, 490);
  dealer.send('{"janus":"ping","transaction":"t"}');
  assertEquals(await dealer.text(), '{"janus": "pong", "transaction": "t"}');
});

/** A client with a session. */
async function client(
  fixture: Fixture,
  identity: string,
  sockets: AsyncDisposableStack,
): Promise<[TestSocket, number]> {
  const socket = sockets.use(fixture.connect("DEALER", { identity }));
  return [socket, (await openEcho(fixture, socket)).session_id];
}

Deno.test("kick ends a client by id or by identity, and its sessions, and nobody else's", async () => {
  const fixture = await shared();
  await nobody(fixture);
  await using sockets = new AsyncDisposableStack();
  const [first, one] = await client(fixture, "first", sockets);
  const [, two] = await client(fixture, "second", sockets);
  const [third, three] = await client(fixture, "third", sockets);
  const { id } = find(await fixture.connections(), "first");
  assertEquals(await query({ request: "kick", id }), { result: 200, kicked: 1 });
  await fixture.sessionGone(one);
  const identity = "second";
  assertEquals(await query({ request: "kick", identity }), { result: 200, kicked: 1 });
  await fixture.sessionGone(two);
  assertEquals((await fixture.connections()).map(({ identity }) => identity), ["third"]);
  assertEquals(await fixture.sessions(), [three]);
  // Its connection stays: it may begin anew, as somebody else to Janus.
  const reply = await fixture.ask(first, "keepalive", { session_id: one });
  assertEquals(reply.error?.code, 458);
  assert(find(await fixture.connections(), "first").id !== id);
  assertEquals((await fixture.ask(third, "keepalive", { session_id: three })).janus, "ack");
});

Deno.test("kick of nobody is an error", async () => {
  const fixture = await shared();
  await nobody(fixture);
  await using sockets = new AsyncDisposableStack();
  const [socket, session_id] = await client(fixture, "stays", sockets);
  const { id } = find(await fixture.connections(), "stays");
  for (
    const who of [{}, { id: id + 1 }, { id: "stays" }, { identity: "nobody" }, { identity: id }, {
      id,
      identity: "nobody",
    }, { who: "stays" }]
  ) {
    const answer = await query({ request: "kick", ...who });
    assertEquals(answer.error_code, 413, JSON.stringify(who));
    assertMatch(answer.error, /"id".*"identity"/);
  }
  assertEquals((await fixture.ask(socket, "keepalive", { session_id })).janus, "ack");
});

Deno.test("who polls a kicked client's session is told that it is over", async () => {
  const fixture = await shared();
  await nobody(fixture);
  await using sockets = new AsyncDisposableStack();
  const [, session_id] = await client(fixture, "owner", sockets);
  const req = sockets.use(fixture.connect("REQ", { identity: "poller" }));
  const transaction = await pollFirst(fixture, req, session_id);
  await query({ request: "kick", identity: "owner" });
  const reply = await req.json();
  assertEquals([reply.error?.code, reply.transaction], [458, transaction]);
  // A kicked client's own poll is forgotten with it.
  const [, other] = await client(fixture, "other", sockets);
  await pollFirst(fixture, req, other);
  await query({ request: "kick", identity: "poller" });
  await fixture.waitFor("it to be gone", async () => (await fixture.connections()).length === 1);
  await fixture.admin("ping");
  assertEquals(req.waiting, 0);
});

Deno.test("all of it is answered while the process stands still, and done when it goes on", async () => {
  const fixture = await shared();
  await nobody(fixture);
  await using sockets = new AsyncDisposableStack();
  const [, session_id] = await client(fixture, "kicked", sockets);
  const [stays] = await client(fixture, "stays", sockets);
  const process = fixture.pid("transport");
  Deno.kill(process, "SIGSTOP");
  const begun = performance.now();
  try {
    assertEquals((await query({ request: "info" })).state, "running");
    const { connections } = await query({ request: "connections" });
    assertEquals(find(connections, "kicked").sessions, 1);
    assertEquals(await query({ request: "configure", json: "plain" }), { result: 200 });
    assertEquals((await query({ request: "configure", json: 1 })).error_code, 413);
    assertEquals(await query({ request: "kick", identity: "kicked" }), { result: 200, kicked: 1 });
    // Janus's own requests go on as well.
    assertEquals((await http.ask("info")).janus, "server_info");
  } finally {
    Deno.kill(process, "SIGCONT");
  }
  const took = performance.now() - begun;
  assert(took < 1000, `it took ${took} ms`);
  await fixture.sessionGone(session_id);
  assertEquals((await fixture.connections()).map(({ identity }) => identity), ["stays"]);
  stays.send('{"janus":"ping","transaction":"t"}');
  assertEquals(await stays.text(), '{"janus": "pong", "transaction": "t"}');
  await query({ request: "configure", json: "compact" });
  await configured(fixture, { json: "compact" });
});
