import { Flag, Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary } from "../../../ffi/zmq/thin.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { type Frame, frames, receiveFrames, sendFrames, sleep } from "./sockets.ts";
import { TransportHarness } from "./transport_harness.ts";

openLibrary();
const janus = new JanusLibrary();
const EMPTY: Frame = new Uint8Array(0);
const { DEALER, REQ } = SocketType;

Deno.test("each kind of client is answered in its own form", () => {
  using h = new TransportHarness(janus);
  const dealer = h.client(DEALER), delimited = h.client(DEALER), req = h.client(REQ);
  sendFrames(dealer, frames("1"));
  sendFrames(delimited, [EMPTY, ...frames("2")]);
  sendFrames(req, frames("3"));
  assertEquals(h.receive(dealer), ["re: 1"]);
  assertEquals(h.receive(delimited), ["", "re: 2"]);
  assertEquals(h.receive(req), ["re: 3"]);
  assertEquals([h.counter("received"), h.counter("sent"), h.counter("peers")], [3, 3, 3]);
});

Deno.test("a reply takes the form of its request, a message of Janus's own that of the last", () => {
  using h = new TransportHarness(janus);
  h.answer = () => null;
  const dealer = h.client(DEALER);
  sendFrames(dealer, frames("1"));
  sendFrames(dealer, [EMPTY, ...frames("2")]);
  h.until(() => h.requests.length === 2, "two requests");
  h.reply(h.requests[1]!, "two");
  h.reply(h.requests[0]!, "one");
  h.push(h.requests[0]!.peer, "event");
  assertEquals(h.receive(dealer), ["", "two"]);
  assertEquals(h.receive(dealer), ["one"]);
  assertEquals(h.receive(dealer), ["", "event"]);
});

Deno.test("a correlated REQ gets the reply that it waits for", () => {
  using h = new TransportHarness(janus);
  const req = h.client(REQ);
  req.setInt(Option.REQ_CORRELATE, 1);
  req.setInt(Option.REQ_RELAXED, 1);
  h.answer = () => null;
  sendFrames(req, frames("abandoned"));
  sendFrames(req, frames("awaited"));
  h.until(() => h.requests.length === 2, "two requests");
  for (const request of h.requests) h.reply(request, `re: ${request.text}`);
  assertEquals(h.receive(req), ["re: awaited"]);
});

Deno.test("a REQ is sent replies only", () => {
  using h = new TransportHarness(janus);
  const req = h.client(REQ);
  sendFrames(req, frames("1"));
  assertEquals(h.receive(req), ["re: 1"]);
  const [id] = [...h.peers.keys()];
  h.answer = () => null;
  sendFrames(req, frames("2"));
  h.until(() => h.requests.length === 1, "the request");
  h.push(id!, "event");
  h.reply(h.requests[0]!, "re: 2");
  assertEquals(h.receive(req), ["re: 2"]);
  assertEquals(h.counter("dropped"), 1);
});

Deno.test("bytes go through as they are", () => {
  using h = new TransportHarness(janus);
  h.answer = ({ text }) => text;
  const dealer = h.client(DEALER);
  for (const text of ['{"id":9007199254740993}', "é\u0000\n", "", "x".repeat(10_000)]) {
    sendFrames(dealer, frames(text));
    assertEquals(h.receive(dealer), [text]);
  }
});

Deno.test("what is no request, or too large, is answered here and does no harm", () => {
  using h = new TransportHarness(janus);
  const dealer = h.client(DEALER), req = h.client(REQ);
  sendFrames(dealer, [EMPTY, ...frames("{}", "{}")]);
  const [, malformed] = h.receive(dealer);
  assertEquals(JSON.parse(malformed!).error.code, 454);
  sendFrames(req, frames("x".repeat(10_001)));
  const [large] = h.receive(req);
  assertMatch(JSON.parse(large!).error.reason, /10001 bytes .*max_message_size \(10000\)/);
  sendFrames(req, frames("next"));
  assertEquals(h.receive(req), ["re: next"]);
  assertEquals([h.counter("errors"), h.counter("received")], [2, 1]);
});

Deno.test("the Admin API has its own socket and peers", () => {
  using h = new TransportHarness(janus, { admin: true });
  h.answer = ({ text, flags }) => `${text} ${flags & 1}`;
  const client = h.client(REQ), admin = h.client(REQ, undefined, true);
  sendFrames(client, frames("janus"));
  sendFrames(admin, frames("admin"));
  assertEquals(h.receive(client), ["janus 0"]);
  assertEquals(h.receive(admin), ["admin 1"]);
  assertEquals([h.counter("peers"), h.counter("admin_peers")], [1, 1]);
  assertEquals([...h.peers.values()].map((peer) => peer.admin).sort(), [false, true]);
});

