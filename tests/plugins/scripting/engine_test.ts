/** What filters do to events. */
import { assert, assertEquals, assertMatch, assertStrictEquals } from "../../assert.ts";
import { type Came, event, Records, Rig, turn } from "./support.ts";

/** A filter's module that wants these events. */
function wanting(name: string, events: string[], body: string): string {
  return `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
export default defineEventFilter({ name: "${name}", events: ${JSON.stringify(events)},
  filter(event: any, ctx) { ${body} } });`;
}

function messages(came: Came | undefined): { topic: string; body: string }[] {
  assert(Array.isArray(came), String(came));
  return came;
}

Deno.test("a filter passes on, changes, drops and adds events, in order", async () => {
  await using rig = await Rig.make({
    "one.ts": `
      const { n } = event.event.data;
      if (n === 1) return event;
      if (n === 2) return null;
      if (n === 3) { event.event.data.changed = true; return event; }
      if (n === 4) { ctx.emit({ type: 4, event: { data: "first" } }, "mine"); return [event, event]; }
      return [];
    `,
  });
  const given = [1, 2, 3, 4, 5].map((n) => event(4, { schema: "s", data: { n } }));
  const came = await rig.give(...given);
  const [first, second, third, fourth, fifth] = came;
  assertEquals(first, [{ topic: "external.-.-.", body: JSON.stringify(given[0]) }]);
  assertEquals([second, fifth], [[], []]);
  assertMatch(JSON.stringify(third), /\\"n\\":3,\\"changed\\":true/);
  assert(Array.isArray(fourth));
  assertEquals(fourth.map(({ topic }) => topic), ["mine", "external.-.-.", "external.-.-."]);
  assertEquals(fourth[1], fourth[2]);
});

Deno.test("what filters leave as it is goes out as Janus wrote it, unless its topic is another one", async () => {
  await using rig = await Rig.make({
    "same.ts": `if (event.event.topic) ctx.topic = "mine";
      if (event.event.twice) return [event, event];
      event.event.seen = true; delete event.event.seen;
      return event;`,
  });
  const texts = [{}, { é: "ü" }, { topic: 1 }, { twice: 1 }].map((one) =>
    JSON.stringify(event(4, one))
  );
  const [same, letters, topic, twice] = await rig.give(...texts);
  assertEquals([same, letters], ["unchanged", "unchanged"]);
  assertEquals(topic, [{ topic: "mine", body: texts[2]! }]);
  assertEquals(messages(twice).map(({ body }) => body), [texts[3]!, texts[3]!]);
  assertEquals(rig.info().passed, 5);
});

Deno.test("filters form a chain: each gets what the one before passed on, if it wants it", async () => {
  await using rig = await Rig.make({
    "a.ts": wanting("a", ["media.slowlink", "core"], `event.event.seen = ["a"]; return event;`),
    "b.ts": wanting("b", ["media"], `event.event.seen?.push("b"); event.type = 256; return event;`),
    "c.ts": wanting("c", ["core"], `event.event.seen?.push("c"); ctx.topic += "!"; return event;`),
  });
  const came = await rig.give(
    event(32, {}, { subtype: 2 }),
    event(32, {}, { subtype: 1 }),
    event(256, {}, { subtype: 1 }),
    event(1, { name: "created" }),
  );
  assertEquals(came[3], "unchanged");
  const seen = came.slice(0, 3).map((came) => JSON.parse(messages(came)[0]!.body).event.seen);
  assertEquals(seen, [["a", "b", "c"], undefined, ["a", "c"]]);
  assertEquals(messages(came[0])[0]!.topic, "undefined!");
  await rig.loaded();
  assertEquals(
    [[32, 1], [32, 0], [256, 9], [1, 0], [16, 1]].map(([type, sub]) =>
      rig.engine.wants(type!, sub!)
    ),
    [true, true, true, false, false],
  );
});

