import { SocketType } from "../../../../ffi/zmq/constants.ts";
import type { ThinSocket } from "../../../../ffi/zmq/thin.ts";
import { OwnPlace } from "../../../../plugins/events/counters.ts";
import { assert, assertEquals } from "../../../assert.ts";
import { takeFrames, texts } from "../../transport/sockets.ts";
import { EventsFixture } from "../events_fixture.ts";

const SNDHWM = 10;
/** Who is full for so long (ms; TCP asks again after 200 and 400), and so many looks, does not read. */
const [HELD_MS, HELD_ROUNDS] = [500, 100];
const TEXT = "x".repeat(50_000);

/** The numbers (last frames) of all that a subscriber has now; the fixture's loop goes on. */
function numbers(f: EventsFixture, socket: ThinSocket, until: number): number[] {
  const got: number[] = [];
  f.until(() => {
    for (let message = takeFrames(socket); message !== null; message = takeFrames(socket)) {
      got.push(Number(texts(message)!.at(-1)));
    }
    return got.at(-1) === until;
  }, `number ${until}`);
  return got;
}

/** Lets one subscriber stop reading until events wait for it, and for long. @returns how many were emitted */
function fill(f: EventsFixture, reader: ThinSocket): number {
  let count = 0;
  for (let heldAt = Infinity, rounds = 0; Date.now() - heldAt < HELD_MS || rounds < HELD_ROUNDS;) {
    if (f.service.ready) {
      assert(f.event(TEXT), "the ring is full");
      assert(++count < 2000, "nobody ever was full");
    }
    f.round();
    while (takeFrames(reader) !== null) f.round();
    rounds++;
    if (f.service.ready) [heldAt, rounds] = [Infinity, 0];
    else if (heldAt === Infinity) heldAt = Date.now();
  }
  return count;
}

Deno.test("policy wait: events wait in the ring for a subscriber, and none is lost", () => {
  using f = new EventsFixture({ sndhwm: SNDHWM, sequence: true, ringBytes: 1 << 22 });
  const slow = f.subscribe(), quick = f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  let count = fill(f, quick);
  assert(f.end.counter(OwnPlace.held_since) > 0);
  assert(!f.end.busy, "who dies while it waits does not die of the event");
  // Nor is what is held taken for sent.
  assertEquals(f.end.counter(OwnPlace.handed_over), f.end.counter(OwnPlace.number));
  for (let i = 0; i < 20; i++) {
    assert(f.event(TEXT));
    count++;
    f.round();
  }
  assert(f.end.downUsed > 20 * TEXT.length, "they wait in the ring");
  const all = numbers(f, slow, count);
  assertEquals(all, Array.from({ length: count }, (_, i) => i + 1));
  assertEquals(f.end.counter(OwnPlace.held_since), 0);
  assertEquals(f.end.downUsed, 0);
  assertEquals(f.dropped("slow_subscriber"), {});
  assertEquals(f.log, []);
});

Deno.test("what waits for a subscriber goes on as soon as it reads, not when a timer ends", () => {
  using f = new EventsFixture({ sndhwm: SNDHWM, sequence: true, ringBytes: 1 << 22 });
  const slow = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  const filler = f.subscribe("nothing");
  fill(f, filler);
  // The loop would wait for 100 ms each time; that something has ended the wait is what counts.
  const begin = Date.now();
  for (let wakes = 0; wakes < 3;) {
    assert(Date.now() - begin < 20_000, "nothing wakes the loop");
    f.event(TEXT);
    while (takeFrames(slow) !== null);
    const held = !f.service.ready;
    f.round(false, 250);
    if (held && f.woken > 0) wakes++;
  }
});

Deno.test("those that come one after another and never read are waited for once, not each", () => {
  const queue = { policy: "wait", max_wait: 1500 } as const;
  using f = new EventsFixture({ sndhwm: SNDHWM, sequence: true, queue, ringBytes: 1 << 22 });
  const quick = f.subscribe();
  f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  fill(f, quick);
  f.until(() => f.service.ready, "the end of the wait");
  assertEquals(f.end.counter(OwnPlace.cut_off), 1);
  f.subscribe();
  f.until(() => f.counter("subscriptions") === 3, "another one's");
  const begun = Date.now();
  f.until(() => {
    if (f.service.ready) assert(f.event(TEXT));
    while (takeFrames(quick) !== null);
    return f.end.counter(OwnPlace.cut_off) === 2;
  }, "it to be cut off");
  assert(Date.now() - begun < 1200, `${Date.now() - begun} ms`);
});

