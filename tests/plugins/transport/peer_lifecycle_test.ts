import { SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary } from "../../../ffi/zmq/thin.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { type Frame, frames, sendFrames, sleep, takeFrames } from "./sockets.ts";
import { TransportHarness } from "./transport_harness.ts";

openLibrary();
const janus = new JanusLibrary();
const EMPTY: Frame = new Uint8Array(0);
const BIG = 2n ** 63n - 1n;
const { DEALER, REQ } = SocketType;

/** A client that has been heard. */
function heard(h: TransportHarness, type: number, routingId?: string) {
  const client = h.client(type, routingId);
  sendFrames(client, frames("hello"));
  h.receive(client);
  return { client, id: h.newest.id };
}

/** Waits until the transport knows that the only client's connection ended, and lingers. */
function letGo(h: TransportHarness): void {
  h.until(() => h.service.timeout(Date.now()) >= 0, "the end of the connection");
  assertEquals(h.gone, []);
}

Deno.test("within the linger a client comes back as who it was, and gets what waited in order", () => {
  using h = new TransportHarness(janus, { linger: 60_000, events: true });
  const { client, id } = heard(h, DEALER, "alice");
  h.beginSession(id, BIG);
  h.closeClient(client);
  letGo(h);
  for (let i = 0; i < 5; i++) h.push(id, `missed ${i}`, BIG);
  h.runFor(20);
  assertEquals([h.counter("dropped"), h.counter("sent")], [0, 1]);
  const again = h.client(DEALER, "alice");
  sendFrames(again, frames("back"));
  for (let i = 0; i < 5; i++) assertEquals(h.receive(again), [`missed ${i}`]);
  assertEquals(h.receive(again), ["re: back"]);
  h.push(id, "now", BIG);
  assertEquals(h.receive(again), ["now"]);
  assertEquals([[...h.peers.keys()], h.gone, h.counter("sessions")], [[id], [], 1]);
  assertEquals(h.notified.length, 1);
  // It is over: nothing is due any more.
  h.service.tick(Date.now() + 120_000);
  h.runFor(10);
  assertEquals([[...h.peers.keys()], h.counter("dropped")], [[id], 0]);
});

Deno.test("after the linger a client is gone, and what waited for it is dropped and counted", () => {
  using h = new TransportHarness(janus, { linger: 60_000, events: true });
  const { client, id } = heard(h, DEALER, "alice");
  h.beginSession(id, 5n);
  h.closeClient(client);
  letGo(h);
  for (let i = 0; i < 3; i++) h.push(id, `missed ${i}`, 5n);
  h.runFor(10);
  h.service.tick(Date.now() + 59_000);
  h.runFor(10);
  assertEquals([h.gone, h.counter("dropped")], [[], 0]);
  h.service.tick(Date.now() + 61_000);
  h.until(() => h.gone.length === 1, "the client's end");
  assertEquals([h.counter("dropped"), h.counter("peers"), h.counter("sessions")], [3, 0, 0]);
  assertMatch(h.log.join("\n"), /did not come back/);
  assertEquals(h.notified.map((event) => (event as { event: string }).event), [
    "connected",
    "disconnected",
  ]);
  // Who comes now is somebody new.
  const { id: other } = heard(h, DEALER, "alice");
  assert(other !== id);
});

Deno.test("an outbox keeps the newest of what nobody asked for, and all replies", () => {
  using h = new TransportHarness(janus, { linger: 60_000, outbox: 2 });
  const { client, id } = heard(h, DEALER, "alice");
  h.answer = () => null;
  for (let i = 0; i < 4; i++) sendFrames(client, frames(`${i}`));
  h.until(() => h.requests.length === 4, "the requests");
  h.closeClient(client);
  letGo(h);
  for (const request of h.requests.splice(0)) {
    h.reply(request, `re: ${request.text}`);
    h.push(id, `event ${request.text}`);
  }
  h.runFor(20);
  assertEquals(h.counter("dropped"), 2);
  assertMatch(h.log.join("\n"), /peers\.outbox/);
  h.answer = ({ text }) => `re: ${text}`;
  const again = h.client(DEALER, "alice");
  sendFrames(again, frames("back"));
  const got = Array.from({ length: 7 }, () => h.receive(again)[0]);
  assertEquals(got, ["re: 0", "re: 1", "re: 2", "event 2", "re: 3", "event 3", "re: back"]);
});

