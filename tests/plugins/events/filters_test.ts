import { assert, assertEquals } from "../../assert.ts";
import { takeFrames, texts } from "../transport/sockets.ts";
import { FakeFiltering, filter, MEDIA } from "./fake_filtering.ts";
import { EventsFixture } from "./events_fixture.ts";

function open(filtering: FakeFiltering, more = {}) {
  const f = new EventsFixture({ filtering, sequence: true, topics: true, ...more });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  return { f, subscriber };
}

function media(f: EventsFixture, say: string | number): void {
  assert(f.event(`{"say":${JSON.stringify(say)}}`, { ...MEDIA, name: "some.plugin" }));
}

Deno.test("what filters want goes through them, in order with what they do not", () => {
  const filtering = new FakeFiltering(filter);
  const { f, subscriber } = open(filtering);
  using _ = f;
  f.event("1");
  media(f, 1);
  f.event("3");
  media(f, "as it is");
  media(f, 2);
  media(f, 0);
  f.event("4");
  const got = [1, 2, 3, 4, 5, 6, 7].map(() => f.receive(subscriber));
  assertEquals(got, [
    ["sessions.-.5.", "1", "1"],
    ["of.0", '{"part":0,"of":{"say":1}}', "2"],
    ["sessions.-.5.", "3", "3"],
    ["media.state.5.some.plugin", '{"say":"as it is"}', "4"],
    ["of.0", '{"part":0,"of":{"say":2}}', "5"],
    ["of.1", '{"part":1,"of":{"say":2}}', "6"],
    ["sessions.-.5.", "4", "7"],
  ]);
  assertEquals(filtering.runs, [['{"say":1}', '{"say":"as it is"}', '{"say":2}', '{"say":0}']]);
  assertEquals([f.counter("received"), f.counter("sent"), f.end.downUsed], [7, 7, 0]);
});

Deno.test("an event that a filter fails at, and drops, leaves a gap and is counted", () => {
  const { f, subscriber } = open(new FakeFiltering(filter));
  using _ = f;
  media(f, 1);
  media(f, "fail");
  media(f, 1);
  assertEquals(f.receive(subscriber)[2], "1");
  assertEquals(f.receive(subscriber)[2], "3");
  assertEquals(f.dropped("filter_error"), { media: 1 });
  const [topic, body] = f.receive(subscriber);
  assertEquals([topic, JSON.parse(body!)], ["dropped", { filter_error: { media: 1 } }]);
  f.until(() => f.log.includes("Events were dropped: 1 media (filter failed)"), "a word of it");
});

Deno.test("while filters are at work the loop goes on, and what is before them goes out", () => {
  const filtering = new FakeFiltering(filter);
  filtering.patience = 500;
  const { f, subscriber } = open(filtering);
  using _ = f;
  f.event("1");
  media(f, 1);
  f.event("2");
  assertEquals(f.round(), 1);
  assertEquals(f.receive(subscriber)[1], "1");
  assert(f.end.downUsed > 0 && !f.service.ready);
  assert(!f.end.busy, "who dies now does not die of the event");
  const late = f.subscribe("late");
  f.until(() => f.counter("subscriptions") === 2, "a subscription meanwhile");
  assertEquals(f.receive(subscriber)[0], "of.0");
  assertEquals(f.receive(subscriber)[1], "2");
  f.closeClient(late);
});

Deno.test("a subscriber that is full in the middle of a run gets all of it in order", () => {
  const filtering = new FakeFiltering(filter);
  const { f, subscriber } = open(filtering, { sndhwm: 5, topics: false, ringBytes: 1 << 22 });
  using _ = f;
  const pad = "x".repeat(20_000);
  let count = 0;
  for (let i = 0; i < 100; i++) {
    f.event(`{"say":3,"pad":"${pad}"}`, MEDIA);
    f.event("{}");
    count += 4;
  }
  f.round();
  f.until(() => !f.service.ready, "the subscriber to be full");
  const got: string[] = [];
  f.until(() => {
    for (let m = takeFrames(subscriber); m !== null; m = takeFrames(subscriber)) {
      got.push(texts(m)![1]!);
    }
    return got.length === count;
  }, "all of them");
  assertEquals(got, Array.from({ length: count }, (_, i) => `${i + 1}`));
  assertEquals(f.end.downUsed, 0);
});

Deno.test("filters and groups go together", () => {
  const { f, subscriber } = open(new FakeFiltering(filter), {
    ...{ topics: false, grouping: 4, grouping_linger: 10 },
  });
  using _ = f;
  f.event('"a"');
  media(f, 2);
  media(f, "as it is");
  f.event('"b"');
  media(f, 0);
  media(f, 1);
  const part = (i: number, say: number) => ({ part: i, of: { say } });
  const [first, second] = [f.receive(subscriber), f.receive(subscriber)];
  assertEquals(JSON.parse(first[0]!), ["a", part(0, 2), part(1, 2), { say: "as it is" }]);
  assertEquals(JSON.parse(second[0]!), ["b", part(0, 1)]);
  assertEquals([first[1], second[1]], ["1", "5"]);
  assertEquals([f.end.downUsed, f.counter("received"), f.counter("sent")], [0, 6, 6]);
});

Deno.test("a process that ends at the filters leaves their events to the next one", () => {
  const filtering = new FakeFiltering(filter);
  filtering.patience = Infinity;
  const { f, subscriber } = open(filtering);
  using _ = f;
  f.event("1");
  media(f, 2);
  assertEquals(f.receive(subscriber)[2], "1");
  f.round();
  const next = new FakeFiltering(filter);
  f.filtering = next;
  f.restart();
  const got = [f.receive(subscriber), f.receive(subscriber)];
  assertEquals(got.map(([topic, , number]) => [topic, number]), [["of.0", "2"], ["of.1", "3"]]);
});
