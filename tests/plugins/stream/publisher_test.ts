/** Each message once and in order, whatever happens to the server and the way there. */
import { connect } from "@nats-io/transport-node";
import { DiscardPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { EventReader, type StreamMessage } from "../../../plugins/stream/messages.ts";
import { Header } from "../../../plugins/stream/names.ts";
import { type PublisherOptions, StreamPublisher } from "../../../plugins/stream/publisher.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../../assert.ts";
import { NOTHING } from "./companion.ts";
import { Proxy } from "./proxy.ts";
import { NatsServer } from "./server.ts";

const WRITER = { instance: "one", epoch: 1_700_000_000_000 };
const STREAM = {
  ...{ name: "JANUS", subject: "janus.events", create: true, replicas: 1 },
  ...{ max_age: 3600, max_bytes: 1 << 28 },
};

const READER = new EventReader(STREAM.subject, WRITER.instance);

function message(record: number, part = 0): StreamMessage {
  return {
    ...{ kind: 0, record, part, number: record },
    body: new TextEncoder().encode(JSON.stringify({ record, part })),
  };
}

/** A publisher, and what it has told. */
class Rig implements AsyncDisposable {
  readonly lines: string[] = [];
  stored = 0;
  readonly publisher: StreamPublisher;
  readonly #running: Promise<void>;

  constructor(servers: string, more: Partial<PublisherOptions> = {}) {
    this.publisher = new StreamPublisher({
      connect: (options) => connect({ ...options, servers }),
      writer: WRITER,
      host: "a",
      reader: READER,
      stream: STREAM,
      window: 256,
      known: NOTHING,
      listener: {
        stored: ({ record }) => {
          assert(record > this.stored, `${record} after ${this.stored}`);
          this.stored = record;
        },
        opened: (server, differences) =>
          void this.lines.push(["opened", server, ...differences].join(" ")),
        failed: ({ message }) => void this.lines.push(message),
        oversized: (type, bytes) => void this.lines.push(`oversized ${type} ${bytes}`),
        outranked: () => void this.lines.push("outranked"),
      },
      ...more,
    });
    this.#running = this.publisher.run();
  }

  async until(record: number, ms = 20_000): Promise<void> {
    const end = performance.now() + ms;
    while (this.stored < record) {
      assertLess(performance.now(), end, `${this.stored} of ${record}: ${this.lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  async line(pattern: RegExp, ms = 20_000): Promise<void> {
    const end = performance.now() + ms;
    while (!this.lines.some((line) => pattern.test(line))) {
      assertLess(performance.now(), end, `${pattern}: ${this.lines.join("\n")}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.publisher.close();
    await this.#running;
  }
}

/** What the stream has: record numbers in its order. */
async function read(servers: string): Promise<number[]> {
  const nc = await connect({ servers });
  const numbers: number[] = [];
  const manager = await jetstreamManager(nc);
  const { state: { messages } } = await manager.streams.info("JANUS");
  const consumer = await jetstream(nc).consumers.get("JANUS");
  while (numbers.length < messages) {
    for await (const one of await consumer.fetch({ max_messages: 5000, expires: 2000 })) {
      numbers.push(Number(one.headers!.get(Header.number)));
      if (numbers.length === messages) break;
    }
  }
  await nc.close();
  return numbers;
}

const upTo = (count: number) => Array.from({ length: count }, (_, n) => n + 1);

Deno.test("messages are stored in order, with their headers, in a stream that is made", async () => {
  await using server = await NatsServer.start();
  await using rig = new Rig(server.url);
  for (const record of upTo(5000)) rig.publisher.push(message(record));
  await rig.until(5000);
  assertEquals(await read(server.url), upTo(5000));
  assertEquals(rig.lines.length, 1);
});

Deno.test("the server is killed again and again: nothing is missing, nothing is there twice", async () => {
  await using server = await NatsServer.start();
  await using rig = new Rig(server.url);
  let record = 0;
  for (let round = 0; round < 5; round++) {
    for (let n = 0; n < 3000; n++) rig.publisher.push(message(++record));
    await rig.until(record - 2500);
    await server.kill();
    await new Promise((resolve) => setTimeout(resolve, 200));
    await server.start();
  }
  await rig.until(record);
  assertEquals(await read(server.url), upTo(record));
});

Deno.test("another process goes on where one was killed: it sends again, and nothing is there twice", async () => {
  await using server = await NatsServer.start();
  {
    await using rig = new Rig(server.url);
    for (const record of upTo(1000)) rig.publisher.push(message(record));
    await rig.until(1000);
  }
  // Nobody has noted that they are stored.
  await using rig = new Rig(server.url);
  for (const record of upTo(2000)) rig.publisher.push(message(record));
  await rig.until(2000);
  assertEquals(await read(server.url), upTo(2000));
});

Deno.test("acknowledgements are lost, for longer than the dedupe window: nothing is there twice", async () => {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  await manager.streams.add({
    ...{ name: "JANUS", subjects: ["janus.events.>"] },
    duplicate_window: 100e6,
  });
  await nc.close();
  await using proxy = new Proxy(server.port);
  await using rig = new Rig(proxy.url);
  let record = 0;
  for (let round = 0; round < 3; round++) {
    for (let n = 0; n < 1000; n++) rig.publisher.push(message(++record));
    await rig.until(record - 900);
    proxy.swallow = true;
    await new Promise((resolve) => setTimeout(resolve, 600));
    proxy.cut();
    proxy.swallow = false;
    await rig.until(record);
  }
  assertEquals(await read(server.url), upTo(record));
  assertMatch(rig.lines[0]!, /^opened .* max_age is 0 s, configured 3600 s/);
});

Deno.test("silence is noticed, though the connection stands", async () => {
  await using server = await NatsServer.start();
  await using proxy = new Proxy(server.port);
  await using rig = new Rig(proxy.url);
  rig.publisher.push(message(1));
  await rig.until(1);
  proxy.swallow = true;
  for (let record = 2; record <= 500; record++) rig.publisher.push(message(record));
  while (!rig.lines.some((line) => line.startsWith("Nothing was acknowledged"))) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  proxy.swallow = false;
  await rig.until(500);
  assertEquals(await read(server.url), upTo(500));
});

Deno.test("the engine is not there at first, and has no JetStream then: it is tried until it has", async () => {
  await using server = await NatsServer.start();
  await server.kill();
  await using rig = new Rig(server.url);
  for (const record of upTo(10)) rig.publisher.push(message(record));
  await rig.line(/refused/);
  await server.start([]);
  await rig.line(/jetstream/i);
  await server.kill();
  await server.start();
  await rig.until(10);
  assertEquals(await read(server.url), upTo(10));
});

Deno.test("the stream is full: it is tried until there is room, and nothing is missing", async () => {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  const config = {
    ...{ name: "JANUS", subjects: ["janus.events.>"], discard: DiscardPolicy.New },
    max_msgs: 100,
  };
  await manager.streams.add(config);
  await using rig = new Rig(server.url);
  for (const record of upTo(300)) rig.publisher.push(message(record));
  await rig.line(/^The stream JANUS is full and refuses what is new: max_msgs is 100$/);
  assertEquals(rig.stored, 100);
  await manager.streams.update("JANUS", { ...config, max_msgs: 1000 });
  await rig.until(300);
  await nc.close();
  assertEquals(await read(server.url), upTo(300));
});

Deno.test("a stream that is missing and must not be made, or is another's, is said", async () => {
  await using server = await NatsServer.start();
  {
    await using rig = new Rig(server.url, { stream: { ...STREAM, create: false } });
    await rig.line(/^stream not found/);
  }
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  await manager.streams.add({ name: "JANUS", subjects: ["other.*"] });
  await nc.close();
  await using rig = new Rig(server.url);
  await rig.line(
    /The stream JANUS is there, but not for the subjects janus\.events\.> \(it has other\.\*\)/,
  );
});
