/** The stream's sink: a real Janus, a real NATS server, and what is in the stream at the end. */
import { jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { sleep } from "../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany } from "./support/burst.ts";
import { Fixture, waitFor } from "./support/fixture.ts";

/** What is in the stream, in its order. */
interface Stored {
  readonly subject: string;
  readonly id: string;
  readonly number: number;
  readonly body: Record<string, unknown>;
}

async function stored(server: NatsServer): Promise<Stored[]> {
  const connection = await connect({ servers: server.url });
  try {
    const manager = await jetstreamManager(connection);
    const { state } = await manager.streams.info("JANUS");
    if (state.messages === 0) return [];
    const consumer = await jetstream(connection).consumers.get("JANUS");
    const found: Stored[] = [];
    const messages = await consumer.consume();
    for await (const message of messages) {
      found.push({
        subject: message.subject,
        id: message.headers?.get("Nats-Msg-Id") ?? "",
        number: Number(message.headers?.get("Janus-Number")),
        body: message.json(),
      });
      if (message.seq >= state.last_seq) break;
    }
    return found;
  } finally {
    await connection.close();
  }
}

function start(server: NatsServer, stream: Record<string, unknown> = {}): Promise<Fixture> {
  return Fixture.start({
    admin: true,
    settings: {
      event_handler: {
        general: { sequence: true },
        stream: { enabled: true, servers: server.url, instance: "one", ...stream } as never,
      },
    },
  });
}

/** The custom events' `i`, in the stream's order. */
function indices(found: readonly Stored[]): number[] {
  return found.flatMap(({ body }) => {
    const event = body.event as { data?: { i?: number } } | undefined;
    return event?.data?.i === undefined ? [] : [event.data.i];
  });
}

const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

async function holds(server: NatsServer, last: number): Promise<Stored[]> {
  let found: Stored[] = [];
  await waitFor(`event ${last} to be stored`, async () => {
    found = await stored(server).catch(() => []);
    return indices(found).at(-1) === last;
  }, undefined, 30_000);
  return found;
}

Deno.test("every event goes into the stream, once and in order, and `gone` is the last", async () => {
  await using server = await NatsServer.start();
  const fixture = await start(server);
  try {
    await emitMany(fixture, 0, 5000);
    const found = await holds(server, 4999);
    assertEquals(indices(found), upTo(5000));
    const numbers = found.map(({ number }) => number);
    assertEquals(numbers, upTo(numbers.length).map((i) => i + 1));
    assertStringIncludes(found[100]!.subject, "janus.events.one.external.");
  } finally {
    await fixture[Symbol.asyncDispose]();
  }
  const found = await stored(server);
  assertEquals(found.at(-1)!.subject, "janus.events.one.gone.-.-");
});

Deno.test("the plugin's process is killed again and again: nothing is missing, nothing twice", async () => {
  await using server = await NatsServer.start();
  await using fixture = await start(server);
  const emitting = emitMany(fixture, 0, 20_000, { rate: 5000 });
  for (let i = 0; i < 3; i++) {
    await sleep(900);
    const since = fixture.janus.log.count;
    Deno.kill(fixture.pid("events"), "SIGKILL");
    await fixture.ready("events", since);
  }
  await emitting;
  const found = await holds(server, 19_999);
  assertEquals(indices(found), upTo(20_000));
});

Deno.test("the engine is not there at start, is killed, comes back: nothing is missing", async () => {
  await using server = await NatsServer.start();
  await server.kill();
  await using fixture = await start(server);
  await emitMany(fixture, 0, 2000);
  await server.start();
  await holds(server, 1999);
  await server.kill();
  await emitMany(fixture, 2000, 4000);
  await server.start();
  const found = await holds(server, 3999);
  assertEquals(indices(found), upTo(4000));
  const log = fixture.janus.log.lines.join("\n");
  assert(log.split("Cannot store events").length <= 4, log);
});
