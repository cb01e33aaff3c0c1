/** Filters that fail, hang, end or eat memory: no event suffers but the one at hand. */
import { assert, assertEquals, assertGreater, assertLess, assertMatch } from "../../assert.ts";
import { event, Rig } from "./support.ts";

const numbered = (count: number) => Array.from({ length: count }, (_, n) => event(4, { n }));

for (const on_error of ["pass", "drop"] as const) {
  Deno.test(`a filter that throws, on_error = ${on_error}`, async () => {
    await using rig = await Rig.make({
      "mark.ts": "event.marked = true; return event;",
      "bad.ts": `event.spoilt = true;
        if (event.event.n === 1) throw new RangeError("no ones");
        if (event.event.n === 2) return "text";
        if (event.event.n === 3) { event.self = event; return event; }
        if (event.event.n === 4) return Promise.reject(new Error("later"));
        return event;`,
      "last.ts": "event.last = true; return event;",
    }, { config: { on_error } });
    const came = await rig.events(...numbered(6));
    const good = (n: number) => ({ ...event(4, { n }), marked: true, spoilt: true, last: true });
    const passed = (n: number) => ({ ...event(4, { n }), marked: true, last: true });
    const failed = [1, 2, 3, 4].map((n) => on_error === "pass" ? passed(n) : "failed");
    assertEquals(came, [good(0), ...failed, good(5)]);
    const fate = on_error === "pass" ? "the event passes unchanged" : "the event is dropped";
    const line = await rig.line(/Filter "bad": RangeError/);
    assertEquals(
      line,
      `ERR Filter "bad": RangeError: no ones (${rig.folder}/bad.ts:6:40); ${fate}`,
    );
    // The others are said a second later, as one line.
    assertMatch(
      await rig.line(/Filter "bad": TypeError/),
      /^ERR Filter "bad": TypeError: Cannot publish text.* \(3 errors since the last line; this was the first\)/,
    );
    const { events, passed: given, errors, dropped } = rig.info(1);
    assertEquals([events, given, errors, dropped], [6, 2, 4, 0]);
  });
}

Deno.test("the first filter fails and nobody else wants the event: it goes out as it came", async () => {
  await using rig = await Rig.make({ "bad.ts": `throw "just text"` });
  assertEquals(await rig.give(event(4)), ["unchanged"]);
  await rig.line(/Filter "bad": threw "just text"; the event passes/);
});

for (const on_error of ["pass", "drop"] as const) {
  Deno.test(`a filter that forgets to return is told so once, on_error = ${on_error}`, async () => {
    await using rig = await Rig.make(
      { "bad.ts": "ctx.topic = 'spoilt'; event.spoilt = true;", "odd.ts": "return event;" },
      { config: { on_error } },
    );
    const fate = on_error === "pass" ? "the event passes unchanged" : "the event is dropped";
    const came = await rig.events(...numbered(100));
    assertEquals(came, on_error === "pass" ? numbered(100) : Array(100).fill("failed"));
    assertEquals(
      await rig.line(/returned undefined/),
      'WARN Filter "bad": filter() of bad returned undefined, as if a return was forgotten: return' +
        ` the event to pass it on, null to drop it. Until then ${fate}, each time; this is said once`,
    );
    // Longer than an error is held back.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    await rig.events(...numbered(1));
    assertEquals(rig.lines.filter((line) => line.includes("returned undefined")).length, 1);
    const { errors, dropped } = rig.info();
    assertEquals([errors, dropped], [101, 0]);
  });
}

Deno.test("a thousand errors are one line a second, and all are counted", async () => {
  await using rig = await Rig.make({ "bad.ts": `throw new Error("always")` });
  await rig.give(...numbered(1000));
  await rig.line(/999 errors since the last line/);
  const lines = rig.lines.filter((line) => line.includes("always"));
  assertLess(lines.length, 4);
  assertEquals(rig.info().errors, 1000);
});

