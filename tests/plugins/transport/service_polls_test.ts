import { Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import { assert, assertEquals } from "../../assert.ts";
import { JanusLibrary, type UpRecord } from "../../ffi/bridge/janus_end.ts";
import { type Frame, frames, sendFrames, takeFrames } from "./sockets.ts";
import { type HarnessOptions, TransportHarness } from "./transport_harness.ts";

openLibrary();
const janus = new JanusLibrary();
const EMPTY: Frame = new Uint8Array(0);
const BIG = 9007199254740993n;
const ACK = '{"janus":"ack"}';
const { DEALER, REQ } = SocketType;

function pollOf(session: bigint, more = ""): string {
  return `{"janus":"poll","session_id":${session}${more}}`;
}

/** A client that owns a session, and a Janus that lets everybody poll. */
function setUp(h: TransportHarness, type: number, session = BIG) {
  const client = h.client(type);
  sendFrames(client, frames("{}"));
  h.receive(client);
  const { id } = h.newest;
  h.beginSession(id, session);
  h.until(() => h.counter("sessions") > 0, "the session");
  h.answer = ({ text }) => text.includes('"keepalive"') ? ACK : `re: ${text}`;
  return { client, id };
}

/** Sends a poll, and waits until Janus has let it pass. */
function poll(h: TransportHarness, client: ThinSocket, session = BIG, more = ""): void {
  const before = h.counter("received");
  sendFrames(client, frames(pollOf(session, more)));
  h.until(() => h.counter("received") > before, "the poll");
  h.until(() => h.end.upUsed === 0 && h.end.downUsed === 0, "Janus's answer");
}

function harness(options: HarnessOptions = {}): TransportHarness {
  return new TransportHarness(janus, options);
}

Deno.test("a REQ's events wait for its polls, in order and each once", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  for (let i = 0; i < 4; i++) h.push(id, `{"n":${i}}`, BIG);
  h.runFor(10);
  assertEquals([h.counter("sent"), h.counter("dropped")], [1, 0]);
  sendFrames(client, frames(pollOf(BIG)));
  assertEquals(h.receive(client), ['{"n":0}']);
  sendFrames(client, frames(pollOf(BIG, ',"maxev":2')));
  assertEquals(h.receive(client), ['[{"n":1},{"n":2}]']);
  // Another request in between is nothing to the queue.
  sendFrames(client, frames('{"janus":"message"}'));
  assertEquals(h.receive(client), ['re: {"janus":"message"}']);
  sendFrames(client, frames(pollOf(BIG, ',"maxev":10')));
  assertEquals(h.receive(client), ['[{"n":3}]']);
  poll(h, client);
  h.push(id, "later", BIG);
  assertEquals(h.receive(client), ["later"]);
});

Deno.test("Janus is asked whether the peer may, with its secrets and nothing else", () => {
  using h = harness();
  const { client } = setUp(h, REQ);
  h.answer = () => null;
  const more = ',"transaction":"t\\"1","apisecret":"s","token":"k","maxev":5,"body":{"a":1}';
  sendFrames(client, frames(pollOf(BIG, more)));
  h.until(() => h.requests.length === 1, "the question");
  const { text } = h.requests[0]!;
  assertEquals(text.match(/"session_id":(\d+)/)?.[1], `${BIG}`);
  assertEquals(JSON.parse(text), {
    janus: "keepalive",
    transaction: 't"1',
    apisecret: "s",
    token: "k",
    session_id: Number(BIG),
  });
  const error = '{"janus":"error","transaction":"t\\"1","error":{"code":403,"reason":"no"}}';
  h.reply(h.requests[0]!, error);
  assertEquals(h.receive(client), [error]);
});

Deno.test("a correlated REQ's poll is answered in its form", () => {
  using h = harness();
  const { id } = setUp(h, REQ);
  const client = h.client(REQ);
  client.setInt(Option.REQ_CORRELATE, 1);
  client.setInt(Option.REQ_RELAXED, 1);
  poll(h, client);
  h.push(id, "event", BIG);
  assertEquals(h.receive(client), ["event"]);
});

