/** What is missing in the stream stands there, by numbers and counts, whatever ends meanwhile. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { assert, assertEquals, assertGreaterOrEqual } from "../assert.ts";
import { Proxy } from "../plugins/stream/proxy.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany, takeNumbered } from "./support/burst.ts";
import type { Fixture } from "./support/fixture.ts";
import { companion, complete, holds, indices, startWithStream, upTo } from "./support/stream.ts";

/** Until nothing waits to be stored any more. */
async function drained(fixture: Fixture): Promise<void> {
  await fixture.waitFor("what waits to be stored", async () => {
    const { stream } = await fixture.query("events", { request: "info" });
    return stream?.away_since === 0 && stream.waiting === 0;
  });
}

async function enable(fixture: Fixture, enabled: boolean): Promise<void> {
  await fixture.query("events", { request: "tweak", stream: { enabled } });
  await fixture.waitFor("it to be switched", async () => {
    const { stream } = await fixture.query("events", { request: "info" });
    return stream?.enabled === enabled;
  });
}

async function killProcess(fixture: Fixture): Promise<void> {
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("events"), "SIGKILL");
  await fixture.ready("events", since);
}

for (const signal of ["SIGTERM", "SIGKILL"] as const) {
  Deno.test(`the ring ran full and nothing follows: it is told before the end (${signal})`, async () => {
    await using server = await NatsServer.start();
    const fixture = await startWithStream(server, { runtime: { ring_size: 1 } });
    await server.kill();
    await emitMany(fixture, 0, 3000, { pad: 2000 });
    await killProcess(fixture); // what was counted before is told all the same
    await server.start();
    await drained(fixture);
    fixture.janus.kill(signal);
    const counts = await complete(server);
    await fixture[Symbol.asyncDispose]();
    assert(counts.ring_full! > 1000, JSON.stringify(counts));
  });
}

Deno.test("it was switched off, and the plugin's process died: all that passed by is told", async () => {
  await using server = await NatsServer.start();
  const fixture = await startWithStream(server);
  await emitMany(fixture, 0, 10);
  await holds(server, 9);
  await enable(fixture, false);
  await emitMany(fixture, 10, 30);
  await killProcess(fixture);
  await emitMany(fixture, 30, 40);
  await enable(fixture, true);
  await emitMany(fixture, 40, 50);
  await holds(server, 49);
  await enable(fixture, false);
  await emitMany(fixture, 50, 60);
  await fixture[Symbol.asyncDispose]();
  const { switched_off } = await complete(server);
  assert(switched_off! >= 40, `${switched_off}`);
});

/** A stream in which NATS itself notices a message that is there already for a moment only. */
async function forgetful(server: NatsServer): Promise<void> {
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({
    ...{ name: "JANUS", subjects: ["janus.events.>"], duplicate_window: 100e6 },
  });
  await connection.close();
}

Deno.test("it was switched off while stored events were not acknowledged, and its process died: none is there twice", async () => {
  await using server = await NatsServer.start();
  await forgetful(server);
  await using way = new Proxy(server.port);
  await using fixture = await startWithStream(way);
  await emitMany(fixture, 0, 10);
  await holds(server, 9);
  way.swallow = true;
  await emitMany(fixture, 10, 100);
  await holds(server, 99);
  await enable(fixture, false);
  await emitMany(fixture, 100, 600); // these pass by those that wait
  Deno.kill(await companion(fixture, way), "SIGKILL");
  way.swallow = false;
  await drained(fixture);
  await enable(fixture, true);
  await emitMany(fixture, 600, 610);
  const found = await holds(server, 609);
  // Not of all messages: that of the switching off itself is still on its way when the process dies.
  assertEquals(indices(found), [...upTo(100), ...upTo(610).slice(600)]);
});

Deno.test("it is switched off while NATS is away: the ring is for the subscribers again, and all that passed by is told", async () => {
  await using server = await NatsServer.start();
  const fixture = await startWithStream(server, { runtime: { ring_size: 1 } });
  const sub = await fixture.subscribe();
  await emitMany(fixture, 0, 10);
  await holds(server, 9);
  await server.kill();
  await emitMany(fixture, 10, 500);
  await enable(fixture, false);
  await emitMany(fixture, 500, 8000, { rate: 4000, pad: 1000 });
  assertEquals((await takeNumbered(sub, 7999)).is, upTo(8000));
  const { stream } = await fixture.query("events", { request: "info" });
  assertGreaterOrEqual(stream.waiting, 490, JSON.stringify(stream));
  await server.start();
  await drained(fixture);
  await enable(fixture, true);
  await emitMany(fixture, 8000, 8010);
  const found = await holds(server, 8009);
  assertEquals(indices(found), [...upTo(500), ...upTo(8010).slice(8000)]);
  await fixture[Symbol.asyncDispose]();
  const { switched_off } = await complete(server);
  assertGreaterOrEqual(switched_off!, 7500);
});

Deno.test("a session's id and a module's name of a filter's making are kept in bounds", async () => {
  await using server = await NatsServer.start();
  const folder = await Deno.makeTempDir({ prefix: "filters-" });
  await Deno.writeTextFile(`${folder}/long.ts`, LONG);
  const fixture = await startWithStream(server, { filters: `${folder}/long.ts` });
  await emitMany(fixture, 0, 3);
  const found = await holds(server, 2);
  await fixture[Symbol.asyncDispose]();
  await Deno.remove(folder, { recursive: true });
  assertEquals(found.filter(({ body }) => String(body.session_id).length === 70_000).length, 3);
  await complete(server);
});

const LONG = `
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
export default defineEventFilter({
  name: "long",
  events: ["external"],
  filter: (event) => ({
    ...event,
    session_id: "s".repeat(70_000),
    event: { ...event.event, plugin: "p".repeat(5000) },
  }) as never,
});
`;
