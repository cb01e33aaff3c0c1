import { Outbox } from "../../../plugins/transport/outbox.ts";
import { PeerIds, PeerTable } from "../../../plugins/transport/peers.ts";
import { assertEquals } from "../../assert.ts";

function peers(count: number) {
  const table = new PeerTable(new PeerIds(1));
  const form = { delimiter: false, pushable: true };
  return Array.from({ length: count }, (_, i) => table.open(`peer-${i}`, [], form)!);
}

function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

Deno.test("messages are offered in order, and those not taken stay in order", () => {
  const [a, b] = peers(2);
  const outbox = new Outbox(10);
  for (const [i, peer] of [a, b, a, b, a].entries()) outbox.keep(peer!, i, bytes(`${i}`));
  const taken: number[] = [];
  outbox.offer((peer, request) => peer === b && taken.push(request) > 0);
  assertEquals([taken, outbox.size], [[1, 3], 3]);
  assertEquals([outbox.has(a!), outbox.has(b!)], [true, false]);
  outbox.offer((_peer, request) => taken.push(request) > 0);
  assertEquals([taken, outbox.size], [[1, 3, 0, 2, 4], 0]);
});

Deno.test("a peer that refuses one message is not offered a later one", () => {
  const [a] = peers(1);
  const outbox = new Outbox(10);
  for (let i = 0; i < 3; i++) outbox.keep(a!, i, bytes(""));
  const offered: number[] = [];
  outbox.offer((_peer, request) => offered.push(request) > 1);
  assertEquals([offered, outbox.size], [[0], 3]);
});

Deno.test("a full outbox drops the oldest, and says so", () => {
  const [a] = peers(1);
  const outbox = new Outbox(2);
  assertEquals([0, 1, 2, 3].map((i) => outbox.keep(a!, i, bytes(""))), [0, 0, 1, 1]);
  const left: number[] = [];
  outbox.offer((_peer, request) => left.push(request) > 0);
  assertEquals(left, [2, 3]);
  outbox.keep(a!, 4, bytes(""));
  assertEquals([outbox.clear(), outbox.size], [1, 0]);
});
