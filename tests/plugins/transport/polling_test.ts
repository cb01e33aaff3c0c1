import type { RequestHead } from "../../../plugins/janus/request.ts";
import { Budget } from "../../../plugins/transport/outbox.ts";
import type { Peer } from "../../../plugins/transport/peer.ts";
import { Polls } from "../../../plugins/transport/polling.ts";
import { SessionTable } from "../../../plugins/transport/sessions.ts";
import { assert, assertEquals } from "../../assert.ts";
import { newPeer } from "./peer.ts";

const SESSION = 2n ** 64n - 1n;
const BUDGET = 1 << 20;
const ACK = '{"janus":"ack"}';
const KEEPALIVE = '{"janus":"keepalive"}';
const NOBODY: RequestHead = {
  janus: "poll",
  transaction: undefined,
  session_id: undefined,
  plugin: undefined,
  apisecret: undefined,
  token: undefined,
  maxev: undefined,
  query: undefined,
};

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Polls of a session whose owner takes replies only. */
class Fixture {
  readonly sessions = new SessionTable(new Budget(BUDGET), new Budget(BUDGET));
  readonly owner = newPeer({ pushable: false });
  /** What was answered: peer, request, text. */
  readonly answers: [Peer, number, string][] = [];
  readonly polls = new Polls(this.sessions, {
    send: (peer, request, what) => {
      if (typeof what === "number") throw new TypeError("no record is expected");
      this.answers.push([peer, request, new TextDecoder().decode(what)]);
    },
  });

  constructor() {
    this.sessions.own(SESSION, this.owner);
  }

  get session() {
    return this.sessions.get(SESSION)!;
  }

  /** A poll that Janus lets pass. */
  poll(request: number, fields: Partial<RequestHead> & { peer?: Peer; now?: number } = {}): void {
    const { peer = this.owner, now = 0, ...head } = fields;
    this.polls.begin(peer, request, { ...NOBODY, session_id: SESSION, ...head });
    this.polls.settle(request, bytes(ACK), now);
  }

  /** Events of the session. */
  happen(...texts: string[]): void {
    for (const text of texts) {
      this.session.keep(bytes(text), 100);
      if (this.session.hasGuests(0)) this.session.guests.queue.keep(0, bytes(text), 100);
      this.polls.serve(this.session);
    }
  }

  /** The requests answered since the last call, and with what. */
  take(): [number, string][] {
    return this.answers.splice(0).map(([, request, text]) => [request, text]);
  }
}

Deno.test("Janus is asked for a keepalive with all that says who asks", () => {
  const { polls, owner } = new Fixture();
  const head = { ...NOBODY, session_id: SESSION, transaction: '"t"', apisecret: "s", token: "é" };
  const question = polls.begin(owner, 7, { ...head, maxev: 5, plugin: "p" });
  assertEquals(
    question,
    `{"janus":"keepalive","transaction":"\\"t\\"","apisecret":"s","token":"é","session_id":${SESSION}}`,
  );
  assertEquals([polls.asked(7), polls.asked(8)], [true, false]);
  assertEquals(polls.begin(owner, 8, NOBODY), '{"janus":"keepalive"}');
});

Deno.test("a poll gets one event, as soon as there is one", () => {
  const f = new Fixture();
  f.poll(1);
  assertEquals(f.take(), []);
  f.happen('{"a":1}', '{"b":2}');
  assertEquals(f.take(), [[1, '{"a":1}']]);
  f.poll(2);
  assertEquals(f.take(), [[2, '{"b":2}']]);
  f.poll(3);
  assertEquals([f.take(), f.polls.asked(3)], [[], false]);
});

