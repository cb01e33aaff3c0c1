/** Sessions that change hands: between clients, between transports, and those bound to a client. */
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { Agent } from "./support/agent.ts";
import {
  type Echo,
  openEcho,
  pollFirst,
  pollText,
  settledEvents,
  triggerEvent,
} from "./support/echo.ts";
import { type Fixture, sharedFixture } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";
import { WebSocketJanus } from "./support/websocket.ts";

// One for each Janus, as each has a port of its own.
const web = new WebSocketJanus();
const patientWeb = new WebSocketJanus();
const boundWeb = new WebSocketJanus();
const shared = sharedFixture({ admin: true, ...web.options });

/** Claims a session; nothing else may come before the reply. */
async function claim(fixture: Fixture, socket: TestSocket, { session_id }: Echo, more: Json = {}) {
  const reply = await fixture.ask(socket, "claim", { session_id, ...more });
  assertEquals([reply.janus, reply.session_id], ["success", session_id], JSON.stringify(reply));
}

/** Sends a message from a third client, and expects its event at the owner. */
async function assertOwner(other: TestSocket, owner: TestSocket, echo: Echo): Promise<void> {
  const transaction = await triggerEvent(other, echo);
  const event = await owner.json();
  assertEquals([event.janus, event.transaction], ["event", transaction], JSON.stringify(event));
}

/** Asks something that comes after all that was sent before, and expects nothing but the answer. */
async function assertNothingElse(fixture: Fixture, socket: TestSocket): Promise<void> {
  assertEquals((await fixture.ask(socket, "ping")).janus, "pong");
  assertEquals(socket.waiting, 0);
}

Deno.test("a session goes from WebSockets to ZeroMQ and back, and its events with it", async () => {
  const fixture = await shared();
  await using sub = await fixture.subscribe();
  const socket = await web.connect();
  await using dealer = fixture.connect("DEALER");
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, socket);
  const { sessions } = await fixture.counters();
  await assertOwner(other, socket, echo);

  await claim(fixture, dealer, echo);
  assertEquals((await fixture.counters()).sessions, sessions + 1);
  await assertOwner(other, dealer, echo);
  await assertNothingElse(fixture, socket);

  await claim(fixture, socket, echo);
  assertEquals((await fixture.counters()).sessions, sessions);
  await assertOwner(other, socket, echo);
  await assertNothingElse(fixture, dealer);

  // Whoever had it before may go; whoever has it takes it along.
  await claim(fixture, dealer, echo);
  await socket.close();
  await sub.until(({ event }) => event.data?.event === "disconnected");
  await assertOwner(other, dealer, echo);
  await dealer.close();
  await fixture.sessionGone(echo.session_id);
  assertEquals((await fixture.counters()).sessions, sessions);
});

Deno.test("a session goes from one ZeroMQ client to another", async () => {
  const fixture = await shared();
  await using python = await Agent.python();
  const endpoint = fixture.janus.endpoints.api;
  const first = python.open({ type: "DEALER", endpoint });
  await using second = fixture.connect("DEALER", { identity: "second" });
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, first);
  const { sessions } = await fixture.counters();
  await claim(fixture, second, echo);
  // Claiming what one has already changes nothing.
  await claim(fixture, second, echo);
  assertEquals((await fixture.counters()).sessions, sessions);
  await assertOwner(other, second, echo);
  await assertNothingElse(fixture, first);
  await first.close();
  await fixture.waitFor(
    "the first to be gone",
    async () => (await fixture.connections()).length < 3,
  );
  await assertOwner(other, second, echo);
  await fixture.ask(second, "destroy", { session_id: echo.session_id });
});

Deno.test("a session that a REQ claims is polled from then on, a DEALER's is pushed", async () => {
  const fixture = await shared();
  await using dealer = fixture.connect("DEALER");
  await using req = fixture.connect("REQ");
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, dealer);
  await claim(fixture, req, echo);
  const sent = await settledEvents(fixture, { socket: other, echo, count: 3 });
  const events = JSON.parse(await pollText(req, echo.session_id, { maxev: 5 }));
  assertEquals(events.map(({ transaction }: Json) => transaction), sent);
  await claim(fixture, dealer, echo);
  await assertOwner(other, dealer, echo);
});

Deno.test("a poll that waits when its session is claimed away is answered with a keepalive", async () => {
  const fixture = await shared();
  const socket = await web.connect();
  await using req = fixture.connect("REQ");
  const echo = await openEcho(fixture, req);
  await pollFirst(fixture, req, echo.session_id);
  await claim(fixture, socket, echo);
  assertEquals(await req.text(), '{"janus":"keepalive"}');
  await socket.close();
});

// ---- a Janus that keeps the sessions of lost clients for a while ----

/** Seconds. */
const RECLAIM = 3;

const patient = sharedFixture({
  admin: true,
  ...patientWeb.options,
  settings: { janus: { general: { reclaim_session_timeout: RECLAIM } } },
});