Deno.test("what a filter prints is in the log under its name, and not too much of it", async () => {
  await using rig = await Rig.make({
    "talk.ts": `
      console.log("event", { n: event.event.n }); console.warn("w"); ctx.log.error("mine");
      return event;`,
  });
  await rig.give(event(4, { n: 7 }));
  await rig.line(/^INFO Filter "talk": event { n: 7 }$/);
  await rig.line(/^WARN Filter "talk": w$/);
  await rig.line(/^ERR Filter "talk": mine$/);
  await rig.give(...numbered(400));
  await rig.line(/lines were left out: more than 50 in a second/);
  assertLess(rig.lines.length, 120);
});

Deno.test("late errors are logged; the filter and its events go on", async () => {
  await using rig = await Rig.make({
    "late.ts": `
      if (event.event.n === 0) Promise.reject(new Error("nobody waits"));
      if (event.event.n === 1) setTimeout(() => { throw new Error("in a timer"); }, 1);
      return event;`,
  });
  assertEquals((await rig.events(...numbered(3))).length, 3);
  assertMatch(
    await rig.line(/nobody waits/),
    /ERR Filter "late": a promise was rejected.*late\.ts:\d+:\d+\)$/,
  );
  assertMatch(
    await rig.line(/in a timer/),
    /ERR Filter "late": threw outside of a call: .*late\.ts/,
  );
  assertEquals((await rig.events(...numbered(3))).length, 3);
  assertEquals(rig.info().timeouts, 0);
});

const SPIN = "for (;;);";

