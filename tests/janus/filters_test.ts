/** Filters in a real Janus: what they do to events, and how they are changed. */
import { assert, assertEquals, assertLess, assertMatch } from "../assert.ts";
import { filter, Filtered, HEAD } from "./support/filtered.ts";
import { liveWithin } from "../plugins/scripting/support.ts";
import { Fixture } from "./support/fixture.ts";

Deno.test("filters drop, change and add events, in a chain, by what they want", async () => {
  await using f = await Filtered.start({
    "drop.ts": filter("drop", `return data.n === 1 ? null : event;`),
    "change.ts": filter(
      "change",
      `data.seen = (data.seen ?? 0) + 1; return data.n === 2 ? [event, event] : event;`,
    ),
    "ids.ts": `${HEAD}import { eventTopic, toJanusId } from "@janus-zeromq/janus-zeromq";
      export default defineEventFilter({ name: "ids", events: ["sessions"],
        filter(event) { return { ...event, id: toJanusId(event.session_id), topic: eventTopic(event) }; } });`,
  });
  await using sub = await f.fixture.subscribe();
  const events = await f.numbered(sub, 4);
  assertEquals(events.map(({ event }) => event.data), [
    { n: 0, seen: 1 },
    { n: 2, seen: 1 },
    { n: 2, seen: 1 },
    { n: 3, seen: 1 },
  ]);
  await using dealer = f.fixture.connect("DEALER");
  const id = 9007199254740993n;
  dealer.send(`{"janus":"create","transaction":"t","id":${id}}`);
  const text = await dealer.text();
  assertMatch(text, /"success"/);
  for (;;) {
    const event = await sub.text();
    if (!event.includes('"type":1,')) continue;
    assertMatch(
      event,
      new RegExp(
        `"session_id":${id},.*"id":${id},"topic":"sessions.-.${id}.janus.transport.zeromq"`,
      ),
    );
    break;
  }
  const [drop, change] = await f.info();
  assertEquals([drop!.name, drop!.state, drop!.events, drop!.passed, drop!.dropped], [
    "drop",
    "on",
    5,
    4,
    1,
  ]);
  assertEquals([change!.events, change!.passed, change!.errors, change!.timeouts], [4, 5, 0, 0]);
  assert(change!.microseconds > 0);
  assertEquals(f.fixture.complaints("ERR|WARN", "events"), []);
});

Deno.test("topics: filters may set them, and the standard one is the same as without filters", async () => {
  await using f = await Filtered.start({
    "topic.ts": filter("topic", `if (data.n === 1) ctx.topic = "mine"; return event;`),
  }, { general: { topics: true } });
  await using sub = await f.fixture.subscribe();
  for (const n of [0, 1]) await f.fixture.emit({ n });
  const topics: (string | undefined)[] = [];
  // Among events of Janus's start, and of the Admin API's client.
  while (topics.length < 2) {
    const [topic, text] = await sub.receive();
    if (text?.includes('"type":4,')) topics.push(topic);
  }
  assertEquals(topics, ["external.-.-.", "mine"]);
});

Deno.test("hot reload: live within a second; no event lost, doubled or out of order; a broken one is refused", async () => {
  const text = (version: number) =>
    `import { mark } from "./mark.ts";\n` +
    filter("live", `data.version = mark(${version}); return event;`);
  await using f = await Filtered.start(
    {
      "live.ts": text(1),
      "mark.ts": "export const mark = (version: number) => version * 10;",
    },
    {},
    ["live.ts"],
  );
  await using sub = await f.fixture.subscribe();
  let sent = 0;
  let last = 0;
  const versions: number[] = [];
  const pump = async (until: number) => {
    const begun = performance.now();
    while (versions.at(-1) !== until) {
      for (const { event: { data } } of await f.numbered(sub, 5, (sent += 5) - 5)) {
        assertEquals(data.n, last++);
        versions.push(data.version);
      }
      assertLess(performance.now() - begun, 10_000);
    }
    return performance.now() - begun;
  };
  await pump(10);
  await f.write("live.ts", text(2));
  assertLess(await pump(20), liveWithin());
  await f.write("mark.ts", "export const mark = (version: number) => version * 100;");
  assertLess(await pump(200), liveWithin());
  await f.write("live.ts", "export default oops oops;");
  await f.line(
    /\[ERR\].*Filter "live": its new version is refused, the one before goes on: .*SyntaxError.*/,
  );
  await pump(200);
  assertEquals((await f.info())[0]!.state, "on");
  await f.write("live.ts", text(3));
  await pump(300);
  assertEquals(last, sent);
  assertEquals(versions, versions.toSorted((one, other) => one - other));
});

