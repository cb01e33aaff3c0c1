import type { Key } from "../../../../scripts/bench/events/contestant.ts";
import { CONTESTANTS } from "../../../../scripts/bench/events/contestants.ts";
import { FILTERS, filterSource } from "../../../../scripts/bench/events/filters.ts";
import { assert, assertEquals, assertStrictEquals } from "../../../assert.ts";

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

Deno.test("nanomsg is compared with grouping and without, the others without", () => {
  const grouping = (key: Key) =>
    Object.values(place(key).files ?? {}).map(({ general }) => general?.["grouping"]);
  assertEquals(grouping("nanomsg"), [false]);
  assertEquals(grouping("nanomsg-grouped"), [true]);
  assertEquals(grouping("websockets"), [false]);
  assertEquals(grouping("rabbitmq"), [false]);
});

Deno.test("handlers of a broker are told where it listens, and so are their subscribers", () => {
  for (const one of CONTESTANTS.filter(({ broker }) => broker !== undefined)) {
    const { address, files = {} } = one.place(5000, []);
    const [config] = Object.values(files);
    const { host, port, url, route_key, topic } = config!["general"]!;
    assertEquals(url ?? `tcp://${host}:${port}`, "tcp://127.0.0.1:5000");
    assert(address?.startsWith(`127.0.0.1:5000/${route_key ?? topic}`), address);
  }
});

Deno.test("both PUBs in C are one library, of which one is told to write directly", () => {
  assertEquals(Object.keys(place("native").env ?? {}), ["NATIVE_HANDLER_ADDRESS"]);
  assertEquals(place("direct").env?.["NATIVE_HANDLER_DIRECT"], "1");
});

Deno.test("those that are measured just started listen where their subscriber connects", () => {
  const fresh = CONTESTANTS.filter((one) => one.fresh);
  assert(fresh.length > 3);
  for (const one of fresh) assertEquals(one.place(5000, []).address, "tcp://127.0.0.1:5000");
});

Deno.test("ours is told of its filters, and of none without", () => {
  assertEquals(place("zeromq").settings?.["filters"], undefined);
  assertEquals(place("filters", ["/a.ts", "/b.ts"]).settings?.["filters"], {
    modules: ["/a.ts", "/b.ts"],
  });
});

Deno.test("a filter drops its own probe, and passes every other event unchanged", async () => {
  const [one, two] = FILTERS;
  const source = filterSource(one!).replace(/^import .*$/m, "const defineEventFilter = (f) => f;")
    .replaceAll(/ as \{.*?\}/g, "");
  const url = `data:text/javascript,${encodeURIComponent(source)}`;
  const { default: { filter, events } } = await import(url);
  const event = (run: number) => ({ type: 64, event: { plugin: "p", data: { bench: [run, 1] } } });
  assertEquals(events, ["all"]);
  assertEquals(filter(event(one!.drops)), null);
  const other = event(two!.drops);
  assertStrictEquals(filter(other), other);
  const without = { type: 64, event: { plugin: "p", data: {} } };
  assertStrictEquals(filter(without), without);
  const session = { type: 1, event: { name: "created" } };
  assertStrictEquals(filter(session), session);
});

Deno.test("no contestant has more filters than there are", () => {
  assert(CONTESTANTS.some(({ filters }) => filters === FILTERS.length));
  assert(CONTESTANTS.every(({ filters }) => filters <= FILTERS.length));
});