Deno.test("maxev asks for an array of at most as many", () => {
  const f = new Fixture();
  f.happen("1", "2", "3", "4", "5");
  f.poll(1, { maxev: 3 });
  assertEquals(f.take(), [[1, "[1,2,3]"]]);
  f.poll(2, { maxev: 1e300 });
  assertEquals(f.take(), [[2, "[4,5]"]]);
  f.poll(3, { maxev: 2 });
  f.happen("6");
  assertEquals(f.take(), [[3, "[6]"]]);
  for (const [i, maxev] of [1, 0, -5, 0.5, 1.5].entries()) {
    f.happen("7", "8");
    f.poll(4 + i, { maxev });
    const [[, text]] = f.take() as [[number, string]];
    assertEquals(text, maxev === 1.5 ? "[7]" : "7", `maxev ${maxev}`);
    f.session.own.queue.take();
  }
});

Deno.test("polls of one peer are served in their order, one event each", () => {
  const f = new Fixture();
  f.poll(1);
  f.poll(2, { maxev: 10 });
  f.poll(3);
  f.happen("a", "b", "c", "d");
  assertEquals(f.take(), [[1, "a"], [2, "[b]"], [3, "c"]]);
  assertEquals(f.session.own.queue.size, 1);
});

Deno.test("a stranger's poll takes nothing from the owner, whoever was first", () => {
  for (const order of [["stranger", "owner"], ["owner", "stranger"]]) {
    const f = new Fixture();
    const stranger = newPeer();
    const peers = order.map((who) => who === "owner" ? f.owner : stranger);
    for (const [i, peer] of peers.entries()) f.poll(i, { peer, maxev: 1000 });
    f.happen("a", "b", "c");
    for (const peer of [f.owner, stranger]) {
      f.poll(5, { peer, maxev: 1000 });
      assertEquals(f.answers.filter(([to]) => to === peer).map(([, , text]) => text), [
        "[a]",
        "[b,c]",
      ]);
    }
  }
});

Deno.test("a guest gets a copy of what waits for the owner, once", () => {
  const f = new Fixture();
  const guest = newPeer();
  f.happen("a", "b");
  f.poll(1, { peer: guest });
  f.polls.expire(61_000);
  f.happen("c");
  f.poll(2, { peer: guest, maxev: 10, now: 61_000 });
  f.polls.expire(130_000);
  f.poll(3, { peer: guest, maxev: 10, now: 130_000 });
  assertEquals(f.take(), [[1, "a"], [2, "[b,c]"]]);
  f.poll(4, { maxev: 10 });
  assertEquals(f.take(), [[4, "[a,b,c]"]]);
});

Deno.test("a poll that nothing happens for is kept alive after 30 s, and not before", () => {
  const f = new Fixture();
  assertEquals(f.polls.deadline, Infinity);
  f.poll(1, { now: 1000 });
  f.poll(2, { now: 2000 });
  assertEquals(f.polls.deadline, 31_000);
  f.polls.expire(30_999);
  assertEquals(f.take(), []);
  f.polls.expire(31_000);
  assertEquals([f.take(), f.polls.deadline], [[[1, KEEPALIVE]], 32_000]);
  // It waits no more: what happens now is the other one's.
  f.happen("a");
  assertEquals([f.take(), f.polls.deadline], [[[2, "a"]], Infinity]);
  f.polls.expire(99_000);
  assertEquals(f.take(), []);
});

Deno.test("what Janus refuses, the peer is told in Janus's words", () => {
  const f = new Fixture();
  const error = '{"janus":"error", "transaction":"t","error":{"code":458,"reason":"No such"}}';
  f.polls.begin(f.owner, 1, { ...NOBODY, session_id: 5n });
  f.polls.settle(1, bytes(error), 0);
  assertEquals([f.take(), f.polls.asked(1), f.polls.deadline], [[[1, error]], false, Infinity]);
  f.polls.settle(1, bytes(ACK), 0);
  assertEquals(f.polls.deadline, Infinity);
});

Deno.test("a session that ends fails its polls with its exact id", () => {
  const f = new Fixture();
  const other = newPeer();
  f.poll(1, { transaction: "t" });
  f.poll(2, { peer: other });
  f.polls.end(f.sessions.end(SESSION, f.owner)!, false);
  const error = `"error":{"code":458,"reason":"No such session ${SESSION}"}}`;
  assertEquals(f.take(), [
    [1, `{"janus":"error","session_id":${SESSION},"transaction":"t",${error}`],
    [2, `{"janus":"error","session_id":${SESSION},${error}`],
  ]);
  f.polls.expire(1e9);
  assertEquals([f.take(), f.polls.deadline], [[], Infinity]);
});

