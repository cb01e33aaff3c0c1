import { identityText, PeerIds, peerKey, PeerTable } from "../../../plugins/transport/peers.ts";
import { assert, assertEquals, assertNotEquals } from "../../assert.ts";

const SLOTS = 1 << 20;

function id(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

function keyOf(...ids: Uint8Array<ArrayBuffer>[]) {
  return peerKey(ids[0]!, ids[0]!.length, ids.slice(1));
}

function generated(...bytes: number[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.of(0, ...bytes);
}

Deno.test("ids that are taken at the same time differ", () => {
  const ids = new PeerIds(1);
  const taken = new Set(Array.from({ length: 5000 }, () => ids.take()!));
  assertEquals(taken.size, 5000);
  assertEquals(new Set([...taken].map((id) => id % SLOTS)).size, 5000);
  assert([...taken].every((id) => id >= 0 && id < 2 ** 32));
});

Deno.test("an id is not given out again soon, though its slot is", () => {
  const ids = new PeerIds(1);
  const seen = new Set<number>();
  const slots = new Set<number>();
  for (let i = 0; i < 100_000; i++) {
    const id = ids.take()!;
    assert(!seen.has(id), `${id} was given out twice`);
    seen.add(id);
    slots.add(id % SLOTS);
    ids.release(id);
  }
  assert(slots.size < 2000, `${slots.size} slots for one peer at a time`);
});

Deno.test("generations do not repeat what the last ones gave out", () => {
  const seen = new Set<number>();
  for (let generation = 1; generation < 60; generation++) {
    const ids = new PeerIds(generation);
    for (let i = 0; i < 3000; i++) {
      const id = ids.take()!;
      assert(!seen.has(id));
      seen.add(id);
      if (i % 2 === 0) ids.release(id);
    }
  }
});

Deno.test("restored ids are taken", () => {
  const before = new PeerIds(1);
  const old = Array.from({ length: 40 }, () => before.take()!).filter((_, i) => i % 3 === 0);
  old.reverse();
  const ids = new PeerIds(2);
  ids.restore(old);
  const slots = new Set(old.map((id) => id % SLOTS));
  for (let i = 0; i < 5000; i++) {
    const slot = ids.take()! % SLOTS;
    assert(!slots.has(slot), `slot ${slot} has a peer already`);
    slots.add(slot);
  }
  ids.release(old[0]!);
});

Deno.test("when every slot is taken there is no id, until one is given back", () => {
  const ids = new PeerIds(1);
  let last = 0;
  for (let i = 0; i < SLOTS; i++) last = ids.take()!;
  assertEquals(ids.take(), null);
  ids.release(last);
  const next = ids.take();
  assert(next !== null && next !== last);
  assertEquals(ids.take(), null);
});

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
  ];
  const keys = identities.map((one) => keyOf(...one));
  for (const [i, key] of keys.entries()) {
    for (const other of keys.slice(i + 1)) assertNotEquals(key, other);
  }
  assertEquals(keyOf(generated(255, 255, 255, 255)), 2 ** 32 - 1);
});

Deno.test("a peer is found by key, id and connection until it is removed", () => {
  const table = new PeerTable(new PeerIds(1));
  const peer = table.open(keyOf(id("a")), [id("a")], { delimiter: true, pushable: true })!;
  table.attach(peer, 20, 1);
  assertEquals([table.byKey(peer.key), table.byId(peer.id)], [peer, peer]);
  assertEquals([...table.onConnection(20)], [peer]);
  table.attach(peer, 21, 2);
  assertEquals([[...table.onConnection(20)], [...table.onConnection(21)]], [[], [peer]]);
  table.remove(peer);
  assertEquals([table.byKey(peer.key), table.byId(peer.id), table.size], [undefined, undefined, 0]);
  assertEquals([...table.onConnection(21)], []);
});

Deno.test("a restored peer is who it was", () => {
  const ids = new PeerIds(2);
  ids.restore([5]);
  const table = new PeerTable(ids);
  const state = { frames: ["61", "0062"], delimiter: true, pushable: false };
  const peer = table.restore(5, state, 3);
  assertEquals([peer.id, peer.sessions, peer.fd], [5, 3, -1]);
  assertEquals([peer.delimiter, peer.pushable], [true, false]);
  assertEquals(table.byKey(keyOf(id("a"), Uint8Array.of(0, 0x62))), peer);
  assertEquals(identityText(peer), "a/0x0062");
});
