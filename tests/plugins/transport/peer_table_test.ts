import {
  hasOwnId,
  identityText,
  type Peer,
  type PeerIntroduction,
  peerKey,
  peerState,
} from "../../../plugins/transport/peer.ts";
import { PeerIds } from "../../../plugins/transport/peer_ids.ts";
import { assert, assertEquals } from "../../assert.ts";
import { newTable } from "./peer.ts";

function id(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function keyOf(...ids: Uint8Array<ArrayBuffer>[]) {
  return peerKey(ids[0]!, ids.slice(1), null);
}

function generated(...bytes: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0, ...bytes);
}

Deno.test("peers that differ have keys that differ", () => {
  const identities = [
    [id("a")],
    [id("ab")],
    [id("ab"), id("c")],
    [id("a"), id("bc")],
    [id("a"), id("b"), id("c")],
    [id("a\0" + "1\0b")],
    [id("a"), id("b")],
    [id("a\0" + "1\0b"), id("c")],
    [id("a"), id("b\0" + "1\0c")],
    [generated(1, 2, 3, 4)],
    [generated(4, 3, 2, 1)],
    [generated(1, 2, 3, 4), id("b")],
    [generated(1, 2, 3)],
    [id("\u0001\u0002\u0003\u0004")],
    [id(":a")],
    [id("1,1:a"), id("b")],
    [id("3/bob:a")],
  ];
  const names = [null, "bob", "bo", "3/bob", "bob1,1"];
  const keys = identities.flatMap((one) =>
    names.map((name) => peerKey(one[0]!, one.slice(1), name))
  );
  assertEquals(new Set(keys).size, keys.length);
  assertEquals(keyOf(generated(255, 255, 255, 255)), 2 ** 32 - 1);
});

/** What is known of a peer with these routing ids. */
function introduce(...frames: Uint8Array<ArrayBuffer>[]): PeerIntroduction {
  const more = { delimiter: false, pushable: true, name: null, address: "10.0.0.1" };
  return { frames, ...more };
}

Deno.test("a peer is found by key, id and connection until it is removed", () => {
  const table = newTable(new PeerIds(1), true);
  const peer = table.add(introduce(id("a")))!;
  assertEquals([peer.admin, peer.fd, peer.deadline], [true, -1, Infinity]);
  table.attach(peer, 20, 1, table.account(null, 20, 1));
  assertEquals([table.byKey(peer.key), table.byId(peer.id)], [peer, peer]);
  assertEquals([[...table.onConnection(20)], table.size], [[peer], 1]);
  table.attach(peer, 21, 2, table.account(null, 21, 2));
  assertEquals([[...table.onConnection(20)], [...table.onConnection(21)]], [[], [peer]]);
  table.detach(peer);
  assertEquals([[...table.onConnection(21)], peer.fd, table.size], [[], -1, 1]);
  table.attach(peer, 22, 3, table.account(null, 22, 3));
  table.remove(peer);
  assertEquals([table.byKey(peer.key), table.byId(peer.id), table.size], [undefined, undefined, 0]);
  assertEquals([...table.onConnection(22)], []);
});

Deno.test("several peers may be on one connection", () => {
  const table = newTable(new PeerIds(1));
  const [a, b] = ["a", "b"].map((hop) => table.add(introduce(id("proxy"), id(hop)))!);
  table.attach(a!, 20, 1, table.account(null, 20, 1));
  table.attach(b!, 20, 1, table.account(null, 20, 1));
  assertEquals([...table.onConnection(20)], [a, b]);
  table.detach(a!);
  assertEquals([...table.onConnection(20)], [b]);
});

Deno.test("only a routing id of libzmq's making is not the peer's own", () => {
  const table = newTable(new PeerIds(1));
  const own = (...frames: Uint8Array<ArrayBuffer>[]) => hasOwnId(table.add(introduce(...frames))!);
  assert(!own(generated(1, 2, 3, 4)));
  assert(own(id("alice")));
  assert(own(id("a")));
  assert(own(generated(1, 2, 3)));
  assert(own(generated(1, 2, 3, 4), id("behind a proxy")));
});

