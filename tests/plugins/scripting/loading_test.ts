/** Which modules are used, what is said of others, and how changed files take over. */
import { assert, assertEquals, assertLess, assertMatch } from "../../assert.ts";
import { event, liveWithin, Rig, turn } from "./support.ts";

const HEAD = `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";\n`;
const define = (fields: string) => `${HEAD}export default defineEventFilter({ ${fields} });`;
const filter = (name: string, body: string, more = "") =>
  define(`name: "${name}", events: ["all"], ${more} filter(event: any) { ${body} }`);

const BROKEN: Record<string, [string, RegExp]> = {
  syntax: ["const x = ;\nexport default 1;", /SyntaxError: Expression expected.*\n?.*|SyntaxError/],
  throws: [
    `const a: number = 1;\n\nthrow new Error("at load " + a);\nexport {};`,
    /Error: at load 1 \(\/.*throws\.ts:3:7\)/,
  ],
  missing: [`import "./nowhere.ts";\nexport default 1;`, /Module not found ".*nowhere\.ts"/],
  nothing: ["export const x = 1;", /default export must be defineEventFilter/],
  nameless: [
    `export default { events: ["all"], filter() {} };`,
    /with the name undefined: up to 64 letters/,
  ],
  badname: [
    define(`name: "a b", events: ["all"], filter() {}`),
    /with the name "a b": up to 64 letters/,
  ],
  typo: [
    define(`name: "typo", events: ["media.slow" as any], filter() {}`),
    /filter typo: events has "media\.slow", which is not one of all, sessions, .*media\.slowlink/,
  ],
  unlike: [
    define(`name: "unlike", events: ["zzzzzzzz" as any], filter() {}`),
    /events has "zzzzzzzz", which is not one of all, sessions/,
  ],
  noevents: [`export default { name: "n", events: [], filter() {} };`, /its events must be a list/],
  nofilter: [`export default { name: "n", events: ["all"] };`, /filter must be a function/],
  nosetup: [
    `export default { name: "n", events: ["all"], setup: 1, filter() {} };`,
    /setup must be a function/,
  ],
  setup: [
    filter("setup", "return event", `async setup() { await 1; throw new Error("no database"); },`),
    /Error: no database \(\/.*setup\.ts:2:\d+\)/,
  ],
  hang: [
    filter("hang", "return event", `setup() { return new Promise(() => {}); },`),
    /it took more than 2500 ms to load and set up/,
  ],
  loop: [
    `for (const end = Date.now() + 8000; Date.now() < end;);\nexport {};`,
    /it took more than 2500 ms to load and set up/,
  ],
  exit: [`Deno.exit(1);\nexport {};`, /exited with code 1 while it was loaded/],
};

Deno.test("modules that can't be used are named with the reason; the others work", async () => {
  const files = Object.fromEntries(
    Object.entries(BROKEN).map(([name, [text]]) => [`${name}.ts`, text]),
  );
  const names = Object.keys(BROKEN);
  for (let at = 0; at < names.length; at += 6) {
    const some = names.slice(at, at + 6).map((name) => `${name}.ts`);
    await using rig = await Rig.make({
      ...files,
      "good.ts": filter("good", "event.good = 1; return event"),
    }, {
      modules: [...some, "good.ts"],
      more: { setup: 2500 },
    });
    assertEquals(await rig.events(event(4)), [{ ...event(4), good: 1 }]);
    assertEquals(rig.states, [...some.map(() => "failed"), "on"]);
    for (const name of some) {
      const reason = BROKEN[name.slice(0, -3)]![1];
      const lines = rig.lines.filter((line) =>
        line.includes(`/${name} is not used`) || line.includes(`"${name.slice(0, -3)}" is not used`)
      );
      assertEquals(lines.length, 1, `${name}: ${rig.lines.join("\n")}`);
      assertMatch(lines[0]!, reason);
      assertMatch(lines[0]!, /^ERR Filter .* is not used, until its file changes: /);
    }
  }
});