Deno.test("a session that ends gives up what it had queued, and its memory", () => {
  const f = new Fixture();
  const share = "x".repeat(BUDGET / 4);
  f.happen(share);
  const session = f.sessions.end(SESSION, f.owner)!;
  f.polls.end(session, false);
  assertEquals(session.own.queue.size, 0);
  for (let id = 0n; id < 4n; id++) {
    f.sessions.own(id, f.owner);
    assert(f.sessions.get(id)!.own.queue.keep(0, bytes(share), 1) === null);
  }
});

Deno.test("a session that was claimed away keeps its polls' peers alive", () => {
  const f = new Fixture();
  f.poll(1);
  f.polls.end(f.sessions.end(SESSION, f.owner)!, true);
  assertEquals([f.take(), f.polls.deadline], [[[1, KEEPALIVE]], Infinity]);
});

Deno.test("a poll of another transport's session waits, and is kept alive", () => {
  const f = new Fixture();
  f.poll(1, { session_id: 9n });
  assertEquals(f.take(), []);
  f.polls.expire(30_000);
  assertEquals(f.take(), [[1, KEEPALIVE]]);
});

Deno.test("a poll that waits while its session is claimed from another transport is answered", () => {
  const f = new Fixture();
  f.poll(1, { session_id: 9n });
  f.sessions.own(9n, f.owner);
  f.polls.end(f.sessions.end(9n, f.owner)!, false);
  const [[request, text]] = f.take() as [[number, string]];
  assertEquals([request, JSON.parse(text).error.code, f.polls.deadline], [1, 458, Infinity]);
});

Deno.test("a peer that is gone has no polls any more, and robs nobody", () => {
  const f = new Fixture();
  const other = newPeer();
  f.polls.begin(other, 1, { ...NOBODY, session_id: SESSION });
  f.poll(2, { peer: other });
  f.poll(3);
  assertEquals(f.polls.cancel(other).sort(), [1, 2]);
  assert(!f.polls.asked(1));
  f.polls.settle(1, bytes(ACK), 0);
  f.happen("a");
  assertEquals(f.take(), [[3, "a"]]);
  f.polls.expire(1e9);
  assertEquals(f.take(), []);
});

Deno.test("what a stranger polled for is not kept once it polls no more", () => {
  const f = new Fixture();
  const [owner, stranger] = [newPeer(), newPeer()];
  const other = 7n;
  f.sessions.own(other, owner); // which gets its events pushed
  const { queue } = f.sessions.get(other)!.guests;
  f.poll(1, { peer: stranger, session_id: other, now: 1000 });
  assertEquals(f.polls.deadline, 31_000);
  queue.keep(0, bytes("for the stranger"), 100);
  f.polls.serve(f.sessions.get(other)!);
  assertEquals(f.take(), [[1, "for the stranger"]]);
  queue.keep(0, bytes("for its next poll"), 100);
  assertEquals(f.polls.deadline, 61_000);
  f.polls.expire(60_999);
  assertEquals(queue.size, 1);
  f.polls.expire(61_000);
  assertEquals([queue.size, f.polls.deadline], [0, Infinity]);
});

Deno.test("what waits for an owner that takes replies only outlasts a stranger", () => {
  const f = new Fixture();
  f.poll(1, { peer: newPeer(), now: 1000 });
  f.happen("1", "2");
  f.polls.expire(61_000);
  assertEquals([f.session.own.queue.size, f.session.guests.queue.size], [2, 0]);
  f.poll(2, { peer: newPeer(), now: 61_000 });
  assertEquals(f.polls.deadline, 121_000);
  f.polls.end(f.session, false);
  assertEquals(f.polls.deadline, Infinity);
});