Deno.test("a poll is kept alive after 30 s, and the next one goes on", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  poll(h, client);
  const timeout = h.service.timeout(Date.now());
  assert(timeout > 29_000 && timeout <= 30_000, `${timeout} ms`);
  h.service.tick(Date.now() + 30_000);
  assertEquals(h.receive(client), ['{"janus":"keepalive"}']);
  h.push(id, "event", BIG);
  h.runFor(10);
  sendFrames(client, frames(pollOf(BIG)));
  assertEquals(h.receive(client), ["event"]);
});

Deno.test("a DEALER that polls gets an event as the reply, and only so", () => {
  using h = harness();
  const { client, id } = setUp(h, DEALER);
  sendFrames(client, [EMPTY, ...frames(pollOf(BIG))]);
  h.runFor(20);
  sendFrames(client, frames("{}")); // what is pushed now has another form than the reply
  assertEquals(h.receive(client), ["re: {}"]);
  h.push(id, "1", BIG);
  h.push(id, "2", BIG);
  assertEquals([h.receive(client), h.receive(client)], [["", "1"], ["2"]]);
  h.runFor(20);
  assertEquals(takeFrames(client), null);
});

Deno.test("a stranger's poll does not rob an owner that is pushed to", () => {
  using h = harness();
  const { client, id } = setUp(h, DEALER);
  const other = h.client(REQ);
  poll(h, other);
  h.push(id, "1", BIG);
  assertEquals([h.receive(client), h.receive(other)], [["1"], ["1"]]);
  // Between its polls nothing is lost to it either.
  h.push(id, "2", BIG);
  h.runFor(10);
  sendFrames(other, frames(pollOf(BIG)));
  assertEquals([h.receive(client), h.receive(other)], [["2"], ["2"]]);
});

Deno.test("a stranger's poll does not rob an owner that polls as well", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  const other = h.client(DEALER);
  poll(h, other, BIG, ',"maxev":1000');
  poll(h, client);
  for (const text of ["1", "2", "3"]) h.push(id, text, BIG);
  assertEquals([h.receive(client), h.receive(other)], [["1"], ["[1]"]]);
  for (const polling of [other, client]) {
    sendFrames(polling, frames(pollOf(BIG, ',"maxev":10')));
    assertEquals(h.receive(polling), ["[2,3]"]);
  }
});

Deno.test("a poll that waits when its client claims the session gets what waited for the owner", () => {
  using h = harness();
  const { id } = setUp(h, REQ);
  const other = h.client(DEALER);
  poll(h, other);
  h.push(id, "1", BIG);
  assertEquals(h.receive(other), ["1"]);
  h.push(id, "2", BIG);
  poll(h, other);
  assertEquals(h.receive(other), ["2"]);
  poll(h, other, BIG, ',"maxev":10');
  h.beginSession(h.newest.id, BIG); // the new owner may be told of first
  assertEquals(h.receive(other), ["[1,2]"]);
});

Deno.test("a poll of a session that ends is told so, its owner's and a stranger's", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  const other = h.client(DEALER);
  poll(h, client, BIG, ',"transaction":"t"');
  poll(h, other);
  h.endSession(id, BIG, "timeout");
  const [text] = h.receive(client);
  assert(text!.includes(`"session_id":${BIG},`), text);
  const { janus, transaction, error } = JSON.parse(text!);
  assertEquals([janus, transaction, error.code], ["error", "t", 458]);
  assert(error.reason.includes(`${BIG}`));
  assertEquals(JSON.parse(h.receive(other)[0]!).error.code, 458);
  assertEquals(h.counter("sessions"), 0);
});

Deno.test("the last event of a session reaches the poll that waits for it", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  poll(h, client);
  h.push(id, '{"janus":"timeout"}', BIG);
  h.endSession(id, BIG, "timeout");
  assertEquals(h.receive(client), ['{"janus":"timeout"}']);
});

Deno.test("a session that is claimed away keeps its old owner's poll alive", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  poll(h, client);
  h.endSession(id, BIG, "claimed");
  assertEquals(h.receive(client), ['{"janus":"keepalive"}']);
  assertEquals(h.counter("sessions"), 0);
});

Deno.test("a session's owner that goes takes its session with it; who polls it is told", () => {
  using h = harness();
  const { client } = setUp(h, DEALER);
  const other = h.client(REQ);
  poll(h, other);
  h.closeClient(client);
  assertEquals(JSON.parse(h.receive(other)[0]!).error.code, 458);
});

