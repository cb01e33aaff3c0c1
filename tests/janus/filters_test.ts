/** Filters in a real Janus: what they do to events, and that nothing they do hurts. */
import type { JcfgValue } from "../../scripts/lib/janus_config.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../assert.ts";
import { Fixture } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";

const HEAD = `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";\n`;

/** A filter of custom events. */
function filter(name: string, body: string, more = ""): string {
  return `${HEAD}export default defineEventFilter({
  name: "${name}", events: ["external"], ${more}
  filter(event: any, ctx) { const data = event.event.data; ${body} } });`;
}

/** A Janus with filters in a folder of the test's own. */
class Filtered implements AsyncDisposable {
  readonly folder: string;
  readonly fixture: Fixture;

  private constructor(folder: string, fixture: Fixture) {
    this.folder = folder;
    this.fixture = fixture;
  }

  static async start(
    files: Record<string, string>,
    more: {
      filters?: Record<string, JcfgValue>;
      general?: Record<string, boolean>;
      env?: Record<string, string>;
      runtime?: Record<string, number>;
      permissions?: string;
    } = {},
    modules = Object.keys(files),
  ): Promise<Filtered> {
    const folder = await Deno.makeTempDir({ prefix: "filters-" });
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${folder}/${name}`, text);
    }
    const fixture = await Fixture.start({
      admin: true,
      env: more.env ?? {},
      settings: {
        janus: { events: { broadcast: true } },
        event_handler: {
          general: more.general ?? {},
          runtime: { deno: Deno.execPath(), ...more.runtime },
          filters: { modules: modules.map((name) => `${folder}/${name}`), ...more.filters },
        },
      },
    });
    return new Filtered(folder, fixture);
  }

  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(`${this.folder}/${name}`, text);
  }

  /** Emits numbered events, and gives what comes of them. */
  async numbered(sub: TestSocket, count: number, from = 0): Promise<Json[]> {
    for (let n = from; n < from + count; n++) await this.fixture.emit({ n });
    return await this.mark(sub);
  }

  /** Custom events up to one that is emitted now. */
  async mark(sub: TestSocket): Promise<Json[]> {
    const mark = crypto.randomUUID();
    await this.fixture.emit({ mark });
    const events = await sub.until((event) => event.event.data?.mark === mark);
    return events.slice(0, -1).filter(({ type }) => type === 4);
  }

  async info(): Promise<Json[]> {
    return (await this.fixture.query("events", { request: "info" })).filters;
  }

  line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.fixture.janus.waitForLog(pattern, 15_000);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
    await Deno.remove(this.folder, { recursive: true });
  }
}

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
  assertEquals((await sub.receive())[0], "external.-.-.");
  assertEquals((await sub.receive())[0], "mine");
});

Deno.test("a filter that throws: the event passes, or is dropped, and the log has file and line", async () => {
  const files = {
    "bad.ts": filter(
      "bad",
      `data.spoilt = true;\n    if (data.n > 1) throw new TypeError("no " + data.n);\n    return event;`,
    ),
  };
  {
    await using f = await Filtered.start(files);
    await using sub = await f.fixture.subscribe();
    const events = await f.numbered(sub, 4);
    assertEquals(events.map(({ event }) => event.data), [
      { n: 0, spoilt: true },
      { n: 1, spoilt: true },
      { n: 2 },
      { n: 3 },
    ]);
    await f.line(
      /\[ERR\] \[janus\.eventhandler\.zeromqevh\] Filter "bad": TypeError: no 2 \(\/.*\/bad\.ts:5:\d+\); the event passes unchanged/,
    );
    const [bad] = await f.info();
    assertEquals([bad!.errors, bad!.state], [2, "on"]);
  }
  await using f = await Filtered.start(files, { filters: { on_error: "drop" } });
  await using sub = await f.fixture.subscribe();
  assertEquals((await f.numbered(sub, 4)).length, 2);
  await f.line(/Filter "bad": TypeError: no 2 .*; the event is dropped/);
});

Deno.test("a filter that hangs or ends its thread: stopped, started again, at last set aside; and back", async () => {
  await using f = await Filtered.start({
    "stuck.ts": filter(
      "stuck",
      `if (data.n % 3 === 1) for (;;); if (data.n === 6) Deno.exit(0); data.here = true; return event;`,
    ),
    "fine.ts": filter("fine", `data.fine = true; return event;`),
  }, { filters: { timeout: 300 } });
  await using sub = await f.fixture.subscribe();
  const pid = f.fixture.isolate("events");
  const events = await f.numbered(sub, 10);
  assertEquals(
    events.map(({ event }) => event.data),
    Array.from(
      { length: 10 },
      (_, n) => ({ n, ...(n < 6 && n % 3 !== 1 ? { here: true } : {}), fine: true }),
    ),
  );
  await f.line(
    /Filter "stuck" did not return within 300 ms \(filters\.timeout\); the event passes without it\. It is started again/,
  );
  await f.line(
    /Filter "stuck" ended the thread it runs on .* third time in a row: it is set aside, and events go past it, until \/.*stuck\.ts changes/,
  );
  const [stuck, fine] = await f.info();
  assertEquals([stuck!.state, stuck!.timeouts, fine!.state, fine!.timeouts], [
    "set aside",
    3,
    "on",
    0,
  ]);
  await f.write("stuck.ts", filter("stuck", "data.here = true; return event;"));
  await f.line(/Reloaded: "stuck"/);
  assertEquals((await f.numbered(sub, 1, 7)).map(({ event }) => event.data), [{
    n: 7,
    here: true,
    fine: true,
  }]);
  assertEquals(f.fixture.isolate("events"), pid, "all of it in the same process");
});

for (
  const [what, bytes] of [["JavaScript's heap", "new Array(1000).fill(1.5)"], [
    "buffers",
    "new Uint8Array(1 << 20).fill(1)",
  ]]
) {
  Deno.test(`a filter that eats memory (${what}) meets its limit; no event is lost, and it is set aside`, async () => {
    await using f = await Filtered.start({
      "greedy.ts": filter(
        "greedy",
        `const all = []; if (data.n === 2) for (;;) all.push(${bytes}); data.here = true; return event;`,
      ),
    }, { filters: { timeout: 20_000 }, runtime: { max_heap: 128 } });
    await using sub = await f.fixture.subscribe();
    const pid = f.fixture.isolate("events");
    let from = f.fixture.janus.log.count;
    const numbers = (await f.numbered(sub, 5)).map(({ event }) => event.data.n);
    assertEquals([...new Set(numbers)].sort(), [0, 1, 2, 3, 4]);
    await f.line(
      /The filter "greedy" takes too much memory \(runtime\.max_heap\) in one call: the process ends/,
    );
    await f.fixture.ready("events", from);
    assert(f.fixture.isolate("events") !== pid);
    for (let strike = 2; strike <= 3; strike++) {
      from = f.fixture.janus.log.count;
      await f.fixture.subscriptions(1);
      await f.fixture.emit({ n: 2 });
      await f.fixture.ready("events", from);
    }
    await f.line(/Filter .*greedy.*third time in a row: it is set aside/);
    await f.fixture.subscriptions(1);
    await f.mark(sub);
    assertEquals((await f.numbered(sub, 3, 1)).map(({ event }) => event.data), [
      { n: 1 },
      { n: 2 },
      { n: 3 },
    ]);
  });
}

Deno.test("a filter that takes the whole process down: no event is lost, and it is set aside", async () => {
  // Not even SIGKILL: a process may always do that to itself.
  await using f = await Filtered.start({
    "deadly.ts": `import { kill } from "node:process";\n` +
      filter(
        "deadly",
        `if (data.n === 2) { const end = Date.now() + 60; while (Date.now() < end); kill(Deno.pid, "SIGKILL"); } data.here = true; return event;`,
      ),
    "fine.ts": filter("fine", `return event;`),
  });
  await using sub = await f.fixture.subscribe();
  const pid = f.fixture.isolate("events");
  const numbers = (await f.numbered(sub, 6)).map(({ event }) => event.data.n);
  // It may come twice: the process ends before it can say that it is done.
  assertEquals(
    [...new Set(numbers)].sort(),
    numbers.includes(2) ? [0, 1, 2, 3, 4, 5] : [0, 1, 3, 4, 5],
  );
  if (!numbers.includes(2)) await f.line(/A record was set aside, as two isolates ended/);
  await f.line(/Filter .*deadly.* the process ended while it was at work/);
  assert(f.fixture.isolate("events") !== pid);
  await f.numbered(sub, 1, 2);
  await f.fixture.waitFor(
    "it to be set aside",
    async () => (await f.info())[0]!.state === "set aside",
  );
  assertEquals((await f.numbered(sub, 1, 2)).map(({ event }) => event.data), [{ n: 2 }]);
});

Deno.test("no permission but those granted; and none of them where none is granted", async () => {
  const tries = `const tried: Record<string, unknown> = {};
    const tries: Record<string, () => unknown> = {
      read: () => Deno.readTextFileSync("/etc/hostname").length > 0,
      config: () => Deno.readTextFileSync(data.config).length > 0,
      env: () => Deno.env.get("FILTER_TEST"),
      home: () => Deno.env.get("HOME") ?? null,
      ffi: () => Deno.dlopen("/proc/self/fd/8", {}) !== null,
      run: () => new Deno.Command("true").outputSync().success,
      fetch: async () => await (await fetch(data.url)).text(),
      other: async () => await (await fetch("http://127.0.0.1:9/")).text(),
      npm: async () => Object.keys(await import("npm:left-pad" + "")),
    };
    return (async () => {
      for (const [name, run] of Object.entries(tries)) {
        try { tried[name] = await run(); } catch (error) { tried[name] = (error as Error).name; }
      }
      data.tried = tried;
      return event;
    })();`;
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("pong"),
  );
  const url = `http://127.0.0.1:${server.addr.port}/`;
  for (const granted of [false, true]) {
    const permissions = {
      net: [`127.0.0.1:${server.addr.port}`],
      read: "/etc/hostname",
      env: ["FILTER_TEST"],
    };
    await using f = await Filtered.start({ "tries.ts": filter("tries", tries) }, {
      env: { FILTER_TEST: "seen" },
      filters: granted ? { permissions } : {},
    });
    await using sub = await f.fixture.subscribe();
    const config = `${f.fixture.janus.folder}/configs/janus.jcfg`;
    await f.fixture.emit({ url, config });
    const [event] = (await sub.until(({ type }) => type === 4)).slice(-1);
    const { tried } = event!.event.data;
    assertEquals(tried, {
      read: granted ? true : "NotCapable",
      config: "NotCapable",
      env: granted ? "seen" : "NotCapable",
      home: "NotCapable",
      ffi: "NotCapable",
      run: "NotCapable",
      fetch: granted ? "pong" : "NotCapable",
      other: "TypeError",
      npm: "TypeError",
    });
  }
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
  assertLess(await pump(20), 1000);
  await f.write("mark.ts", "export const mark = (version: number) => version * 100;");
  assertLess(await pump(200), 1000);
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
  Deno.kill(f.fixture.isolate("events"), "SIGKILL");
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
    /typo\.ts is not used, until its file changes: typo\.events: there is no event "media\.slow"; did you mean "media\.slowlink"\?/,
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
  const line = await Deno.readTextFile(`/proc/${fixture.isolate("events")}/cmdline`);
  assert(!/import-map|allow-net|allow-env/.test(line), line);
  assertEquals((await fixture.query("events", { request: "info" })).filters, undefined);
});
