import { Absentees } from "../../../plugins/transport/absent.ts";
import type { Peer } from "../../../plugins/transport/peers.ts";
import type { Router } from "../../../plugins/transport/router.ts";
import { assert, assertEquals } from "../../assert.ts";
import { newPeer } from "./peer.ts";

const router = {} as Router;
const names = (due: [Peer, Router][]) => due.map(([peer]) => peer);

Deno.test("those who are away are due at their time, whoever comes back before", () => {
  const absent = new Absentees();
  const [first, second, third] = [newPeer(), newPeer(), newPeer()];
  assertEquals([absent.deadline, absent.due(1e15)], [Infinity, []]);
  absent.expect(second, router, 200);
  absent.expect(first, router, 100);
  absent.expect(third, router, 300);
  assertEquals([absent.deadline, first.deadline], [100, 100]);
  assertEquals(absent.due(99), []);
  absent.delete(first);
  assertEquals(absent.due(100), []);
  assertEquals(absent.deadline, 200);
  assertEquals(names(absent.due(250)), [second]);
  assertEquals(absent.deadline, 300);
  absent.expect(second, router, 280); // it got more time
  assertEquals(absent.deadline, 280);
  assertEquals(names(absent.due(300)), [second, third]);
  absent.delete(second);
  absent.expect(third, router, Infinity);
  assertEquals([absent.deadline, absent.routerOf(third)], [Infinity, router]);
  assertEquals(absent.routerOf(second), undefined);
});

Deno.test("those who are away are found by their connection's routing id", () => {
  const absent = new Absentees();
  const frames = [new Uint8Array([1, 255])];
  const [one, hop] = [frames, [...frames, new Uint8Array([7])]].map((frames) =>
    newPeer({ frames })
  );
  absent.expect(one!, router, 1);
  absent.expect(hop!, router, 1);
  absent.expect(newPeer(), router, 1);
  assertEquals(absent.under(frames[0]!), [one!, hop!]);
  absent.delete(one!);
  absent.delete(one!);
  assertEquals(absent.under(new Uint8Array([1, 255])), [hop!]);
  assertEquals(absent.under(new Uint8Array([1])), []);
});

Deno.test("asking whether anybody is due costs nothing however many are away", () => {
  const absent = new Absentees();
  for (let i = 0; i < 20_000; i++) absent.expect(newPeer(), router, 1000 + i);
  let looked = 0;
  const peer = newPeer();
  let deadline = 0;
  Object.defineProperty(peer, "deadline", {
    get: () => (looked++, deadline),
    set: (value: number) => void (deadline = value),
  });
  absent.expect(peer, router, 5000);
  for (let now = 0; now < 1000; now++) {
    assertEquals(absent.due(now), []);
    assert(absent.deadline === 1000);
  }
  assertEquals(looked, 0);
});