Deno.test("a poller that goes takes no event along", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  const other = h.client(REQ);
  poll(h, other);
  h.closeClient(other);
  h.until(() => h.gone.length === 1, "its end");
  h.push(id, "1", BIG);
  sendFrames(client, frames(pollOf(BIG)));
  assertEquals(h.receive(client), ["1"]);
});

Deno.test("a session that nobody polls keeps the newest events", () => {
  using h = harness({ outbox: 3 });
  const { client, id } = setUp(h, REQ);
  for (let i = 0; i < 10; i++) h.push(id, `${i}`, BIG);
  h.until(() => h.counter("dropped") === 7, "seven dropped");
  sendFrames(client, frames(pollOf(BIG, ',"maxev":10')));
  assertEquals(h.receive(client), ["[7,8,9]"]);
});

Deno.test("what is for a REQ and of no session finds nobody, and is counted", () => {
  using h = harness();
  const { client, id } = setUp(h, REQ);
  h.push(id, "1");
  h.until(() => h.counter("dropped") === 1, "the drop");
  sendFrames(client, frames("{}"));
  assertEquals(h.receive(client), ["re: {}"]);
});

Deno.test("what is for a REQ whose session was claimed by another is not lost without a word", () => {
  using h = harness();
  const { id } = setUp(h, REQ);
  const other = h.client(DEALER);
  sendFrames(other, frames("{}"));
  h.receive(other);
  h.claimSession(h.newest.id, BIG);
  h.push(id, "late", BIG);
  h.until(() => h.counter("dropped") === 1, "the drop");
});

Deno.test("a word that looks like a poll is none", () => {
  using h = harness();
  const { client } = setUp(h, REQ);
  const texts = ['{"janus":"message","body":"poll"}', '"poll"', '{"janus":"poll"', '["poll"]'];
  for (const text of texts) {
    sendFrames(client, frames(text));
    assertEquals(h.receive(client), [`re: ${text}`]);
  }
});

Deno.test("a poll in capitals is one, as Janus's own verbs are", () => {
  using h = harness();
  const { client } = setUp(h, REQ);
  h.answer = () => null;
  sendFrames(client, frames(pollOf(BIG).replace("poll", "Poll")));
  h.until(() => h.requests.length === 1, "the question");
  assertEquals(JSON.parse(h.requests[0]!.text).janus, "keepalive");
});

Deno.test("the Admin API has no polls", () => {
  using h = harness({ admin: true });
  const admin = h.client(REQ, undefined, true);
  sendFrames(admin, frames(pollOf(BIG)));
  assertEquals(h.receive(admin), [`re: ${pollOf(BIG)}`]);
});

Deno.test("a reply of the Admin API is not taken for the answer to a poll", () => {
  using h = harness({ admin: true });
  // Each API numbers its requests by itself, so that these two have the same number.
  h.answer = () => null;
  const client = h.client(REQ), admin = h.client(REQ, undefined, true);
  sendFrames(client, frames(pollOf(BIG)));
  sendFrames(admin, frames("{}"));
  h.until(() => h.requests.length === 2, "both requests");
  const isAdmin = (request: UpRecord) => h.peers.get(request.peer)!.admin;
  h.reply(h.requests.find(isAdmin)!, "secret");
  assertEquals(h.receive(admin), ["secret"]);
  h.reply(h.requests.find((request) => !isAdmin(request))!, '{"janus":"error"}');
  assertEquals(h.receive(client), ['{"janus":"error"}']);
});

Deno.test("a poll counts as one request under way, and no more once it is answered", () => {
  using h = harness({ limits: { max_in_flight: 2 } });
  const { client, id } = setUp(h, DEALER);
  for (let i = 0; i < 5; i++) {
    poll(h, client);
    poll(h, client);
    sendFrames(client, frames("{}"));
    assertEquals(JSON.parse(h.receive(client)[0]!).error.code, 490);
    h.push(id, "1", BIG);
    h.push(id, "2", BIG);
    assertEquals([h.receive(client), h.receive(client)], [["1"], ["2"]]);
  }
  assertEquals(h.counter("errors"), 5);
});
