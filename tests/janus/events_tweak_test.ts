/** What Janus's admin may ask of the event handler, and change. */
import { assertEquals, assertMatch } from "../assert.ts";
import { Fixture } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";

async function tweak(fixture: Fixture, changes: Json): Promise<Json> {
  return await fixture.query("events", { request: "tweak", ...changes });
}

/** Waits until `info` shows it. */
async function shows(fixture: Fixture, wanted: Json): Promise<void> {
  await fixture.waitFor(JSON.stringify(wanted), async () => {
    const info = await fixture.query("events", { request: "info" });
    return Object.entries(wanted).every(([key, value]) =>
      JSON.stringify(info[key]) === JSON.stringify(value)
    );
  });
}

/** The next message that has custom events in it, and those. */
async function custom(sub: TestSocket): Promise<Json> {
  for (;;) {
    const message = await sub.json();
    const events: Json[] = Array.isArray(message) ? message : [message];
    if (events.some(({ type }) => type === 4)) return message;
  }
}

Deno.test("tweak changes what it names, leaves the rest, and outlives the process", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  const before = await fixture.query("events", { request: "info" });
  assertEquals([before.grouping, before.grouping_linger, before.json], [0, 100, "compact"]);
  assertEquals(before.queue, { policy: "wait", max_wait: 5000 });
  assertEquals([before.topics, before.cut_off, before.held_since], [false, 0, 0]);

  assertEquals(await tweak(fixture, { json: "plain" }), { result: 200 });
  await shows(fixture, { json: "plain", grouping: 0, events: before.events });
  await fixture.emit({ n: 1 });
  await fixture.waitFor("an event as it is now", async () => {
    return (await sub.text()).startsWith('{"emitter": ');
  });

  assertEquals(await tweak(fixture, { grouping: 3, grouping_linger: 60_000 }), { result: 200 });
  await shows(fixture, { grouping: 3, grouping_linger: 60_000, json: "plain" });
  assertEquals(await tweak(fixture, { events: "external, Core" }), { result: 200 });
  await shows(fixture, { events: ["external", "core"], grouping: 3 });
  assertEquals(await tweak(fixture, { events: ["core", "jsep"] }), { result: 200 });
  await shows(fixture, { events: ["jsep", "core"] });
  assertEquals(await tweak(fixture, { events: ["external", "core"] }), { result: 200 });
  const queue = { max_wait: 700 };
  assertEquals(await tweak(fixture, { queue }), { result: 200 });
  await shows(fixture, { queue: { policy: "wait", max_wait: 700 } });

  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("events"), "SIGKILL");
  await fixture.ready("events", since);
  await shows(fixture, {
    ...{ json: "plain", events: ["external", "core"], grouping: 3, grouping_linger: 60_000 },
    queue: { policy: "wait", max_wait: 700 },
  });
  await fixture.subscriptions(1);
  for (let n = 2; n <= 4; n++) await fixture.emit({ n });
  const group = await custom(sub);
  assertEquals(group.map((event: Json) => event.event.data), [{ n: 2 }, { n: 3 }, { n: 4 }]);

  assertEquals(await tweak(fixture, { grouping: false }), { result: 200 });
  await shows(fixture, { grouping: 0 });
  await fixture.emit({ n: 5 });
  assertEquals((await custom(sub)).event.data, { n: 5 });
  assertEquals(await tweak(fixture, { grouping: true, grouping_linger: 0 }), { result: 200 });
  await shows(fixture, { grouping: 100, grouping_linger: 0 });
});

Deno.test("tweak refuses what makes no sense, and says what does", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { event_handler: { general: { topics: true } } },
  });
  const cases: [Json, RegExp][] = [
    [{ events: "sessions, handels" }, /^events: one of "all", "none", or some of "sessions", /],
    [{ events: "all, media" }, /^events: /],
    [{ json: "pretty" }, /^json: one of "compact"/],
    [{ queue: { policy: "never" } }, /^queue\.policy: one of "wait", "drop"/],
    [{ queue: { max_wait: -1 } }, /^queue\.max_wait: an integer from 0/],
    [{ topics: false }, /^there is no topics to change; there are: "json"/],
    // A group of events has no topic of its own.
    [{ grouping: 5 }, /^there is no grouping to change/],
    [{ max_wait: 5 }, /^there is no max_wait to change; there is queue\.max_wait: \{"queue": /],
    [{ filters: { mine: false } }, /^no filters are loaded$/],
  ];
  for (const [changes, expected] of cases) {
    const { error_code, error } = await tweak(fixture, changes);
    assertEquals(error_code, 413);
    assertMatch(error, expected);
  }
  const { configured } = await fixture.query("events", { request: "info" });
  assertEquals(configured, undefined);
});

Deno.test("info shows drops by cause and type, and numbers", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  await fixture.emit({ last: 1 });
  await sub.until(({ event }) => event.data?.last === 1);
  const { dropped, counters, sequence } = await fixture.query("events", { request: "info" });
  assertEquals(Object.keys(dropped), [
    "ring_full",
    "oversized",
    "invalid",
    "slow_subscriber",
    "filter_error",
    "oversized_stream",
  ]);
  assertEquals(Object.keys(dropped.ring_full).length, 10);
  assertEquals(dropped.slow_subscriber.media, 0);
  assertEquals([counters.dropped, counters.errors], [0, 0]);
  assertEquals([sequence, counters.sent], [counters.received, counters.received]);
});