Deno.test("a syntax error comes with line, column and the line's text", async () => {
  await using rig = await Rig.make({ "bad.ts": `const a = 1;\nconst b: = 2;\nexport default a;` });
  await rig.loaded();
  const line = await rig.line(/is not used/);
  assertMatch(line, /const b: = 2;/);
  assertMatch(line, /bad\.ts:2:10/);
});

Deno.test("two filters of one name: the second one is not used", async () => {
  await using rig = await Rig.make({
    "a.ts": filter("same", "return event"),
    "b.ts": filter("same", "return null"),
  });
  assertEquals((await rig.events(event(4))).length, 1);
  assertEquals(rig.states, ["on", "failed"]);
  await rig.line(/b\.ts is not used.*Cannot use two modules with the name "same"/);
});

Deno.test("setup comes before the first event, teardown when the filter is replaced, and at the end", async () => {
  const text = (version: number) =>
    filter(
      "life",
      `event.ready = ready; return event;`,
      `
      async setup(ctx) { await new Promise((r) => setTimeout(r, 50)); ready = ${version}; ctx.log.info("set up ${version}"); },
      async teardown() { await new Promise((r) => setTimeout(r, 50)); console.log("torn down ${version}"); },`,
    ) +
    "\nlet ready = 0;";
  await using rig = await Rig.make({ "life.ts": text(1) });
  assertEquals(await rig.events(event(4)), [{ ...event(4), ready: 1 }]);
  await rig.line(/set up 1/);
  await rig.write("life.ts", text(2));
  await rig.line(/torn down 1/);
  assertEquals(await rig.events(event(4)), [{ ...event(4), ready: 2 }]);
  rig.engine.close(1000);
  assert(rig.lines.some((line) => line.includes("torn down 2")), rig.lines.join("\n"));
});