Deno.test("an asynchronous filter: its events keep their order, and timers and promises run", async () => {
  await using rig = await Rig.make({
    "slow.ts": wanting(
      "slow",
      ["all"],
      `return (async () => {
        await new Promise((resolve) => setTimeout(resolve, event.event.ms));
        event.event.waited = true;
        return event;
      })();`,
    ),
    "fast.ts":
      `event.event.order = (globalThis as any).n = ((globalThis as any).n ?? 0) + 1; return event;`,
  });
  const events = await rig.events(...[30, 1, 10, 0].map((ms) => event(4, { ms })));
  const bodies = events.map((one) => (one as { event: object }).event);
  assertEquals(bodies, [30, 1, 10, 0].map((ms, at) => ({ ms, waited: true, order: at + 1 })));
});

Deno.test("integers beyond 2^53 arrive as bigints, and leave as they came", async () => {
  await using rig = await Rig.make({
    "ids.ts":
      `event.event.kind = typeof event.session_id; event.twice = 2n * 2n ** 60n; return event;`,
  });
  const text = '{"type":1,"timestamp":1732530000123456,"session_id":9007199254740993,"event":{}}';
  const small = text.replace("9007199254740993", "9007199254740991");
  const came = await rig.give(text, small, text);
  assertStrictEquals(
    messages(came[0])[0]!.body,
    '{"type":1,"timestamp":1732530000123456,"session_id":9007199254740993,"event":{"kind":"bigint"},"twice":2305843009213693952}',
  );
  assertEquals(messages(came[0])[0]!.topic, "sessions.-.9007199254740993.");
  assertMatch(
    messages(came[1])[0]!.body,
    /"session_id":9007199254740991,"event":{"kind":"number"}/,
  );
  assertEquals(came[2], came[0]);
});

Deno.test("general.json is honoured, as Janus writes it", async () => {
  const data = { a: [1, "x,\n y: {"], b: {}, c: [], d: null };
  for (
    const [json, expected] of [
      ["compact", '{"type":4,"event":{"a":[1,"x,\\n y: {"],"b":{},"c":[],"d":null}}'],
      ["plain", '{"type": 4, "event": {"a": [1, "x,\\n y: {"], "b": {}, "c": [], "d": null}}'],
      [
        "indented",
        '{\n   "type": 4,\n   "event": {\n      "a": [\n         1,\n         "x,\\n y: {"\n      ],\n' +
        '      "b": {},\n      "c": [],\n      "d": null\n   }\n}',
      ],
    ] as const
  ) {
    await using rig = await Rig.make({ "id.ts": "return event" }, {
      more: { json, topics: false },
    });
    assertEquals(await rig.give({ type: 4, event: data }), [[{ topic: "", body: expected }]]);
  }
});

Deno.test("what comes of a run may be many times what went in", async () => {
  await using rig = await Rig.make({
    "grow.ts": `event.event.text = "ä".repeat(400_000); return [event, event];`,
  });
  const given = Array.from({ length: 20 }, (_, n) => event(4, { n }));
  const came = await rig.give(...given);
  assertEquals(came.length, 20);
  for (const [n, messages] of came.entries()) {
    assertEquals(messages.length, 2);
    for (const { body } of messages as { body: string }[]) {
      assertEquals(body.length > 400_000 && JSON.parse(body).event.n, n);
    }
  }
});

Deno.test("what is too long to be handed over is an error of the filter's", async () => {
  await using huge = await Rig.make({
    "huge.ts": `event.x = "x".repeat(5_000_000); return event;`,
  });
  assertEquals(await huge.give(event(4), event(4)), ["unchanged", "unchanged"]);
  await huge.line(/ERR Filter "huge": RangeError: Cannot pass on more than 1300000 characters/);
});

Deno.test("an event that is too long for the filters is handled as one that a filter fails at", async () => {
  const long = event(4, { text: "x".repeat(1_100_000) });
  await using rig = await Rig.make({ "id.ts": "return event" });
  assertEquals((await rig.give(event(4), long, event(4))).map((came) => typeof came), [
    "object",
    "string",
    "object",
  ]);
  await rig.line(/ERR One event of \d+ bytes is too long for the filters/);
});

