/** `events:read` as a user runs it, with real servers. */
import { freePorts } from "../../../scripts/lib/ports.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { withFolder } from "../../folder.ts";
import {
  addStream,
  customEvents,
  publishRun,
  recordedEvents,
} from "../../plugins/stream/publish.ts";
import { NatsServer } from "../../plugins/stream/server.ts";
import { runTask, startTask, WatchedTask } from "../task.ts";

const EPOCH = 1_700_000_000_000;
const lines = (text: string) => text.split("\n").slice(0, -1);

/** Runs it to its end. */
async function read(args: readonly string[], cwd = "/") {
  const { code, stdout, stderr } = await runTask("events:read", args, { cwd });
  return { code, lines: lines(stdout), stderr };
}

/** The numbers of the events in its lines. */
const numbers = (shown: readonly string[]) =>
  shown.flatMap((line) => / {2}#(\d+) {2}/.exec(line)?.slice(1).map(Number) ?? []);

const from1To = (last: number) => Array.from({ length: last }, (_, i) => i + 1);

Deno.test("events:read shows all that is there, a line each, and ends with the last", async () => {
  await using server = await NatsServer.start();
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, customEvents(0, 300));
  const begin = performance.now();
  const { code, lines: shown, stderr } = await read(["--servers", server.url]);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(numbers(shown), from1To(300));
  assertMatch(shown[0]!, /^2023-11-14T22:13:20.000Z {2}1 {2}one {2}#1 {2}external {2}\{/);
  assertMatch(shown[300]!, / 301 {2}one {2}gone after #300$/);
  // Not by waiting for more.
  assert(performance.now() - begin < 5000);
});

Deno.test("events:read --json goes into filter:try, as --output FILE", async () => {
  await using server = await NatsServer.start();
  const long = '{"emitter":"janus","type":1,"timestamp":1700000000000000,' +
    '"session_id":9223372036854775807,"event":{"name":"destroyed"}}';
  const events = [...recordedEvents(), long];
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, events);
  await withFolder(async (folder) => {
    const args = ["--servers", server.url, "--json"];
    const printed = await read(args, folder);
    assertEquals(printed.lines.length, events.length);
    assertEquals(printed.lines.at(-1), long);
    const written = await read([...args, "--output", "a.jsonl"], folder);
    assertEquals([written.code, written.lines], [0, []]);
    const count = events.length;
    assertEquals(written.stderr, `${count} events, 1 to ${count}, to a.jsonl\n`);
    assertEquals(lines(await Deno.readTextFile(`${folder}/a.jsonl`)), printed.lines);
    const filter = "scripts/examples/filters/redact_ips.ts";
    const path = new URL(`../../../${filter}`, import.meta.url).pathname;
    const tried = await runTask("filter:try", [path, "--events", "a.jsonl"], { cwd: folder });
    assertEquals(tried.code, 0, tried.stderr);
    assertStringIncludes(tried.stdout + tried.stderr, `${events.length}`);
  });
});

Deno.test("events:read --from, --instance, --types and --stream choose", async () => {
  await using server = await NatsServer.start();
  const servers = ["--servers", server.url];
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, customEvents(0, 10), false);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const between = new Date().toISOString();
  await publishRun(server.url, { instance: "two", epoch: EPOCH }, recordedEvents(), false);
  const all = 10 + recordedEvents().length;
  const chosen = async (...args: string[]) => (await read([...servers, ...args])).lines;
  assertEquals((await chosen("--from", "all")).length, all);
  assertEquals((await chosen("--from", "7")).length, all - 6);
  assertEquals((await chosen("--from", between)).length, all - 10);
  assertEquals((await chosen("--from", `${all + 1}`)).length, 0);
  assertEquals((await chosen("--from", "new")).length, 0);
  assertEquals(numbers(await chosen("--instance", "one")), from1To(10));
  const sessions = recordedEvents().map((text) => JSON.parse(text)).filter(({ type }) =>
    type === 1
  );
  const shown = await chosen("--types", "sessions", "--json");
  assertEquals(shown.map((text) => JSON.parse(text)), sessions);
  const wrong = await read([...servers, "--stream", "OTHER"]);
  assertEquals([wrong.code, wrong.lines], [1, []]);
  assertStringIncludes(wrong.stderr, "has no stream OTHER");
});

Deno.test("events:read --follow goes on until Ctrl-C, and all it was given is written", async () => {
  await using server = await NatsServer.start();
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, customEvents(0, 5), false);
  await withFolder(async (folder) => {
    const args = ["--servers", server.url, "--follow"];
    const start = (more: readonly string[]) =>
      new WatchedTask(startTask("events:read", [...args, ...more], { cwd: folder }));
    const shows = start([]), records = start(["--from", "new", "--output", "new.txt"]);
    await shows.until(({ stdout }) => lines(stdout).length === 5);
    // It says nothing, and begins with what comes from now on.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await publishRun(server.url, { instance: "two", epoch: EPOCH }, customEvents(0, 500), false);
    await shows.until(({ stdout }) => lines(stdout).length === 505);
    while (lines(await Deno.readTextFile(`${folder}/new.txt`).catch(() => "")).length < 500) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    for (const task of [shows, records]) {
      task.interrupt();
      const { code, stderr } = await task.end();
      const said = task === shows ? "" : "500 events, 6 to 505, to new.txt\n";
      assertEquals({ code, stderr }, { code: 130, stderr: said });
    }
    assertEquals(numbers(lines(shows.stdout)), [...from1To(5), ...from1To(500)]);
    assertEquals(numbers(lines(await Deno.readTextFile(`${folder}/new.txt`))), from1To(500));
  });
});