Deno.test("after max_wait events go on without the subscriber, until it reads again", () => {
  const queue = { policy: "wait", max_wait: 2000 } as const;
  using f = new EventsFixture({ sndhwm: SNDHWM, sequence: true, queue, ringBytes: 1 << 22 });
  const slow = f.subscribe(), quick = f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  let count = 0, since = 0;
  // The kernel may take a last one late: only the cut ends it.
  while (f.end.counter(OwnPlace.cut_off) === 0) {
    count += fill(f, quick);
    since = f.end.counter(OwnPlace.held_since);
    f.until(() => f.service.ready, "the end of the wait");
  }
  assert(Date.now() - since >= 2000);
  assertEquals(f.end.counter(OwnPlace.cut_off), 1);
  const [line, ...more] = f.log.filter((text) => text.startsWith("Subscriber"));
  assert(
    /^Subscriber tcp:\/\/127\.0\.0\.1:\d+ does not read: events go on without it$/.test(line!),
  );
  assertEquals(more, []);
  // The others lose nothing, and nothing waits any more.
  const from = count;
  assertEquals(numbers(f, quick, count), [count]);
  for (let i = 0; i < 100; i++) {
    assert(f.event(TEXT));
    assertEquals(numbers(f, quick, ++count), [count]);
  }
  assertEquals(f.dropped("slow_subscriber"), { sessions: 101 });
  f.until(
    () => f.log.some((text) => /dropped: \d+ sessions \(slow sub/.test(text)),
    "the log line",
  );
  // Reads again.
  const got: number[] = [];
  f.until(() => {
    for (let m = takeFrames(slow); m !== null; m = takeFrames(slow)) {
      got.push(Number(texts(m)!.at(-1)));
    }
    return f.end.counter(OwnPlace.cut_off) === 0;
  }, "the subscriber is taken in again");
  f.until(() => f.log.some((text) => /reads again, \d+ events later$/.test(text)), "a word of it");
  f.event(TEXT);
  got.push(...numbers(f, slow, ++count));
  assert(got.length < count && got.at(-1) === count);
  assertEquals(got.filter((n) => n <= from - 1), Array.from({ length: from - 1 }, (_, i) => i + 1));
});

Deno.test("half a full ring ends the wait at once", () => {
  using f = new EventsFixture({ sndhwm: SNDHWM, ringBytes: 1 << 20 });
  const slow = f.subscribe(), quick = f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  fill(f, quick);
  const begin = Date.now();
  while (!f.service.ready) {
    assert(f.event(TEXT), "the ring was full before");
    f.round();
  }
  f.until(() => f.end.downUsed === 0, "the rest");
  assert(Date.now() - begin < 1000);
  assertEquals(f.end.counter(OwnPlace.cut_off), 1);
  f.closeClient(slow);
  f.until(() => f.end.counter(OwnPlace.cut_off) === 0, "one less");
  assert(f.log.some((text) => /is gone, \d+ events later$/.test(text)), f.log.join("\n"));
});

Deno.test("a subscriber that goes while events wait for it keeps nobody waiting", () => {
  using f = new EventsFixture({ sndhwm: SNDHWM, sequence: true, ringBytes: 1 << 22 });
  const slow = f.subscribe(), quick = f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  const count = fill(f, quick);
  f.closeClient(slow);
  assertEquals(numbers(f, quick, count), [count]);
  assertEquals(f.dropped("slow_subscriber"), {});
});

Deno.test("who never subscribes, or to nothing that there is, costs and holds nothing", () => {
  using f = new EventsFixture({ sndhwm: SNDHWM, topics: true, ringBytes: 1 << 22 });
  const quick = f.subscribe("sessions");
  f.subscribe("media");
  f.subscribe("", SocketType.XSUB);
  f.until(() => f.counter("subscriptions") >= 2, "the subscriptions");
  for (let i = 0; i < 200; i++) {
    f.event(TEXT);
    assertEquals(f.receive(quick)[1], TEXT);
    assert(f.service.ready);
  }
});

Deno.test("Janus ends while events wait: they get a while, then they go without", () => {
  using f = new EventsFixture({ sndhwm: SNDHWM, sequence: true, ringBytes: 1 << 22 });
  const quick = f.subscribe();
  f.subscribe("", SocketType.SUB, true);
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  let count = fill(f, quick);
  // As many as the other one has room for, however busy the machine is.
  for (let i = 0; i < 4; i++) {
    assert(f.event(TEXT));
    count++;
  }
  const begin = Date.now();
  const got: number[] = [];
  while (f.round(true) > 0) {
    for (let m = takeFrames(quick); m !== null; m = takeFrames(quick)) {
      got.push(Number(texts(m)!.at(-1)));
    }
  }
  const took = Date.now() - begin;
  assert(took > 500 && took < 1400, `${took} ms`);
  assertEquals(f.end.downUsed, 0);
  if (got.at(-1) !== count) got.push(...numbers(f, quick, count));
  assertEquals(got, Array.from({ length: 5 }, (_, i) => count - 4 + i));
});
