import { PeerIds } from "../../../plugins/transport/peer_ids.ts";
import { assert, assertEquals } from "../../assert.ts";

const SLOTS = 1 << 20;

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
