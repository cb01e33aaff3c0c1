/** Clients that fall silent, that go and come back, and that read too slowly. */
import { assert, assertEquals, assertLess } from "../assert.ts";
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

/** Seconds: more than any test takes, and as few as a busy machine takes to do what it must within. */
const [LONG, SHORT] = [60, 3];
const OUTBOX = 5;

const shared = lingering(LONG);
const brief = lingering(SHORT);

function lingering(linger: number): () => Promise<Fixture> {
  const peers = { linger, outbox: OUTBOX };
  return sharedFixture({ admin: true, settings: { transport: { peers } } });
}

const patient = sharedFixture({ admin: true });

/** The connection of a client with a routing id of its own. */
async function connection(fixture: Fixture, identity: string): Promise<Json | undefined> {
  return (await fixture.connections()).find((one) => one.identity === identity);
}

/** Lets a client go, and waits until the process has noticed. */
async function leave(fixture: Fixture, act: () => Promise<void>): Promise<void> {
  const folder = `/proc/${fixture.pid("transport")}/fd`;
  const open = async () => (await Array.fromAsync(Deno.readDir(folder))).length;
  const before = await open();
  await act();
  await fixture.waitFor("the connection to be closed", async () => await open() < before);
  // libzmq tells of it before it closes the descriptor; by now the process has read that.
  await fixture.counters();
}

/** A client with a routing id and a session, that has gone; and somebody who uses its session. */
async function departed(fixture: Fixture, identity: string) {
  const other = fixture.connect("DEALER");
  await fixture.ask(other, "ping");
  const dealer = fixture.connect("DEALER", { identity });
  const echo = await openEcho(fixture, dealer);
  await leave(fixture, () => dealer.close());
  return { echo, other };
}

/** Events for a session whose owner is away; their transactions. */
async function missed(fixture: Fixture, other: TestSocket, echo: Echo, count: number) {
  return await settledEvents(fixture, { socket: other, echo, count });
}

async function take(socket: TestSocket, count: number): Promise<Json[]> {
  const messages: Json[] = [];
  while (messages.length < count) messages.push(await socket.json());
  return messages;
}

for (const [name, start] of [["Python", Agent.python], ["Node", Agent.node]] as const) {
  Deno.test(`a client in ${name} that is killed comes back under its routing id`, async () => {
    const fixture = await shared();
    const endpoint = fixture.janus.endpoints.api;
    const options = { type: "DEALER", endpoint, identity: `killed ${name}` } as const;
    await using other = fixture.connect("DEALER");
    // The next one stands ready: starting a process may take longer than the linger.
    await using next = await start();
    await using agent = await start();
    const { dropped } = await fixture.counters();
    const before = agent.open(options);
    const echo = await openEcho(fixture, before);
    await leave(fixture, () => agent.kill());
    const sent = await missed(fixture, other, echo, 3);
    const after = next.open(options);
    const events = await take(after, 3);
    assertEquals(events.map(({ transaction }) => transaction), sent);
    const reply = await fixture.ask(after, "keepalive", { session_id: echo.session_id });
    assertEquals(reply.janus, "ack");
    // What happens from now on finds it where it is.
    const transaction = await triggerEvent(other, echo);
    assertEquals((await after.json()).transaction, transaction);
    assertEquals((await fixture.counters()).dropped, dropped);
    await fixture.ask(after, "destroy", { session_id: echo.session_id });
  });
}

Deno.test("who is back gets what waited, though it says nothing", async () => {
  const fixture = await shared();
  const { echo, other } = await departed(fixture, "silent");
  const sent = await missed(fixture, other, echo, OUTBOX);
  await fixture.waitFor("connections to show what waits", async () => {
    return (await connection(fixture, "silent"))?.queued === OUTBOX;
  });
  await using dealer = fixture.connect("DEALER", { identity: "silent" });
  const events = await take(dealer, OUTBOX);
  assertEquals(events.map(({ transaction }) => transaction), sent);
  await fixture.waitFor("nothing to wait any more", async () => {
    return (await connection(fixture, "silent"))?.queued === 0;
  });
  await other.close();
});

Deno.test("who is back and says nothing stays, when the linger is over", async () => {
  const fixture = await brief();
  const { echo, other } = await departed(fixture, "quiet");
  await using dealer = fixture.connect("DEALER", { identity: "quiet" });
  // Whether it is there can't be told but by sending something, which it may ignore.
  assertEquals(await dealer.json(SHORT * 1000 + 5000), { janus: "keepalive" });
  assert((await fixture.sessions()).includes(echo.session_id));
  const transaction = await triggerEvent(other, echo);
  assertEquals((await dealer.json()).transaction, transaction);
  await other.close();
});