Deno.test("more than one run's worth of events: all come back, in order", async () => {
  await using rig = await Rig.make({ "id.ts": "return event" });
  const given = Array.from({ length: 5000 }, (_, n) => event(64, { plugin: "p", data: { n } }));
  const events = await rig.events(...given);
  assertEquals(events, given);
  assertEquals(rig.info(), {
    ...{ name: "id", module: `${rig.folder}/id.ts`, state: "on", gets: "all events" },
    ...{ events: 5000, passed: 5000, dropped: 0, errors: 0, timeouts: 0 },
    microseconds: rig.info().microseconds,
  });
  assert(Number(rig.info().microseconds) > 0 && Number(rig.info().microseconds) < 1000);
});

Deno.test("the log names the filters that are at work, once, and what their events mean", async () => {
  const all =
    'export default { name: "every", events: ["core", "all"], filter: (event) => event };';
  await using rig = await Rig.make({
    "all.ts": all,
    "two.ts": all.replace("every", "two").replace('"core", "all"', '"media", "webrtc.ice"'),
    "off.ts": all.replace("every", "off").replace('"core", "all"', '"sessions"'),
    "bad.ts": "export default {",
  }, { more: { off: ["off"] } });
  assertEquals(
    await rig.line(/at work/),
    'INFO Filters at work: "every" (all events), "two" (media (state, slowlink, stats), webrtc.ice)' +
      '; switched off: "off" (sessions)',
  );
  assertEquals(rig.info(1).gets, "media (state, slowlink, stats), webrtc.ice");
  assertEquals(rig.info(3).gets, undefined);
  await Deno.writeTextFile(`${rig.folder}/two.ts`, `${all.replace("every", "two")}`);
  await rig.line(/Reloaded: "two"/);
  assertEquals(rig.lines.filter((line) => line.includes("at work")).length, 1);
  assertEquals(rig.info(1).gets, "all events");
});

Deno.test("a filter can be switched off and on while it runs", async () => {
  await using rig = await Rig.make({ "no.ts": "return null", "id.ts": "return event" });
  assertEquals(await rig.events(event(4)), []);
  rig.engine.configure({ no: false });
  assertEquals(rig.states, ["off", "on"]);
  assertEquals((await rig.events(event(4), event(4))).length, 2);
  rig.engine.configure({ no: true, id: false });
  assertEquals(await rig.events(event(4)), []);
  rig.engine.configure({ no: false });
  assertEquals(rig.engine.wants(4, 0), false);
  assertEquals(await rig.events(event(4)), ["unchanged"]);
  assertEquals(rig.engine.names, ["no", "id"]);
});

Deno.test("what one filter makes too much of keeps what others made of the event", async () => {
  await using rig = await Rig.make({
    "first.ts": "event.first = true; return event;",
    "huge.ts": `ctx.emit({ type: 4, x: "y".repeat(5_000_000) }); return event;`,
    "last.ts": "event.last = true; return event;",
  });
  assertEquals(await rig.events(event(4)), [{ ...event(4), first: true, last: true }]);
  assertStrictEquals(rig.info(1).errors, 1);
});

Deno.test("what was taken stays as it is until the next is taken, whatever arrives meanwhile", async () => {
  await using rig = await Rig.make({ "id.ts": "event.seen = true; return event;" });
  const count = 200;
  const { engine } = rig;
  const events = Array.from({ length: count }, (_, n) => event(4, { n }));
  engine.begin(new Records(events), events.map((_, at) => at));
  for (let n = 0; n < count;) {
    const outcome = engine.take();
    // Long enough that the next results are there.
    for (let round = 0; round < (n % 64 > 61 ? 20 : 1); round++) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      turn(engine);
    }
    if (outcome === null) continue;
    assertStrictEquals(outcome, 1);
    engine.message();
    const { bodyOffset, bodyLength, memory } = engine;
    const body = new TextDecoder().decode(memory.slice(bodyOffset, bodyOffset + bodyLength));
    assertEquals(JSON.parse(body).event.n, n++);
  }
});