const TEARDOWNS = {
  "throws": [`throw new Error("no disk");`, /its teardown failed: Error: no disk \(.*bad\.ts:\d/],
  "rejects": [
    `return Promise.reject(new Error("no disk"));`,
    /its teardown failed: Error: no disk/,
  ],
  "exits": ["Deno.exit(3);", /its teardown ended the process/],
  "never settles": [
    "return new Promise(() => {});",
    /failed: it took more than \d+ ms to tear down/,
  ],
  "loops": ["for (;;);", /its teardown did not end, and was stopped/],
} as const;

for (const [what, [body, line]] of Object.entries(TEARDOWNS)) {
  Deno.test(`a teardown that ${what} is in the log with the filter's name, at a reload and at the end`, async () => {
    const files = {
      "good.ts": filter("good", "return event", `teardown() { console.log("good is down"); },`),
      "bad.ts": filter("bad", "return event", `teardown() { ${body} },`),
      "fine.ts": filter("fine", "return event", `teardown() { console.log("fine is down"); },`),
    };
    await using rig = await Rig.make(files);
    await rig.events(event(4));
    const said = () => rig.lines.filter((one) => /ERR Filter "bad": /.test(one) && line.test(one));
    await rig.write("good.ts", `${files["good.ts"]}\n`);
    await rig.until("the line", () => said().length === 1);
    rig.engine.close(1000);
    assertEquals(said().length, 2, rig.lines.join("\n"));
    const others = what === "exits" || what === "loops" ? ["fine"] : ["fine", "good"];
    for (const name of others) {
      const down = rig.lines.filter((one) => one === `INFO Filter "${name}": ${name} is down`);
      assertEquals(down.length, 2, rig.lines.join("\n"));
    }
    assertEquals(
      rig.lines.filter((one) => /^(ERR|WARN)/.test(one)).length,
      2,
      rig.lines.join("\n"),
    );
  });
}

Deno.test("a changed file, or one that it imports, is live within a second; no event is lost", async () => {
  await using rig = await Rig.make({
    "main.ts": `import { version } from "./part.ts";\n` +
      filter("main", "event.version = version; return event"),
    "part.ts": `export const version = 1;`,
  }, { modules: ["main.ts"] });
  const versions: number[] = [];
  let sent = 0;
  const pump = async (until: number) => {
    const begun = performance.now();
    for (;;) {
      const given = Array.from({ length: 20 }, () => event(4, { n: sent++ }));
      const came = await rig.events(...given) as { version: number; event: { n: number } }[];
      assertEquals(came.map(({ event }) => event.n), given.map((_, at) => sent - 20 + at));
      versions.push(...came.map(({ version }) => version));
      turn(rig.engine);
      if (versions.at(-1) === until) return performance.now() - begun;
      assertLess(performance.now() - begun, 5000, rig.lines.join("\n"));
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
  await pump(1);
  for (const version of [2, 3]) {
    await rig.write("part.ts", `export const version = ${version};`);
    assertLess(await pump(version), liveWithin());
    await rig.line(/INFO Reloaded: "main"/);
  }
  assertEquals(versions, versions.toSorted());
});

Deno.test("a file that is written in several steps is loaded once it is complete", async () => {
  await using rig = await Rig.make({ "main.ts": filter("main", "event.v = 1; return event") });
  await rig.events(event(4));
  const text = filter("main", "event.v = 2; return event");
  for (let part = 1; part <= 10; part++) {
    await Deno.writeTextFile(`${rig.folder}/main.ts`, text.slice(0, text.length * part / 10));
    const end = performance.now() + 30;
    while (performance.now() < end) {
      turn(rig.engine);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  await rig.line(/Reloaded/);
  assertEquals(await rig.events(event(4)), [{ ...event(4), v: 2 }]);
  assertEquals(rig.lines.filter((line) => line.startsWith("ERR")), []);
});

Deno.test("a broken version is refused, said once, and the one before goes on", async () => {
  await using rig = await Rig.make({
    "main.ts": filter("main", "event.v = 1; return event"),
    "other.ts": filter("other", "event.other = true; return event"),
  });
  await rig.events(event(4));
  for (
    const [broken, reason] of [
      ["export default {", /SyntaxError/],
      [`${HEAD}import "../../etc/passwd";`, /Requires read access/],
      [
        filter("main", "return event", `setup() { Deno.exit(1); },`),
        /exited with code 1 while it was loaded/,
      ],
    ] as const
  ) {
    await rig.write("main.ts", broken);
    assertMatch(
      await rig.line(reason),
      /ERR Filter "main": its new version is refused, the one before goes on: /,
    );
    const lines = rig.lines.length;
    const end = performance.now() + 1000;
    await rig.until("a second", () => performance.now() > end);
    assertEquals(rig.lines.slice(lines), []);
    assertEquals(await rig.events(event(4)), [{ ...event(4), v: 1, other: true }]);
    assertEquals(rig.info().state, "on");
    assertMatch(String(rig.info().problem), reason);
    rig.lines.length = 0;
  }
  await rig.write("main.ts", filter("main", "event.v = 2; return event"));
  await rig.line(/Reloaded: "main"/);
  assertEquals(await rig.events(event(4)), [{ ...event(4), v: 2, other: true }]);
  assertEquals(rig.info().problem, undefined);
});

Deno.test("a module that is missing, or broken, at the start is used once it is there", async () => {
  await using rig = await Rig.make({ "other.ts": filter("other", "return event") }, {
    modules: ["late.ts", "other.ts"],
  });
  assertEquals((await rig.events(event(4))).length, 1);
  assertEquals(rig.states, ["failed", "on"]);
  await rig.write("late.ts", filter("late", "event.late = true; return event"));
  await rig.until("it to be used", () => rig.states[0] === "on");
  assertEquals(await rig.events(event(4)), [{ ...event(4), late: true }]);
  assertEquals(rig.info().problem, undefined);
});

Deno.test("a filter that hangs while its file changes is ended all the same, and the new one goes on", async () => {
  await using rig = await Rig.make({
    "main.ts": filter("main", "if (event.event.n === 1) for (;;); event.v = 1; return event"),
  }, { config: { timeout: 1500 } });
  await rig.loaded();
  const came = rig.events(event(4, { n: 1 }), event(4, { n: 2 }));
  await rig.write("main.ts", filter("main", "event.v = 2; return event"));
  assertEquals(await came, [1, 2].map((n) => ({ ...event(4, { n }), v: 2 })), rig.lines.join());
});

Deno.test("a module whose process is killed while it loads is tried again, three times", async () => {
  const kill = `(globalThis as any).process.kill(Deno.pid, "SIGKILL");`;
  await using rig = await Rig.make({
    "main.ts": `${kill} for (;;); export {};`,
    "other.ts": filter("other", "event.other = true; return event"),
  });
  await rig.line(/main\.ts is not used, until its file changes: its process was ended by signal 9/);
  assertEquals(rig.lines.filter((line) => line.includes("it is started again")).length, 2);
  assertEquals(await rig.events(event(4)), [{ ...event(4), other: true }]);
});

const SPOILS = "setTimeout(() => Deno.exit(1), 30);\n";
const SLOW = "await new Promise((resolve) => setTimeout(resolve, 200));\n";

Deno.test("a module that ends the process while another one loads is named, and the other one is used", async () => {
  await using rig = await Rig.make({
    "evil.ts": SPOILS + filter("evil", "return event"),
    "slow.ts": SLOW + filter("slow", "event.slow = true; return event"),
  });
  assertEquals(await rig.events(event(4)), [{ ...event(4), slow: true }]);
  assertEquals(rig.states, ["failed", "on"], rig.lines.join("\n"));
  await rig.line(/evil\.ts is not used, .* exited with code 1 while others were loaded/);
  await rig.write("evil.ts", filter("evil", "event.mended = true; return event"));
  await rig.until("it to be used", () => rig.states[0] === "on");
  assertEquals(await rig.events(event(4)), [{ ...event(4), mended: true, slow: true }]);
});

Deno.test("a new version that spoils a reload is refused, and not the one that changed with it", async () => {
  const slow = (version: number) => SLOW + filter("slow", `event.slow = ${version}; return event`);
  await using rig = await Rig.make({
    "evil.ts": filter("evil", "return event"),
    "slow.ts": slow(1),
  });
  assertEquals(await rig.events(event(4)), [{ ...event(4), slow: 1 }]);
  await Promise.all([
    rig.write("evil.ts", SPOILS + filter("evil", "return event")),
    rig.write("slow.ts", slow(2)),
  ]);
  await rig.line(/ERR Filter "evil": its new version is refused, the one before goes on/);
  assertEquals([rig.states, rig.info(1).problem], [["on", "on"], undefined]);
  await rig.write("evil.ts", filter("evil", "return event"));
  await rig.line(/Reloaded: .*"evil"/);
  assertEquals(await rig.events(event(4)), [{ ...event(4), slow: 2 }]);
});

Deno.test("a file of more than 8 MiB is not read: neither the module's own, nor one that it imports", async () => {
  const long = `// ${"x".repeat(9 << 20)}\n`;
  await using rig = await Rig.make({
    "main.ts": filter("main", "event.v = 1; return event"),
    "part.ts": `import "./long.ts";\n` + filter("part", "return event"),
    "long.ts": `${long}export {};`,
  }, { modules: ["main.ts", "part.ts"] });
  assertEquals(await rig.events(event(4)), [{ ...event(4), v: 1 }]);
  assertEquals(rig.states, ["on", "failed"]);
  await rig.line(/part\.ts is not used, .*\/long\.ts is longer than 8388608 bytes/);
  await rig.write("main.ts", long + filter("main", "event.v = 2; return event"));
  await rig.line(/ERR Filter "main": its new version is refused, .*main\.ts is longer than/);
  assertEquals(await rig.events(event(4)), [{ ...event(4), v: 1 }]);
  await rig.write("main.ts", filter("main", "event.v = 3; return event"));
  await rig.line(/Reloaded: "main"/);
  assertEquals(await rig.events(event(4)), [{ ...event(4), v: 3 }]);
});