Deno.test("the session of a lost client can be claimed, over ZeroMQ and over WebSockets", async () => {
  const fixture = await patient();
  await using other = fixture.connect("DEALER");
  const zeromq = () => Promise.resolve(fixture.connect("DEALER"));
  const websocket = () => patientWeb.connect();
  for (const [before, after] of [[zeromq, zeromq], [zeromq, websocket], [websocket, zeromq]]) {
    const lost = await before!();
    const echo = await openEcho(fixture, lost);
    const { peers } = await fixture.counters();
    await lost.close();
    if (before === zeromq) {
      await fixture.waitFor("the client to be gone", async () => {
        return (await fixture.counters()).peers < peers;
      });
    }
    assert((await fixture.sessions()).includes(echo.session_id));
    const found = await after!();
    await claim(fixture, found, echo);
    await assertOwner(other, found, echo);
    await fixture.ask(found, "destroy", { session_id: echo.session_id });
    await found.close();
  }
});

Deno.test("the session of a lost client that nobody claims is ended", async () => {
  const fixture = await patient();
  const lost = fixture.connect("DEALER");
  const { session_id } = await openEcho(fixture, lost);
  const begun = performance.now();
  await lost.close();
  await fixture.sessionGone(session_id);
  assertGreater(performance.now() - begun, RECLAIM * 1000 - 1000); // Janus counts whole seconds
  await using late = fixture.connect("DEALER");
  assertEquals((await fixture.ask(late, "claim", { session_id })).error?.code, 458);
});

// ---- security.bind_sessions ----

const SECRET = { apisecret: "open sesame" };

const bound = sharedFixture({
  admin: true,
  ...boundWeb.options,
  settings: {
    janus: { general: { api_secret: SECRET.apisecret } },
    transport: { security: { bind_sessions: true } },
  },
});

/** What comes of using somebody's session in every way there is: refused as if it did not exist. */
async function assertForeign(fixture: Fixture, stranger: TestSocket, echo: Echo): Promise<void> {
  const nowhere = { session_id: 4711, handle_id: 4712 };
  const requests: [string, Json][] = [
    ["keepalive", {}],
    ["attach", { plugin: "janus.plugin.echotest" }],
    ["message", { body: { audio: true } }],
    ["trickle", { candidate: { completed: true } }],
    ["hangup", {}],
    ["detach", {}],
    ["poll", { maxev: 5 }],
    ["destroy", {}],
  ];
  for (const [verb, more] of requests) {
    const { handle_id, session_id } = echo;
    const ids = verb === "attach" ? { session_id } : { session_id, handle_id };
    const reply = await fixture.ask(stranger, verb, { ...ids, ...more, ...SECRET });
    assertEquals([reply.janus, reply.error?.code], ["error", 458], `${verb} is refused`);
    const other = await fixture.ask(stranger, verb, { ...nowhere, ...more, ...SECRET });
    const anonymous = (json: Json) =>
      JSON.stringify({ ...json, transaction: "" }).replaceAll(`${json.session_id}`, "#");
    assertEquals(anonymous(reply), anonymous(other), `${verb} tells nothing`);
  }
}

Deno.test("bind_sessions: a session is there for the client that made it alone", async () => {
  const fixture = await bound();
  await using owner = fixture.connect("DEALER");
  const echo = await openEcho(fixture, owner, SECRET);
  for (const type of ["DEALER", "REQ"] as const) {
    await using stranger = fixture.connect(type);
    await assertForeign(fixture, stranger, echo);
    // Its own are its own all the same.
    const own = await openEcho(fixture, stranger, SECRET);
    await fixture.ask(stranger, "destroy", { session_id: own.session_id, ...SECRET });
  }
  assertEquals((await fixture.ask(owner, "keepalive", { ...echo, ...SECRET })).janus, "ack");
  assertEquals(owner.waiting, 0);
});

Deno.test("bind_sessions: what is no session's, and the Admin API, are open to all", async () => {
  const fixture = await bound();
  await using owner = fixture.connect("DEALER");
  const { session_id } = await openEcho(fixture, owner, SECRET);
  await using stranger = fixture.connect("DEALER");
  for (const [verb, janus] of [["ping", "pong"], ["info", "server_info"]] as const) {
    assertEquals((await fixture.ask(stranger, verb)).janus, janus);
  }
  const { handles } = await fixture.admin("list_handles", { session_id });
  assertEquals(handles.length, 1);
});

Deno.test("bind_sessions: a claim needs Janus's secret, and moves the session", async () => {
  const fixture = await bound();
  await using first = fixture.connect("DEALER");
  await using second = fixture.connect("REQ");
  const echo = await openEcho(fixture, first, SECRET);
  const { session_id } = echo;
  for (const wrong of [{}, { apisecret: "wrong" }]) {
    const reply = await fixture.ask(second, "claim", { session_id, ...wrong });
    assertEquals(reply.error?.code, 403);
  }
  await assertForeign(fixture, second, echo);
  await claim(fixture, second, echo, SECRET);
  const transaction = await triggerEvent(second, echo, SECRET);
  const event = JSON.parse(await pollText(second, session_id, SECRET));
  assertEquals(event.transaction, transaction);
  await assertForeign(fixture, first, echo);
  // From another transport as well, and back from there.
  const socket = await boundWeb.connect();
  await claim(fixture, socket, echo, SECRET);
  await assertForeign(fixture, second, echo);
  await claim(fixture, first, echo, SECRET);
  await assertForeign(fixture, second, echo);
  assertEquals((await fixture.ask(first, "keepalive", { session_id, ...SECRET })).janus, "ack");
  await socket.close();
});
