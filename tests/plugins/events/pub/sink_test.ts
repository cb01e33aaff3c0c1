import { Down, Up } from "../../../../ffi/bridge/layout.ts";
import { Option, SocketType } from "../../../../ffi/zmq/constants.ts";
import { ThinContext } from "../../../../ffi/zmq/thin.ts";
import { OwnPlace } from "../../../../plugins/events/counters.ts";
import { assert, assertEquals, assertMatch, assertThrows } from "../../../assert.ts";
import { frames, PATIENCE_MS, receiveFrames, sendFrames, texts } from "../../transport/sockets.ts";
import { EventsFixture } from "../events_fixture.ts";

Deno.test("each event is one frame, to all subscribers, as Janus wrote it", () => {
  using f = new EventsFixture();
  const subscribers = [f.subscribe(), f.subscribe()];
  f.until(() => f.counter("subscriptions") === 2, "two subscriptions");
  const events = ['{"session_id":9007199254740993}', '{"é":"\\u0000"}', "x".repeat(100_000)];
  for (const event of events) assert(f.event(event));
  for (const subscriber of subscribers) {
    for (const event of events) assertEquals(f.receive(subscriber), [event]);
  }
  assertEquals([f.counter("received"), f.counter("sent"), f.counter("errors")], [3, 3, 0]);
  assertEquals(f.end.downUsed, 0);
});

Deno.test("what was changed at run time is told to Janus's side, also if the way up is full", () => {
  using f = new EventsFixture();
  const line = new Uint8Array(1000);
  for (const length of [line.length, 0]) {
    while (f.link.push(Up.log, 0, 0, 0, line, length) === "pushed");
  }
  f.end.write(Down.control, JSON.stringify({ configure: { events: "none" } }));
  f.until(() => f.configured.length === 1, "the change");
  f.round();
  assert(f.end.takeAll().every(({ kind }) => kind === Up.log));
  f.round();
  assertEquals(f.end.takeAll().map(({ kind, text }) => [kind, text]), [[Up.ready, "{}"]]);
  f.round();
  assertEquals(f.end.takeAll(), []);
});

Deno.test("events without a subscriber are published to nobody", () => {
  using f = new EventsFixture();
  f.event("early");
  f.until(() => f.end.downUsed === 0, "the event");
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.event("late");
  assertEquals(f.receive(subscriber), ["late"]);
});

Deno.test("subscribers and subscriptions are counted as they come and go", () => {
  using f = new EventsFixture();
  const [one, two] = [f.subscribe("a"), f.subscribe("a")];
  two.setBytes(Option.SUBSCRIBE, "b");
  f.until(() => f.counter("subscriptions") === 3, "three subscriptions");
  assertEquals(f.counter("subscribers"), 2);
  two.setBytes(Option.UNSUBSCRIBE, "b");
  f.until(() => f.counter("subscriptions") === 2, "one less");
  f.closeClient(one);
  f.until(() => f.counter("subscribers") === 1, "one subscriber less");
  f.until(() => f.counter("subscriptions") === 1, "its subscription less");
  f.closeClient(two);
  f.until(() => f.counter("subscriptions") === 0 && f.counter("subscribers") === 0, "none left");
});

Deno.test("a topic that a subscriber wants twice is one subscription", () => {
  using f = new EventsFixture();
  const twice = f.subscribe("a"), other = f.subscribe("a");
  for (const topic of ["a", "b", "a", "b"]) twice.setBytes(Option.SUBSCRIBE, topic);
  f.until(() => f.counter("subscriptions") === 3, "three subscriptions");
  for (let i = 0; i < 3; i++) twice.setBytes(Option.UNSUBSCRIBE, "a");
  f.until(() => f.counter("subscriptions") === 2, "one less");
  f.closeClient(twice);
  f.until(() => f.counter("subscriptions") === 1, "those of one that is gone");
  f.closeClient(other);
  f.until(() => f.counter("subscriptions") === 0, "none left");
});

