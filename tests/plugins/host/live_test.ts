import { EVENT_LABELS } from "../../../plugins/janus/event_types.ts";
import { allKeys, type Group } from "../../../plugins/host/config/keys.ts";
import { readConfig } from "../../../plugins/host/config/read.ts";
import { SCHEMAS, TRANSPORT } from "../../../plugins/host/config/schema.ts";
import { describe, LiveSettings } from "../../../plugins/host/live.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";

const doc = "";
const GROUP = {
  type: "group",
  doc,
  keys: {
    on: { type: "boolean", default: true, doc },
    count: { type: "integer", default: 5, min: -1, max: 9, unit: "s", doc },
    kind: { type: "enum", default: "a", values: ["a", "b"], doc },
    more: {
      type: "group",
      doc,
      keys: { deep: { type: "integer", default: 0, min: 0, max: 1, switch: 1, doc } },
    },
  },
} as const satisfies Group;

function events(text = "{}") {
  const { config } = readConfig("eventhandler", { format: "jsonc", path: "test", text });
  return { live: new LiveSettings("eventhandler", config), config };
}

Deno.test("what can be changed is described by type and bounds alone, a group by all that is in it", () => {
  assertEquals(describe(GROUP), {
    type: "group",
    keys: {
      on: { type: "boolean" },
      count: { type: "integer", min: -1, max: 9 },
      kind: { type: "enum", values: ["a", "b"] },
      more: { type: "group", keys: { deep: { type: "integer", min: 0, max: 1, switch: 1 } } },
    },
  });
});

Deno.test("what the stub can't check can't be changed", () => {
  assertThrows(() => describe({ type: "string", default: "", doc }), TypeError, "type string");
  for (const kind of ["transport", "eventhandler"] as const) {
    for (const { key, live } of allKeys(SCHEMAS[kind])) if (live !== undefined) describe(key);
  }
});

Deno.test("the schema says what can be changed: of general, and whole groups", () => {
  const { config } = readConfig("transport", { format: "none" });
  const settings = new LiveSettings("transport", config).describe();
  assertEquals(JSON.parse(JSON.stringify(settings)), settings);
  assertEquals(Object.keys(settings), ["json", "events", "limits"]);
  assertEquals(settings.json, { type: "enum", values: TRANSPORT.keys.general.keys.json.values });
  assertEquals(Object.keys(events().live.describe()), [
    "json",
    "events",
    "grouping",
    "grouping_linger",
    "queue",
  ]);
});

Deno.test("what does not go with another setting can't be changed while that is true", () => {
  const { live } = events('{"general": {"topics": true}}');
  assertEquals(Object.keys(live.describe()), ["json", "events", "queue"]);
  live.apply({ grouping: 5 });
  assertEquals(live.values.grouping, 0);
});

Deno.test("a change counts for what it names, and leaves the rest and the configuration as it is", () => {
  const { live, config } = events();
  const { values } = live;
  assertEquals(live.show(), {
    json: "compact",
    events: EVENT_LABELS,
    grouping: 0,
    grouping_linger: 100,
    queue: { policy: "wait", max_wait: 5000 },
  });
  live.apply({ events: " Jsep, core", queue: { max_wait: 7 }, filters: { any: false } });
  live.apply({ grouping: true });
  assertEquals(live.show(), {
    json: "compact",
    events: ["jsep", "core"],
    grouping: 100,
    grouping_linger: 100,
    queue: { policy: "wait", max_wait: 7 },
  });
  assert(live.values === values && values.queue.max_wait === 7 && values.topics === false);
  live.apply({ grouping: false, json: "plain", events: "all" });
  assertEquals([values.grouping, values.json, values.events], [0, "plain", config.general.events]);
  assertEquals([config.queue.max_wait, config.general.json], [5000, "compact"]);
});
