/** The same filters and events through `testFilter`, filter:try and the plugin: all say the same. */
import { type AnyEventFilter, eventTopic, testFilter } from "../../../mod.ts";
import { parseJson, stringifyJson } from "../../../plugins/janus/json.ts";
import { FilterProcess, FilterStoppedError } from "../../../scripts/filter/process.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";
import { event, Rig, withModules } from "./support.ts";

interface Published {
  readonly topic: string;
  readonly event: unknown;
}

/** What filters made of all events: of each a list, and what they threw and logged. */
interface Said {
  readonly published: readonly (readonly Published[])[];
  readonly errors: readonly string[];
  readonly log: readonly string[];
}

const STATE = event(32, { mid: "0" }, { subtype: 1, session_id: 7 });
const SLOW = event(32, { mid: "0" }, { subtype: 2, session_id: 7 });
const PLUGIN = event(64, { plugin: "janus.plugin.echotest", data: { n: 1 } });
const LONG = parseJson(
  '{"type":1,"session_id":9007199254740993,"least":-9223372036854775808,"event":{"name":"created"}}',
) as object;

/** Filters of all events by their bodies, or whole ones; what they are given; what they fail by. */
const FILTERS: Record<string, {
  readonly filters: readonly string[];
  readonly events: readonly object[];
  readonly error?: string;
}> = {
  "pass, change, drop and add": {
    filters: [
      `if (event.type === 64) return null;
       if (event.subtype === 2) return [event, { ...event, again: true }];
       ctx.emit({ type: 4, event: { schema: "s", data: {} } });
       ctx.emit(event, "mine");
       event.later = true;
       return event;`,
    ],
    events: [STATE, SLOW, PLUGIN],
  },
  "get what they name, and what the one before made": {
    filters: [
      `{ name: "a", events: ["media.slowlink", "core"], filter(event, ctx) {
         ctx.topic = "a"; event.type = 64; return event; } }`,
      `{ name: "b", events: ["plugins"], filter(event, ctx) { event.b = ctx.topic; return event; } }`,
      `{ name: "c", events: ["media"], filter: () => null }`,
    ],
    events: [SLOW, STATE, PLUGIN, event(256, {})],
  },
  "get several from the one before, some of them later": {
    filters: [
      `return [1, 2, 3].map((n) => ({ ...event, n }));`,
      `if (event.n === 2) return (async () => { await 1; return { ...event, late: true }; })();
       if (event.n === 3) ctx.emit({ ...event, more: true }, "more");
       return event;`,
      `event.last = ctx.topic ?? null; return event;`,
    ],
    events: [STATE, SLOW],
  },
  "get what the one before returned, not what JSON makes of it": {
    filters: [
      `return { ...event, at: new Date(0), gone: undefined, no: NaN };`,
      `event.kinds = [event.at instanceof Date, "gone" in event]; return event;`,
    ],
    events: [STATE],
  },
  "forget to return": {
    filters: [`if (event.subtype === 2) return event; if (event.type === 64) return null;`],
    events: [STATE, SLOW, STATE, PLUGIN],
    error: "filter() of f0 returned undefined",
  },
  "forget it in a promise": {
    filters: [`ctx.topic = "lost"; return (async () => { await 1; })();`, `return event;`],
    events: [STATE],
    error: "return the event to pass it on, null to drop it",
  },
  "have JSON's say": {
    filters: [`return { ...event, toJSON: () => ({ type: 4, event: { mine: true } }) };`],
    events: [STATE],
  },
  "keep long integers and large reals": {
    filters: [
      `return { ...event, twice: event.session_id * 2n, real: 1e20, most: 2n ** 63n - 1n };`,
    ],
    events: [LONG],
  },
  "throw, with the event half changed": {
    filters: [`event.first = 1; return event;`, `event.half = true; throw new RangeError("no");`],
    events: [STATE, SLOW],
    error: "RangeError: no",
  },
  "throw when nobody before has touched the event": {
    filters: [`event.half = true; throw new RangeError("no");`, `event.last = 1; return event;`],
    events: [STATE],
    error: "RangeError: no",
  },
  "throw, and the next one drops it": {
    filters: [`throw new RangeError("no");`, `return null;`],
    events: [STATE],
    error: "RangeError: no",
  },
  "reject": {
    filters: [`return Promise.reject(new Error("later"));`],
    events: [STATE],
    error: "Error: later",
  },
  "take the plugin's own topic": {
    filters: [`ctx.topic = "dropped"; return event;`],
    events: [STATE],
    error: "TypeError: Cannot publish under the topic dropped: it is the plugin's own",
  },
  "emit under the plugin's own topic": {
    filters: [`ctx.emit({ type: 4 }, "dropped"); return event;`],
    events: [STATE],
    error: "TypeError: Cannot publish under the topic dropped: it is the plugin's own",
  },
  "have topics that begin like the plugin's": {
    filters: [`ctx.topic = event.subtype === 1 ? "dropped.mine" : ""; return event;`],
    events: [STATE, SLOW],
  },
  "set a topic that is none": {
    filters: [`ctx.topic = 3; return event;`],
    events: [STATE],
    error: "TypeError: Cannot publish under a topic of type number: it is a string",
  },
  "return text": {
    filters: [`return "text";`],
    events: [STATE],
    error: "TypeError: Cannot publish text: a filter returns an event",
  },
  "return lists of lists": {
    filters: [`return [event, [event]];`],
    events: [STATE],
    error: "TypeError: Cannot publish an array: a filter returns an event",
  },
  "return what becomes no object": {
    filters: [`return { toJSON: () => [1] };`],
    events: [STATE],
    error: "TypeError: Cannot publish what does not become a JSON object",
  },
  "return a circle": {
    filters: [`event.self = event; return event;`],
    events: [STATE],
    error: "TypeError: Converting circular structure to JSON",
  },
  "return what takes more than 64 bits": {
    filters: [`return { ...event, big: 2n ** 63n };`],
    events: [STATE],
    error: "RangeError: Cannot write 9223372036854775808: it takes more than 64 bits",
  },
  "make too much of an event": {
    filters: [
      `event.first = 1; return event;`,
      `event.text = "x".repeat(1_300_000); return event;`,
    ],
    events: [STATE],
    error: "RangeError: Cannot pass on more than 1300000 characters for one event",
  },
  "make too much of it together": {
    filters: [
      `return Array.from({ length: 20 }, () => event);`,
      `event.text = "x".repeat(100_000); return event;`,
    ],
    events: [STATE],
    error: "RangeError: Cannot pass on more than 1300000 characters for one event",
  },
  "make an event that has no topic": {
    filters: [`event.first = 1; return event;`, `return { type: { valueOf: 1, toString: 1 } };`],
    events: [STATE],
    error: "TypeError: Cannot convert object to primitive value",
  },
  "log, and emit when it is over": {
    filters: [
      `ctx.log.warning(event.subtype); globalThis.emit?.({ type: 4 }); globalThis.emit = ctx.emit; return null;`,
    ],
    events: [STATE, SLOW],
  },
};

