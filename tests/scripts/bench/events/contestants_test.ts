import { CONTESTANTS, type Key } from "../../../../scripts/bench/events/contestants.ts";
import { knowsNoFilters } from "../../../../scripts/bench/events/event_janus.ts";
import { assert, assertEquals } from "../../../assert.ts";

function place(key: Key, filters: readonly string[] = []) {
  return CONTESTANTS.find((one) => one.key === key)!.place(5000, filters);
}

Deno.test("handlers get the generator's events alone, in compact JSON", () => {
  const configs = CONTESTANTS.flatMap((one) => {
    const { settings, files = {} } = one.place(5000, []);
    return [...(settings === undefined ? [] : [settings]), ...Object.values(files)];
  });
  assert(configs.length > 3);
  for (const { general } of configs) {
    assertEquals([general?.["events"], general?.["json"]], ["plugins", "compact"]);
  }
});

Deno.test("nanomsg is compared with grouping and without, WebSockets without", () => {
  const grouping = (key: Key) =>
    Object.values(place(key).files ?? {}).map(({ general }) => general?.["grouping"]);
  assertEquals(grouping("nanomsg"), [false]);
  assertEquals(grouping("nanomsg-grouped"), [true]);
  assertEquals(grouping("websockets"), [false]);
});

Deno.test("ours is told of its filters, and of none without", () => {
  assertEquals(place("zeromq").settings?.["filters"], undefined);
  assertEquals(place("filters", ["/a.ts", "/b.ts"]).settings?.["filters"], {
    modules: ["/a.ts", "/b.ts"],
  });
});

Deno.test("a build without filters is known by its warning", () => {
  const warning = "[WARN] [janus.eventhandler.zeromqevh] f.jcfg: filters: unknown key, ignored; " +
    "the nearest known one is peers";
  assert(knowsNoFilters(["Janus version: 1102", warning]));
  assert(!knowsNoFilters(["[janus.eventhandler.zeromqevh] 2 filters: one, two"]));
});
