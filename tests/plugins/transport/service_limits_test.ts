import { Flag, Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary } from "../../../ffi/zmq/thin.ts";
import type { Command } from "../../../plugins/transport/access.ts";
import { assert, assertEquals, assertMatch } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { type Frame, frames, sendFrames, takeFrames } from "./sockets.ts";
import { TransportHarness } from "./transport_harness.ts";

openLibrary();
const janus = new JanusLibrary();
const EMPTY: Frame = new Uint8Array(0);
const { DEALER, REQ } = SocketType;

function errorIn(message: string[]) {
  const { janus, transaction, session_id, error } = JSON.parse(message.at(-1)!);
  assertEquals(janus, "error");
  return { frames: message.length, transaction, session_id, ...error };
}

Deno.test("a request that is too large is refused with its transaction", () => {
  using h = new TransportHarness(janus);
  const client = h.client(DEALER);
  const text = (bytes: number) => {
    const head = '{"janus":"message","transaction":"t","session_id":5,"body":"';
    return `${head}${"x".repeat(bytes - head.length - 2)}"}`;
  };
  sendFrames(client, frames(text(10_001)));
  const { transaction, code, reason } = errorIn(h.receive(client));
  assertEquals([transaction, code], ["t", 490]);
  assertMatch(reason, /10001 bytes .*limits\.max_message_size \(10000\)/);
  sendFrames(client, frames(text(10_000)));
  assertEquals(h.receive(client), [`re: ${text(10_000)}`]);
  sendFrames(client, frames(text(900_000)));
  assertEquals(errorIn(h.receive(client)).transaction, "t");
  // Of what is no request, as far as one can be made out.
  sendFrames(client, frames(`${text(200_000)} and more`));
  assertEquals(errorIn(h.receive(client)).transaction, "t");
  assertEquals([h.counter("errors"), h.counter("received")], [3, 1]);
});

Deno.test("a request in several frames is refused with its transaction, in the form that it has", () => {
  using h = new TransportHarness(janus);
  const client = h.client(DEALER);
  const whole = `{"janus":"info","transaction":"t","session_id":${2n ** 63n - 1n}}`;
  const padded = `{"x":"${"x".repeat(300)}","transaction":"t","session_id":5}`;
  const cases: [Frame[], number, string, number | undefined][] = [
    [[EMPTY, ...frames(whole, "{}")], 2, "t", Number(2n ** 63n - 1n)],
    [[EMPTY, ...frames(whole.slice(0, 30), whole.slice(30))], 2, "t", Number(2n ** 63n - 1n)],
    [[EMPTY, ...frames('{"transaction":"t","x":', "oops")], 2, "t", undefined],
    [frames(padded, "{}"), 1, "t", 5],
    [frames(padded.slice(0, 290), padded.slice(290)), 1, "t", 5],
    [[...frames("hop"), EMPTY, ...frames(whole, "{}")], 3, "t", Number(2n ** 63n - 1n)],
  ];
  for (const [message, count, expected, session] of cases) {
    sendFrames(client, message);
    const { frames, transaction, session_id, code } = errorIn(h.receive(client));
    assertEquals([frames, transaction, session_id, code], [count, expected, session, 454]);
  }
  // Who is not let in is told as well which request that was.
  h.settings.limits.max_peers = 0;
  const other = h.client(DEALER);
  sendFrames(other, [EMPTY, ...frames(whole, "{}")]);
  const { transaction, code } = errorIn(h.receive(other));
  assertEquals([transaction, code], ["t", 490]);
  assertEquals([h.counter("errors"), h.counter("received")], [cases.length + 1, 0]);
});

Deno.test("what Janus would read otherwise is refused where there are rules, with its transaction", () => {
  using h = new TransportHarness(janus, { router: { bindSessions: true } });
  const client = h.client(DEALER);
  for (const text of ['{"transaction":"t","x":1e999}', '{"transaction":"t","x":"\\ud800"}']) {
    sendFrames(client, frames(text));
    const { transaction, code } = errorIn(h.receive(client));
    assertEquals([transaction, code], ["t", 454]);
  }
  const text = '{"transaction":"t","x":1e308,"x":"\\ud83d\\ude00"}';
  sendFrames(client, frames(text));
  assertEquals(h.receive(client), [`re: ${text}`]);
});