Deno.test("who is away for longer than the linger is gone, and its sessions with it", async () => {
  const fixture = await brief();
  const { dropped } = await fixture.counters();
  const { echo, other } = await departed(fixture, "forgotten");
  await missed(fixture, other, echo, 3);
  const begun = performance.now();
  assert((await fixture.sessions()).includes(echo.session_id));
  await fixture.sessionGone(echo.session_id);
  assertLess(performance.now() - begun, SHORT * 1000 + 500);
  assertEquals(await connection(fixture, "forgotten"), undefined);
  assertEquals((await fixture.counters()).dropped - dropped, 3);
  await other.close();
  // Who comes later is new.
  await using dealer = fixture.connect("DEALER", { identity: "forgotten" });
  const reply = await fixture.ask(dealer, "keepalive", { session_id: echo.session_id });
  assertEquals(reply.error?.code, 458);
});

Deno.test("more than the outbox holds: the oldest are dropped, counted and told of", async () => {
  const fixture = await shared();
  const since = fixture.janus.log.count;
  const { dropped } = await fixture.counters();
  const { echo, other } = await departed(fixture, "overflown");
  const sent = await missed(fixture, other, echo, OUTBOX + 3);
  assertEquals((await fixture.counters()).dropped - dropped, 3);
  const warning = /\[WARN\] \[janus\.transport\.zeromq\] \d+ messages were dropped.*peers\.outbox/;
  await fixture.janus.waitForLog(warning, 3000, since);
  await using dealer = fixture.connect("DEALER", { identity: "overflown" });
  const events = await take(dealer, OUTBOX);
  assertEquals(events.map(({ transaction }) => transaction), sent.slice(3));
  assertEquals((await fixture.ask(dealer, "ping")).janus, "pong");
  await other.close();
});

Deno.test("a reply to who is away waits with the events, and is never dropped", async () => {
  const fixture = await shared();
  await using other = fixture.connect("DEALER");
  const identity = "unanswered";
  const dealer = fixture.connect("DEALER", { identity });
  const echo = await openEcho(fixture, dealer);
  // Answered when something happens, which is while it is away.
  await pollFirst(fixture, dealer, echo.session_id);
  await leave(fixture, () => dealer.close());
  const sent = await missed(fixture, other, echo, OUTBOX + 3);
  await using back = fixture.connect("DEALER", { identity });
  const events = await take(back, OUTBOX + 1);
  const kept = [sent[0], ...sent.slice(3)];
  assertEquals(events.map(({ transaction }) => transaction), kept);
});

Deno.test("a client without a routing id of its own claims its session from a new connection", async () => {
  const fixture = await brief();
  for (const type of ["DEALER", "REQ"] as const) {
    const others = new Set((await fixture.connections()).map(({ id }) => id));
    const before = fixture.connect(type);
    const echo = await openEcho(fixture, before);
    const { session_id } = echo;
    const left = (await fixture.connections()).find(({ id }) => !others.has(id))?.id;
    assert(left !== undefined);
    await before.close();
    await using after = fixture.connect("REQ");
    // Its sessions are there for as long as the linger; it is not known to be the same.
    assertEquals((await fixture.ask(after, "claim", { session_id })).janus, "success");
    await fixture.waitFor("the one before to be given up", async () => {
      return !(await fixture.connections()).some(({ id }) => id === left);
    });
    const transaction = await triggerEvent(after, echo);
    const event = JSON.parse(await pollText(after, session_id));
    assertEquals([event.janus, event.transaction], ["event", transaction]);
    await fixture.ask(after, "destroy", { session_id });
  }
});

Deno.test("a client under the routing id of one that is still there takes its place", async () => {
  const fixture = await shared();
  const identity = "the same";
  await using first = fixture.connect("DEALER", { identity });
  const { session_id } = await openEcho(fixture, first);
  const { peers } = await fixture.counters();
  await using second = fixture.connect("DEALER", { identity });
  assertEquals((await fixture.ask(second, "keepalive", { session_id })).janus, "ack");
  assertEquals((await fixture.counters()).peers, peers);
  await fixture.ask(second, "destroy", { session_id });
  assertEquals(first.waiting, 0);
});

Deno.test("a slow reader loses no reply, and holds up nobody", async () => {
  const fixture = await patient();
  const { dropped } = await fixture.counters();
  const requests = 4000;
  const endpoint = fixture.janus.endpoints.api;
  await using slow = fixture.client.open({ type: "DEALER", endpoint, unread: true });
  for (let i = 0; i < requests; i++) slow.send(`{"janus":"info","transaction":"${i}"}`);
  await fixture.waitFor("replies to wait for it", async () => {
    return (await fixture.connections()).some(({ queued }) => queued > 0);
  });
  await using other = fixture.connect("DEALER");
  assertEquals((await fixture.ask(other, "ping")).janus, "pong");
  slow.read();
  for (let i = 0; i < requests; i++) {
    const reply = await slow.json();
    assertEquals([reply.janus, reply.transaction], ["server_info", `${i}`]);
  }
  assertEquals((await fixture.counters()).dropped, dropped);
  await fixture.waitFor("nothing to wait any more", async () => {
    return (await fixture.connections()).every(({ queued }) => queued === 0);
  });
});