Deno.test("subscriptions are right whatever a peer sends", () => {
  using f = new EventsFixture();
  const odd = f.subscribe("", SocketType.XSUB), subscriber = f.subscribe("kept");
  const tell = (kind: number, text: string) =>
    odd.send(Uint8Array.of(kind, ...new TextEncoder().encode(text)), 0);
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (let i = 0; i < 100; i++) tell(0, "never");
  for (let i = 0; i < 100; i++) tell(1, "x".repeat(i * 5));
  for (let i = 0; i < 50; i++) tell(1, "kept");
  tell(0, "x".repeat(5));
  f.until(() => f.counter("subscriptions") === 101, "what is left of it");
  f.closeClient(odd);
  f.until(() => f.counter("subscriptions") === 1, "the one that was there before");
  // Many who come and go at once, under descriptors that are used again.
  for (let i = 0; i < 300; i++) {
    const guest = f.subscribe(`guest ${i}`);
    if (i % 3 === 0) f.round();
    f.closeClient(guest);
  }
  f.until(() => f.counter("subscribers") === 1, "the guests to be gone");
  f.until(() => f.counter("subscriptions") === 1, "their subscriptions to be gone");
  f.event("{}");
  f.closeClient(subscriber);
  f.until(() => f.counter("subscriptions") === 0, "none left");
});

Deno.test("what subscribers send besides subscriptions does no harm", () => {
  using f = new EventsFixture();
  const odd = f.subscribe("", SocketType.XSUB);
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (const message of [frames(""), frames("hello"), frames("a", "b"), frames("x".repeat(5000))]) {
    sendFrames(odd, message);
  }
  odd.send(Uint8Array.of(1, 97), 0);
  f.until(() => f.counter("subscriptions") === 2, "the subscription behind all that");
  f.event("event");
  assertEquals(f.receive(subscriber), ["event"]);
});

Deno.test("policy drop: a subscriber that does not read loses events, and nothing waits for it", () => {
  using f = new EventsFixture({ sndhwm: 10, queue: { policy: "drop", max_wait: 0 } });
  const slow = f.subscribe(), quick = f.subscribe();
  f.until(() => f.counter("subscriptions") === 2, "two subscriptions");
  const text = "x".repeat(100_000);
  const begin = Date.now();
  for (let i = 0; i < 300; i++) {
    f.until(() => f.event(`${i} ${text}`), "room in the ring");
    assertEquals(parseInt(f.receive(quick)[0]!), i);
  }
  assert(Date.now() - begin < PATIENCE_MS);
  assertEquals([f.counter("sent"), f.counter("errors")], [300, 0]);
  let got = 0;
  while (receiveFrames(slow, 200) !== null) got++;
  assert(got > 0 && got < 300, `${got} events`);
  // An estimate: ZeroMQ does not tell when it takes a subscriber in again.
  const { sessions = 0, ...others } = f.dropped("slow_subscriber");
  assert(Math.abs(sessions - (300 - got)) <= 40, `${sessions} of ${300 - got}`);
  assertEquals(others, {});
  assert(f.log.some((line) => /^Subscriber tcp:\/\/127\.0\.0\.1:\d+ does not read/.test(line)));
});

Deno.test("after a restart the events wait for the subscribers of before", () => {
  using f = new EventsFixture();
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (let i = 0; i < 5; i++) f.event(`missed ${i}`);
  f.restart();
  assert(!f.service.ready && f.service.timeout(Date.now()) > 0);
  for (let i = 0; i < 5; i++) assertEquals(f.receive(subscriber), [`missed ${i}`]);
  assert(f.service.ready && f.service.timeout(Date.now()) === -1);
  assertEquals(f.counter("subscriptions"), 1);
});

Deno.test("after a restart the events wait for one that looks late, and not for those who are new", () => {
  using f = new EventsFixture({ queue: { policy: "wait", max_wait: 3000 } });
  const late = f.subscribe();
  late.setBytes(Option.SUBSCRIBE, ""); // twice
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.restart();
  f.event("missed");
  const fresh = f.subscribe("nothing of it");
  // A SUB subscribes again when its program looks at it, and not before.
  const begin = Date.now();
  while (Date.now() - begin < 1800) f.round(false, 20);
  assertEquals([f.service.ready, f.counter("subscribers")], [false, 2]);
  assertEquals(f.receive(late), ["missed"]);
  assert(f.service.ready);
  f.closeClient(fresh);
});

