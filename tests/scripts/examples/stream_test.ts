/** The examples that read a stream, as a user runs them. */
import { freePorts } from "../../../scripts/lib/ports.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { nodeExample } from "../../janus/support/node.ts";
import { customEvents, publishRun } from "../../plugins/stream/publish.ts";
import { NatsServer } from "../../plugins/stream/server.ts";

const EXAMPLES = `${PROJECT_ROOT}/scripts/examples`;
const EPOCH = 1_700_000_000_000;

interface Language {
  readonly name: string;
  readonly command: () => Promise<string[]>;
}

const LANGUAGES: readonly Language[] = [
  {
    name: "Deno",
    command: () =>
      Promise.resolve([Deno.execPath(), "run", "-A", "--no-check", `${EXAMPLES}/stream.ts`]),
  },
  {
    name: "Node",
    command: async () => ["node", await nodeExample("stream")],
  },
];

async function run([command = "", ...args]: readonly string[], ...more: string[]) {
  const output = await new Deno.Command(command, { args: [...args, ...more], stdin: "null" })
    .output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const { code } = output;
  return { code, lines: text(output.stdout).split("\n").slice(0, -1), stderr: text(output.stderr) };
}

for (const { name, command } of LANGUAGES) {
  Deno.test(`the ${name} example of the stream prints what is there`, async () => {
    await using server = await NatsServer.start();
    await publishRun(server.url, { instance: "one", epoch: EPOCH }, customEvents(0, 300));
    const { code, lines, stderr } = await run(await command(), server.url);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertEquals(lines.length, 301);
    lines.slice(0, 300).forEach((line, at) => {
      assertMatch(line, new RegExp(`^${at + 1}  one/${EPOCH}  #${at + 1}  .*{"i":${at}}}$`));
    });
    assertMatch(lines[300]!, name === "Deno" ? /ended after #300$/ : /gone {2}.*"last":300/);
  });

  Deno.test(`the ${name} example of the stream says that no server answers`, async () => {
    const nowhere = `127.0.0.1:${freePorts(1)[0]}`;
    const { code, lines, stderr } = await run(await command(), nowhere);
    assertEquals([code, lines], [1, []]);
    assertStringIncludes(stderr, nowhere);
  });
}

Deno.test("the examples show how they are used, and what is no option of theirs", async () => {
  const deno = (
    path: string,
  ) => [Deno.execPath(), "run", "-A", "--no-check", `${EXAMPLES}/${path}`];
  const node = await LANGUAGES[1]!.command();
  const programs = [...["stream.ts", "events.ts", "polling.ts", "requests.ts"].map(deno), node];
  for (const program of programs) {
    const help = await run(program, "--help");
    assertEquals(help.code, 0);
    assertMatch(`${help.lines.join("\n")}${help.stderr}`, /^Usage: (deno run|node) .*\n?$/);
    const wrong = await run(program, "--folow");
    assertEquals([wrong.code, wrong.lines], [2, []]);
    assertMatch(wrong.stderr, /(^|\n)Usage: .*\n$/);
    assertEquals(wrong.stderr.includes("TypeError"), false);
  }
});

Deno.test("the Node example goes on where it was, with --durable", async () => {
  await using server = await NatsServer.start();
  const node = await LANGUAGES[1]!.command();
  const writer = { instance: "one", epoch: EPOCH };
  await publishRun(server.url, writer, customEvents(0, 100), false);
  const first = await run(node, server.url, "--durable", "mine");
  assertEquals([first.code, first.lines.length, first.stderr], [0, 100, ""]);
  await publishRun(server.url, { ...writer, epoch: EPOCH + 1 }, customEvents(100, 150), false);
  const second = await run(node, server.url, "--durable", "mine");
  assertEquals(second.lines.length, 50);
  assertStringIncludes(second.lines[0]!, '{"i":100}');
  assertEquals((await run(node, server.url, "--durable", "mine")).lines, []);
});

Deno.test("the examples of the stream have NATS's port as default", async () => {
  for (const path of ["stream.ts", "node/stream.mjs", "calls/record.ts"]) {
    assertStringIncludes(await Deno.readTextFile(`${EXAMPLES}/${path}`), '"127.0.0.1:4222"');
  }
});