Deno.test("a limit that was raised beyond what the way up takes stops nobody but who exceeds it", () => {
  using h = new TransportHarness(janus, { ringBytes: 1 << 18 });
  h.settings.limits.max_message_size = 1 << 20;
  const client = h.client(DEALER);
  sendFrames(client, frames("x".repeat(h.link.longest + 1)));
  assertEquals(errorIn(h.receive(client)).code, 490);
  sendFrames(client, frames("x".repeat(h.link.longest)));
  assertEquals(h.receive(client)[0]!.length, h.link.longest + 4);
});

Deno.test("requests beyond those under way are refused, and accepted again as replies leave", () => {
  using h = new TransportHarness(janus, { limits: { max_in_flight: 3 } });
  h.answer = () => null;
  const client = h.client(DEALER), other = h.client(DEALER);
  for (let i = 0; i < 5; i++) sendFrames(client, frames(`{"transaction":"${i}"}`));
  for (const transaction of ["3", "4"]) {
    const error = errorIn(h.receive(client));
    assertEquals([error.transaction, error.code], [transaction, 490]);
    assertMatch(error.reason, /limits\.max_in_flight = 3/);
  }
  assertEquals([h.requests.length, h.counter("errors")], [3, 2]);
  sendFrames(other, frames("{}"));
  h.until(() => h.requests.length === 4, "another peer's");
  h.reply(h.requests[1]!, "one");
  assertEquals(h.receive(client), ["one"]);
  sendFrames(client, frames("{}"));
  h.until(() => h.requests.length === 5, "the next");
  // An event is no reply.
  h.push(h.requests[0]!.peer, "event");
  assertEquals(h.receive(client), ["event"]);
  sendFrames(client, frames("{}"));
  assertEquals(errorIn(h.receive(client)).code, 490);
});

Deno.test("who asks too fast is refused, and nobody else is", () => {
  using h = new TransportHarness(janus, { limits: { max_rate: 20, max_burst: 5 } });
  const client = h.client(DEALER), other = h.client(REQ);
  for (let i = 0; i < 8; i++) sendFrames(client, frames(`{"transaction":"${i}"}`));
  const got = Array.from({ length: 8 }, () => h.receive(client)[0]!);
  assertEquals(got.filter((text) => text.startsWith("re:")).length, 5);
  const error = errorIn([got.find((text) => !text.startsWith("re:"))!]);
  assertMatch(error.reason, /limits\.max_rate = 20/);
  assert(error.transaction !== undefined);
  assertEquals(h.counter("errors"), 3);
  sendFrames(other, frames("{}"));
  assertEquals(h.receive(other), ["re: {}"]);
  h.runFor(120);
  sendFrames(client, frames("later"));
  assertEquals(h.receive(client), ["re: later"]);
});

Deno.test("who is one too many is turned away in the form that it uses, and is nobody", () => {
  using h = new TransportHarness(janus, { events: true, limits: { max_peers: 2 } });
  const inside = [h.client(DEALER), h.client(DEALER)];
  for (const client of inside) {
    sendFrames(client, frames("hello"));
    h.receive(client);
  }
  const request = frames('{"transaction":"t"}');
  const dealer = h.client(DEALER), delimited = h.client(DEALER), req = h.client(REQ);
  const correlated = h.client(REQ), proxied = h.client(DEALER);
  correlated.setInt(Option.REQ_CORRELATE, 1);
  sendFrames(dealer, request);
  sendFrames(delimited, [EMPTY, ...request]);
  sendFrames(req, request);
  sendFrames(correlated, request);
  sendFrames(proxied, [...frames("hop"), ...request]);
  const clients = [dealer, delimited, req, correlated, proxied];
  const errors = clients.map((client) => errorIn(h.receive(client)));
  assertEquals(errors.map(({ frames }) => frames), [1, 2, 1, 1, 2]);
  for (const { transaction, code, reason } of errors) {
    assertEquals([transaction, code], ["t", 490]);
    assertMatch(reason, /limits\.max_peers/);
  }
  const counts = [h.counter("errors"), h.counter("peers"), h.peers.size, h.notified.length];
  assertEquals(counts, [5, 2, 2, 2]);
  // As soon as somebody goes there is room.
  h.closeClient(inside[0]!);
  h.until(() => h.gone.length === 1, "the end of one");
  sendFrames(req, frames("again"));
  assertEquals(h.receive(req), ["re: again"]);
});

