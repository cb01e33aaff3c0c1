/** What `doctor` says of the stream, of real servers. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { addressOf } from "../../../scripts/doctor/nats.ts";
import { room, stream } from "../../../scripts/doctor/stream.ts";
import { size } from "../../../scripts/doctor/size.ts";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { NatsServer } from "../../plugins/stream/server.ts";

/** What is said for a `.jcfg` with this. */
async function said(text: string, files: Record<string, string> = {}) {
  let found: Awaited<ReturnType<typeof stream>> = [];
  await withFiles({ "janus.jcfg": text, ...files }, async (folder) => {
    found = await stream(`${folder}/janus.jcfg`);
  });
  return found.map(({ name, status, detail }) => [status, name, detail] as const);
}

async function addStream(server: NatsServer, max_bytes: number): Promise<void> {
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "JANUS", subjects: ["janus.events.>"], max_bytes });
  await connection.close();
}

Deno.test("nothing is said where the stream is not enabled", async () => {
  assertEquals(await said("general: { port = 5546 }"), []);
  assertEquals(await said("stream: { enabled = false }"), []);
});

Deno.test("a stream that is there is described, with what differs and its disk", async () => {
  await using server = await NatsServer.start();
  await addStream(server, 2 ** 20);
  const found = await said(
    `stream: { enabled = true, servers = [ "${server.url}" ], max_age = 0 }`,
  );
  assertEquals(found.map(([status, name]) => [status, name]), [
    ["ok", server.url],
    ["note", "JANUS"],
    ["ok", "disk"],
  ]);
  assertMatch(found[0]![2], /^nats-server \d+\.\d+\.\d+ with JetStream$/);
  assertStringIncludes(found[1]![2], "0 messages, 0 bytes; keeps for ever, up to 1.0 MiB");
  assertStringIncludes(found[1]![2], "max_bytes is 1048576, configured 10737418240");
  assertStringIncludes(found[2]![2], `free in ${server.folder}`);
});

Deno.test("a stream that is not there is made, or missing where it must not be", async () => {
  await using server = await NatsServer.start();
  const config = `enabled = true, servers = "${server.url}"`;
  assertEquals((await said(`stream: { ${config} }`))[1], [
    "ok",
    "JANUS",
    "not there yet: the plugin makes it",
  ]);
  assertEquals((await said(`stream: { ${config}, create = false }`))[1]?.[0], "warning");
});

Deno.test("a stream that the account has no room for is told of before it is made", async () => {
  await using server = await NatsServer.start(() =>
    'accounts { A { jetstream { max_file: 1048576 }, users: [{ user: "u", password: "p" }] } }'
  );
  const config = `enabled = true, servers = "${server.url}", user = "u", password_file = "secret"`;
  const of = async (more: string) =>
    (await said(`stream: { ${config}, ${more} }`, { secret: "p" }))[1];
  assertEquals(await of("max_bytes = 2097152"), [
    "warning",
    "JANUS",
    "not there yet, and stream.max_bytes is 2.0 MiB, where the account has room for 1.0 MiB",
  ]);
  assertEquals((await of("max_bytes = 1048576"))?.[0], "ok");
});

Deno.test("another stream that has the subjects is named", async () => {
  await using server = await NatsServer.start();
  const connection = await connect({ servers: server.url });
  const manager = await jetstreamManager(connection);
  await manager.streams.add({ name: "OTHER", subjects: ["janus.>"] });
  await connection.close();
  const config = `enabled = true, servers = "${server.url}"`;
  assertEquals((await said(`stream: { ${config} }`))[1], [
    "warning",
    "JANUS",
    "not there yet, and the stream OTHER has subjects of janus.events.> already",
  ]);
  assertEquals((await said(`stream: { ${config}, subject = "other" }`))[1]?.[0], "ok");
});

Deno.test("sizes are said in the unit that suits them", () => {
  assertEquals([0, 100, 3072, 2 ** 20, 2 ** 30, 2 ** 52].map(size), [
    ...["0 bytes", "0.1 KiB", "3.0 KiB", "1.0 MiB", "1.0 GiB", "4096.0 TiB"],
  ]);
});

Deno.test("a server without JetStream, one that is away and one that is none are told apart", async () => {
  const [port = 0] = freePorts(1);
  await using plain = await NatsServer.start();
  await plain.kill();
  await plain.start([]);
  using other = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = other.accept().then(async (one) => {
    await one.write(new TextEncoder().encode("220 mail\r\n"));
    one.close();
  });
  const found = await said(
    `stream: { enabled = true, servers = [ "${plain.url}", "127.0.0.1:${port}",` +
      ` "127.0.0.1:${other.addr.port}" ] }`,
  );
  await accepting;
  assertEquals(found.map(([status]) => status), ["warning", "warning", "warning"]);
  assertMatch(found[0]![2], /without JetStream$/);
  assertStringIncludes(found[1]![2], "refused");
  assertStringIncludes(found[2]![2], "no NATS server");
});

Deno.test("a password is read as the plugin does, and a wrong one shows", async () => {
  await using server = await NatsServer.start(() =>
    'authorization { user: janus, password: "right" }'
  );
  const config = `stream: { enabled = true, servers = "${server.url}", user = "janus",` +
    ' password_file = "secret" }';
  assertEquals((await said(config, { secret: "right\n" }))[1]?.[0], "ok");
  const [status, , detail] = (await said(config, { secret: "wrong\n" }))[1]!;
  assertEquals(status, "warning");
  assertMatch(detail, /Authorization/i);
});

Deno.test("a disk that is smaller than what the stream may take is told of", () => {
  assertEquals(room("/var/lib/nats", 5 * 2 ** 30, 4 * 2 ** 30).status, "ok");
  // What the server takes of it by default is too little to make the stream.
  assertEquals(room("/var/lib/nats", 5 * 2 ** 30, 4 * 2 ** 30, true).status, "note");
  assertEquals(room("/var/lib/nats", 6 * 2 ** 30, 4 * 2 ** 30, true).status, "ok");
  const { status, detail } = room("/var/lib/nats", 2 ** 30, 10 * 2 ** 30);
  assertEquals(status, "warning");
  assertEquals(detail, "1.0 GiB free in /var/lib/nats, but the stream may take 10.0 GiB more");
});

Deno.test("servers are found with and without scheme and port", () => {
  assertEquals(addressOf("tls://n.example.org"), { hostname: "n.example.org", port: 4222 });
  assertEquals(addressOf("[::1]:4300"), { hostname: "::1", port: 4300 });
});
