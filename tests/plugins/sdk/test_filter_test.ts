import {
  defineEventFilter,
  type EventFilterContext,
  parseEvents,
  sampleEvent,
  testFilter,
} from "../../../mod.ts";
import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "../../assert.ts";

/** A filter of slow links that does what it is told. */
function slowLinks(filter: (event: { event: object }, ctx: EventFilterContext) => object | null) {
  return defineEventFilter({ name: "slow", events: ["media.slowlink"], filter });
}

const SLOW = sampleEvent("media.slowlink");
const STATE = sampleEvent("media.state");

Deno.test("testFilter() gives a filter what it names, and passes the rest by", async () => {
  const seen: object[] = [];
  const filter = slowLinks((event) => (seen.push(event), null));
  await using test = await testFilter(filter);
  assertEquals(await test.send(SLOW), []);
  assertEquals(await test.send(STATE), [STATE]);
  assertEquals(seen, [SLOW]);
  assertEquals(test.passed, [{ topic: "media.state.1001.", event: STATE }]);
});

Deno.test("testFilter() fails where a filter forgets to return, as the plugin takes it for a failure", async () => {
  const forgetful = slowLinks((() => {}) as unknown as () => null);
  const words =
    "filter() of slow returned undefined, as if a return was forgotten: return the event" +
    " to pass it on, null to drop it";
  await using test = await testFilter(forgetful);
  await assertRejects(() => test.send(SLOW), TypeError, words);
  await using passing = await testFilter({ onError: "pass" }, forgetful);
  assertEquals(await passing.send(SLOW), [SLOW]);
  await using dropping = await testFilter({ onError: "drop" }, forgetful);
  assertEquals(await dropping.send(SLOW), []);
  assertStringIncludes(String(dropping.errors[0]), words);
});

Deno.test("testFilter() gives what is emitted and returned, in order, with topics", async () => {
  const filter = slowLinks((event, ctx) => {
    ctx.emit({ type: 4, event: { schema: "first", data: {} } });
    ctx.emit({ type: 4, event: { schema: "second", data: {} } }, "mine.second");
    ctx.topic = "mine.slow";
    return [event, { ...event, again: true }];
  });
  await using test = await testFilter(filter);
  const passed = await test.send<object>(SLOW);
  assertEquals(passed, [
    { type: 4, event: { schema: "first", data: {} } },
    { type: 4, event: { schema: "second", data: {} } },
    SLOW,
    { ...SLOW, again: true },
  ]);
  const topics = test.passed.map(({ topic }) => topic);
  assertEquals(topics, ["external.-.-.", "mine.second", "mine.slow", "mine.slow"]);
});

Deno.test("testFilter() with several: a chain, in which each gets what the last one made", async () => {
  const first = slowLinks((event, ctx) => {
    ctx.topic = "first";
    ctx.emit(STATE);
    return { ...event, first: true };
  });
  const topics: (string | undefined)[] = [];
  const second = defineEventFilter({
    name: "second",
    events: ["media"],
    filter(event, ctx) {
      topics.push(ctx.topic);
      return event.subtype === 1 ? null : { ...event, second: true };
    },
  });
  await using test = await testFilter(first, second);
  assertEquals(await test.send<object>(SLOW), [{ ...SLOW, first: true, second: true }]);
  assertEquals(topics, [undefined, "first"]);
  assertEquals(test.passed.map(({ topic }) => topic), ["first"]);
});

Deno.test("testFilter() waits for filters that are asynchronous", async () => {
  const filter = defineEventFilter({
    name: "later",
    events: ["all"],
    async filter(event) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      return { ...event, late: true };
    },
  });
  await using test = await testFilter(filter);
  assertEquals(await test.sendAll<object>([SLOW, STATE]), [
    { ...SLOW, late: true },
    { ...STATE, late: true },
  ]);
});

Deno.test("testFilter() copies: a filter can't change the test's event, nor the test its result", async () => {
  const kept: object[] = [];
  const filter = slowLinks((event) => {
    Reflect.set(event.event, "mid", "changed");
    kept.push(event);
    return event;
  });
  const event = sampleEvent("media.slowlink");
  await using test = await testFilter(filter);
  const [passed] = await test.send(event);
  assertEquals(passed?.event.mid, "changed");
  assertEquals(event, SLOW);
  assert(passed !== kept[0]);
});

Deno.test("testFilter() gives what JSON makes of a result, with large ids exact", async () => {
  const filter = slowLinks((event) => ({ ...event, gone: undefined, when: new Date(0) }));
  await using test = await testFilter(filter);
  const [passed] = await test.send<object>({ ...SLOW, session_id: 9007199254740993n });
  const when = "1970-01-01T00:00:00.000Z";
  assertEquals(passed, { ...SLOW, session_id: 9007199254740993n, when });
  assertEquals(test.passed[0]?.topic, "media.slowlink.9007199254740993.");
});

Deno.test("testFilter() fails by the filter's own error", async () => {
  const filter = slowLinks(() => {
    throw new RangeError("no idea");
  });
  await using test = await testFilter(filter);
  const error = await assertRejects(() => test.send(SLOW), RangeError, "no idea");
  assertStringIncludes(error.stack ?? "", "test_filter_test.ts");
  const wrong = slowLinks(() => "text" as unknown as object);
  await using another = await testFilter(wrong);
  await assertRejects(() => another.send(SLOW), TypeError, "Cannot publish text");
});