Deno.test("a reply waits in the form of its request", () => {
  using h = new TransportHarness(janus, { linger: 60_000 });
  h.answer = () => null;
  const client = h.client(DEALER, "alice");
  sendFrames(client, [...frames("1234"), EMPTY, ...frames("correlated")]);
  sendFrames(client, [EMPTY, ...frames("delimited")]);
  sendFrames(client, frames("plain"));
  h.until(() => h.requests.length === 3, "the requests");
  h.closeClient(client);
  letGo(h);
  for (const request of h.requests) h.reply(request, `re: ${request.text}`);
  h.runFor(10);
  const again = h.client(DEALER, "alice");
  sendFrames(again, frames("back"));
  assertEquals(h.receive(again), ["1234", "", "re: correlated"]);
  assertEquals(h.receive(again), ["", "re: delimited"]);
  assertEquals(h.receive(again), ["re: plain"]);
});

Deno.test("a client that is back and says nothing gets what waited, and is kept", () => {
  using h = new TransportHarness(janus, { linger: 60_000 });
  const { client, id } = heard(h, DEALER, "alice");
  h.closeClient(client);
  letGo(h);
  h.push(id, "missed");
  h.runFor(10);
  const again = h.client(DEALER, "alice");
  assertEquals(h.receive(again), ["missed"]);
  // Still nobody has heard it. It is asked for when its time is up, and is there.
  h.service.tick(Date.now() + 61_000);
  assertEquals(h.receive(again), ['{"janus":"keepalive"}']);
  h.runFor(10);
  assertEquals(h.gone, []);
  // When it goes nobody can tell, but by asking again.
  h.closeClient(again);
  h.runFor(60);
  assertEquals(h.gone, []);
  let now = Date.now();
  h.until(() => {
    h.service.tick(now += 300_000);
    return h.gone.length === 1;
  }, "its end");
});

Deno.test("without an id of its own a client can't come back, but its sessions can be claimed", () => {
  using h = new TransportHarness(janus, { linger: 60_000 });
  const { client, id } = heard(h, DEALER);
  h.beginSession(id, BIG);
  h.closeClient(client);
  letGo(h);
  h.push(id, "missed", BIG);
  h.runFor(10);
  // Nobody could ever get it.
  assertEquals(h.counter("dropped"), 1);
  const { client: again, id: other } = heard(h, DEALER);
  assert(other !== id);
  h.claimSession(other, BIG);
  h.push(other, "event", BIG);
  assertEquals(h.receive(again), ["event"]);
  h.service.tick(Date.now() + 61_000);
  h.until(() => h.gone.length === 1, "the end of the first");
  assertEquals([h.gone, h.counter("sessions")], [[id], 1]);
});

Deno.test("without a linger a client that went has gone at once", () => {
  using h = new TransportHarness(janus);
  const { client, id } = heard(h, DEALER, "alice");
  h.closeClient(client);
  h.until(() => h.gone.length === 1, "its end");
  assertEquals([h.gone, h.counter("peers")], [[id], 0]);
});

Deno.test("while clients linger nothing is due before the first of them", () => {
  using h = new TransportHarness(janus, { linger: 60_000 });
  const { client } = heard(h, DEALER, "alice");
  assertEquals(h.service.timeout(Date.now()), -1);
  const before = Date.now();
  h.closeClient(client);
  letGo(h);
  const timeout = h.service.timeout(before);
  assert(timeout >= 60_000 && timeout < 61_000, `${timeout} ms`);
});

Deno.test("what waits for a client that is away costs next to nothing", () => {
  using h = new TransportHarness(janus, { linger: 60_000 });
  const { client, id } = heard(h, DEALER, "alice");
  h.closeClient(client);
  letGo(h);
  h.push(id, "missed");
  let now = Date.now();
  h.runFor(10);
  // Each tick comes when it was asked for.
  let ticks = 0;
  for (const end = now + 30_000; now < end; ticks++) {
    const timeout = h.service.timeout(now);
    assert(timeout >= 0);
    now += Math.max(1, timeout);
    h.service.tick(now);
  }
  assert(ticks < 80, `${ticks} ticks in 30 s`);
});