Deno.test("after a restart nobody who only connects holds up events for long", () => {
  for (const policy of ["wait", "drop"] as const) {
    using f = new EventsFixture({ queue: { policy, max_wait: 1500 } });
    const gone = f.subscribe();
    f.until(() => f.counter("subscriptions") === 1, "the subscription");
    f.closeClient(gone);
    f.restart();
    f.subscribe("", SocketType.XSUB); // says nothing
    f.event("event");
    const begin = Date.now();
    f.until(() => f.end.downUsed === 0, "the event");
    const took = Date.now() - begin, expected = policy === "wait" ? 1500 : 1000;
    assert(took >= expected - 50 && took < expected + 600, `${policy}: ${took} ms`);
  }
});

for (const grouping of [0, 2]) {
  Deno.test(`killed before it could say that events went out (grouping ${grouping}): none goes twice`, () => {
    using f = new EventsFixture({ grouping, grouping_linger: 20, sequence: true });
    const subscriber = f.subscribe();
    f.until(() => f.counter("subscriptions") === 1, "the subscription");
    f.event('{"i":1}');
    assertEquals(f.receive(subscriber).at(-1), "1");
    // What the next process finds is as it was after the first event.
    const pair = [0, 1, 2, 3, 4].map((i) => OwnPlace.position + i);
    const before = pair.map((place) => f.link.counters[place]!);
    f.link.commit = () => {};
    f.event('{"i":2}');
    f.event('{"i":3}');
    while (!f.receive(subscriber)[0]!.includes('{"i":3}'));
    pair.forEach((place, i) => f.link.counters[place] = before[i]!);
    assert(f.end.downUsed > 0);
    f.restart();
    assertMatch(f.log.join(), /Events up to number 3 were with ZeroMQ/);
    f.event('{"i":4}');
    const [text, number] = f.receive(subscriber);
    assertEquals([JSON.parse(text!), number], [grouping > 0 ? [{ i: 4 }] : { i: 4 }, "4"]);
    f.until(() => f.end.downUsed === 0, "the ring to be empty");
  });
}

Deno.test("after a restart nobody is waited for in vain", () => {
  using f = new EventsFixture();
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.closeClient(subscriber);
  f.restart();
  f.event("event");
  f.round();
  assert(!f.service.ready);
  f.service.tick(Date.now() + 1000);
  assert(f.service.ready);
  f.until(() => f.end.downUsed === 0, "the event");
  f.restart();
  assert(f.service.ready, "there was no subscriber to wait for");
});

Deno.test("close() publishes what is queued, though other subscribers have gone", () => {
  using f = new EventsFixture();
  const subscribers = Array.from({ length: 20 }, () => f.subscribe());
  f.until(() => f.counter("subscriptions") === 20, "the subscriptions");
  for (let i = 0; i < 10; i++) f.event(`${i} ${"x".repeat(10_000)}`);
  f.round();
  assertEquals(f.end.downUsed, 0);
  for (const subscriber of subscribers.slice(10)) f.closeClient(subscriber);
  // At the same moment, libzmq 4.3 would sometimes wait for ever (ThinContext.terminateWithin).
  f.until(() => f.counter("subscribers") === 10, "that the others are gone");
  f.finish(1000);
  for (const subscriber of subscribers.slice(0, 10)) {
    for (let i = 0; i < 10; i++) {
      assertEquals(parseInt(texts(receiveFrames(subscriber))?.[0] ?? ""), i);
    }
  }
});

Deno.test("an endpoint that is taken is an error that names it", () => {
  using f = new EventsFixture();
  const { endpoint } = f.pub;
  assertThrows(() => f.make(new ThinContext(), endpoint), Error, endpoint);
});