Deno.test("hops that a client makes up take it no further than its connection's share", () => {
  const limits = { max_peers_each: 3, max_in_flight: 2 };
  using h = new TransportHarness(janus, { limits });
  const client = h.client(DEALER), other = h.client(DEALER);
  for (let i = 0; i < 5; i++) sendFrames(client, [...frames(`hop ${i}`), EMPTY, ...frames("{}")]);
  const got = Array.from({ length: 5 }, () => h.receive(client).at(-1)!);
  const refused = got.filter((text) => text.includes("limits.max_peers_each = 3"));
  assertEquals([refused.length, h.peers.size], [2, 3]);
  h.answer = () => null;
  for (let i = 0; i < 3; i++) sendFrames(client, [...frames(`hop ${i}`), EMPTY, ...frames("{}")]);
  assertMatch(h.receive(client).at(-1)!, /limits\.max_in_flight = 2/);
  sendFrames(other, frames("{}"));
  h.until(() => h.requests.length === 3, "another connection's");
  // With the connection all of them are gone.
  h.closeClient(client);
  h.until(() => h.peers.size === 1, "their end");
});

Deno.test("each API has its own number of peers", () => {
  using h = new TransportHarness(janus, { admin: true, limits: { max_peers: 1 } });
  const clients = [h.client(REQ), h.client(REQ, undefined, true)];
  for (const client of clients) {
    sendFrames(client, frames("1"));
    assertEquals(h.receive(client), ["re: 1"]);
  }
});

Deno.test("limits can be changed while it runs", () => {
  using h = new TransportHarness(janus);
  h.control({ configure: { limits: { max_in_flight: 7 } } });
  h.until(() => h.configured.length === 1, "the change");
  assertEquals(h.configured, [{ limits: { max_in_flight: 7 } }]);
  const client = h.client(REQ);
  h.settings.limits.max_message_size = 5;
  sendFrames(client, frames("123456"));
  assertMatch(errorIn(h.receive(client)).reason, /max_message_size \(5\)/);
});

Deno.test("a session is its owner's alone where sessions are bound", () => {
  using h = new TransportHarness(janus, { router: { bindSessions: true } });
  const owner = h.client(DEALER), other = h.client(REQ);
  sendFrames(owner, frames("{}"));
  h.receive(owner);
  h.beginSession(h.newest.id, 9007199254740993n);
  h.until(() => h.counter("sessions") === 1, "the session");
  const request = (verb: string) =>
    frames(`{"janus":"${verb}","transaction":"t","session_id":9007199254740993}`);
  for (const verb of ["message", "poll"]) {
    sendFrames(other, request(verb));
    const [text] = h.receive(other);
    assert(text!.includes('"session_id":9007199254740993,'));
    const { transaction, code, reason } = errorIn([text!]);
    assertEquals([transaction, code], ["t", 458]);
    assertEquals(reason, "No such session 9007199254740993");
  }
  assertEquals(h.counter("errors"), 2);
  sendFrames(owner, request("message"));
  assertMatch(h.receive(owner)[0]!, /^re: .*message/);
  // A claim goes to Janus, which asks for a secret; then it is the other one's.
  sendFrames(other, request("claim"));
  assertMatch(h.receive(other)[0]!, /^re: .*claim/);
  h.claimSession(h.newest.id, 9007199254740993n);
  h.runFor(10);
  sendFrames(other, request("message"));
  assertMatch(h.receive(other)[0]!, /^re: .*message/);
  sendFrames(owner, request("message"));
  assertEquals(errorIn(h.receive(owner)).code, 458);
});