Deno.test("a restored peer is who it was", () => {
  const before = newTable(new PeerIds(1));
  const frames = [id("a"), Uint8Array.of(0, 0x62)];
  const old = before.add({ ...introduce(...frames), delimiter: true, name: "bob" })!;
  const state = JSON.parse(JSON.stringify(peerState(old, 0)));
  const ids = new PeerIds(2);
  ids.restore([5]);
  const table = newTable(ids);
  const peer = table.restore(5, state);
  const { delimiter, pushable, name, address } = peer;
  assertEquals([delimiter, pushable, name, address], [true, true, "bob", "10.0.0.1"]);
  assertEquals([peer.id, peer.fd], [5, -1]);
  assertEquals(table.byKey(peerKey(frames[0]!, frames.slice(1), "bob")), peer);
  assertEquals(table.byKey(keyOf(...frames)), undefined);
  assertEquals(state.shown.identity, "a/0x0062");
  assertEquals(identityText(peer), "a/0x0062");
});

Deno.test("a restored peer whose routing id was made up is nobody that is heard now", () => {
  for (const frames of [[generated(1, 2, 3, 4)], [generated(1, 2, 3, 4), id("behind a proxy")]]) {
    const before = newTable(new PeerIds(1));
    const state = peerState(before.add(introduce(...frames))!, 0);
    const table = newTable(new PeerIds(2));
    const peer = table.restore(5, state);
    assertEquals([peer.stranded, hasOwnId(peer), table.byId(5)], [true, false, peer]);
    assertEquals(table.byKey(peer.key), undefined);
    // The new socket makes the same one up, for somebody else.
    const other = table.add(introduce(...frames))!;
    assertEquals([table.byKey(peer.key), table.byId(5)], [other, peer]);
    table.remove(peer);
    assertEquals(table.byKey(peer.key), other);
  }
});

Deno.test("those who are away are due at their time, whoever comes back before", () => {
  const table = newTable();
  const [first, second, third] = ["1", "2", "3"].map((name) => table.add(introduce(id(name)))!);
  const back = (peer: Peer) => table.attach(peer, 20, 1, table.account(null, 20, 1));
  assertEquals([table.deadline, table.due(1e15)], [Infinity, []]);
  table.expect(second!, 200);
  table.expect(first!, 100);
  table.expect(third!, 300);
  assertEquals([table.deadline, first!.deadline], [100, 100]);
  assertEquals(table.due(99), []);
  back(first!);
  assertEquals(first!.deadline, Infinity);
  assertEquals(table.due(100), []);
  assertEquals(table.deadline, 200);
  assertEquals(table.due(250), [second!]);
  assertEquals(table.deadline, 300);
  table.expect(second!, 280); // it got more time
  assertEquals(table.deadline, 280);
  assertEquals(table.due(300), [second!, third!]);
  table.remove(second!);
  table.expect(third!, Infinity);
  assertEquals([table.deadline, table.due(1e15)], [Infinity, []]);
});

Deno.test("asking whether anybody is due costs nothing however many are away", () => {
  const table = newTable();
  for (let i = 0; i < 20_000; i++) table.expect(table.add(introduce(id(`${i}`)))!, 1000 + i);
  let looked = 0;
  const peer = table.add(introduce(id("peer")))!;
  let deadline = 0;
  Object.defineProperty(peer, "deadline", {
    get: () => (looked++, deadline),
    set: (value: number) => void (deadline = value),
  });
  table.expect(peer, 5000);
  for (let now = 0; now < 1000; now++) {
    assertEquals(table.due(now), []);
    assert(table.deadline === 1000);
  }
  assertEquals(looked, 0);
});

Deno.test("whose place another one has taken is expected back, under its own name alone", () => {
  const table = newTable();
  const outer = keyOf(id("a"));
  const ann = table.add({ ...introduce(id("a")), name: "ann" })!;
  table.attach(ann, 20, 1, table.account("ann", 20, 1));
  table.lose(ann);
  assertEquals([table.holders(outer, "bob"), table.holders(outer, "ann")], [[ann], []]);
  table.displace(ann);
  assertEquals([ann.fd, table.deadline, table.hasLost], [-1, ann.deadline, false]);
  assert(ann.deadline > Date.now() + 50_000);
  assertEquals(table.holders(outer, "bob"), [ann]);
  table.remove(ann);
  assertEquals([table.holders(outer, "bob"), table.deadline], [[], Infinity]);
});

Deno.test("who is lost is told of once, unless it is heard on another connection", () => {
  const table = newTable();
  const [a, b] = ["a", "b"].map((name) => table.add(introduce(id(name)))!);
  for (const peer of [a!, b!]) table.lose(peer);
  table.attach(b!, 21, 2, table.account(null, 21, 2));
  assertEquals([table.hasLost, table.takeLost()], [true, [a!]]);
  assertEquals([table.hasLost, table.takeLost()], [false, []]);
});