const DEADLY = {
  "never returns": [SPIN, /did not return within 300 ms \(filters\.timeout\)/],
  "never settles": [`return new Promise(() => {});`, /did not return within 300 ms/],
  "calls Deno.exit": [`Deno.exit(0);`, /exited with code 0/],
  "throws where nobody can catch it": [
    `Performance.prototype.now = () => { throw 1; };`,
    /exited with code 1/,
  ],
  "kills itself": [
    `Deno.exit = 0 as never; (globalThis as any).process.kill(Deno.pid, "SIGKILL"); ${SPIN}`,
    /was ended by signal 9/,
  ],
  "speaks for itself": [
    `Deno.stdout.writeSync(new Uint8Array(64).fill(255)); ${SPIN}`,
    /said what makes no sense \(a frame of 4294967295 bytes/,
  ],
  "never ends to be written": [
    `return { toJSON() { ${SPIN} } };`,
    /did not return within 300 ms/,
  ],
} as const;

for (const [what, [body, line]] of Object.entries(DEADLY)) {
  for (const on_error of ["pass", "drop"] as const) {
    Deno.test(`a filter that ${what}, on_error = ${on_error}: ended, and started again`, async () => {
      await using rig = await Rig.make({
        "first.ts": "event.first = true; return event;",
        "deadly.ts": `if (event.event.n === 5) { ${body} } event.second = true; return event;`,
        "last.ts": "event.last = true; return event;",
      }, { config: { on_error, timeout: 300 } });
      const came = await rig.events(...numbered(12));
      const expected = numbered(12).map((one, n): unknown => {
        if (n !== 5) return { ...one, first: true, second: true, last: true };
        return on_error === "pass" ? { ...one, first: true, last: true } : "failed";
      });
      assertEquals(came, expected, rig.lines.join("\n"));
      // First it is not known whose fault it is; then they are tried one by one.
      assertMatch(
        await rig.line(/^WARN The process of the filters/),
        /A new one tries the \d+ events in hand once more, one by one$/,
      );
      assertMatch(await rig.line(line), /^(ERR Filter "deadly"|WARN The process)/);
      await rig.line(/^ERR Filter "deadly" .*Its process is started again$/);
      assertEquals([rig.info(1).timeouts, rig.info(1).errors, rig.info(0).timeouts], [1, 1, 0]);
      assertEquals(rig.states, ["on", "on", "on"]);
      assertEquals(
        (await rig.events(event(4, { n: 1 })))[0],
        expected[1] && { ...event(4, { n: 1 }), first: true, second: true, last: true },
      );
    });
  }
}

Deno.test("a filter that ends its process is back within 0.3 s, and nothing is lost", async () => {
  await using rig = await Rig.make({
    "ends.ts": `if (event.event.n === 0) Deno.exit(7); return event;`,
  });
  await rig.loaded();
  for (const n of [0, 1]) await rig.give(event(4, { n })); // warm
  const begun = performance.now();
  await rig.give(event(4, { n: 0 }), event(4, { n: 1 }));
  assertLess(performance.now() - begun, 300 * Math.max(1, Deno.loadavg()[0]! / 2) * 2);
});

Deno.test("after three in a row a filter is disabled, and used again once its file changes", async () => {
  const text = (body: string) => `
    import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
    export default defineEventFilter({ name: "stuck", events: ["all"], filter(event: any) {
      ${body} event.here = true; return event; } });`;
  await using rig = await Rig.make({
    "stuck.ts": text(`if (event.event.n % 2) { ${SPIN} }`),
    "fine.ts": "event.fine = true; return event;",
  }, { config: { timeout: 300 } });
  const came = await rig.events(...numbered(10)) as { here?: boolean; fine?: boolean }[];
  assertEquals(came.map(({ here }) => here === true), [
    ...[true, false, true, false, true, false], // the third
    ...[false, false, false, false],
  ]);
  assert(came.every(({ fine }) => fine));
  assertMatch(
    await rig.line(/third time in a row/),
    /ERR Filter "stuck" .* it is disabled, and events go past it, until \/.*\/stuck\.ts changes$/,
  );
  assertEquals(rig.states, ["disabled", "on"]);
  await rig.write("stuck.ts", text(""));
  await rig.until("it to be back", () => rig.states[0] === "on");
  assertEquals(((await rig.events(event(4, { n: 1 })))[0] as { here: boolean }).here, true);
});

const MEMORY = {
  "JavaScript's heap": "new Array(1000).fill(1.5)",
  "buffers": "new Uint8Array(1 << 20).fill(1)",
};

for (const [what, bytes] of Object.entries(MEMORY)) {
  Deno.test(`a filter that eats memory (${what}) meets a limit, and is named`, async () => {
    await using rig = await Rig.make({
      "greedy.ts": `
        const all: unknown[] = [];
        if (event.event.n === 2) for (;;) all.push(${bytes});
        return event;`,
      "fine.ts": "event.fine = true; return event;",
    }, { config: { timeout: 20_000 }, memory: 64 });
    const came = await rig.events(...numbered(4)) as { fine: boolean }[];
    assertEquals(came.map(({ fine }) => fine), [true, true, true, true], rig.lines.join("\n"));
    await rig.line(
      /ERR Filter "greedy"(: RangeError: Array buffer| .*out of memory, most likely: filters\.max_)/,
    );
    assertEquals([rig.info(0).errors, rig.info(1).timeouts], [1, 0]);
  });
}

Deno.test("a filter that leaks is started anew, and loses no event", async () => {
  await using rig = await Rig.make({
    "leak.ts": `
      ((globalThis as any).all ??= []).push(new Array(200_000).fill(1.5));
      event.count = (globalThis as any).all.length; return event;`,
  }, { memory: 64, config: { timeout: 20_000 } });
  let [highest, restarts, before] = [0, 0, 0];
  for (let round = 0; round < 40 && restarts < 2; round++) {
    const came = await rig.events(...numbered(10)) as { count: number }[];
    assertEquals(came.filter((one) => typeof one === "string"), [], rig.lines.join("\n"));
    for (const { count } of came) {
      if (count < before) restarts++;
      before = count;
      highest = Math.max(highest, count);
    }
  }
  assertEquals(restarts >= 2, true, rig.lines.join("\n"));
  await rig.line(/WARN The process of the filters .*out of memory/);
  assertGreater(highest, 20);
});

Deno.test("odd things that are thrown are said, whatever they are", async () => {
  await using rig = await Rig.make({
    "odd.ts": `
      const { n } = event.event;
      if (n === 0) throw Object.create(null);
      if (n === 1) throw { get message() { throw 1; }, get stack() { throw 2; } };
      if (n === 2) throw Symbol("s");
      if (n === 3) throw undefined;
      if (n === 4) { const error = new Error("x"); Object.defineProperty(error, "stack", { get() { throw 3; } }); throw error; }
      if (n === 5) throw new Proxy({}, { get() { throw 4; }, getPrototypeOf() { throw 5; } });
      if (n === 6) return new Proxy({}, { get() { throw 6; }, ownKeys() { throw 7; } });
      if (n === 7) { ctx.topic = Symbol("t") as any; return event; }
      if (n === 8) return { type: Symbol("x") };
      if (n === 9) return { type: { valueOf() { throw 8; } }, toJSON: () => ({}) };
      return event;`,
  });
  const came = await rig.give(...numbered(11));
  assertEquals(came.slice(0, 8).every((one) => one === "unchanged"), true, JSON.stringify(came));
  assert(Array.isArray(came[10]));
  assertEquals(rig.info().timeouts, 0);
  await rig.line(/ERR Filter "odd": threw /);
});

Deno.test("what a filter does to the language is its own matter", async () => {
  await using rig = await Rig.make({
    "rude.ts": `
      (Object.prototype as any).toJSON = function () { return { type: 4, mine: true }; };
      (Array.prototype as any).toJSON = function () { return 7; };
      (Object.prototype as any).__proto__ = 1;
      return event;`,
  });
  const came = await rig.give(...numbered(3));
  assertEquals(came.length, 3);
  assertEquals(rig.info().timeouts, 0);
  assertEquals(JSON.stringify({}), "{}");
});

Deno.test("a filter that deletes or replaces all globals fails alone: the others, and the process, go on", async () => {
  await using rig = await Rig.make({
    "wipe.ts": `
      const { getOwnPropertyNames } = Object, { deleteProperty, set } = Reflect;
      const all = globalThis, { n } = event.event;
      if (n === 2) throw new Error("no more");
      for (const key of getOwnPropertyNames(all)) {
        if (n === 0) deleteProperty(all, key);
        else set(all, key, () => { throw 1; });
      }
      return event;`,
    "fine.ts": "event.fine = true; return event;",
    "late.ts":
      `return (async () => { event.late = await 1n; event.real = 1e20; return event; })();`,
  });
  await rig.loaded();
  const long = '{"type":4,"event":{"n":0},"big":9223372036854775807,"real":1e20}';
  assertEquals(
    (await rig.give(long, event(4, { n: 1 }), event(4, { n: 3 }))).map((came) =>
      (came as { body: string }[])[0]!.body.replace(/"fine.*/, "")
    ),
    ['{"type":4,"event":{"n":0},"big":9223372036854775807,"real":1e+20,'].concat(
      [1, 3].map((n) => JSON.stringify(event(4, { n })).slice(0, -1) + ","),
    ),
  );
  await rig.line(/ERR Filter "wipe": ReferenceError: Object is not defined/);
  assertEquals([rig.states.join(), rig.info(0).timeouts, rig.info(1).errors], ["on,on,on", 0, 0]);
  await rig.write(
    "fine.ts",
    `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
    export default defineEventFilter({ name: "fine", events: ["all"], filter: () => null });`,
  );
  await rig.line(/Reloaded: "fine"/);
});

Deno.test("an emit behind its call is said, and one in time is as it was then", async () => {
  await using rig = await Rig.make({
    "late.ts": `
      const more = { type: 4, n: 1 };
      ctx.emit(more);
      more.n = 2;
      setTimeout(() => ctx.emit({ type: 4, n: 3 }), 5);
      return null;`,
  });
  assertEquals(await rig.events(event(4)), [{ type: 4, n: 1 }]);
  await rig.line(/ERR Filter "late": emit\(\) came after the call that it belongs to/);
});

Deno.test("reals that look like integers stay reals", async () => {
  await using rig = await Rig.make({ "same.ts": "event.y = 1e20; return event;" });
  const came = await rig.give('{"type":4,"x":1e20,"big":9223372036854775807}');
  assertMatch(
    (came[0] as { body: string }[])[0]!.body,
    /"x":1(\.0)?e\+?20,"big":9223372036854775807,"y":1(\.0)?e\+?20/,
  );
});
