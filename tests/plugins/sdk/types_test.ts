/**
 * What authors of filters may write, and what TypeScript must refuse: that this file compiles is
 * the test. An expected error that does not come is one itself.
 */
import { defineEventFilter, sampleEvent, testFilter } from "../../../mod.ts";
import type { JanusId } from "../../../mod.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

/** Compiles where both are the same. */
function same<A, B>(..._proof: [A] extends [B] ? [B] extends [A] ? [] : [never] : [never]): void {}

Deno.test("an event is narrowed by `events`: by type, by subtype, by several, not by all", () => {
  defineEventFilter({
    name: "subtype",
    events: ["media.slowlink"],
    filter(event) {
      same<typeof event.type, 32>();
      same<typeof event.subtype, 2>();
      same<typeof event.event.lost_lastsec, number>();
      same<typeof event.session_id, JanusId>();
      // @ts-expect-error: that is in another subtype's
      event.event.receiving;
      return event;
    },
  });
  defineEventFilter({
    name: "type",
    events: ["webrtc"],
    filter(event) {
      same<typeof event.subtype, 1 | 2 | 3 | 4 | 5 | 6>();
      // @ts-expect-error: only one of the subtypes has it
      event.event.ice;
      if (event.subtype === 1) same<typeof event.event.stream_id, number>();
      if (event.subtype === 6 && event.event.connection === "hangup") event.event.reason;
      return null;
    },
  });
  defineEventFilter({
    name: "several",
    events: ["media.stats", "sessions", "transports"],
    filter(event) {
      same<typeof event.type, 32 | 1 | 128>();
      // @ts-expect-error: transports' events have no handle
      event.handle_id;
      if (event.type === 32) {
        same<typeof event.subtype, 3>();
        for (const one of [event.event].flat()) if (one.media !== "data") one.rtt?.toFixed();
      }
      if (event.type === 1 && event.event.name === "created") event.event.transport?.id;
      // @ts-expect-error: it is none of those
      if (event.type === 64) return null;
      return event;
    },
  });
  defineEventFilter({
    name: "all",
    events: ["all"],
    filter(event) {
      same<typeof event.type, 1 | 2 | 4 | 8 | 16 | 32 | 64 | 128 | 256>();
      if (event.type === 8) same<typeof event.event.owner, "local" | "remote">();
      if (event.type === 256 && event.subtype === 2) same<typeof event.event.signum, number>();
      return null;
    },
  });
});

Deno.test("names of events are checked", () => {
  // @ts-expect-error: no such type
  defineEventFilter({ name: "a", events: ["medai"], filter: () => null });
  // @ts-expect-error: no such subtype
  defineEventFilter({ name: "b", events: ["media.slow"], filter: () => null });
  // @ts-expect-error: a list
  defineEventFilter({ name: "c", events: "media", filter: () => null });
  // @ts-expect-error: there is nothing else to be called
  defineEventFilter({ name: "d", events: ["media"], filter: () => null, onEvent: () => null });
});

Deno.test("an event is changed by copying it, with fields of one's own, without a cast", () => {
  defineEventFilter({
    name: "copy",
    events: ["handles", "media.slowlink"],
    filter(event) {
      if (event.type === 2) return { ...event, event: { ...event.event, customer: "acme" } };
      // @ts-expect-error: the event itself is not to be changed
      event.event.lost_lastsec = 0;
      return { ...event, region: "eu", session_id: String(event.session_id) };
    },
  });
});

Deno.test("a filter answers an event, several, null, or a promise of it, and nothing else", () => {
  const name = "answers";
  const events = ["sessions"] as const;
  defineEventFilter({ name, events, filter: (event) => event });
  defineEventFilter({ name, events, filter: (event) => [event, { ...event, copy: true }] });
  defineEventFilter({ name, events, filter: () => null });
  // @ts-expect-error: a forgotten return
  defineEventFilter({ name, events, filter: () => undefined });
  // @ts-expect-error: another one
  defineEventFilter({ name, events, filter: () => {} });
  // @ts-expect-error: and one that is forgotten in a promise
  defineEventFilter({ name, events, filter: async () => await Promise.resolve() });
  defineEventFilter({
    name,
    events,
    // @ts-expect-error: it is forgotten on one of the ways
    filter(event) {
      if (event.event.name === "created") return event;
    },
  });
  defineEventFilter({ name, events, filter: async (event) => await Promise.resolve(event) });
  defineEventFilter({
    name,
    events,
    async filter(event, ctx) {
      await Promise.resolve();
      ctx.topic = `mine.${event.session_id}`;
      ctx.emit({ type: 4, event: { schema: "a", data: {} } }, "b");
      ctx.log.info("done");
      // @ts-expect-error: no such level
      ctx.log.warn("done");
      return event.event.name === "created" ? event : null;
    },
  });
  defineEventFilter({ name, events, filter: () => ({ type: 4, event: { schema: "a" } }) });
  defineEventFilter({ name, events, filter: (event) => ({ ...event, type: 4 }) });
  // @ts-expect-error: true does not mean "pass it on"
  defineEventFilter({ name, events, filter: () => true });
  // @ts-expect-error: text is no event
  defineEventFilter({ name, events, filter: async (event) => await JSON.stringify(event) });
  // @ts-expect-error: nor is a list of it
  defineEventFilter({ name, events, filter: (event) => [JSON.stringify(event)] });
  // @ts-expect-error: nor one in it
  defineEventFilter({ name, events, filter: (event, ctx) => ctx.emit([event]) });
});

Deno.test("ids may be bigints, so they can't be reckoned with as numbers", () => {
  defineEventFilter({
    name: "ids",
    events: ["sessions"],
    filter(event) {
      // @ts-expect-error: it may be a bigint
      event.session_id + 1;
      const id: JanusId = event.session_id;
      if (typeof event.session_id === "bigint") same<typeof event.session_id, bigint>();
      return new Map([[id, event]]).get(event.session_id) ?? null;
    },
  });
});

Deno.test("samples are typed by their name", async () => {
  const slow = sampleEvent("media.slowlink", { session_id: 2n ** 60n, event: { mid: "1" } });
  same<typeof slow.event.lost_lastsec, number>();
  const session = sampleEvent("sessions", { event: { name: "destroyed" } });
  same<typeof session.type, 1>();
  // @ts-expect-error: no such field
  sampleEvent("media.slowlink", { event: { lost: 3 } });
  // @ts-expect-error: an id is a number or a bigint
  sampleEvent("sessions", { session_id: "1" });
  // @ts-expect-error: that is several kinds of events
  assertThrows(() => sampleEvent("media"), TypeError, 'Cannot make an event "media"');
  const pass = defineEventFilter({
    name: "pass",
    events: ["media.slowlink"],
    filter: (event) => event,
  });
  await using test = await testFilter(pass);
  const [first] = await test.send(slow);
  assertEquals(first?.event.lost_lastsec, slow.event.lost_lastsec);
});
