import { Budget } from "../../../plugins/transport/outbox.ts";
import { isQueued, notePoller, SessionTable } from "../../../plugins/transport/sessions.ts";
import { assert, assertEquals } from "../../assert.ts";
import { newPeer } from "./peer.ts";

const BIG = 2n ** 64n - 1n;

Deno.test("a session has one owner, until it is over", () => {
  const [alice, bob] = [newPeer(), newPeer()];
  const table = new SessionTable(new Budget(100));
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
  const table = new SessionTable(new Budget(100));
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
  const table = new SessionTable(new Budget(100));
  table.own(1n, alice);
  const session = table.get(1n);
  table.own(1n, alice);
  assertEquals([table.get(1n), table.of(alice)], [session, [1n]]);
});

Deno.test("events are queued for an owner that takes replies only, and for whoever else polls", () => {
  const table = new SessionTable(new Budget(100));
  const [req, dealer, other] = [newPeer({ pushable: false }), newPeer(), newPeer()];
  table.own(1n, req);
  table.own(2n, dealer);
  const [polled, pushed] = [table.get(1n)!, table.get(2n)!];
  assertEquals([isQueued(polled, 0), isQueued(pushed, 0)], [true, false]);
  notePoller(pushed, dealer, 1000);
  assert(!isQueued(pushed, 1000), "the owner itself gets them anyway");
  notePoller(pushed, other, 1000);
  assertEquals([isQueued(pushed, 1000), isQueued(pushed, 60_999)], [true, true]);
  assert(!isQueued(pushed, 61_000));
});