Deno.test("events:read --durable goes on where it was, after Ctrl-C at any place as well", async () => {
  await using server = await NatsServer.start();
  const events = customEvents(0, 2000);
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, events, false);
  const args = ["--servers", server.url, "--durable", "mine"];
  const task = new WatchedTask(startTask("events:read", [...args, "--follow"], { cwd: "/" }));
  await task.until(({ stdout }) => lines(stdout).length >= 300);
  task.interrupt();
  const first = await task.end();
  assertEquals([first.code, first.stderr], [130, ""]);
  const shown = numbers(lines(first.stdout));
  assertEquals(shown, from1To(shown.length));
  const begin = performance.now();
  const second = await read(args);
  assertEquals([second.code, second.stderr], [0, ""]);
  const rest = numbers(second.lines);
  // The one that was shown last was perhaps not acknowledged.
  assert(rest[0] === shown.length || rest[0] === shown.length + 1, `${shown.length}: ${rest[0]}`);
  assertEquals(rest, from1To(2000).slice(rest[0]! - 1));
  // What the first one had fetched and not shown, it gave back.
  assert(performance.now() - begin < 8000);
  assertEquals((await read(args)).lines, []);
  const other = await read([...args, "--instance", "two"]);
  assertEquals(other.code, 1);
  assertStringIncludes(other.stderr, "choose another name");
});

Deno.test("events:read says what is wrong, and leaves a file as it is", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/kept.txt`, "kept");
    const output = ["--output", "kept.txt"];
    const nowhere = `127.0.0.1:${freePorts(1)[0]}`;
    const none = await read(["--servers", nowhere, ...output], folder);
    assertEquals([none.code, none.lines], [1, []]);
    assertMatch(none.stderr, /^No NATS server at .* \(is nats-server running\?\)/);
    await using server = await NatsServer.start(() =>
      "authorization { user: janus, password: secret }"
    );
    await Deno.writeTextFile(`${folder}/password`, "wrong\n");
    const login = ["--user", "janus", "--password-file", "password"];
    for (let tries = 0; tries < 8; tries++) {
      const wrong = await read(["--servers", server.url, ...login, ...output], folder);
      assertEquals([wrong.code, wrong.lines], [1, []], wrong.stderr);
      assertMatch(wrong.stderr, /^No NATS server at \S+ takes the connection: Authorization.*\n$/);
    }
    await Deno.writeTextFile(`${folder}/password`, "secret\n");
    const empty = await read(["--servers", server.url, ...login, ...output], folder);
    assertEquals([empty.code, empty.lines], [1, []]);
    assertStringIncludes(empty.stderr, "has no stream JANUS: is stream.enabled true");
    assertEquals(await Deno.readTextFile(`${folder}/kept.txt`), "kept");
    for (const args of [["--from", "yesterday"], ["--types", "calls"], ["--user"]]) {
      const { code, stderr } = await read(args);
      assertEquals(code, 2, stderr);
    }
  });
});

Deno.test("events:read refuses to be the second reader of one durable name", async () => {
  await using server = await NatsServer.start();
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, customEvents(0, 5), false);
  const args = ["--servers", server.url, "--durable", "mine"];
  const first = new WatchedTask(startTask("events:read", [...args, "--follow"], { cwd: "/" }));
  await first.until(({ stdout }) => lines(stdout).length === 5);
  const second = await read(args);
  assertEquals([second.code, second.lines], [1, []]);
  assertMatch(second.stderr, /^Another reader takes messages of mine: each needs a name .*\n$/);
  first.interrupt();
  assertEquals((await first.end()).code, 130);
  assertEquals((await read(args)).code, 0);
});

Deno.test("events:read ends where what is asked for can't be had", async () => {
  await using server = await NatsServer.start();
  await publishRun(server.url, { instance: "one", epoch: EPOCH }, customEvents(0, 5), false);
  for (
    const [args, said] of [
      [
        ["--subject", "foo"],
        /^The stream JANUS can't be read: .*subset.* Does it have the subjects foo\.>/,
      ],
      [["--subject", "foo", "--durable", "mine"], /Does it have the subjects foo\.>/],
      [["--durable", "a b"], /^"a b" can't be the name of a durable consumer: choose/],
    ] as const
  ) {
    const { code, lines: shown, stderr } = await read(["--servers", server.url, ...args]);
    assertEquals([code, shown], [1, []], stderr);
    assertMatch(stderr, said);
    assertEquals(lines(stderr).length, 1);
  }
});

Deno.test("events:read of a stream without messages ends at once", async () => {
  await using server = await NatsServer.start();
  await addStream(server.url);
  for (const durable of [[], ["--durable", "mine"]]) {
    const { code, lines: shown, stderr } = await read(["--servers", server.url, ...durable]);
    assertEquals({ code, shown, stderr }, { code: 0, shown: [], stderr: "nothing\n" });
  }
});
