import { EVENT_LABELS } from "../../../../plugins/janus/event_types.ts";
import {
  describeMask,
  EVENT_MASK_ALL,
  EVENT_MASK_NONE,
  eventLabels,
  parseEventMask,
} from "../../../../plugins/host/config/event_mask.ts";
import { assert, assertEquals, assertMatch } from "../../../assert.ts";

function faults(source: string | string[]): readonly string[] {
  const parsed = parseEventMask(source);
  assert("faults" in parsed, `${JSON.stringify(source)} was accepted`);
  return parsed.faults;
}

Deno.test("parseEventMask() gives each label the bit that Janus's header gives it", () => {
  // JANUS_EVENT_TYPE_* in events/eventhandler.h.
  const bits = { sessions: 0, handles: 1, external: 2, jsep: 3, webrtc: 4, media: 5, plugins: 6 };
  for (const [label, bit] of Object.entries({ ...bits, transports: 7, core: 8 })) {
    assertEquals(parseEventMask(label), { mask: 1 << bit });
  }
  assertEquals(EVENT_LABELS.length, 9);
});

Deno.test("parseEventMask() takes none, all, lists and any case", () => {
  assertEquals(parseEventMask("none"), { mask: EVENT_MASK_NONE });
  assertEquals(parseEventMask("all"), { mask: EVENT_MASK_ALL });
  assertEquals(parseEventMask(" ALL "), { mask: 511 });
  assertEquals(parseEventMask("sessions,handles"), { mask: 3 });
  assertEquals(parseEventMask(" Core ,\tmedia, core"), { mask: 256 | 32 });
  assertEquals(parseEventMask(["jsep", "webrtc"]), { mask: 24 });
  assertEquals(parseEventMask(["none"]), { mask: 0 });
  assertEquals(parseEventMask(["all"]), { mask: EVENT_MASK_ALL });
  assertEquals(parseEventMask(EVENT_LABELS.join(",")), { mask: EVENT_MASK_ALL });
});

Deno.test("describeMask() says what a mask means", () => {
  assertEquals(describeMask(EVENT_MASK_ALL), `all types: ${EVENT_LABELS.join(", ")}`);
  assertEquals(describeMask(EVENT_MASK_NONE), "none: nothing is published");
  assertEquals(describeMask(256 | 8), "jsep, core");
});

Deno.test("parseEventMask() refuses every unknown label by name, with the nearest", () => {
  const [first, second, ...more] = faults("sessions, handels, pluginz");
  assertMatch(first ?? "", /^"handels" is not an event type; the nearest is "handles"/);
  assertMatch(second ?? "", /^"pluginz" .* nearest is "plugins"/);
  assertEquals(more, []);
  assertMatch(faults(["nome"])[0] ?? "", /nearest is "none"/);
  assertMatch(faults("toString")[0] ?? "", /^"toString" is not/);
});

Deno.test("parseEventMask() refuses all or none beside others", () => {
  assertMatch(faults("all, core").join(), /^"all" stands alone/);
  assertMatch(faults(["core", "none"]).join(), /^"none" stands alone/);
});

Deno.test("parseEventMask() refuses what is empty and says how to write none", () => {
  for (const empty of ["", "  ", ",", []]) assertMatch(faults(empty).join(), /write "none"/);
  assertMatch(faults("core,,media").join(), /empty label/);
});

Deno.test("eventLabels() names what is in a mask", () => {
  assertEquals(eventLabels(EVENT_MASK_ALL), EVENT_LABELS);
  assertEquals(eventLabels(256 | 1), ["sessions", "core"]);
  assertEquals(eventLabels(0), []);
});