Deno.test("testFilter() with onError does as the plugin does, and keeps the errors", async () => {
  const filter = slowLinks((event) => {
    Reflect.set(event.event, "mid", "half done");
    throw new Error("failed");
  });
  await using passing = await testFilter({ onError: "pass" }, filter);
  assertEquals(await passing.send(SLOW), [SLOW]);
  assertEquals(passing.errors.map(String), ["Error: failed"]);
  await using dropping = await testFilter({ onError: "drop" }, filter);
  assertEquals(await dropping.send(SLOW), []);
  assertEquals(dropping.errors.length, 1);
});

Deno.test("testFilter() sets up, keeps the log, and tears down in reverse order, once", async () => {
  const done: string[] = [];
  const make = (name: string) =>
    defineEventFilter({
      name,
      events: ["media.slowlink"],
      setup: async ({ log }) => {
        await Promise.resolve();
        log.info(`${name} is ready`);
      },
      filter(event, { log }) {
        log.warning(`${name} saw ${event.event.mid}`);
        return event;
      },
      teardown: () => void done.push(name),
    });
  const test = await testFilter(make("a"), make("b"));
  await test.send(SLOW);
  assertEquals(test.log, [
    { level: "info", text: "a is ready" },
    { level: "info", text: "b is ready" },
    { level: "warning", text: "a saw 0" },
    { level: "warning", text: "b saw 0" },
  ]);
  await test[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
  assertEquals(done, ["b", "a"]);
  await assertRejects(() => test.send(SLOW), TypeError, "torn down");
});

Deno.test("testFilter() tears down what is set up where a later one can't be", async () => {
  const done: string[] = [];
  const good = { name: "good", events: ["all"], filter: () => null } as const;
  const bad = {
    ...good,
    name: "bad",
    setup: () => {
      throw new Error("no table");
    },
  };
  const first = { ...good, teardown: () => void done.push("good") };
  await assertRejects(() => testFilter(first, bad), Error, "no table");
  assertEquals(done, ["good"]);
});

for (
  const [value, message] of [
    [undefined, "Cannot use undefined as an event filter: the module's default export"],
    [[], "defineEventFilter({ ... })"],
    [{ events: ["all"], filter: () => null }, "with the name undefined"],
    [{ name: "a b", events: ["all"], filter: () => null }, 'with the name "a b"'],
    [{ name: "-a", events: ["all"], filter: () => null }, "the first a letter or digit"],
    [{ name: "good", events: ["all"], filter: () => null }, 'two modules with the name "good"'],
    [{ name: "a", events: ["all"] }, "filter must be a function, not undefined"],
    [
      { name: "a", events: ["all"], filter: () => null, setup: 3 },
      "setup must be a function, not 3",
    ],
    [{ name: "a", events: [], filter: () => null }, "its events must be a list of one of all"],
    [{ name: "a", events: "all", filter: () => null }, 'must be a list: write ["all"]'],
    [{ name: "a", onReply: () => null }, "a is a hook: see testHook, and hooks.modules"],
    [
      { name: "a", events: ["medai"], filter: () => null },
      'events has "medai", which is not one of',
    ],
  ] as const
) {
  Deno.test(`testFilter() refuses what is no filter: ${message}`, async () => {
    const filter = value as unknown as Parameters<typeof testFilter>[1];
    const good = defineEventFilter({ name: "good", events: ["all"], filter: () => null });
    await assertRejects(() => testFilter(good, filter), TypeError, message);
  });
}

Deno.test("parseEvents() reads a recording, and names the line that is none", () => {
  assertEquals(parseEvents(""), []);
  const [event] = parseEvents('{"type":4,"id":9007199254740993}\n\n');
  assertEquals(Reflect.get(event ?? {}, "id"), 9007199254740993n);
  assertEquals(parseEvents('\u{feff}{"type":4}\r\n\r\n\u{feff}{"type":8}\r\n\u{feff}').length, 2);
  assertThrows(() => parseEvents('{"type":4}\n{"type"'), SyntaxError, "line 2: it is no JSON");
  assertThrows(() => parseEvents("\n[1]"), SyntaxError, "line 2: it is no event");
});

Deno.test("sampleEvent() merges what is given, and finds the shape that it belongs to", () => {
  assertEquals(sampleEvent("sessions").event.name, "created");
  assertEquals(sampleEvent("sessions", { event: { name: "timeout" } }).event, { name: "timeout" });
  assertEquals(sampleEvent("jsep", { event: { owner: "local" } }).event.jsep.type, "answer");
  const data = sampleEvent("media.stats", { event: { media: "data" } });
  assert(!("rtt" in data.event));
  const both = [data.event, sampleEvent("media.stats").event].flat();
  assertEquals(sampleEvent("media.stats", { event: both }).event, both);
  assertEquals(sampleEvent("core.startup", { event: { status: "update" } }).subtype, 1);
  const slow = sampleEvent("media.slowlink", { handle_id: 2n ** 60n, event: { mid: "v" } });
  assertEquals([slow.handle_id, slow.event.mid, slow.event.media], [2n ** 60n, "v", "audio"]);
  const again = sampleEvent("media.slowlink");
  assertEquals(again, SLOW);
  assert(again.event !== SLOW.event);
  assertNotEquals(slow, SLOW);
});
