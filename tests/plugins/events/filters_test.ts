import type { Link } from "../../../ffi/bridge/link.ts";
import { type EventFiltering, Outcome } from "../../../plugins/events/filtering.ts";
import { assert, assertEquals } from "../../assert.ts";
import { takeFrames, texts } from "../transport/sockets.ts";
import { PublisherFixture } from "./publisher_fixture.ts";

const MEDIA = { type: 32, subtype: 1 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

interface Message {
  readonly topic: string;
  readonly body: string;
}

/** Filters in the same thread: what they make of an event is for the test to say. */
class FakeFiltering implements EventFiltering {
  timeout(): number {
    return Infinity;
  }
  watch(): void {}
  prepare(): void {}
  woken(): number {
    return 0;
  }
  tick(): void {}
  close(): void {}

  readonly memory = new Uint8Array(new ArrayBuffer(1 << 20));
  topicOffset = 0;
  topicLength = 0;
  bodyOffset = 0;
  bodyLength = 0;
  /** How often `take` says that it does not know before it says what. */
  patience = 0;
  readonly runs: string[][] = [];
  #results: (Message[] | number)[] = [];
  #messages: Message[] = [];
  #waits = 0;
  #at = 0;

  constructor(readonly filter: (text: string) => Message[] | number) {}

  wants(type: number): boolean {
    return type === MEDIA.type;
  }

  begin(link: Link, indices: readonly number[]): void {
    assertEquals(this.#results, [], "the last run was not taken back");
    const wanted = Uint32Array.from(indices);
    const offsets = new Uint32Array(wanted.length + 1);
    const target = new Uint8Array(new ArrayBuffer(1 << 23));
    const taken = link.pack(wanted, wanted.length, target, target.length, offsets);
    const run = Array.from(
      { length: taken },
      (_, i) => decoder.decode(target.subarray(offsets[i], offsets[i + 1]! - 1)),
    );
    this.runs.push(run);
    this.#results = run.map(this.filter);
    this.#waits = this.patience;
    this.#at = 0;
  }

  get available(): boolean {
    return this.#waits <= 0 && this.#results.length > 0;
  }

  take(): number | null {
    if (--this.#waits >= 0) return null;
    assertEquals(this.#messages, [], "messages of the last event were not taken");
    const result = this.#results.shift();
    assert(result !== undefined, "there is no next event");
    if (typeof result === "number") return result;
    this.#messages = [...result];
    return result.length;
  }

  message(): void {
    const { topic, body } = this.#messages.shift()!;
    const put = (text: string) => {
      const bytes = encoder.encode(text);
      if (this.#at + bytes.length > this.memory.length) this.#at = 0;
      this.memory.set(bytes, this.#at);
      this.#at += bytes.length;
      return [this.#at - bytes.length, bytes.length] as const;
    };
    [this.topicOffset, this.topicLength] = put(topic);
    [this.bodyOffset, this.bodyLength] = put(body);
  }
}

/** `many 3 ...` becomes three, `none` none, `fail` fails, `as it is` passes. */
function filter(text: string): Message[] | number {
  const { say } = JSON.parse(text);
  if (say === "fail") return -2;
  if (say === "as it is") return Outcome.unchanged;
  return Array.from({ length: Number(say) }, (_, i) => ({
    topic: `of.${i}`,
    body: `{"part":${i},"of":${text}}`,
  }));
}

function open(filtering: FakeFiltering, more = {}) {
  const f = new PublisherFixture({ filtering, sequence: true, topics: true, ...more });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  return { f, subscriber };
}

function media(f: PublisherFixture, say: string | number): void {
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

Deno.test("an isolate that ends at the filters leaves their events to the next one", () => {
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
