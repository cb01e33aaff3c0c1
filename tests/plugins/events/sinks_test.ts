import { Down } from "../../../ffi/bridge/layout.ts";
import type { ThinSocket } from "../../../ffi/zmq/thin.ts";
import { OwnPlace } from "../../../plugins/events/counters.ts";
import { assert, assertEquals } from "../../assert.ts";
import { takeFrames, texts } from "../transport/sockets.ts";
import { FakeFiltering, filter, MEDIA } from "./fake_filtering.ts";
import { EventsFixture, type FixtureOptions } from "./events_fixture.ts";
import { Engine, SLOW_PLACE, SlowSink } from "./slow_sink.ts";

function open(engine: Engine, options: FixtureOptions = {}) {
  const f = new EventsFixture({
    ...{ sequence: true, ringBytes: 1 << 20 },
    ...options,
    more: (link) => [new SlowSink(link, engine)],
  });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  return { f, subscriber };
}

function upTo(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** The numbers of what a subscriber gets, until one of them; the fixture's loop goes on. */
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

function storedNumbers({ stored }: Engine): number[] {
  return [...stored.values()].map(({ number }) => number);
}

function record(f: EventsFixture, place: number): number {
  return f.end.counter(place + 1 + 2 * f.end.counter(place));
}

Deno.test("a sink that lags holds nobody up, and its records stay until it is done", () => {
  const engine = new Engine();
  const { f, subscriber } = open(engine, { topics: true });
  using _ = f;
  engine.room = 10;
  for (let i = 1; i <= 1000; i++) assert(f.event(`{"i":${i}}`));
  assertEquals(numbers(f, subscriber, 1000), upTo(1, 1000));
  assertEquals([f.counter("received"), f.counter("sent")], [1000, 1000]);
  assertEquals([record(f, OwnPlace.position), record(f, SLOW_PLACE)], [1000, 10]);
  assert(f.end.downUsed > 990 * 48 && f.link.used === 0);
  assert(f.service.ready && !f.end.busy, "nobody waits for it");
  const timeout = f.service.timeout(Date.now());
  assert(timeout > 0 && timeout <= 250, "the loop shows that it lives");
  engine.room = 500;
  f.until(() => engine.stored.size === 510, "some more");
  f.round();
  assertEquals(record(f, SLOW_PLACE), 510);
  const used = f.end.downUsed;
  engine.room = Infinity;
  for (let i = 1001; i <= 1010; i++) assert(f.event(`{"i":${i}}`));
  f.until(() => f.end.downUsed === 0, "the rest");
  assert(used > 490 * 48 && used < 600 * 64);
  assertEquals(storedNumbers(engine), upTo(1, 1010));
  assertEquals(engine.stored.get("777.0"), {
    number: 777,
    topic: "sessions.-.5.",
    body: '{"i":777}',
  });
  assertEquals(numbers(f, subscriber, 1010), upTo(1001, 1010));
  assertEquals(f.service.timeout(Date.now()), -1);
});

Deno.test("a record is given up when all sinks have confirmed it, one after the other", () => {
  const engine = new Engine();
  engine.window = 256;
  const { f, subscriber } = open(engine);
  using _ = f;
  for (let i = 1; i <= 300; i++) f.event("{}");
  assertEquals(numbers(f, subscriber, 300), upTo(1, 300));
  assertEquals([engine.stored.size, record(f, SLOW_PLACE)], [300, 44]);
  assertEquals(f.end.downUsed, 256 * 48);
  engine.window = 100;
  f.round();
  assertEquals([record(f, SLOW_PLACE), f.end.downUsed], [200, 100 * 48]);
  engine.window = 0;
  f.round();
  assertEquals(f.end.downUsed, 0);
});

Deno.test("after a restart each sink goes on where it was, and gets nothing again that it had", () => {
  const engine = new Engine();
  engine.room = 40;
  const { f, subscriber } = open(engine);
  using _ = f;
  for (let i = 1; i <= 300; i++) f.event(`{"i":${i}}`);
  assertEquals(numbers(f, subscriber, 300), upTo(1, 300));
  f.restart();
  for (let i = 301; i <= 310; i++) f.event(`{"i":${i}}`);
  assertEquals(numbers(f, subscriber, 310), upTo(301, 310));
  assertEquals([f.counter("received"), f.counter("sent")], [310, 310]);
  engine.room = 100;
  f.until(() => engine.stored.size === 140, "some");
  engine.window = 30;
  engine.room = 60;
  f.until(() => engine.stored.size === 200, "some that it does not confirm");
  f.restart();
  engine.room = Infinity;
  engine.window = 0;
  f.until(() => f.end.downUsed === 0, "the rest");
  assertEquals(storedNumbers(engine), upTo(1, 310));
  // What it had not confirmed came again, and nothing else.
  assertEquals(engine.came.length, 340);
  f.event("{}");
  assertEquals(numbers(f, subscriber, 311), [311]);
});

Deno.test("an event that was taken out is one whose number is missing", () => {
  const engine = new Engine();
  const { f, subscriber } = open(engine);
  using _ = f;
  f.event("1");
  f.end.write(Down.nothing, "2");
  f.event("3");
  assertEquals(numbers(f, subscriber, 3), [1, 3]);
  assertEquals([storedNumbers(engine), f.counter("received")], [[1, 3], 2]);
});

Deno.test("a sink that fails loses what it failed at, and others nothing", () => {
  const engine = new Engine();
  engine.fails = (body) => JSON.parse(body).i % 3 === 0;
  const { f, subscriber } = open(engine);
  using _ = f;
  for (let i = 1; i <= 30; i++) f.event(`{"i":${i}}`);
  assertEquals(numbers(f, subscriber, 30), upTo(1, 30));
  assertEquals(storedNumbers(engine), upTo(1, 30).filter((i) => i % 3 !== 0));
  assertEquals([f.end.downUsed, f.counter("errors")], [0, 0]);
});

Deno.test("what waits for a sink is bounded: then its oldest are lost, and nobody else's", () => {
  const engine = new Engine();
  engine.room = 5;
  engine.backlog = 1 << 16;
  const { f, subscriber } = open(engine, { ringBytes: 1 << 18 });
  using _ = f;
  const pad = "x".repeat(1000);
  for (let i = 1; i <= 2000; i++) {
    assert(f.event(`{"i":${i},"pad":"${pad}"}`), "the ring is full");
    if (i % 50 === 0) assertEquals(numbers(f, subscriber, i).at(-1), i);
  }
  assert(f.end.downUsed < 1.2 * engine.backlog, `${f.end.downUsed} bytes`);
  engine.room = Infinity;
  f.until(() => f.end.downUsed === 0, "the rest");
  const { size } = engine.stored;
  assert(size > 50 && size < 100, `${size} were stored`);
  assertEquals(storedNumbers(engine), [...upTo(1, 5), ...upTo(2006 - size, 2000)]);
  assertEquals(engine.lost, upTo(6, 2005 - size).map((i) => `${i}.0`));
});

Deno.test("filters run once for all sinks, and what they made waits for the one that lags", () => {
  const engine = new Engine();
  engine.room = 0;
  const filtering = new FakeFiltering(filter);
  const { f, subscriber } = open(engine, { filtering, topics: true });
  using _ = f;
  const says = [2, "as it is", 0, "fail", 1];
  for (let i = 0; i < 600; i++) {
    f.event(`{"say":${JSON.stringify(says[i % 5])},"i":${i}}`, { ...MEDIA, name: "some.plugin" });
  }
  f.event("{}");
  const got = new Map<number, string[]>();
  f.until(() => {
    for (let m = takeFrames(subscriber); m !== null; m = takeFrames(subscriber)) {
      const [topic, body, number] = texts(m)!;
      if (topic !== "dropped") got.set(Number(number), [topic!, body!]);
    }
    return got.has(601);
  }, "the last one");
  engine.room = Infinity;
  f.until(() => f.end.downUsed === 0, "the other one");
  assertEquals(filtering.runs.flat().length, 600);
  const stored = [...engine.stored.values()].map(({ number, topic, body }) =>
    [number, [topic, body]] as const
  );
  assertEquals(stored.length, 481);
  assertEquals(stored, [...got]);
  assertEquals(f.dropped("filter_error"), { media: 120 });
});

Deno.test("filters that make something else of events after a restart spoil no sink's numbers", () => {
  const engine = new Engine();
  engine.room = 4;
  let each = 1;
  const again = () => new FakeFiltering(() => filter(`{"say":${each}}`));
  const { f, subscriber } = open(engine, { filtering: again() });
  using _ = f;
  for (let i = 0; i < 20; i++) f.event("{}", MEDIA);
  assertEquals(numbers(f, subscriber, 20), upTo(1, 20));
  // Three of each: 16 are seen again, of which the sink takes two; then none.
  for (const [messages, last] of [[3, 53], [0, 54]] as const) {
    each = messages;
    f.filtering = again();
    f.restart();
    engine.room = 6;
    f.event('{"say":"last"}');
    assertEquals(numbers(f, subscriber, last), [last]);
  }
  engine.room = Infinity;
  f.until(() => f.end.downUsed === 0, "the rest");
  assertEquals(storedNumbers(engine), [...upTo(1, 11), 54]);
});

for (const grouping of [0, 7]) {
  Deno.test(`a subscriber that holds events up holds up no other sink (grouping ${grouping})`, () => {
    const engine = new Engine();
    const { f, subscriber } = open(engine, {
      ...{ grouping, grouping_linger: 20, sndhwm: 5, ringBytes: 1 << 22 },
    });
    using _ = f;
    const pad = "x".repeat(20_000);
    let count = 0;
    f.until(() => {
      const since = f.end.counter(OwnPlace.held_since);
      if (since === 0) f.event(`{"i":${++count},"pad":"${pad}"}`);
      return since > 0 && Date.now() - since > 150;
    }, "the subscriber to be full");
    for (let i = 0; i < 20; i++) {
      f.event(`{"i":${++count}}`);
      f.round();
    }
    assert(f.end.counter(OwnPlace.held_since) > 0 && f.service.ready);
    assertEquals(storedNumbers(engine), upTo(1, count));
    const got: number[] = [];
    f.until(() => {
      for (let m = takeFrames(subscriber); m !== null; m = takeFrames(subscriber)) {
        const parsed = JSON.parse(texts(m)![0]!);
        for (const { i } of grouping === 0 ? [parsed] : parsed) got.push(i);
      }
      return got.at(-1) === count;
    }, "the rest");
    assertEquals(got, upTo(1, count));
    f.until(() => f.end.downUsed === 0, "nothing in the ring");
    assertEquals(f.dropped("slow_subscriber"), {});
  });
}

Deno.test("Janus ends: sinks get a while to be done, and no more", () => {
  const engine = new Engine();
  engine.room = 3;
  const { f, subscriber } = open(engine);
  using _ = f;
  for (let i = 1; i <= 10; i++) f.event("{}");
  const begin = Date.now();
  for (let more = true; f.round(true) > 0;) {
    if (more && Date.now() - begin > 100) [more, engine.room] = [false, 2];
  }
  const took = Date.now() - begin;
  assert(took > 200 && took < 1200, `${took} ms`);
  assertEquals(numbers(f, subscriber, 10), upTo(1, 10));
  assert(engine.stored.size >= 5 && engine.stored.size + engine.lost.length === 10);
});

/** The process ends here; so often it does. */
const KILLS = 20;
class Killed extends Error {}

for (const grouping of [0, 3]) {
  Deno.test(`killed at any moment, many times: each sink gets what it was promised (grouping ${grouping})`, () => {
    const engine = new Engine();
    engine.window = 5;
    const { f, subscriber } = open(engine, {
      ...{ grouping, grouping_linger: 0, filtering: new FakeFiltering(filter) },
    });
    using _ = f;
    let seed = 7, kills = 0;
    const chance = () => (seed = (seed * 48271) % 0x7fffffff) / 0x7fffffff;
    /** The process may end before or after what it is about to do. */
    const fate = <A extends unknown[], R>(inner: (...args: A) => R) => (...args: A): R => {
      if (kills < KILLS && chance() < 0.01) throw new Killed();
      const result = inner(...args);
      if (kills < KILLS && chance() < 0.01) throw new Killed();
      return result;
    };
    const arm = () => {
      const { link, pub } = f;
      link.commit = fate(link.commit.bind(link));
      link.pass = fate(link.pass.bind(link));
      link.release = fate(link.release.bind(link));
      pub.send = fate(pub.send.bind(pub));
    };
    const got: { number: number; body: string }[] = [];
    const take = () => {
      for (let m = takeFrames(subscriber); m !== null; m = takeFrames(subscriber)) {
        const [text, number] = texts(m)!;
        const parsed = JSON.parse(text!);
        for (const body of grouping === 0 ? [parsed] : parsed) {
          got.push({ number: Number(number), body: JSON.stringify(body) });
        }
      }
    };
    arm();
    for (let i = 0; i < 400 || f.end.downUsed > 0; i++) {
      const say = ["as it is", 2, 0, 1][i % 4];
      if (i < 400) assert(f.event(`{"say":${JSON.stringify(say)},"i":${i}}`, MEDIA));
      else engine.window = 0;
      engine.room = chance() < 0.5 ? 0 : 3;
      try {
        f.round();
        f.round();
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
        kills++;
        take(); // what is with ZeroMQ ends with the process
        f.filtering = new FakeFiltering(filter);
        f.restart();
        f.until(() => (take(), f.counter("subscriptions") === 1), "the subscriber to be back");
        arm();
      }
      take();
      if (kills === KILLS) engine.room = Infinity;
    }
    assertEquals(kills, KILLS);
    const expected = upTo(0, 399).flatMap((i) => {
      const text = JSON.stringify({ say: ["as it is", 2, 0, 1][i % 4], i });
      const result = filter(text);
      return typeof result === "number" ? [text] : result.map(({ body }) => body);
    }).map((body) => JSON.stringify(JSON.parse(body)));
    // The engine: all, in order, none twice once those that came again are known by their ids.
    const stored = [...engine.stored.values()];
    assertEquals(stored.map(({ body }) => JSON.stringify(JSON.parse(body))), expected);
    assertEquals(stored.map(({ number }) => number), upTo(1, expected.length));
    // Subscribers: none twice and in order; what ZeroMQ had may be lost.
    f.until(() => (take(), got.at(-1)?.body === expected.at(-1)), "the last one");
    const places = got.map(({ body }) => expected.indexOf(body));
    assertEquals(places, [...new Set(places)].sort((a, b) => a - b));
    assert(got.length > expected.length * 0.9, `${got.length} of ${expected.length}`);
    assertEquals(f.counter("received"), 400);
  });
}
