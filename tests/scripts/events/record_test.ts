import { curveKeyPair, Publisher, XPublisher } from "../../../ffi/zmq/mod.ts";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { withFolder } from "../../folder.ts";
import { runTask, startTask, WatchedTask } from "../task.ts";

/** Not what JSON.stringify would write. */
const ODD = '{"emitter":"e", "type":4,"session_id":9007199254740993,"event":{"é":1.0e2}}';

/** A publisher on a port that the system chose. */
async function publish(): Promise<{ publisher: XPublisher; endpoint: string }> {
  const publisher = new XPublisher({ linger: 0 });
  await publisher.bind("tcp://127.0.0.1:*");
  return { publisher, endpoint: publisher.lastEndpoint ?? "" };
}

const start = (args: readonly string[], cwd = "/") =>
  new WatchedTask(startTask("events:record", args, { cwd }));

Deno.test("events:record writes the bytes of each event, one a line, to standard output", async () => {
  const { publisher, endpoint } = await publish();
  await using _publisher = publisher;
  const task = start(["--endpoint", endpoint, "--count", "4"]);
  assertEquals((await publisher.receive()).map(String), ["\x01"]);
  await publisher.send(ODD);
  await publisher.send(["external.-.-.", `[${ODD},\n  {"type": 4}]`, "2"]);
  await publisher.send(`[${ODD},{"type":5}]`);
  const { code, stdout, stderr } = await task.end();
  assertEquals({ code, stderr }, { code: 0, stderr: "4 events recorded\n" });
  assertEquals(stdout, `${ODD}\n${ODD}\n{"type": 4}\n${ODD}\n`);
});

Deno.test("events:record --output, until Ctrl-C; topics, and the word of what was dropped", async () => {
  await withFolder(async (folder) => {
    const { publisher, endpoint } = await publish();
    await using _publisher = publisher;
    const args = ["--endpoint", endpoint, "--output", "a.jsonl", "--topic", "media."];
    const task = start(args, folder);
    const subscriptions = [await publisher.receive(), await publisher.receive()].map(String);
    assertEquals(subscriptions.sort(), ["\x01dropped", "\x01media."]);
    await publisher.send(["sessions.-.1.", '{"type":1}']);
    await publisher.send(["media.stats.1.", '{"type":32}']);
    await publisher.send(["dropped", '{"media":3}']);
    await task.until(({ stderr }) => stderr.includes("dropped"));
    assertEquals(await Deno.readTextFile(`${folder}/a.jsonl`), '{"type":32}\n');
    task.interrupt();
    assertEquals(await task.end(), {
      code: 0,
      stdout: "",
      stderr: `The plugin dropped events: {"media":3}\n1 events recorded in ${folder}/a.jsonl\n`,
    });
  });
});

Deno.test("events:record --bind takes events from a plugin that dials out", async () => {
  const endpoint = `tcp://127.0.0.1:${freePorts(1)[0]}`;
  await using publisher = new XPublisher({ linger: 0 });
  publisher.connect(endpoint);
  const task = start(["--endpoint", endpoint, "--bind", "--count", "1"]);
  await publisher.receive();
  await publisher.send(ODD);
  const { code, stdout } = await task.end();
  assertEquals({ code, stdout }, { code: 0, stdout: `${ODD}\n` });
});

Deno.test("events:record --seconds ends, and fails where nothing came", async () => {
  const { publisher, endpoint } = await publish();
  await using _publisher = publisher;
  const { code, stdout, stderr } = await start(["--endpoint", endpoint, "--seconds", "0.3"]).end();
  assertEquals({ code, stdout, stderr }, { code: 1, stdout: "", stderr: "0 events recorded\n" });
});

Deno.test("events:record ends quietly where nobody reads its output any more", async () => {
  const { publisher, endpoint } = await publish();
  await using _publisher = publisher;
  const process = startTask("events:record", ["--endpoint", endpoint], { cwd: "/" });
  const errors = new Response(process.stderr).text();
  await publisher.receive();
  await publisher.send(ODD);
  const reader = process.stdout.getReader();
  await reader.read();
  await reader.cancel();
  // The first one may still fit the pipe.
  const sending = setInterval(() => void publisher.send(ODD).catch(() => {}), 20);
  const { code } = await process.status;
  clearInterval(sending);
  assertEquals(code, 0);
  assertMatch(await errors, /^\d+ events recorded\n$/);
});

Deno.test("events:record says what to look at where nobody listens, or something refuses", async () => {
  const nobody = `tcp://127.0.0.1:${freePorts(1)[0]}`;
  const { publicKey, secretKey } = curveKeyPair();
  await using secured = new Publisher({
    linger: 0,
    curveServer: true,
    curveSecretKey: secretKey,
  });
  await secured.bind("tcp://127.0.0.1:*");
  await withFolder(async (folder) => {
    const other = curveKeyPair();
    await Deno.writeTextFile(`${folder}/server.pub`, `# The server's.\n${other.publicKey}\n`);
    await Deno.writeTextFile(`${folder}/me.key`, `${other.publicKey}\n${other.secretKey}\n`);
    assertEquals(publicKey === other.publicKey, false);
    const endpoint = secured.lastEndpoint ?? "";
    const keys = ["--server-key", "server.pub", "--key", "me.key"];
    const tasks = [
      start(["--endpoint", nobody], folder),
      start(["--endpoint", endpoint], folder),
      start(["--endpoint", endpoint, ...keys], folder),
      start(["--endpoint", `tcp://127.0.0.1:${freePorts(1)[0]}`, "--bind"], folder),
    ];
    const expected = [
      /^Nobody answers at tcp:.* in 3 s\. Does Janus run.* --server-key and --key \(curve\)/,
      /^tcp:.* refuses us: look at security\.mechanism/,
      /^(Nobody answers at|tcp:.* refuses us).* Is --server-key that server's/,
      /^Nobody has connected to tcp:.*general\.mode = "connect"/,
    ];
    for (const [index, task] of tasks.entries()) {
      await task.until(({ stderr }) => stderr.includes("\n"));
      assertMatch(task.stderr, expected[index]!);
      task.interrupt();
      assertEquals((await task.end()).code, 1);
    }
  });
});

Deno.test("events:record says how it is used, and what is wrong with how it was", async () => {
  await withFolder(async (folder) => {
    const run = (...args: string[]) => runTask("events:record", args, { cwd: folder });
    const help = await run("--help");
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Usage: scripts/deno task events:record");
    await Deno.writeTextFile(`${folder}/short.key`, "abc\n");
    for (
      const [args, code, message] of [
        [["--form", "x"], 2, "Unknown option --form"],
        [["--endpoint", "localhost"], 2, "localhost is no endpoint"],
        [["--count", "many"], 2, '--count must be a number above 0, not "many"'],
        [["--seconds", "0"], 2, '--seconds must be a number above 0, not "0"'],
        [["--key", "short.key"], 2, "CURVE needs both --server-key and --key"],
        [["--user", "ann"], 2, "PLAIN needs both --user and --password-file"],
        [["--key", "gone", "--server-key", "short.key"], 2, "short.key must have one key"],
        [["--user", "ann", "--password-file", "gone"], 2, `Cannot read ${folder}/gone`],
        [["--endpoint", "tcp://nowhere:x"], 1, "tcp://nowhere:x"],
        [["--output", "no/such/folder"], 1, "no/such/folder"],
      ] as const
    ) {
      const result = await run(...args);
      assertStringIncludes(result.stderr, message);
      assertEquals(result.code, code, result.stderr);
    }
  });
});
