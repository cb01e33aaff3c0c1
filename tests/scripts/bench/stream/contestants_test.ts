import { CONTESTANTS, type Key } from "../../../../scripts/bench/stream/contestants.ts";
import { assertEquals } from "../../../assert.ts";

function place(key: Key) {
  return CONTESTANTS.find((one) => one.key === key)!.place(5000, "127.0.0.1:4000");
}

Deno.test("handlers get the generator's events alone, in compact JSON, and not grouped", () => {
  for (const { key } of CONTESTANTS) {
    const { settings, files = {} } = place(key);
    for (const { general } of settings === undefined ? Object.values(files) : [settings]) {
      assertEquals([general?.["events"], general?.["json"]], ["plugins", "compact"], key);
      assertEquals(general?.["grouping"] ?? false, false, key);
    }
  }
});

Deno.test("only ours is told of the server for its stream, and RabbitMQ's handler of its own", () => {
  assertEquals(place("stream").settings?.["stream"]?.["servers"], ["127.0.0.1:4000"]);
  assertEquals(place("zeromq").settings?.["stream"], undefined);
  assertEquals(place("writer").settings?.["stream"], undefined);
  const [config] = Object.values(place("rabbitmq").files ?? {});
  const { host, port, declare_outgoing_queue } = config!["general"]!;
  assertEquals([host, port, declare_outgoing_queue], ["127.0.0.1", 4000, false]);
});
