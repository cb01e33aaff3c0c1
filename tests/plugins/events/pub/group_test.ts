import type { ThinSocket } from "../../../../ffi/zmq/thin.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { receiveFrames } from "../../transport/sockets.ts";
import { EventsFixture } from "../events_fixture.ts";

function group(f: EventsFixture, socket: ThinSocket): number[] {
  const [text, ...more] = f.receive(socket);
  assertEquals(more, []);
  return JSON.parse(text!).map(({ i }: { i: number }) => i);
}

function emit(f: EventsFixture, from: number, to: number, more = ""): void {
  for (let i = from; i <= to; i++) assert(f.event(`{"i":${i}${more}}`, { name: "some.plugin" }));
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

Deno.test("events go out in arrays of at most N, those of one ring's batch and of several", () => {
  using f = new EventsFixture({ grouping: 300, grouping_linger: 200 });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  emit(f, 1, 700);
  assertEquals(group(f, subscriber), upTo(1, 300));
  assertEquals(group(f, subscriber), upTo(301, 600));
  // The rest lingers, and stays in the ring meanwhile.
  assert(f.end.downUsed > 0 && f.service.ready && f.service.timeout(Date.now()) > 0);
  assert(!f.end.busy, "who dies while it lingers does not die of the event");
  assertEquals(f.counter("sent"), 600);
  const begin = Date.now();
  assertEquals(group(f, subscriber), upTo(601, 700));
  assert(Date.now() - begin > 100);
  assertEquals([f.end.downUsed, f.counter("sent"), f.counter("received")], [0, 700, 700]);
  assertEquals(f.service.timeout(Date.now()), -1);
});

Deno.test("the linger counts from the first event", () => {
  using f = new EventsFixture({ grouping: 10_000, grouping_linger: 300 });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  const begin = Date.now();
  let i = 0;
  f.until(() => {
    // Never a pause of 300 ms.
    if (Date.now() - begin >= 20 * i) emit(f, ++i, i);
    return f.counter("sent") > 0;
  }, "a group");
  assert(Date.now() - begin >= 295);
  assert(group(f, subscriber).length > 1);
});

Deno.test("a linger of 0: what is there goes together", () => {
  using f = new EventsFixture({ grouping: 100, grouping_linger: 0 });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  emit(f, 1, 7);
  f.round();
  assertEquals(f.end.downUsed, 0);
  assertEquals(group(f, subscriber), upTo(1, 7));
});

Deno.test("a group has its size in bytes, too, unless one event is larger", () => {
  using f = new EventsFixture({ grouping: 10_000, grouping_linger: 50, ringBytes: 1 << 21 });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  const pad = `,"pad":"${"x".repeat(50_000)}"`;
  emit(f, 1, 15, pad);
  const sizes: number[] = [];
  for (let got = 0; got < 15; got += sizes.at(-1)!) sizes.push(group(f, subscriber).length);
  assertEquals(sizes, [10, 5]); // of 512 KiB, a quarter of the ring
  emit(f, 16, 16);
  emit(f, 17, 17, `,"pad":"${"x".repeat(900_000)}"`);
  emit(f, 18, 18);
  assertEquals(group(f, subscriber), [16]);
  assertEquals(group(f, subscriber), [17]);
  assertEquals(group(f, subscriber), [18]);
});

Deno.test("a group's number is that of its first event", () => {
  using f = new EventsFixture({ grouping: 4, grouping_linger: 20, sequence: true });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  emit(f, 1, 6);
  f.end.refuse("ring_full", 32, 3);
  emit(f, 10, 14);
  const got = [1, 2, 3].map(() => {
    const [text, number] = f.receive(subscriber);
    return [JSON.parse(text!).map(({ i }: { i: number }) => i), number];
  });
  assertEquals(got, [[upTo(1, 4), "1"], [[5, 6, 10, 11], "5"], [[12, 13, 14], "12"]]);
});

Deno.test("a group that was not sent is made again after a restart, with the same number", () => {
  using f = new EventsFixture({ grouping: 10, grouping_linger: 10_000, sequence: true });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  emit(f, 1, 14);
  assertEquals(f.receive(subscriber)[1], "1");
  f.round();
  assert(f.end.downUsed > 0);
  f.restart();
  emit(f, 15, 20);
  const [text, number] = f.receive(subscriber);
  assertEquals(number, "11");
  assertEquals(JSON.parse(text!).map(({ i }: { i: number }) => i), upTo(11, 20));
});

Deno.test("Janus ends: a group that lingers goes at once", () => {
  using f = new EventsFixture({ grouping: 10, grouping_linger: 60_000 });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  emit(f, 1, 3);
  f.round();
  assertEquals(f.counter("sent"), 0);
  while (f.round(true) > 0);
  assertEquals(f.end.downUsed, 0);
  assertEquals(group(f, subscriber), [1, 2, 3]);
});

Deno.test("grouping that is turned off leaves nothing behind", () => {
  using f = new EventsFixture({ grouping: 10, grouping_linger: 60_000 });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  emit(f, 1, 3);
  f.round();
  f.settings.grouping = 0;
  emit(f, 4, 4);
  assertEquals(group(f, subscriber), [1, 2, 3]);
  assertEquals(f.receive(subscriber), ['{"i":4}']);
  assertEquals(receiveFrames(subscriber, 20), null);
});

Deno.test("a group waits for a subscriber as a single event does", () => {
  using f = new EventsFixture({
    ...{ grouping: 5, grouping_linger: 0, sndhwm: 5, sequence: true, ringBytes: 1 << 22 },
  });
  const slow = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  let count = 0;
  const pad = `,"pad":"${"x".repeat(20_000)}"`;
  while (f.service.ready && count < 3000) {
    emit(f, ++count, count, pad);
    if (count % 5 === 0) f.round();
  }
  assert(!f.service.ready, "nobody ever was full");
  emit(f, count + 1, count + 12, pad);
  count += 12;
  const got: number[] = [];
  while (got.length < count) {
    const [text, number] = f.receive(slow);
    const those = JSON.parse(text!).map(({ i }: { i: number }) => i);
    assertEquals(Number(number), those[0]);
    got.push(...those);
  }
  assertEquals(got, upTo(1, count));
  f.until(() => f.end.downUsed === 0, "nothing in the ring");
});