Deno.test("a client that goes is gone, its sessions with it, and late messages find nobody", () => {
  using h = new TransportHarness(janus, { events: true });
  const client = h.client(DEALER, "alice");
  sendFrames(client, frames("1"));
  h.receive(client);
  const [id] = [...h.peers.keys()];
  h.beginSession(id!, 5n);
  h.until(() => h.counter("sessions") === 1, "the session");
  h.closeClient(client);
  h.until(() => h.gone.length === 1, "the client's end");
  assertEquals([h.gone, h.counter("peers"), h.counter("sessions")], [[id], 0, 0]);
  h.push(id!, "late");
  h.runFor(20);
  assertEquals(h.counter("dropped"), 1);
  assertEquals(h.notified.map((event) => (event as { event: string }).event), [
    "connected",
    "disconnected",
  ]);
  const { identity, ip, admin_api } = h.notified[0] as Record<string, unknown>;
  assertEquals({ identity, ip, admin_api }, {
    identity: "alice",
    ip: "127.0.0.1",
    admin_api: false,
  });
});

Deno.test("hundreds of clients come and go: none is left, none is dropped that lives", () => {
  using h = new TransportHarness(janus);
  const steady = Array.from({ length: 5 }, (_, i) => h.client(DEALER, `steady-${i}`));
  for (const client of steady) sendFrames(client, frames("hello"));
  for (const client of steady) h.receive(client);
  const living = new Set(h.peers.keys());
  for (let wave = 0; wave < 6; wave++) {
    const clients = Array.from({ length: 60 }, () => h.client(DEALER));
    for (const client of clients) sendFrames(client, frames("quick"));
    // Some wait for their answer; the others are gone before, and descriptors are used again.
    for (const [i, client] of clients.entries()) {
      if (i % 3 === 0) assertEquals(h.receive(client), ["re: quick"]);
      client.setInt(Option.LINGER, 100);
      h.closeClient(client);
    }
  }
  h.until(() => h.peers.size === 5, "the end of all that went");
  h.runFor(100);
  assertEquals(new Set(h.peers.keys()), living);
  for (const client of steady) {
    sendFrames(client, frames("still here"));
    assertEquals(h.receive(client), ["re: still here"]);
  }
  assertEquals(new Set(h.peers.keys()), living);
});

Deno.test("a client that reconnects under its own routing id at once is served", () => {
  using h = new TransportHarness(janus);
  let client = h.client(DEALER, "alice");
  sendFrames(client, frames("0"));
  assertEquals(h.receive(client), ["re: 0"]);
  for (let i = 1; i <= 40; i++) {
    // The descriptor of the old connection is free, so the new one has it: who was heard on it?
    h.closeClient(client);
    sleep(i % 4);
    client = h.client(DEALER, "alice");
    sendFrames(client, frames(`${i}`));
    // The transport hears of end, beginning and request at one go.
    sleep(i % 3 === 0 ? 0 : 10);
    assertEquals(h.receive(client), [`re: ${i}`]);
    h.runFor(3);
    sendFrames(client, frames("more"));
    assertEquals(h.receive(client), ["re: more"]);
  }
  h.runFor(50);
  assertEquals(h.peers.size, 1);
  h.closeClient(client);
  h.until(() => h.peers.size === 0, "the client's end");
});

Deno.test("a routing id that another connection takes over is the same peer", () => {
  using h = new TransportHarness(janus);
  const first = h.client(DEALER, "alice");
  sendFrames(first, frames("1"));
  h.receive(first);
  const [id] = [...h.peers.keys()];
  const second = h.client(DEALER, "alice");
  sendFrames(second, frames("2"));
  assertEquals(h.receive(second), ["re: 2"]);
  h.runFor(50);
  assertEquals([[...h.peers.keys()], h.gone], [[id], []]);
  h.push(id!, "event");
  assertEquals(h.receive(second), ["event"]);
  // The first one's end is not the second one's.
  h.closeClient(first);
  h.runFor(50);
  assertEquals([[...h.peers.keys()], h.gone], [[id], []]);
  h.closeClient(second);
  h.until(() => h.peers.size === 0, "the second's end");
});

