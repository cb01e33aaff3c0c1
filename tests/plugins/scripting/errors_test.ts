/** Filters that fail, hang, end or eat memory: no event suffers but the one at hand. */
import { Count, Note, placeOf } from "../../../plugins/scripting/counters.ts";
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
  await rig.line(/Filter "bad": threw just text; the event passes/);
});

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

// Deno cannot end a thread that never returns: here it does after a while, to leave the processor to
// the other tests.
const SPIN = "for (const end = Date.now() + 4000; Date.now() < end;);";

const DEADLY = {
  "never returns": [SPIN, /did not return within 500 ms \(filters\.timeout\)/],
  "never settles": [`return new Promise(() => {});`, /did not return within 500 ms/],
  "calls Deno.exit": [`Deno.exit(0);`, /ended the thread it runs on/],
  "closes itself": [
    `self.close(); for (let i = 0; i < 1e9; i++); return event;`,
    /ended the thread|did not return/,
  ],
  "never ends to be written": [
    `return { toJSON() { ${SPIN} } };`,
    /did not return within 500 ms/,
  ],
} as const;

for (const [what, [body, line]] of Object.entries(DEADLY)) {
  for (const on_error of ["pass", "drop"] as const) {
    Deno.test(`a filter that ${what}, on_error = ${on_error}: stopped, and started again`, async () => {
      await using rig = await Rig.make({
        "first.ts": "event.first = true; return event;",
        "deadly.ts": `if (event.event.n === 5) { ${body} } event.second = true; return event;`,
        "last.ts": "event.last = true; return event;",
      }, { config: { on_error, timeout: 500 } });
      const came = await rig.events(...numbered(12));
      const expected = numbered(12).map((one, n): unknown => {
        if (n !== 5) return { ...one, first: true, second: true, last: true };
        return on_error === "pass" ? { ...one, first: true, last: true } : "failed";
      });
      assertEquals(came, expected);
      assertMatch(await rig.line(line), /^ERR Filter "deadly" .*It is started again$/);
      assertEquals([rig.info(1).timeouts, rig.info(1).errors, rig.info(0).timeouts], [1, 1, 0]);
      assertEquals(rig.states, ["on", "on", "on"]);
      rig.engine.tick();
      // Only where the thread runs on.
      const endless = what === "never returns" || what === "never ends to be written";
      if (what !== "closes itself") {
        assertEquals(rig.lines.includes("ERR is renewed"), endless);
      }
      assertEquals(
        (await rig.events(event(4, { n: 1 })))[0],
        expected[1] && { ...event(4, { n: 1 }), first: true, second: true, last: true },
      );
    });
  }
}

Deno.test("after three in a row a filter is set aside, and used again once its file changes", async () => {
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
    /ERR Filter "stuck" .* it is set aside, and events go past it, until \/.*\/stuck\.ts changes$/,
  );
  assertEquals(rig.states, ["set aside", "on"]);
  // The next process knows.
  await using next = await Rig.make({}, {
    modules: [`${rig.folder}/stuck.ts`],
    counters: rig.counters.slice(),
  });
  assertEquals(next.states, ["set aside"]);
  assertEquals(await next.give(event(4, { n: 0 })), ["unchanged"]);
  await rig.write("stuck.ts", text(""));
  await rig.until("it to be back", () => rig.states[0] === "on");
  assertEquals(((await rig.events(event(4, { n: 1 })))[0] as { here: boolean }).here, true);
});

Deno.test("a filter that takes too much memory in one call ends the process, which says why", async () => {
  await using rig = await Rig.make({
    "greedy.ts": `
      const all: unknown[] = [];
      if (event.event.n === 2) {
        for (let mib = 0; mib < 150; mib++) all.push(new Uint8Array(1 << 20).fill(1));
        ${SPIN}
      }
      return event;`,
  }, { config: { timeout: 20_000 } });
  const came = await rig.give(...numbered(4));
  assertEquals(came.map((one) => one === "unchanged"), [false, false, true, false]);
  const at = rig.lines.indexOf("ERR dies");
  assertMatch(
    rig.lines[at - 1]!,
    /The filter "greedy" takes too much memory \(runtime\.max_heap\)/,
  );
  // The next process leaves that event alone.
  const { counters } = rig;
  assertEquals([counters[Note.diedModule], counters[Note.diedSequence]], [1, 3]);
});

Deno.test("a filter that leaks is started anew before the memory is gone", async () => {
  await using rig = await Rig.make({
    "leak.ts": `
      ((globalThis as any).all ??= []).push(new Array(20_000).fill(1.5));
      event.count = (globalThis as any).all.length; return event;`,
  }, { more: { maxHeap: 64 } });
  let highest = 0;
  for (let restarts = 0, before = 0; restarts < 2;) {
    const [{ count }] = await rig.events(event(4)) as [{ count: number }];
    if (count < before) restarts++;
    before = count;
    highest = Math.max(highest, count);
    rig.engine.tick();
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  await rig.line(/WARN Filters hold too much memory .* started anew/);
  assertGreater(highest, 100);
  assertEquals(rig.info().timeouts, 0);
});

Deno.test("the process dies with a filter at work: the next one looks closely, and learns", async () => {
  const counters = new Float64Array(256);
  const death = (sequence: number, last: number, module: number) => {
    counters[Note.inHand] = 1;
    counters[Note.module] = module + 1;
    counters[Note.sequence] = sequence;
    counters[Note.last] = last;
  };
  death(3, 5, 1);
  const files = {
    "a.ts": "event.a = true; return event;",
    "b.ts": "event.b = true; return event;",
  };
  {
    await using rig = await Rig.make(files, { counters });
    await rig.line(/ERR Filter .*b\.ts the process ended while it was at work/);
    assertEquals(counters[placeOf(1, Count.strikes)], 1);
    // Up to the last of that run, one by one: nothing is skipped for now.
    assertEquals(
      await rig.events(...numbered(6)),
      numbered(6).map((one) => ({ ...one, a: true, b: true })),
    );
    assertEquals(counters[Note.inHand], 0);
  }
  death(3, 3, 1);
  death(3, 3, 1);
  {
    await using rig = await Rig.make(files, { counters });
    // The second time in a row at the same event: that filter does not get it.
    const came = await rig.events(...numbered(4)) as { b?: boolean }[];
    assertEquals(came.map(({ b }) => b === true), [true, true, false, true]);
  }
  death(9, 9, 1);
  await using rig = await Rig.make(files, { counters });
  assertEquals(rig.states[1], "set aside");
  await rig.line(/third time in a row/);
});
