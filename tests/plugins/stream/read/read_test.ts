/** Reading from a real server: what is missing, swapped, foreign; and servers and readers that end. */
import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { headers } from "@nats-io/nats-core";
import {
  readEvents,
  type ReadOptions,
  type StreamItem,
  StreamReadError,
} from "../../../../plugins/stream/read/mod.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";
import { NatsServer } from "../server.ts";

async function fill(servers: string, list: [string, number, number | null, unknown][]) {
  const nc = await connect({ servers });
  try {
    const manager = await jetstreamManager(nc);
    await manager.streams.add({ name: "JANUS", subjects: ["janus.events.>"] }).catch(() => {});
    for (const [subject, epoch, number, body] of list) {
      const made = headers();
      made.set("Janus-Epoch", String(epoch));
      if (number !== null) made.set("Janus-Number", String(number));
      const text = typeof body === "string" ? body : JSON.stringify(body);
      await jetstream(nc).publish(`janus.events.${subject}`, text, { headers: made });
    }
  } finally {
    await nc.close();
  }
}

const event = (number: number, instance = "one", epoch = 1, type = 64) =>
  [`${instance}.external.-.-`, epoch, number, { type, event: {} }] as [
    string,
    number,
    number,
    unknown,
  ];

const short = (item: StreamItem) =>
  item.kind === "event"
    ? `${item.instance}/${item.epoch}/${item.number}`
    : item.kind === "gone"
    ? `gone ${item.last}`
    : `${item.kind} ${item.first}-${item.last}`;

async function some(servers: string, count: number, more: Partial<ReadOptions> = {}) {
  const got: string[] = [];
  const signal = AbortSignal.timeout(10_000);
  for await (const item of readEvents({ servers, from: "all", signal, ...more })) {
    got.push(short(item));
    if (got.length === count) break;
  }
  return got;
}

Deno.test("gaps, dropped, swapped, foreign, gone, instances, epochs, types", async () => {
  await using server = await NatsServer.start();
  const dropped = { dropped: { ring_full: { media: 2 } }, first: 4, last: 5 };
  const warnings: string[] = [];
  await fill(server.url, [
    ...[event(1), event(3), event(2), event(1, "two", 5)],
    ["one.external.-.-", 1, 9, "\ufeffnot JSON"],
    ["foreign", 1, 1, "[]"],
    ["one.dropped.-.-", 1, 5, dropped],
    ...[event(6), event(8), event(1, "one", 2, 1)],
    ["one.gone.-.-", 1, null, { gone: { last: 8 } }],
  ]);
  const warn = (text: string) => void warnings.push(text);
  const one = [
    "one/1/1",
    "one/1/2",
    "one/1/3",
    "dropped 4-5",
    "one/1/6",
    "gap 7-7",
    "one/1/8",
    "gone 8",
  ];
  const all = await some(server.url, 10, { warn });
  const others = ["two/5/1", "one/2/1"];
  assertEquals(all.filter((text) => !others.includes(text)), one);
  assertEquals(all.filter((text) => others.includes(text)), others);
  assertEquals(warnings.length, 1);
  assertEquals(await some(server.url, 1, { instance: "two" }), ["two/5/1"]);
  const types = await some(server.url, 4, { types: ["sessions"], warn });
  assertEquals(types.toSorted(), ["dropped 4-5", "gap 7-7", "gone 8", "one/2/1"]);
  assertEquals(await some(server.url, 1, { from: 4 }), ["two/5/1"]);
  assertEquals(await some(server.url, 1, { from: new Date(0) }), ["one/1/1"]);
});

Deno.test("a server that is killed, new ones only, a durable one", async () => {
  await using server = await NatsServer.start();
  await fill(server.url, [event(1), event(2)]);
  const durable = { durable: "d" };
  assertEquals(await some(server.url, 2, durable), ["one/1/1", "one/1/2"]);
  // The second was not acknowledged, as nobody asked for a third.
  const nc = await connect({ servers: server.url });
  const { ack_floor } = await (await jetstreamManager(nc)).consumers.info("JANUS", "d");
  await nc.close();
  assertEquals(ack_floor.stream_seq, 1);
  const got: string[] = [];
  const signal = AbortSignal.timeout(30_000);
  const reader = readEvents({ servers: server.url, from: "new", signal });
  let next = reader.next();
  await new Promise((resolve) => setTimeout(resolve, 500));
  await fill(server.url, [event(3)]);
  got.push(short((await next).value!));
  next = reader.next();
  await server.kill();
  await server.start();
  await fill(server.url, [event(4), event(5)]);
  got.push(short((await next).value!), short((await reader.next()).value!));
  await reader.return();
  assertEquals(got, ["one/1/3", "one/1/4", "one/1/5"]);
});

Deno.test("no server, no stream", async () => {
  await assertRejects(() => some("127.0.0.1:1", 1), StreamReadError);
  await using server = await NatsServer.start();
  await assertRejects(() => some(server.url, 1), StreamReadError);
});

Deno.test("what comes first may have been swapped", async () => {
  await using server = await NatsServer.start();
  await fill(server.url, [event(3), event(2), event(4), event(2)]);
  assertEquals((await some(server.url, 3)).toSorted(), ["one/1/2", "one/1/3", "one/1/4"]);
});