async function inTest(
  filters: readonly AnyEventFilter[],
  events: readonly object[],
  onError: "pass" | "drop",
): Promise<Said> {
  await using test = await testFilter({ onError }, ...filters);
  const published: Published[][] = [];
  for (const event of events) {
    const before = test.passed.length;
    await test.send(event);
    published.push(test.passed.slice(before));
  }
  const log = test.log.map(({ level, text }) => `${level} ${text}`);
  return { published, errors: test.errors.map(String), log };
}

async function inTry(modules: readonly string[], events: readonly object[]): Promise<Said> {
  const permissions = { net: [], read: [], env: [] };
  const log: string[] = [];
  const onLog = (_filter: string, { level, text }: { level: string; text: string }) =>
    void log.push(`${level} ${text}`);
  const filters = await FilterProcess.start({ modules, permissions, timeout: 10_000, onLog });
  const published: Published[][] = [];
  const errors: string[] = [];
  for (const event of events) {
    const outcome = await filters.run(stringifyJson(event));
    errors.push(...outcome.errors.map(({ message }) => message));
    published.push(outcome.passed.map(({ topic, text }) => {
      const event = parseJson(text) as object;
      return { topic: topic ?? eventTopic(event), event };
    }));
  }
  await filters.end();
  return { published, errors, log };
}

