/** The commands for a stream, on real servers. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { Companion, SERVERS } from "../../plugins/stream/companion.ts";
import { NatsServer } from "../../plugins/stream/server.ts";
import { readEvents } from "../../../plugins/stream/read/mod.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { runTask } from "../task.ts";

const run = (name: string, args: readonly string[]) => runTask(name, args, { cwd: PROJECT_ROOT });

/** A server that has a thousand events of two Janus servers, and a reader that has seen one. */
async function stored(): Promise<NatsServer> {
  const server = await NatsServer.start();
  for (const instance of ["one", "two"]) {
    await using companion = new Companion({
      ...{ servers: { ...SERVERS, servers: [server.url] }, instance },
    });
    await companion.events(1, 500, 100);
    await companion.until(() => companion.stored === 500);
  }
  const reading = { servers: server.url, from: "all", durable: "billing" } as const;
  for await (const _ of readEvents(reading)) break;
  return server;
}

Deno.test("stream:info says what is kept, of whom, and who reads; stream:forget forgets", async () => {
  await using server = await stored();
  const login = ["--servers", server.url];
  const { stdout, stderr } = await run("stream:info", login);
  assertEquals(stderr, "");
  const lines = stdout.trimEnd().split("\n");
  assertEquals(lines[0], `Stream JANUS at ${server.url}`);
  assertEquals(lines[1], "  keeps   1 h, 256 MiB, once");
  assertMatch(
    lines[2]!,
    /^ {2}has {5}1,000 messages, \d[\d.]* KiB: 1 \(2\d{3}-.*Z\) to 1000 \(.*Z\)$/,
  );
  assertEquals(lines.slice(3, 5), ["  of      one: 500", "  of      two: 500"]);
  assertMatch(lines[5]!, /^ {2}reader {2}billing: \d+ wait, \d+ in hand$/);
  assertEquals(lines.length, 6);

  const json = JSON.parse((await run("stream:info", ["--json", ...login])).stdout);
  assertEquals([json.stream.state.messages, json.consumers[0].name], [1000, "billing"]);

  const forgotten = await run("stream:forget", ["billing", ...login]);
  assertEquals(forgotten.stdout, "The stream JANUS has forgotten billing.\n");
  const again = await run("stream:forget", ["billing", ...login]);
  assertEquals([again.code, again.stderr], [1, "The stream JANUS has no reader billing\n"]);
  const nobody = await run("stream:forget", login);
  assertEquals(nobody.code, 2);
});

Deno.test("stream:set changes what is kept, and loses nothing unless told to", async () => {
  await using server = await stored();
  const login = ["--servers", server.url];
  const more = await run("stream:set", ["--max-age=14d", "--max-bytes=1GiB", ...login]);
  assertEquals(more.stderr, "");
  assertEquals(
    more.stdout,
    "JANUS: max_age was 1 h, is 14 days\nJANUS: max_bytes was 256 MiB, is 1 GiB\n",
  );
  const less = await run("stream:set", ["--max-bytes=50KiB", ...login]);
  assertEquals(less.code, 1);
  assertMatch(
    less.stderr,
    /^Nothing is changed: the oldest .* would be lost\. With --drop they are\n$/,
  );
  const nc = await connect({ servers: server.url });
  const { streams } = await jetstreamManager(nc);
  const { config, state } = await streams.info("JANUS");
  assertEquals([config.max_age, config.max_bytes, state.messages], [14 * 86_400e9, 2 ** 30, 1000]);
  assertEquals((await run("stream:set", ["--max-bytes=50KiB", "--drop", ...login])).code, 0);
  assert((await streams.info("JANUS")).state.messages < 1000);
  const unlimited = await run("stream:set", ["--max-age=0", "--max-bytes=0", ...login]);
  assertStringIncludes(unlimited.stdout, "max_age was 14 days, is for ever");
  assertStringIncludes(unlimited.stdout, "max_bytes was 50 KiB, is without a limit");
  const odd = await run("stream:set", ["--max-age=2weeks", ...login]);
  assertEquals([odd.code, odd.stderr], [
    2,
    '--max-age must be such as 7d, 12h, 30min or seconds (0 is without a limit), not "2weeks"\n',
  ]);
  assertMatch((await run("stream:set", login)).stderr, /^There is nothing to set\n\nUsage/);
  await nc.close();
});

Deno.test("what can't be done is one line that says why", async () => {
  await using server = await NatsServer.start();
  const none = await run("stream:info", ["--servers", server.url]);
  assertEquals([none.code, none.stdout], [1, ""]);
  assertMatch(none.stderr, /^127\.0\.0\.1:\d+ has no stream JANUS: [^\n]+\n$/);
  await server.kill();
  const away = await run("stream:info", ["--servers", server.url]);
  assertEquals(away.code, 1);
  assertMatch(away.stderr, /^Cannot connect to NATS at 127\.0\.0\.1:\d+: [^\n]+\n$/);
  const file = await run("stream:info", ["--token-file", "/nowhere/token"]);
  assertEquals(file.code, 1);
  assertMatch(file.stderr, /^No such file or directory[^\n]+token[^\n]*\n$/);
});
