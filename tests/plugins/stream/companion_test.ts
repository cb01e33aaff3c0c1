/** The companion as a process: what it writes, what it says, how it ends. */
import { connect } from "@nats-io/transport-node";
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { MessageKind } from "../../../plugins/stream/protocol.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../../assert.ts";
import { Companion, mediaEvent, messagesFrame, NOTHING, SERVERS } from "./companion.ts";
import { Proxy } from "./proxy.ts";
import { NatsServer } from "./server.ts";

interface Read {
  readonly id: string;
  readonly number: string;
  readonly session: string;
  readonly subject: string;
  readonly text: string;
}

/** What the stream has. */
async function readAll(servers: string): Promise<Read[]> {
  const nc = await connect({ servers });
  const all: Read[] = [];
  const { state: { messages } } = await (await jetstreamManager(nc)).streams.info("JANUS");
  const consumer = await jetstream(nc).consumers.get("JANUS");
  while (all.length < messages) {
    for await (const one of await consumer.fetch({ max_messages: 1000, expires: 2000 })) {
      const get = (name: string) => one.headers!.get(name);
      all.push({
        ...{ id: get("Nats-Msg-Id"), number: get("Janus-Number"), session: get("Janus-Session") },
        ...{ subject: one.subject, text: one.string() },
      });
      if (all.length === messages) break;
    }
  }
  await nc.close();
  return all;
}

const at = (url: string) => ({ ...SERVERS, servers: [url] });
const ID = "one/1700000000000-";

Deno.test("events, what is missing before one, and the end are written as they should", async () => {
  await using server = await NatsServer.start();
  await using companion = new Companion({ servers: at(server.url) });
  const plugin = JSON.stringify({
    ...{ emitter: "", type: 64, timestamp: 1, session_id: 12, handle_id: 34 },
    event: { plugin: "janus.plugin.echotest", data: {} },
  });
  const dropped = JSON.stringify({ dropped: { ring_full: { media: 3 } }, first: 3, last: 5 });
  await companion.write(messagesFrame([
    { record: 10, number: 1, body: mediaEvent(1) },
    { record: 10, number: 2, part: 1, body: plugin },
    { record: 14, number: 5, kind: MessageKind.dropped, body: dropped },
    { record: 14, number: 6, body: '{"type":256,"subtype":1,"event":{"status":"started"}}' },
  ]));
  await companion.finish(3000);
  assertEquals((await companion.process.status).code, 0);
  await companion.until(() => companion.stored === 3);
  const all = await readAll(server.url);
  const last = { session: "", text: '{"gone":{"last":6}}' };
  assertEquals(all.map(({ id }) => id.replace(ID, "")), [
    "10-0",
    "10-1",
    "14-0-dropped",
    "14-0",
    "gone",
  ]);
  assertEquals(all.map(({ number }) => number), ["1", "2", "5", "6", ""]);
  assertEquals(all.map(({ subject }) => subject.replace("janus.events.one.", "")), [
    "media.stats.-",
    "plugins.-.janus_plugin_echotest",
    "dropped.-.-",
    "core.startup.-",
    "gone.-.-",
  ]);
  assertEquals(all.map(({ session }) => session), ["1001", "12", "", "", ""]);
  assertEquals(all[2]!.text, dropped);
  assertEquals(all[4], { ...all[4]!, ...last });
});

Deno.test("the host dies: what was handed over is stored, no end is written, and it exits", async () => {
  await using server = await NatsServer.start();
  await using companion = new Companion({ servers: at(server.url) });
  await companion.until(() => companion.news.length > 0);
  await companion.events(1, 500);
  await companion.orphan();
  const begin = performance.now();
  await companion.process.status;
  assertLess(performance.now() - begin, 1000);
  assertEquals((await readAll(server.url)).map(({ number }) => Number(number)).at(-1), 500);
});

Deno.test("it ends in time though the server says nothing, and though it is not there", async () => {
  await using server = await NatsServer.start();
  await using proxy = new Proxy(server.port);
  for (const isFinish of [true, false]) {
    proxy.swallow = false;
    await using companion = new Companion({ servers: at(proxy.url) });
    await companion.until(() => companion.news.length > 0);
    proxy.swallow = true;
    await companion.events(1, 5000);
    const begin = performance.now();
    if (isFinish) await companion.finish(300);
    else await companion.orphan();
    await companion.process.status;
    assertLess(performance.now() - begin, 1200);
    proxy.cut();
  }
});