async function inPlugin(
  sources: readonly string[],
  events: readonly object[],
  on_error: "pass" | "drop",
): Promise<Said> {
  const files = Object.fromEntries(sources.map((text, at) => [`${at}.ts`, text]));
  await using rig = await Rig.make(files, { config: { on_error, timeout: 10_000 } });
  const published: Published[][] = [];
  for (const [at, came] of (await rig.give(...events.map(stringifyJson))).entries()) {
    assert(came !== "failed" || on_error === "drop", "a filter has dropped it, no error has");
    if (came === "failed") published.push([]);
    else if (came === "unchanged") {
      const event = events[at]!;
      published.push([{ topic: eventTopic(event), event }]);
    } else {
      published.push(came.map(({ topic, body }) => ({ topic, event: parseJson(body) })));
    }
  }
  const count = sources.reduce((sum, _, at) => sum + Number(rig.info(at).errors), 0);
  const isError = (line: string) => count > 0 && /^ERR|returned undefined/.test(line);
  if (count > 0) await rig.until("an error", () => rig.lines.some(isError));
  const said = rig.lines.filter(isError).join("\n");
  const level = { ERR: "error", WARN: "warning" } as Record<string, string>;
  const isOurs = (line: string) => line.startsWith("INFO Filters at work: ");
  const log = rig.lines.filter((line) => !isError(line) && !isOurs(line)).map((line) =>
    line.replace(/^(\w+) Filter "\w+": /, (_all, name) => `${level[name]} `)
  );
  return { published, errors: Array<string>(count).fill(said), log };
}

function sources(filters: readonly string[]): string[] {
  return filters.map((text, at) =>
    `export default ${
      text.startsWith("{")
        ? text
        : `{ name: "f${at}", events: ["all"], filter(event: any, ctx: any) { ${text} } }`
    } as any;`
  );
}

for (const [what, { filters, events, error }] of Object.entries(FILTERS)) {
  Deno.test(`filters that ${what}: the same in tests, filter:try and the plugin`, async () => {
    const texts = sources(filters);
    await withModules(texts, async (urls, values) => {
      const modules = values as AnyEventFilter[];
      const test = await inTest(modules, events, "pass");
      for (const said of test.errors) assertStringIncludes(said, error ?? "no error");
      assertEquals(test.errors.length > 0, error !== undefined);
      Reflect.deleteProperty(globalThis, "emit");
      const tried = await inTry(urls, events);
      assertEquals(tried, test);
      const plugged = await inPlugin(texts, events, "pass");
      assertEquals({ ...plugged, errors: plugged.errors.length }, {
        ...test,
        errors: test.errors.length,
      });
      for (const said of plugged.errors) assertStringIncludes(said, error!);
      const dropped = await inTest(modules, events, "drop");
      Reflect.deleteProperty(globalThis, "emit");
      assertEquals((await inPlugin(texts, events, "drop")).published, dropped.published);
      if (error !== undefined) assert(dropped.published.some((some) => some.length === 0));
    });
  });
}

const BAD = [
  "3",
  "[]",
  `{ events: ["all"], filter() {} }`,
  `{ name: "a b", events: ["all"], filter() {} }`,
  `{ name: "a", filter() {} }`,
  `{ name: "a", events: ["medai"], filter() {} }`,
  `{ name: "a", events: ["all"] }`,
  `{ name: "a", events: ["all"], filter() {}, teardown: 3 }`,
  `{ name: "good", events: ["all"], filter() {} }`,
  `{ name: "a", events: ["all"], filter() {}, setup() { throw new Error("no table"); } }`,
];

Deno.test("what is no filter is refused by tests, filter:try and the plugin, in the same words", async () => {
  const good = sources([`{ name: "good", events: ["all"], filter: () => null }`])[0]!;
  const texts = BAD.map((text) => `export default ${text} as any;`);
  await withModules([good, ...texts], async ([first, ...urls], [value, ...values]) => {
    const words: string[] = [];
    for (const [at, url] of urls.entries()) {
      const bad = values[at] as AnyEventFilter;
      const { message } = await assertRejects(
        () => testFilter(value as AnyEventFilter, bad),
        Error,
      );
      words.push(message);
      const tried = await assertRejects(() => inTry([first!, url], []), FilterStoppedError);
      assertStringIncludes(tried.message, message);
    }
    const files = Object.fromEntries(texts.map((text, at) => [`bad${at}.ts`, text]));
    await using rig = await Rig.make({ "good.ts": good, ...files });
    await rig.loaded();
    const said = rig.engine.status().slice(1).map(({ problem }) => String(problem));
    for (const [at, text] of words.entries()) {
      assertStringIncludes(said[at]!, text.slice(0, 150));
    }
  });
});
