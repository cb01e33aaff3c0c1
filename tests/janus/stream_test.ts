/** The stream's sink: a real Janus, a real NATS server, and what is in the stream at the end. */
import { sleep } from "../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { authority, certificate } from "../plugins/stream/certificates.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany, takeNumbered } from "./support/burst.ts";
import { companion, holds, indices, startWithStream, stored, upTo } from "./support/stream.ts";

Deno.test("every event goes into the stream, once and in order, and `gone` is the last", async () => {
  await using server = await NatsServer.start();
  const fixture = await startWithStream(server);
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
  await using fixture = await startWithStream(server);
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
  await using fixture = await startWithStream(server);
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

Deno.test("Janus is killed: what it had told is stored all the same, and `gone` follows", async () => {
  // On a machine under load half a second may not be enough: then the end is missing, and nothing else.
  for (let tries = 3;; tries--) {
    await using server = await NatsServer.start();
    const fixture = await startWithStream(server);
    await emitMany(fixture, 0, 10);
    await holds(server, 9);
    await emitMany(fixture, 10, 1000);
    fixture.janus.kill("SIGKILL");
    await fixture[Symbol.asyncDispose]();
    await sleep(1500);
    const found = await stored(server);
    const is = indices(found);
    assertEquals(is, upTo(is.length));
    if (is.length === 1000 && found.at(-1)!.subject.includes(".gone.")) return;
    assert(tries > 1, `${is.length} of 1000 events`);
  }
});

Deno.test("the ring runs full while the engine is away: what is missing stands in the stream", async () => {
  await using server = await NatsServer.start();
  await using fixture = await startWithStream(server, { runtime: { ring_size: 1 } });
  await emitMany(fixture, 0, 10);
  await holds(server, 9);
  await server.kill();
  await emitMany(fixture, 10, 3000, { pad: 2000 });
  await fixture.janus.waitForLog(
    /dropped: .*\(ring full: they wait for the stream, whose NATS is away/,
  );
  await server.start();
  // Only then is there room in the ring again.
  await fixture.waitFor("what waits to be stored", async () => {
    const { stream } = await fixture.query("events", { request: "info" });
    return stream.away_since === 0 && stream.waiting === 0;
  });
  await emitMany(fixture, 3000, 3010);
  const found = await holds(server, 3009);
  const gaps = found.flatMap(({ body }) => body.dropped === undefined ? [] : [body]);
  assert(gaps.length > 0);
  let next = 1;
  for (const { body, number, subject } of found) {
    if (body.dropped !== undefined) {
      assertEquals(body.first, next, JSON.stringify(body));
      assertStringIncludes(subject, ".dropped.");
      next = body.last as number + 1;
    } else assertEquals(number, next++);
  }
  const counted = gaps.flatMap(({ dropped }) =>
    Object.values((dropped as Record<string, Record<string, number>>).ring_full ?? {})
  ).reduce((sum, count) => sum + count, 0);
  const missing = gaps.reduce(
    (sum, { first, last }) => sum + (last as number) - (first as number) + 1,
    0,
  );
  assertEquals(counted, missing);
});

Deno.test("engine, plugin's process and stream's process are killed at 10,000 events a second: nothing is missing", async () => {
  await using server = await NatsServer.start();
  await using fixture = await startWithStream(server);
  const emitting = emitMany(fixture, 0, 60_000, { rate: 10_000, pad: 300 });
  for (let i = 0; i < 6; i++) {
    await sleep(300 + 130 * i);
    const since = fixture.janus.log.count;
    const plugin = fixture.pid("events");
    const stream = await companion(fixture, server);
    if (i % 3 === 0) Deno.kill(stream, "SIGKILL");
    if (i % 3 !== 1) await server.kill();
    if (i % 3 !== 0) {
      Deno.kill(plugin, "SIGKILL");
      await fixture.ready("events", since);
    }
    if (i % 3 !== 1) await server.start();
  }
  await emitting;
  const found = await holds(server, 59_999);
  assertEquals(indices(found), upTo(60_000));
});

Deno.test("subscribers of PUB get everything while the engine is away", async () => {
  await using server = await NatsServer.start();
  await using fixture = await startWithStream(server);
  const sub = await fixture.subscribe();
  await server.kill();
  await emitMany(fixture, 0, 20_000, { rate: 10_000 });
  const { is } = await takeNumbered(sub, 19_999);
  assertEquals(is, upTo(20_000));
  await server.start();
  assertEquals(indices(await holds(server, 19_999)), upTo(20_000));
});

Deno.test("info says where the stream is, how far, and since when not", async () => {
  await using server = await NatsServer.start();
  await using fixture = await startWithStream(server);
  await emitMany(fixture, 0, 10);
  await holds(server, 9);
  const info = async () => (await fixture.query("events", { request: "info" })).stream;
  await fixture.waitFor("it to be acknowledged", async () => (await info()).waiting === 0);
  const { instance, stream, acknowledged, away_since, last_error, place } = await info();
  assertEquals([instance, stream, away_since, last_error], ["one", "JANUS", 0, undefined]);
  assert(acknowledged >= 10 && place >= 10, JSON.stringify(await info()));
  await server.kill();
  await fixture.waitFor("it to be away", async () => (await info()).away_since > 0);
  await fixture.waitFor("the reason", async () => /refused/i.test((await info()).last_error ?? ""));
  await emitMany(fixture, 10, 20);
  await fixture.waitFor("events to wait", async () => (await info()).waiting >= 10);
  await server.start();
  await fixture.waitFor("it to be back", async () => {
    const { away_since, waiting, last_error } = await info();
    return away_since === 0 && waiting === 0 && last_error === undefined;
  });
  await server.kill();
  await fixture.waitFor("it to be away again", async () => (await info()).away_since > 0);
});

Deno.test("a second server of the same name is refused, by name, and stores once the first has ended", async () => {
  await using server = await NatsServer.start();
  const first = await startWithStream(server);
  await emitMany(first, 0, 10);
  await holds(server, 9);
  await using second = await startWithStream(server);
  await second.waitFor(
    "it to be refused",
    () => second.janus.log.lines.some((line) => line.includes("name one is in use")),
  );
  await emitMany(second, 10, 20);
  assertEquals(indices(await stored(server)), upTo(10));
  await first[Symbol.asyncDispose]();
  assertEquals(indices(await holds(server, 19)), upTo(20));
});

Deno.test("the admin switches the stream off and on: what is missing stands in it", async () => {
  await using server = await NatsServer.start();
  await using fixture = await startWithStream(server);
  await emitMany(fixture, 0, 10);
  await holds(server, 9);
  const enable = async (enabled: boolean) => {
    await fixture.query("events", { request: "tweak", stream: { enabled } });
    await fixture.waitFor("it to be switched", async () => {
      const { stream } = await fixture.query("events", { request: "info" });
      return stream.enabled === enabled;
    });
  };
  await enable(false);
  await emitMany(fixture, 10, 20);
  await enable(true);
  await emitMany(fixture, 20, 30);
  const found = await holds(server, 29);
  assertEquals(indices(found), [...upTo(10), ...upTo(10).map((i) => i + 20)]);
  const gap = found.find(({ body }) => body.dropped !== undefined)!.body;
  const { external } = (gap.dropped as Record<string, Record<string, number>>).switched_off!;
  assertEquals(external, 10);
});

const COUNTING = `
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
let count = 0;
export default defineEventFilter({
  name: "counting",
  events: ["external"],
  filter: (event) => {
    const { i } = event.event.data;
    if (i % 10 === 3) return null;
    return { ...event, event: { ...event.event, data: { i, count: ++count } } };
  },
});
`;

Deno.test("filters run once for subscribers and stream, and what they make is stored", async () => {
  await using server = await NatsServer.start();
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/counting.ts`, COUNTING);
  {
    await using fixture = await startWithStream(server, { filters: `${folder}/counting.ts` });
    const sub = await fixture.subscribe();
    await emitMany(fixture, 0, 1000);
    const { is } = await takeNumbered(sub, 999);
    const kept = upTo(1000).filter((i) => i % 10 !== 3);
    assertEquals(is, kept);
    const found = await holds(server, 999);
    assertEquals(indices(found), kept);
    const counts = found.flatMap(({ body }) => {
      const event = body.event as { data?: { count?: number } };
      return event.data?.count === undefined ? [] : [event.data.count];
    });
    assertEquals(counts, upTo(900).map((i) => i + 1));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("mutual TLS, a user and a password: what is needed lies in the configuration's folder, and nothing else is read", async () => {
  const folder = await Deno.makeTempDir();
  for (const name of ["ca", "other"]) await authority(folder, name);
  for (const name of ["server", "client"]) await certificate(folder, "ca", name);
  const names = ["ca.pem", "other.pem", "client.pem", "client.key"];
  const texts = names.map((name) => [name, Deno.readTextFileSync(`${folder}/${name}`)]);
  const files = { ...Object.fromEntries(texts), "nats.password": "secret\n" };
  await using server = await NatsServer.start(() =>
    `tls { cert_file: "${folder}/server.pem", key_file: "${folder}/server.key", ca_file: "${folder}/ca.pem", verify: true }
     authorization { user: janus, password: secret }`
  );
  const keys = {
    cert: "client.pem",
    key: "client.key",
    user: "janus",
    password_file: "nats.password",
  };
  {
    await using fixture = await startWithStream(server, {
      stream: { ca: "ca.pem", ...keys },
      files,
    });
    await emitMany(fixture, 0, 10);
    await fixture.waitFor("it to be stored", async () => {
      const { stream } = await fixture.query("events", { request: "info" });
      return stream.acknowledged >= 10 && stream.waiting === 0;
    });
    const line = await Deno.readTextFile(`/proc/${await companion(fixture, server)}/cmdline`);
    const read = /--allow-read=([^\0]*)/.exec(line)![1]!.split(",").map((path) =>
      path.replace(/.*\//, "")
    );
    assertEquals(read.toSorted(), [
      "ca.pem",
      "client.key",
      "client.pem",
      "client.pub",
      "nats.password",
    ]);
    assert(!/--allow-(ffi|env|run|write|sys|all)/.test(line), line);
  }
  await using fixture = await startWithStream(server, {
    stream: { ca: "other.pem", ...keys },
    files,
  });
  await emitMany(fixture, 0, 10);
  await fixture.waitFor(
    "the reason",
    () => fixture.janus.log.lines.some((line) => /Cannot store events.*certificate/i.test(line)),
  );
  await sleep(2500);
  const said = fixture.janus.log.lines.filter((line) => line.includes("Cannot store events"));
  assertEquals(said.length, 1, said.join("\n"));
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a link out of the configuration's folder is not followed: what it leads to goes nowhere", async () => {
  await using server = await NatsServer.start(() =>
    "authorization { user: janus, password: secret }"
  );
  const outside = await Deno.makeTempDir();
  await Deno.writeTextFile(`${outside}/password`, "secret");
  await using fixture = await startWithStream(server, {
    stream: { user: "janus", password_file: "nats.password" },
    files: { "nats.password": "wrong" },
  });
  const said = (what: string) => () => fixture.janus.log.lines.some((line) => line.includes(what));
  await fixture.waitFor("the wrong one to be refused", said("Authorization Violation"));
  const path = `${fixture.janus.folder}/configs/nats.password`;
  await Deno.remove(path);
  await Deno.symlink(`${outside}/password`, path);
  await fixture.waitFor("the link to be refused", said(`it is a link to ${outside}/password`));
  // One within the folder is none.
  await Deno.remove(path);
  await Deno.writeTextFile(`${fixture.janus.folder}/configs/..2`, "secret\n");
  await Deno.symlink("..2", path);
  await fixture.waitFor("it to be stored", said("Events of one go into the stream"));
  await Deno.remove(outside, { recursive: true });
});
