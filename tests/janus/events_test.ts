/** Events on the way to subscribers: all of them, some of them, in which form. */
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import { ECHO_EVENTS, Fixture, request, sharedFixture } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";

const shared = sharedFixture({ admin: true, files: ECHO_EVENTS });

/** As Janus numbers them. */
const TYPES = { sessions: 1, handles: 2, plugins: 64, transports: 128, core: 256 };

/** Events up to a custom one that is emitted now: a mark, since Janus keeps events in order. */
async function upToNow(fixture: Fixture, sub: TestSocket): Promise<Json[]> {
  const mark = crypto.randomUUID();
  await fixture.emit({ mark });
  return (await sub.until((event) => event.event.data?.mark === mark)).slice(0, -1);
}

/** Lives through a session with an echo-test handle, and returns its id. */
async function liveSession(fixture: Fixture): Promise<number> {
  await using dealer = fixture.connect("DEALER");
  const session_id: number = (await fixture.ask(dealer, "create")).data.id;
  const plugin = "janus.plugin.echotest";
  const handle_id = (await fixture.ask(dealer, "attach", { session_id, plugin })).data.id;
  dealer.send(request("message", { session_id, handle_id, body: { audio: true } }));
  // They may come in either order.
  const answers = [await dealer.json(), await dealer.json()].map(({ janus }) => janus);
  assertEquals(answers.sort(), ["ack", "event"]);
  // The echo test tells nobody of what it can't read: once it says so, it is done with the other.
  dealer.send(request("message", { session_id, handle_id, body: { audio: "nonsense" } }));
  const errors = [await dealer.json(), await dealer.json()].map(({ plugindata }) => plugindata);
  assert(errors.some((plugindata) => plugindata?.data.error !== undefined));
  await fixture.ask(dealer, "destroy", { session_id });
  return session_id;
}

/** Events up to the last of a session's, whose last two may come in either order. */
async function wholeSession(sub: TestSocket, session_id: number): Promise<Json[]> {
  const names = new Set(["created", "attached", "detached", "destroyed"]);
  return await sub.until((event) => {
    if (event.session_id === session_id) names.delete(event.event.name);
    return names.size === 0;
  });
}

for (const { name, opener } of clientLibraries()) {
  Deno.test(`${name}: SUB sees what happens to a session, one event a frame`, async () => {
    const fixture = await shared();
    await using sub = await fixture.subscribe("", await opener());
    const session_id = await liveSession(fixture);
    const events = await wholeSession(sub, session_id);
    for (const event of events) {
      assertEquals(event.emitter, "janus-zeromq");
      assert(Number.isInteger(event.timestamp));
    }
    assert(events.some(({ type }) => type === TYPES.plugins));
    assert(events.some(({ type }) => type === TYPES.transports));
  });
}

Deno.test("every subscriber gets every event, in order", async () => {
  const fixture = await shared();
  const subs = [await fixture.subscribe(), await fixture.subscribe(), await fixture.subscribe()];
  for (let i = 0; i < 200; i++) await fixture.emit({ i });
  for (const sub of subs) {
    for (let i = 0; i < 200; i++) {
      const event = await sub.json();
      assertEquals(event.event, { schema: "test", data: { i } });
    }
    await sub.close();
  }
});

Deno.test("clients that come and go are told of as events", async () => {
  const fixture = await shared();
  await using sub = await fixture.subscribe();
  const dealer = fixture.connect("DEALER", { identity: "somebody" });
  await fixture.ask(dealer, "ping");
  await dealer.close();
  const events = await sub.until(({ event }) => event.data?.event === "disconnected");
  const [connected, disconnected] = events.filter(({ type }) => type === TYPES.transports);
  assertEquals(connected?.event.transport, "janus.transport.zeromq");
  assertEquals(connected?.event.data, {
    event: "connected",
    admin_api: false,
    ip: "127.0.0.1",
    identity: "somebody",
  });
  assertEquals(disconnected?.event.data, { event: "disconnected" });
  assertEquals(disconnected?.event.id, connected?.event.id);
});

Deno.test("general.events = false: nobody is told of clients that come and go", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { transport: { general: { events: false } } },
  });
  await using sub = await fixture.subscribe();
  const session_id = await liveSession(fixture);
  await fixture.waitFor("the client to be gone", async () => {
    return (await fixture.query("transport", { request: "info" })).counters.peers === 0;
  });
  const events = await upToNow(fixture, sub);
  assertEquals(events.filter(({ type }) => type === TYPES.transports), []);
  assert(events.some((event) => event.session_id === session_id));
});

Deno.test("events = a list: only those types are published", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { event_handler: { general: { events: "sessions, handles,external" } } },
  });
  await fixture.janus.waitForLog(
    /\[janus\.eventhandler\.zeromqevh\] Events \(sessions, handles, external\)/,
  );
  const { events: labels } = await fixture.query("events", { request: "info" });
  assertEquals(labels, ["sessions", "handles", "external"]);
  await using sub = await fixture.subscribe();
  const events = await wholeSession(sub, await liveSession(fixture));
  events.push(...await upToNow(fixture, sub));
  const types = new Set(events.map(({ type }) => type));
  assertEquals([...types].sort(), [TYPES.sessions, TYPES.handles]);
});

Deno.test("events with a label that doesn't exist: refused by name, and Janus goes on", async () => {
  await using fixture = await Fixture.start({
    settings: { event_handler: { general: { events: "sessions, handels" } } },
    ready: /Janus API on/,
  });
  const [line = "", ...more] = fixture.complaints("ERR", "events");
  assertMatch(line, /Not started: .*general\.events: "handels" is not an event type.*"handles"/);
  assertEquals(more, []);
  const dealer = fixture.connect("DEALER");
  assertEquals((await fixture.ask(dealer, "ping")).janus, "pong");
});

for (
  const [json, pattern] of [
    ["compact", /^\{"emitter":"janus-zeromq","type":4,.*\}$/],
    ["plain", /^\{"emitter": "janus-zeromq", "type": 4, .*\}$/],
    ["indented", /^\{\n {3}"emitter": "janus-zeromq",\n {3}"type": 4,\n[^]*\n\}$/],
  ] as const
) {
  Deno.test(`json = ${json}: events and replies are written so`, async () => {
    await using fixture = await Fixture.start({
      admin: true,
      settings: { transport: { general: { json } }, event_handler: { general: { json } } },
    });
    const sub = await fixture.subscribe("{");
    await fixture.emit({ some: "data" });
    let text: string;
    do text = await sub.text(); while (JSON.parse(text).type !== 4);
    assertMatch(text, pattern);
    const dealer = fixture.connect("DEALER");
    dealer.send('{"janus":"ping","transaction":"t"}');
    const replies: Json = {
      compact: '{"janus":"pong","transaction":"t"}',
      plain: '{"janus": "pong", "transaction": "t"}',
      indented: '{\n   "janus": "pong",\n   "transaction": "t"\n}',
    };
    assertEquals(await dealer.text(), replies[json]);
  });
}

Deno.test("the core's shutdown event is the last thing that subscribers get", async () => {
  const fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  const stopped = fixture.janus.stop();
  const events = await sub.until(({ type, subtype }) => type === TYPES.core && subtype === 2);
  assertEquals(events.at(-1)?.event, { status: "shutdown", signum: 15 });
  const { milliseconds, code, left_behind } = await stopped;
  assertEquals([code, left_behind], [0, []]);
  assert(milliseconds < 2000, `${milliseconds} ms`);
  await fixture.stop();
});
