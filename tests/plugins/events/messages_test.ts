import { eventTopic } from "../../../plugins/janus/event_types.ts";
import { assert, assertEquals } from "../../assert.ts";
import { receiveFrames, texts } from "../transport/sockets.ts";
import { type EventFields, EventsFixture } from "./events_fixture.ts";

/** An event as Janus writes it, and as the stub describes it. */
function event(type: number, more: Record<string, unknown>): { text: string; fields: EventFields } {
  const { subtype = 0, session_id = 0, event: body = {} } = more as {
    subtype?: number;
    session_id?: number;
    event?: { plugin?: string; transport?: string | { transport: string } };
  };
  const { plugin, transport } = body;
  const name = plugin ?? (typeof transport === "object" ? transport.transport : transport);
  return {
    text: JSON.stringify({ emitter: "e", type, ...more }),
    fields: { type, subtype, session: BigInt(session_id), ...(name === undefined ? {} : { name }) },
  };
}

const EVENTS = [
  event(1, {
    session_id: 12,
    event: { name: "created", transport: { transport: "janus.transport.zeromq", id: "1" } },
  }),
  event(2, { session_id: 12, event: { name: "attached", plugin: "janus.plugin.echotest" } }),
  event(4, { event: { schema: "s", data: { plugin: "no" } } }),
  event(16, { session_id: 12, subtype: 2, event: { "local-candidate": "c" } }),
  event(32, { session_id: 9007199254740991, subtype: 3, event: { mid: "0" } }),
  event(32, { session_id: 12, subtype: 9, event: {} }),
  event(64, { session_id: 12, event: { plugin: "janus.plugin.echotest", data: {} } }),
  event(128, { event: { transport: "janus.transport.zeromq", id: "1", data: {} } }),
  event(256, { subtype: 1, event: { status: "update" } }),
  event(512, { event: {} }),
];

Deno.test("topics = true: the topic that `eventTopic` gives comes first, then the JSON", () => {
  using f = new EventsFixture({ topics: true });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (const { text, fields } of EVENTS) f.event(text, fields);
  for (const { text } of EVENTS) {
    assertEquals(f.receive(subscriber), [eventTopic(JSON.parse(text)), text]);
  }
});

Deno.test("a subscriber gets what its prefixes say, chosen at the publisher", () => {
  using f = new EventsFixture({ topics: true });
  const media = f.subscribe("media."), session = f.subscribe("webrtc.lcand.12.");
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  for (const { text, fields } of EVENTS) f.event(text, fields);
  assertEquals(f.receive(media)[0], "media.stats.9007199254740991.");
  assertEquals(f.receive(media)[0], "media.9.12.");
  assertEquals(f.receive(session)[0], "webrtc.lcand.12.");
  f.until(() => f.end.downUsed === 0, "the rest");
  assertEquals(receiveFrames(media, 50), null);
  assertEquals(receiveFrames(session, 50), null);
});

Deno.test("sequence = true: a last frame has the number, with and without topics", () => {
  for (const topics of [false, true]) {
    using f = new EventsFixture({ topics, sequence: true });
    const subscriber = f.subscribe();
    f.until(() => f.counter("subscriptions") === 1, "the subscription");
    for (let i = 1; i <= 11; i++) f.event(`{"i":${i}}`);
    for (let i = 1; i <= 11; i++) {
      const expected = [`{"i":${i}}`, `${i}`];
      assertEquals(f.receive(subscriber), topics ? ["sessions.-.5.", ...expected] : expected);
    }
  }
});

Deno.test("numbers go on over a restart, and none stands for two events", () => {
  using f = new EventsFixture({ sequence: true });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  for (let i = 1; i <= 5; i++) f.event(`${i}`);
  for (let i = 1; i <= 5; i++) assertEquals(f.receive(subscriber), [`${i}`, `${i}`]);
  for (let i = 6; i <= 8; i++) f.event(`${i}`);
  f.restart();
  for (let i = 6; i <= 8; i++) assertEquals(f.receive(subscriber), [`${i}`, `${i}`]);
  const said = f.log.filter((line) => line.includes("were with ZeroMQ"));
  assertEquals(said.length, 1);
  assert(
    /^Events up to number 5 .* some of the last 5 \(zeromq\.sndhwm\)$/.test(said[0]!),
    said[0],
  );
});

Deno.test("an event that had gone out, but was not given up, is not published again", () => {
  using f = new EventsFixture({ sequence: true });
  const subscriber = f.subscribe();
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.event("1");
  f.event("2");
  // The process ends between the two: what it has saved is ahead of the ring.
  const { commit } = f.link;
  f.link.commit = () => {};
  assertEquals(f.receive(subscriber), ["1", "1"]);
  assertEquals(f.receive(subscriber), ["2", "2"]);
  assert(f.end.downUsed > 0);
  f.link.commit = commit;
  f.restart();
  f.event("3");
  assertEquals(f.receive(subscriber), ["3", "3"]);
  assertEquals(f.end.downUsed, 0);
});

Deno.test("with topics, drops are told in-band once a second, by cause and type", () => {
  using f = new EventsFixture({ topics: true, sequence: true, ringBytes: 1 << 16 });
  const all = f.subscribe(), dropped = f.subscribe("dropped");
  f.until(() => f.counter("subscriptions") === 2, "the subscriptions");
  f.event("{}");
  assertEquals(f.receive(all)[2], "1");
  f.end.refuse("ring_full", 32, 7);
  f.end.refuse("oversized", 8, 1);
  f.end.refuse("invalid", 8, 2);
  f.event("{}");
  assertEquals(f.receive(all), ["sessions.-.5.", "{}", "12"]);
  const [topic, body, number] = f.receive(dropped);
  assertEquals(topic, "dropped");
  assertEquals(JSON.parse(body!), {
    ring_full: { media: 7 },
    oversized: { jsep: 1 },
    invalid: { jsep: 2 },
  });
  assert(number === "12" || number === "11" || number === "1", number);
  f.end.refuse("ring_full", 32, 2);
  const begin = Date.now();
  assertEquals(JSON.parse(f.receive(dropped)[1]!), { ring_full: { media: 2 } });
  assert(Date.now() - begin > 800, "twice in a second");
  assertEquals(texts(receiveFrames(all, 0))?.[0], "dropped");
});

Deno.test("what was refused while there was no process is told by the next one", () => {
  using f = new EventsFixture({ topics: true });
  const dropped = f.subscribe("dropped");
  f.until(() => f.counter("subscriptions") === 1, "the subscription");
  f.end.refuse("ring_full", 1, 3);
  assertEquals(JSON.parse(f.receive(dropped)[1]!), { ring_full: { sessions: 3 } });
  f.end.refuse("ring_full", 1, 4);
  f.restart();
  assertEquals(JSON.parse(f.receive(dropped)[1]!), { ring_full: { sessions: 4 } });
});