Deno.test("after a restart a client with an id of its own goes on, sessions and all", () => {
  using h = new TransportHarness(janus, { router: { bindSessions: true } });
  const { client, id } = heard(h, DEALER, "alice");
  h.beginSession(id, BIG);
  h.beginSession(id, 2n ** 53n + 1n);
  h.until(() => h.counter("sessions") === 2, "the sessions");
  for (let i = 0; i < 5; i++) h.push(id, `missed ${i}`, BIG);
  h.restart();
  assertEquals([h.counter("sessions"), h.counter("peers")], [2, 1]);
  // It comes back by itself; until it is there, what is for it waits.
  for (let i = 0; i < 5; i++) assertEquals(h.receive(client), [`missed ${i}`]);
  const request = `{"janus":"message","session_id":${BIG}}`;
  sendFrames(client, frames(request));
  assertEquals(h.receive(client), [`re: ${request}`]);
  sendFrames(client, frames(`{"janus":"message","session_id":${BIG - 1n}}`));
  assertEquals(JSON.parse(h.receive(client)[0]!).error.code, 458);
  assertEquals([...h.peers.keys()], [id]);
  h.closeClient(client);
  h.until(() => h.gone.length === 1, "the client's end");
  assertEquals([h.counter("sessions"), h.counter("peers")], [0, 0]);
});

Deno.test("after a restart a REQ with an id of its own goes on, and finds its events", () => {
  using h = new TransportHarness(janus);
  const { client, id } = heard(h, REQ, "alice");
  h.beginSession(id, 5n);
  h.until(() => h.counter("sessions") === 1, "the session");
  h.watch(client);
  h.restart();
  h.push(id, "event", 5n);
  h.runFor(10);
  h.answer = () => '{"janus":"ack"}';
  sendFrames(client, frames('{"janus":"poll","session_id":5}'));
  assertEquals(h.receive(client), ["event"]);
  assertEquals(h.counter("dropped"), 0);
});

Deno.test("after a restart, clients that do not come back end, unless Janus has sessions of theirs", () => {
  using h = new TransportHarness(janus);
  const idle = heard(h, DEALER, "idle"), busy = heard(h, DEALER), unknown = heard(h, DEALER);
  h.beginSession(busy.id, BIG);
  h.until(() => h.counter("sessions") === 1, "the session");
  for (const { client } of [idle, busy, unknown]) h.closeClient(client);
  h.restart();
  h.runFor(30);
  // Who has neither a routing id nor a session can't be told from a new client.
  assertEquals(h.gone, [unknown.id]);
  h.service.tick(Date.now() + 6000);
  h.runFor(10);
  assertEquals([h.gone, h.counter("peers")], [[unknown.id, idle.id], 1]);
  assertEquals(h.service.timeout(Date.now()), -1);
  h.endSession(busy.id, BIG, "timeout");
  h.until(() => h.gone.length === 3, "the end of the other");
  assertEquals([h.counter("peers"), h.counter("sessions")], [0, 0]);
});

Deno.test("what an orphan had can be claimed by the client's new connection", () => {
  using h = new TransportHarness(janus);
  const { client, id } = heard(h, DEALER);
  h.beginSession(id, BIG);
  h.until(() => h.counter("sessions") === 1, "the session");
  h.watch(client);
  h.restart();
  h.service.tick(Date.now() + 6000);
  sendFrames(client, frames("claim"));
  h.receive(client);
  const { id: other } = h.newest;
  assert(other !== id);
  h.claimSession(other, BIG);
  h.until(() => h.gone.length === 1, "the orphan's end");
  h.push(other, "event", BIG);
  assertEquals(h.receive(client), ["event"]);
  assertEquals([h.gone, h.counter("peers"), h.counter("sessions")], [[id], 1, 1]);
});