Deno.test("tweak switches filters off and on, and that outlives the process", async () => {
  await using f = await Filtered.start({
    "no.ts": filter("no", "return data.mark ? event : null;"),
  });
  await using sub = await f.fixture.subscribe();
  assertEquals(await f.numbered(sub, 2), []);
  assertEquals(await f.fixture.query("events", { request: "tweak", filters: { no: false } }), {
    result: 200,
  });
  await f.fixture.waitFor("it to be off", async () => (await f.info())[0]!.state === "off");
  assertEquals((await f.numbered(sub, 2)).length, 2);
  const since = f.fixture.janus.log.count;
  Deno.kill(f.fixture.pid("events"), "SIGKILL");
  await f.fixture.ready("events", since);
  await f.fixture.waitFor(
    "the filters to be loaded",
    async () => (await f.info())[0]!.state === "off",
  );
  assertEquals((await f.numbered(sub, 2)).length, 2);
  await f.fixture.query("events", { request: "tweak", filters: { no: true } });
  await f.fixture.waitFor("it to be on", async () => (await f.info())[0]!.state === "on");
  assertEquals(await f.numbered(sub, 2), []);
  const reply = await f.fixture.query("events", { request: "tweak", filters: { nobody: false } });
  assertMatch(reply.error, /nobody/);
});

Deno.test("a filter that does not load is said, with the place; the others work, and it is used once it is right", async () => {
  await using f = await Filtered.start({
    "broken.ts": `const a = 1;\nexport default {;\n`,
    "typo.ts":
      `${HEAD}export default defineEventFilter({ name: "typo", events: ["media.slow" as never], filter: (e) => e });`,
    "npm.ts": `import x from "npm:left-pad";\nexport default x;`,
    "https.ts": `import x from "https://127.0.0.1:9/x.ts";\nexport default x;`,
    "good.ts": filter("good", "data.good = true; return event;"),
  });
  await using sub = await f.fixture.subscribe();
  assertEquals((await f.numbered(sub, 1)).map(({ event }) => event.data), [{ n: 0, good: true }]);
  await f.line(/\[ERR\].*broken\.ts is not used, until its file changes: .*SyntaxError/);
  await f.line(/broken\.ts:2:\d+/);
  await f.line(
    /typo\.ts is not used, until its file changes: .*typo: events has "media\.slow", which is not one of/,
  );
  await f.line(/npm\.ts is not used, until its file changes: .*npm/);
  await f.line(/https\.ts is not used, until its file changes: .*https:\/\/127/);
  assertEquals((await f.info()).map(({ state }) => state), [
    "failed",
    "failed",
    "failed",
    "failed",
    "on",
  ]);
  await f.write("broken.ts", filter("mended", "data.mended = true; return event;"));
  await f.line(/Reloaded: "mended"/);
  assertEquals((await f.numbered(sub, 1)).map(({ event }) => event.data), [{
    n: 0,
    mended: true,
    good: true,
  }]);
});

Deno.test("teardown is called when Janus ends", async () => {
  const f = await Filtered.start({
    "bye.ts": filter("bye", "return event", `teardown() { console.log("torn down"); },`),
  });
  {
    await using sub = await f.fixture.subscribe();
    await f.numbered(sub, 1);
  }
  const { janus } = f.fixture;
  await f[Symbol.asyncDispose]();
  assert(janus.log.lines.some((line) => line.includes(`Filter "bye": torn down`)));
});

Deno.test("without filters the process is started as ever", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const line = await Deno.readTextFile(`/proc/${fixture.pid("events")}/cmdline`);
  assert(!/import-map|allow-net|allow-env/.test(line), line);
  assertEquals((await fixture.query("events", { request: "info" })).filters, undefined);
});