Deno.test("rights are asked about everybody, by name where there is one", () => {
  const commands: Command[] = [];
  const rights = (command: Command) => (
    commands.push(command), command.verb === "create" ? "no" : null
  );
  // Nobody has a name here: nothing authenticates.
  using h = new TransportHarness(janus, { router: { rights } });
  const client = h.client(REQ);
  sendFrames(client, frames('{"janus":"create","transaction":"1"}'));
  assertEquals(h.receive(client), [
    '{"janus":"error","transaction":"1","error":{"code":403,"reason":"no"}}',
  ]);
  sendFrames(client, frames('{"janus":"ping"}'));
  assertEquals(h.receive(client), ['re: {"janus":"ping"}']);
  assertEquals(commands.map(({ name, verb }) => [name, verb]), [["", "create"], ["", "ping"]]);
});

Deno.test("what can't be read is refused where there are rights to be asked about", () => {
  using h = new TransportHarness(janus, { router: { rights: () => null } });
  const client = h.client(REQ);
  sendFrames(client, frames('{"janus":"create"'));
  assertMatch(h.receive(client)[0]!, /"code":454/);
});

Deno.test("a peer that reads too slowly loses messages, the others none", () => {
  using h = new TransportHarness(janus, { sndhwm: 10, outbox: 50 });
  const slow = h.client(DEALER, "slow", false, true), quick = h.client(DEALER, "quick");
  for (const client of [slow, quick]) {
    sendFrames(client, frames("1"));
    h.receive(client);
  }
  const [slowId] = [...h.peers.values()].filter(({ state }) => state.frames[0] === "736c6f77");
  const text = "x".repeat(100_000);
  for (let i = 0; i < 300; i++) {
    h.until(() => h.push(slowId!.id, `${i} ${text}`), "room in the ring");
  }
  h.until(() => h.end.downUsed === 0, "all of it");
  const dropped = h.counter("dropped");
  assert(dropped > 0);
  assertMatch(h.log.join("\n"), /reads too slowly/);
  sendFrames(quick, frames("2"));
  assertEquals(h.receive(quick), ["re: 2"]);
  assertEquals(h.peers.size, 2);
  // Once it reads again it gets what was kept, in order and up to the last.
  const numbers = Array.from({ length: 300 - dropped }, () => parseInt(h.receive(slow)[0]!));
  assertEquals(numbers, [...numbers].sort((a, b) => a - b));
  assertEquals(numbers.at(-1), 299);
});

Deno.test("who asks on and on and reads nothing takes no memory without end", () => {
  using h = new TransportHarness(janus, {
    sndhwm: 10,
    limits: { max_in_flight: 10 },
    backlog: 200_000,
    linger: 60_000,
  });
  // Refused requests need no Janus: nothing but the limit itself holds their answers back.
  h.answer = () => null;
  const rude = h.client(DEALER, "rude", false, true);
  const [text] = frames(`{"transaction":"${"t".repeat(8000)}"}`) as [Frame];
  for (let i = 0; i < 3000; i++) {
    // Not as sendFrames does: a send that waits would keep the transport from its turn.
    while (rude.send(text, Flag.DONTWAIT) < 0) h.round(0);
    h.round(0);
  }
  // What still comes would be dropped below, too.
  h.until(() => h.counter("received") + h.counter("errors") === 3000, "all of its requests");
  const { shown } = h.newest.state;
  // Another one's messages have room.
  const polite = h.client(DEALER, "polite");
  h.answer = ({ text }) => `re: ${text}`;
  sendFrames(polite, frames("hello"));
  assertEquals(h.receive(polite), ["re: hello"]);
  const { id } = h.newest;
  h.closeClient(polite);
  h.runFor(60);
  const before = h.counter("dropped");
  for (let i = 0; i < 10; i++) h.push(id, "x".repeat(1000));
  h.runFor(20);
  assertEquals(h.counter("dropped") - before, 0, `${shown.queued} wait for the rude one`);
  while (takeFrames(rude) !== null);
});
