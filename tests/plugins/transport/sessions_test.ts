import { Budget } from "../../../plugins/transport/outbox.ts";
import type { Peer } from "../../../plugins/transport/peer.ts";
import { type Poll, SessionTable } from "../../../plugins/transport/sessions.ts";
import { assert, assertEquals } from "../../assert.ts";
import { newPeer } from "./peer.ts";

const BIG = 2n ** 64n - 1n;

Deno.test("a session has one owner, until it is over", () => {
  const [alice, bob] = [newPeer(), newPeer()];
  const table = new SessionTable(new Budget(100), new Budget(100));
  table.own(BIG, alice);
  table.own(BIG - 1n, alice);
  assertEquals([table.size, table.get(BIG)?.owner], [2, alice]);
  assertEquals(table.of(alice), [BIG, BIG - 1n]);
  assertEquals(table.end(BIG, bob), undefined);
  assertEquals(table.end(BIG, alice)?.id, BIG);
  assertEquals([table.get(BIG), table.size, table.of(alice)], [undefined, 1, [BIG - 1n]]);
  assertEquals(table.end(BIG, alice), undefined);
});

Deno.test("a claim moves a session, in whichever order its two halves are told", () => {
  const [alice, bob] = [newPeer(), newPeer()];
  const table = new SessionTable(new Budget(100), new Budget(100));
  table.own(1n, alice);
  table.own(1n, bob);
  assertEquals(table.end(1n, alice), undefined);
  assertEquals([table.get(1n)?.owner, table.of(alice), table.of(bob)], [bob, [], [1n]]);
  assert(table.end(1n, bob) !== undefined);
  table.own(1n, alice);
  assertEquals([table.size, table.of(alice)], [1, [1n]]);
});

Deno.test("a claim by the owner itself changes nothing", () => {
  const alice = newPeer();
  const table = new SessionTable(new Budget(100), new Budget(100));
  table.own(1n, alice);
  const session = table.get(1n);
  table.own(1n, alice);
  assertEquals([table.get(1n), table.of(alice)], [session, [1n]]);
});

function poll(peer: Peer): Poll {
  const what = { request: 1, session: 1n, transaction: undefined, maxev: 1, array: false };
  return { peer, ...what, deadline: Infinity };
}

Deno.test("events are kept for an owner that takes replies only, and copied for whoever else polls", () => {
  const table = new SessionTable(new Budget(100), new Budget(100));
  const [req, dealer, other] = [newPeer({ pushable: false }), newPeer(), newPeer()];
  const polled = table.own(1n, req);
  const pushed = table.own(2n, dealer);
  assertEquals([polled.isPolled, pushed.isPolled], [true, false]);
  assertEquals(pushed.add(poll(dealer), 1000), pushed.own);
  assertEquals([pushed.isPolled, pushed.hasGuests(1000)], [true, false]);
  const strange = poll(other);
  assertEquals(pushed.add(strange, 1000), pushed.guests);
  pushed.guests.polls.delete(strange);
  assertEquals([pushed.hasGuests(1000), pushed.hasGuests(60_999)], [true, true]);
  assert(!pushed.hasGuests(61_000));
});

Deno.test("a claim makes the new owner's polls an owner's, and the old one's a guest's", () => {
  const table = new SessionTable(new Budget(100), new Budget(100));
  const [alice, bob] = [newPeer(), newPeer()];
  const session = table.own(1n, alice);
  session.add(poll(alice), 0);
  session.add(poll(bob), 0);
  table.own(1n, bob);
  assertEquals([session.own, session.guests].map(({ polls }) => [...polls][0]?.peer), [bob, alice]);
});

Deno.test("what waits for guests takes no room from owners", () => {
  const table = new SessionTable(new Budget(400), new Budget(40));
  const [owner, guest] = [newPeer({ pushable: false }), newPeer()];
  const event = new Uint8Array(10);
  const session = table.own(1n, owner);
  session.add(poll(guest), 0);
  for (let i = 0; i < 10; i++) {
    assertEquals(session.keep(event, 100), null);
    session.guests.queue.keep(0, event, 100);
  }
  assertEquals([session.own.queue.size, session.guests.queue.size], [10, 1]);
});
