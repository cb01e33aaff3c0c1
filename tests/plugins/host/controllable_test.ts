import type { Group } from "../../../plugins/host/config/keys.ts";
import { TRANSPORT } from "../../../plugins/host/config/schema.ts";
import { controllable } from "../../../plugins/host/controllable.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

const doc = "";
const GROUP = {
  type: "group",
  doc,
  keys: {
    on: { type: "boolean", default: true, doc },
    count: { type: "integer", default: 5, min: -1, max: 9, unit: "s", doc },
    kind: { type: "enum", default: "a", values: ["a", "b"], doc },
    name: { type: "string", default: "", doc },
    more: {
      type: "group",
      doc,
      keys: {
        other: { type: "boolean", default: false, doc },
        inner: {
          type: "group",
          doc,
          keys: { deep: { type: "integer", default: 0, min: 0, max: 1, doc } },
        },
      },
    },
  },
} as const satisfies Group;

Deno.test("what can be changed is described by type and bounds alone", () => {
  assertEquals(controllable(GROUP, ["kind", "on", "count"]), {
    kind: { type: "enum", values: ["a", "b"] },
    on: { type: "boolean" },
    count: { type: "integer", min: -1, max: 9 },
  });
  assertEquals(controllable(GROUP, []), {});
});

Deno.test("a group can be changed with all that is in it", () => {
  const deep = { type: "integer", min: 0, max: 1 };
  assertEquals(controllable(GROUP, ["more"]), {
    more: {
      type: "group",
      keys: { other: { type: "boolean" }, inner: { type: "group", keys: { deep } } },
    },
  });
});

Deno.test("what the stub can't check can't be changed", () => {
  assertThrows(() => controllable(GROUP, ["name"]), TypeError, "type string");
});

Deno.test("the transport's changeable settings survive the way to the stub", () => {
  const settings = {
    ...controllable(TRANSPORT.keys.general, ["json", "events"]),
    ...controllable(TRANSPORT, ["limits"]),
  };
  assertEquals(JSON.parse(JSON.stringify(settings)), settings);
  assertEquals(Object.keys(settings), ["json", "events", "limits"]);
  assertEquals(settings.json, { type: "enum", values: TRANSPORT.keys.general.keys.json.values });
});