Deno.test("a restart knows the peers of both APIs apart, though they have one id", () => {
  using h = new TransportHarness(janus, { admin: true });
  const clients = [false, true].map((admin) => h.client(REQ, "alice", admin));
  for (const client of clients) {
    sendFrames(client, frames("1"));
    assertEquals(h.receive(client), ["re: 1"]);
  }
  for (const client of clients) h.watch(client);
  const before = [...h.peers.keys()];
  h.restart();
  assertEquals([h.counter("peers"), h.counter("admin_peers")], [1, 1]);
  for (const client of clients) {
    sendFrames(client, frames("2"));
    assertEquals(h.receive(client), ["re: 2"]);
  }
  assertEquals([[...h.peers.keys()], h.gone], [before, []]);
});

Deno.test("the clients of an API that is served no more after a restart are gone", () => {
  const options = { admin: true };
  using h = new TransportHarness(janus, options);
  const client = h.client(REQ, "alice"), admin = h.client(REQ, "root", true);
  for (const socket of [client, admin]) {
    sendFrames(socket, frames("1"));
    h.receive(socket);
  }
  const { id } = [...h.peers.values()].find((peer) => peer.admin)!;
  options.admin = false;
  h.restart();
  h.until(() => h.gone.length === 1, "its end");
  assertEquals([h.gone, h.counter("peers")], [[id], 1]);
});

Deno.test("restart after restart, nobody is lost and nobody is doubled", () => {
  using h = new TransportHarness(janus);
  const clients = Array.from({ length: 10 }, (_, i) => heard(h, DEALER, `client-${i}`));
  for (const { client } of clients) h.watch(client);
  for (const { id } of clients) h.beginSession(id, BIG - BigInt(id));
  h.until(() => h.counter("sessions") === 10, "the sessions");
  for (let generation = 0; generation < 4; generation++) {
    h.restart();
    // Some are new, and none gets the number of one that waits to be heard.
    const { client } = heard(h, DEALER);
    for (const { client } of clients) sendFrames(client, frames("on"));
    for (const { client } of clients) assertEquals(h.receive(client), ["re: on"]);
    h.closeClient(client);
    h.until(() => h.gone.length === generation + 1, "the end of the new one");
  }
  assertEquals([[...h.peers.keys()], h.counter("sessions")], [clients.map(({ id }) => id), 10]);
});

Deno.test("late replies of before a restart find no request of after it", () => {
  using h = new TransportHarness(janus);
  h.answer = () => null;
  const before = h.client(DEALER, "before");
  sendFrames(before, [EMPTY, ...frames("old")]);
  h.until(() => h.requests.length === 1, "the old request");
  h.restart();
  const client = h.client(DEALER);
  sendFrames(client, [...frames("1234"), EMPTY, ...frames("new")]);
  h.until(() => h.requests.length === 2, "the new request");
  const [old, fresh] = h.requests;
  assert(old!.request !== fresh!.request);
  // The old one is answered first: the new one's correlation must still be there.
  h.reply(old!, "re: old");
  h.reply(fresh!, "re: new");
  assertEquals(h.receive(client), ["1234", "", "re: new"]);
  assertEquals(h.receive(before), ["", "re: old"]);
});

Deno.test("who is kicked is gone, and somebody new when it is heard again", () => {
  using h = new TransportHarness(janus, { admin: true, events: true });
  const { client, id } = heard(h, DEALER, "alice"), other = heard(h, DEALER, "bob");
  h.beginSession(id, 5n);
  h.control({ kick: [id, 12345] });
  h.until(() => h.gone.length === 1, "its end");
  assertEquals([h.gone, h.counter("sessions"), h.counter("peers")], [[id], 0, 1]);
  sendFrames(client, frames("again"));
  assertEquals(h.receive(client), ["re: again"]);
  assert(h.newest.id !== id);
  sendFrames(other.client, frames("still here"));
  assertEquals(h.receive(other.client), ["re: still here"]);
});

Deno.test("connections shows what waits for whom, and that it does no more", () => {
  using h = new TransportHarness(janus, { linger: 60_000 });
  const { client, id } = heard(h, DEALER, "alice");
  h.closeClient(client);
  letGo(h);
  for (let i = 0; i < 3; i++) h.push(id, `missed ${i}`);
  h.until(() => h.peers.get(id)?.state.shown.queued === 3, "the number");
  const again = h.client(DEALER, "alice");
  sendFrames(again, frames("back"));
  h.until(() => h.peers.get(id)?.state.shown.queued === 0, "none");
  sleep(5);
  while (takeFrames(again) !== null);
});