Deno.test("while the way up is full nothing is read, and nothing is lost", () => {
  using h = new TransportHarness(janus, { ringBytes: 1 << 18 });
  h.taking = false;
  h.answer = () => null;
  const client = h.client(DEALER);
  const text = "x".repeat(1000);
  for (let i = 0; i < 300; i++) sendFrames(client, frames(`${i} ${text}`));
  h.runFor(100);
  assert(h.counter("received") < 100, `${h.counter("received")} requests were read`);
  h.taking = true;
  h.until(() => h.requests.length === 300, "all requests");
  assertEquals(h.requests.map((request) => parseInt(request.text)), [...Array(300).keys()]);
});

Deno.test("while the way up is full who leaves is noticed, and the loop may wait", () => {
  using h = new TransportHarness(janus, { ringBytes: 1 << 18 });
  const [loud, leaving] = [h.client(DEALER), h.client(DEALER)];
  for (const client of [loud, leaving]) {
    sendFrames(client, frames("hello"));
    h.receive(client);
  }
  h.taking = false;
  for (let i = 0; i < 300; i++) sendFrames(loud, frames("x".repeat(1000)));
  h.runFor(50);
  assert(!h.service.accepting, "the way up is full");
  h.closeClient(leaving);
  h.until(() => h.counter("peers") === 1, "the end of one");
  const timeout = h.service.timeout(Date.now());
  assert(timeout !== 0, `the loop goes on after ${timeout} ms`);
  h.taking = true;
  h.until(() => h.gone.length === 1, "Janus's side to be told");
});

Deno.test("who leaves is noticed although others never stop asking", () => {
  using h = new TransportHarness(janus);
  const loud = h.client(DEALER);
  const leaving = Array.from({ length: 5 }, () => h.client(DEALER));
  for (const client of leaving) {
    sendFrames(client, frames("hello"));
    h.receive(client);
  }
  // Always more than is read in a round.
  const shout = () => {
    const [request] = frames("{}");
    while (loud.send(request!, Flag.DONTWAIT) >= 0);
  };
  for (const client of leaving) {
    client.setInt(Option.LINGER, 1000);
    sendFrames(client, frames("last words"));
    h.closeClient(client);
  }
  h.until(() => (shout(), h.gone.length >= 5), "the end of five");
  h.until(() => h.counter("peers") === 1, "all ends");
});

Deno.test("close() sends what is queued, even while other clients go", () => {
  using h = new TransportHarness(janus);
  const clients = Array.from({ length: 40 }, (_, i) => h.client(DEALER, `${i}`));
  for (const client of clients) {
    sendFrames(client, frames("1"));
    h.receive(client);
  }
  for (const id of h.peers.keys()) h.push(id, "x".repeat(20_000));
  h.round(0);
  assertEquals(h.end.downUsed, 0);
  for (const client of clients.slice(20)) h.closeClient(client);
  h.finish(1000);
  for (const client of clients.slice(0, 20)) {
    assertEquals(receiveFrames(client)?.[0]?.length, 20_000);
  }
});

Deno.test("a client on the descriptor of one that went is not taken for it, nor ended with it", () => {
  using h = new TransportHarness(janus);
  const peers = new Map<string, number>();
  h.answer = ({ peer, text }) => (peers.set(text, peer), `re: ${text}`);
  for (let wave = 0; wave < 16; wave++) {
    // With routing ids of libzmq's making, and with their own.
    const idOf = (name: string) => wave % 2 === 0 ? undefined : `${name} ${wave}`;
    const before = Array.from({ length: 8 }, (_, i) => h.client(DEALER, idOf(`before ${i}`)));
    for (const client of before) sendFrames(client, frames("hello"));
    for (const client of before) h.receive(client);
    // What they say last is read together with what their successors say first.
    for (const client of before) {
      client.setInt(Option.LINGER, 100);
      for (let i = 0; i < 3; i++) sendFrames(client, frames("last words"));
      h.closeClient(client);
    }
    sleep(15);
    const after = before.map((_, i) => h.client(DEALER, idOf(`after ${i}`)));
    for (const [i, client] of after.entries()) sendFrames(client, frames(`${wave} ${i}`));
    sleep(15);
    for (const [i, client] of after.entries()) {
      assertEquals(h.receive(client), [`re: ${wave} ${i}`]);
    }
    h.runFor(30);
    const lost = after.filter((_, i) => h.gone.includes(peers.get(`${wave} ${i}`)!));
    assertEquals(lost.length, 0, `${lost.length} that live were ended in wave ${wave}`);
    h.until(() => h.peers.size === after.length, "the end of those that went");
    for (const client of after) h.closeClient(client);
    h.until(() => h.peers.size === 0, "the end of all");
  }
});