Deno.test("an event that is too large is replaced by what says so", async () => {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  await manager.streams.add({
    ...{ name: "JANUS", subjects: ["janus.events.>"], max_msg_size: 4000 },
  });
  await nc.close();
  await using companion = new Companion({ servers: at(server.url) });
  await companion.events(1, 2);
  await companion.events(3, 3, 5000);
  await companion.events(4, 4, 2 << 20); // over max_payload, too
  await companion.events(5, 5);
  await companion.until(() => companion.stored === 5);
  const all = await readAll(server.url);
  assertEquals(all.map(({ number }) => number), ["1", "2", "3", "4", "5"]);
  assertEquals(all[2]!.subject, "janus.events.one.dropped.-.-");
  assertEquals(all[2]!.id, `${ID}3-0`);
  assertEquals(JSON.parse(all[3]!.text), {
    ...{ dropped: { oversized_stream: { media: 1 } }, first: 4, last: 4 },
  });
  const news = companion.news.filter(({ what }) => what === "oversized");
  assertEquals(news.map((one) => "type" in one && one.type), ["media", "media"]);
});

Deno.test("a second server with the same instance name is refused, and may follow once the first is gone", async () => {
  await using server = await NatsServer.start();
  await using first = new Companion({ servers: at(server.url) });
  await first.events(1, 1);
  await first.until(() => first.stored === 1);
  // Its Janus was started before: still, the name is taken.
  await using second = new Companion({
    ...{ servers: at(server.url), host: "b", epoch: 1_600_000_000_000 },
  });
  await second.events(1, 1);
  await second.until(() => second.reasons().length > 0);
  assertEquals(second.reasons(), [
    "The instance name one is in use by the server on a (started 2023-11-14T22:13:20.000Z): set stream.instance",
  ]);
  await first.events(2, 100);
  await first.until(() => first.stored === 100);
  assertEquals(second.stored, 0);
  await first.finish(1000);
  await first.process.status;
  await second.until(() => second.stored === 1);
  assertEquals(second.reasons().length, 1);
});

Deno.test("of two companions of one Janus the younger takes over: order holds", async () => {
  await using server = await NatsServer.start();
  await using elder = new Companion({ servers: at(server.url) });
  await elder.events(1, 20_000);
  await elder.until(() => elder.stored > 1000);
  await using younger = new Companion({ servers: at(server.url), known: elder.known });
  const { stored } = elder;
  await younger.events(stored + 1, 30_000);
  await younger.until(() => younger.stored === 30_000 - stored);
  await elder.process.status;
  assertEquals(
    (await readAll(server.url)).map(({ number }) => Number(number)),
    Array.from({ length: 30_000 }, (_, n) => n + 1),
  );
});

Deno.test("a companion is killed at any moment, its server too: nothing is missing or there twice", async () => {
  await using server = await NatsServer.start();
  let stored = 0, known = NOTHING;
  for (let round = 0; round < 6; round++) {
    await using companion = new Companion({ servers: at(server.url), known });
    const from = stored;
    await companion.events(from + 1, from + 5000);
    await companion.until(() => companion.stored > round * 300);
    if (round % 2 === 1) {
      await server.kill();
      await server.start();
    }
    companion.process.kill("SIGKILL");
    await companion.process.status;
    stored = from + companion.stored;
    if (companion.stored > 0) known = companion.known;
  }
  const numbers = (await readAll(server.url)).map(({ number }) => Number(number));
  assert(numbers.length >= stored);
  assertEquals(numbers, Array.from(numbers, (_, n) => n + 1));
});

Deno.test("the stream is not there and must not be made: said once, tried on", async () => {
  await using server = await NatsServer.start();
  await using companion = new Companion({
    servers: at(server.url),
    stream: {
      ...{ name: "JANUS", subject: "janus.events", create: false, replicas: 1, max_age: 0 },
      max_bytes: 0,
    },
  });
  await companion.events(1, 3);
  await companion.until(() => companion.reasons().length > 0);
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assertEquals(companion.reasons().length, 1);
  assertMatch(companion.reasons()[0]!, /stream not found/);
  const nc = await connect({ servers: server.url });
  await (await jetstreamManager(nc)).streams.add({ name: "JANUS", subjects: ["janus.events.>"] });
  await nc.close();
  await companion.until(() => companion.stored === 3);
});
