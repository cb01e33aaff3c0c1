/** Durable consumers: in order after any end of a reader, given back, and not shared. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import {
  readEventBatches,
  readEvents,
  type ReadOptions,
} from "../../../../plugins/stream/read/mod.ts";
import { assert, assertEquals, assertLess, assertRejects, fail } from "../../../assert.ts";
import { customEvents, publishRun } from "../publish.ts";
import { NatsServer } from "../server.ts";

const WRITER = { instance: "one", epoch: 1_700_000_000_000 };
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1);

/** A server with so many events. */
async function filled(count: number): Promise<NatsServer> {
  const server = await NatsServer.start();
  await publishRun(server.url, WRITER, customEvents(0, count), false);
  return server;
}

async function acknowledged(server: NatsServer): Promise<number> {
  const connection = await connect({ servers: server.url });
  const info = await (await jetstreamManager(connection)).consumers.info("JANUS", "mine");
  await connection.close();
  return info.ack_floor.stream_seq;
}

Deno.test("a reader that ends anywhere gives back what it did not hand over: the next one has it at once, in order", async () => {
  await using server = await filled(1500);
  const got: number[] = [];
  const options = { servers: server.url, from: "all", durable: "mine", follow: false } as const;
  const begin = performance.now();
  for (const count of [1, 127, 128, 129, 300, Infinity]) {
    let left = count;
    for await (const item of readEvents(options)) {
      assert(item.kind === "event");
      // The last one of the reader before was not acknowledged.
      if (got.at(-1) !== item.number) got.push(item.number);
      if (--left === 0) break;
    }
  }
  assertEquals(got, upTo(1500));
  assertLess(performance.now() - begin, 15_000);
});

Deno.test("batches: what is there comes together, and the one before is acknowledged", async () => {
  await using server = await filled(1000);
  const options = { servers: server.url, from: "all", durable: "mine", follow: false } as const;
  const got: number[] = [];
  let batches = 0;
  for await (const items of readEventBatches(options, 100)) {
    batches++;
    assertLess(items.length, 101);
    got.push(...items.map((item) => item.kind === "event" ? item.number : NaN));
    if (batches === 4) assertEquals(await acknowledged(server), got.length - items.length);
  }
  assertEquals(got, upTo(1000));
  assertLess(batches, 100);
  assertEquals(await acknowledged(server), 1000);
});

Deno.test("a program that takes longer for its events than NATS waits gets none twice", async () => {
  await using server = await filled(300);
  const options = { servers: server.url, from: "all", durable: "mine", follow: false } as const;
  const got: number[] = [];
  for await (const item of readEvents(options)) {
    assert(item.kind === "event", JSON.stringify(item));
    got.push(item.number);
    if (got.length === 10) await new Promise((resolve) => setTimeout(resolve, 7000));
  }
  assertEquals(got, upTo(300));
});

Deno.test("a second reader under one name is told, and together they get everything", async () => {
  await using server = await filled(100);
  const got = new Set<number>();
  const stop = new AbortController();
  const options = { servers: server.url, from: "all", durable: "mine" } as const;
  const read = async (more: Partial<ReadOptions>) => {
    for await (const item of readEvents({ ...options, ...more })) {
      if (item.kind === "event") got.add(item.number);
    }
  };
  const until = async (done: () => boolean) => {
    const end = performance.now() + 60_000;
    while (!done()) {
      assertLess(performance.now(), end, `${got.size} are read`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  // Whoever is alone is told nothing.
  const warn = (text: string) => fail(text);
  const first = read({ warn, signal: stop.signal });
  await until(() => got.size === 100);
  const told: string[] = [];
  const second = read({ warn: (text) => void told.push(text), signal: stop.signal });
  await until(() => told.length > 0);
  assertEquals(told, ["Another reader takes messages of mine: each needs a name of its own"]);
  await publishRun(server.url, WRITER, customEvents(0, 300), false);
  await new Promise((resolve) => setTimeout(resolve, 500));
  stop.abort();
  await Promise.all([first, second]);
  await read({ warn, follow: false });
  assertEquals(got.size, 300);
});

Deno.test("a consumer that is there for something else is refused", async () => {
  await using server = await filled(3);
  const options = { servers: server.url, durable: "mine", follow: false } as const;
  await Array.fromAsync(readEvents({ ...options, from: "all" }));
  const error = await assertRejects(() =>
    Array.fromAsync(readEvents({ ...options, instance: "one" }))
  );
  assertEquals((error as Error).name, "StreamReadError");
});
