import { Counter } from "../../../plugins/transport/counters.ts";
import { Delivery } from "../../../plugins/transport/delivery.ts";
import { Drops } from "../../../plugins/transport/drops.ts";
import { Budget } from "../../../plugins/transport/outbox.ts";
import type { Router, SendResult } from "../../../plugins/transport/router.ts";
import { assert, assertEquals } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { newPeer, newSettings, tables } from "./peer.ts";

const janus = new JanusLibrary();
function bytes(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** Delivers to a router that does as it is told. */
class Fixture {
  readonly end = janus.open();
  readonly link = this.end.attach();
  readonly log: string[] = [];
  readonly sent: number[] = [];
  readonly abandoned: number[] = [];
  result: SendResult = "sent";
  readonly router = {
    peers: tables.janus,
    send: (_peer: unknown, request: number) => {
      if (this.result === "sent") this.sent.push(request);
      return this.result;
    },
    abandon: (request: number) => void this.abandoned.push(request),
  } as unknown as Router;
  readonly delivery: Delivery;

  constructor({ linger = 0, outbox = 2, budget = 1 << 20 } = {}) {
    const log = (text: string) => void this.log.push(text);
    const drops = new Drops(this.link, { error: log, warning: log, info: log, verbose: log });
    this.delivery = new Delivery(this.router, {
      link: this.link,
      drops,
      settings: newSettings({ linger, outbox }),
      budget: new Budget(budget),
    });
  }

  get dropped(): number {
    return this.link.counters[Counter.dropped]!;
  }

  [Symbol.dispose](): void {
    this.link.close();
    this.end.close();
  }
}

Deno.test("what a full peer can't take waits, and goes in order before what comes later", () => {
  using f = new Fixture();
  const peer = newPeer();
  for (let i = 0; i < 3; i++) tables.janus.beginRequest(peer, 2);
  f.result = "full";
  f.delivery.send(peer, 1, bytes("1"));
  f.result = "sent";
  f.delivery.send(peer, 2, bytes("2"));
  assertEquals([f.sent, peer.inFlight, [...f.delivery.behind]], [[], 3, [peer]]);
  f.delivery.tick(Date.now());
  assertEquals([f.sent, peer.inFlight, f.delivery.waitingFor(peer), [...f.delivery.behind]], [
    [1, 2],
    1,
    0,
    [],
  ]);
  f.delivery.send(peer, 3, bytes("3"));
  assertEquals([f.sent, peer.inFlight, f.dropped], [[1, 2, 3], 0, 0]);
});

Deno.test("what waits is tried soon, and then less and less", () => {
  const count = (result: SendResult) => {
    using f = new Fixture({ linger: 1000 });
    f.result = result;
    f.delivery.send(newPeer(), 1, bytes("1"));
    let ticks = 0;
    for (let now = Date.now(), end = now + 10_000; now < end; ticks++) {
      f.delivery.tick(now);
      now = Math.max(now, f.delivery.deadline);
    }
    return ticks;
  };
  const [full, absent] = [count("full"), count("absent")];
  assert(full > 100 && full < 250, `${full} times`);
  assert(absent > 10 && absent < 30, `${absent} times`);
});

Deno.test("somebody's long absence makes nobody wait who reads too slowly", () => {
  using f = new Fixture({ linger: 1000 });
  f.result = "absent";
  f.delivery.send(newPeer(), 1, bytes("1"));
  let now = Date.now();
  for (let i = 0; i < 20; i++) f.delivery.tick(now = Math.max(now, f.delivery.deadline));
  assert(f.delivery.deadline - now > 500);
  f.result = "full";
  f.delivery.send(newPeer(), 2, bytes("2"));
  assertEquals(f.delivery.deadline, 0);
  f.delivery.tick(now);
  assert(f.delivery.deadline - now <= 2);
});

Deno.test("a reply that is lost leaves nothing behind, whatever became of it", () => {
  using f = new Fixture({ budget: 40 });
  const peer = newPeer();
  for (let i = 0; i < 4; i++) tables.janus.beginRequest(peer, 2);
  f.result = "full";
  for (let request = 1; request <= 3; request++) {
    f.delivery.send(peer, request, bytes("12345"));
  }
  assertEquals([f.abandoned, f.dropped, peer.inFlight], [[3], 1, 3]);
  f.delivery.discard(peer);
  assertEquals([f.abandoned, f.dropped, f.delivery.waitingFor(peer)], [[3, 1, 2], 3, 0]);
  assertEquals(f.delivery.deadline, Infinity);
  f.result = "absent";
  f.delivery.send(peer, 4, bytes(""));
  assertEquals([f.abandoned, f.dropped], [[3, 1, 2, 4], 4]);
});
