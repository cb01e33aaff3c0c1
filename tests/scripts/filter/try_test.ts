import { XPublisher } from "../../../ffi/zmq/mod.ts";
import * as mod from "../../../mod.ts";
import * as runtime from "../../../plugins/sdk/runtime.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";
import { withFolder } from "../../folder.ts";
import { runTask, startTask, WatchedTask } from "../task.ts";

const EXAMPLES = `${PROJECT_ROOT}/scripts/examples/filters`;
const NO_COLOR = { NO_COLOR: "1" };
const SLOW = mod.sampleEvent("media.slowlink");
const STATE = mod.sampleEvent("media.state");

/** A module that exports a filter of slow links with this body, and other members. */
function source(body: string, more = "", before = ""): string {
  return `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
${before}
interface Unused { readonly these: "lines are TypeScript" }
export default defineEventFilter({
  name: "mine",
  events: ["media.slowlink"],
  ${more}
  filter(event, ctx) { ${body} },
});
`;
}

/** Tries a module on some events. */
async function tryModule(text: string, events: readonly object[], ...options: string[]) {
  let result = { code: -1, stdout: "", stderr: "" };
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.ts`, text);
    const lines = events.map((event) => JSON.stringify(event));
    await Deno.writeTextFile(`${folder}/events.jsonl`, `${lines.join("\n")}\n`);
    const args = ["mine.ts", "--events", "events.jsonl", ...options];
    result = await runTask("filter:try", args, { cwd: folder, env: NO_COLOR });
  });
  // Times are never the same.
  return { ...result, stdout: result.stdout.replaceAll(/ {2}[\d.]+ us$/gm, "") };
}

/** The lines about events, without those of the filters and the summary. */
const about = (stdout: string) => stdout.split("\n\n")[1]?.split("\n");

const HEAD = "media.slowlink session 1001 handle 1002";

Deno.test("filter:try shows what is changed, dropped, multiplied, given a topic, logged", async () => {
  const { code, stdout, stderr } = await tryModule(
    source(`
      const lost = event.event.lost_lastsec;
      if (lost === 1) return null;
      if (lost === 2) ctx.topic = "mine.topic";
      if (lost === 2) return event;
      if (lost === 3) ctx.emit({ type: 4, event: { schema: "s", data: {} } }, "alerts");
      if (lost === 3) return event;
      if (lost === 4) ctx.log.warning("four");
      return { ...event, event: { ...event.event, lost_lastsec: 0 }, added: true };
    `),
    [
      STATE,
      STATE,
      ...[1, 2, 3, 4].map((n) => ({ ...SLOW, event: { ...SLOW.event, lost_lastsec: n } })),
    ],
  );
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(about(stdout), [
    "      2 passed as they were",
    `#3    ${HEAD}  dropped`,
    `#4    ${HEAD}  changed`,
    "    topic mine.topic",
    `#5    ${HEAD}  2 events`,
    "    one more: external",
    "    topic alerts",
    "    + type: 4",
    "    + event:",
    '    +   schema: "s"',
    "    +   data: {}",
    "    log warning: [mine] four",
    `#6    ${HEAD}  changed`,
    "      …",
    "      event:",
    "        …",
    '        slow_link: "uplink"',
    "    -   lost_lastsec: 4",
    "    +   lost_lastsec: 0",
    "    + added: true",
  ]);
  assertMatch(stdout, /^mine gets media\.slowlink\n\n/);
  assertStringIncludes(
    stdout,
    "6 events: 2 that no filter wants; of the others 0 passed as they were, 3 changed, 1 dropped; 6 published, 0 errors",
  );
  assertMatch(stdout, /us in filters per event: mean \d+\.\d, median \d+\.\d, p99 \d+\.\d\n$/);
});

Deno.test("filter:try --all shows every event", async () => {
  const { stdout } = await tryModule(source("return event;"), [STATE, SLOW], "--all");
  assertEquals(about(stdout), [
    "#1    media.state session 1001 handle 1002  no filter wants it",
    `#2    ${HEAD}  as it was`,
  ]);
});

Deno.test("filter:try shows where a filter throws, in its TypeScript, and goes on", async () => {
  const text = source(`
    if (event.event.mid === "0") throw new RangeError("no such mid");
    return null;`);
  const line = text.split("\n").findIndex((each) => each.includes("throw new")) + 1;
  const other = { ...SLOW, event: { ...SLOW.event, mid: "1" } };
  const { code, stdout } = await tryModule(text, [SLOW, other]);
  assertEquals(code, 1);
  const [head, message, place, ...more] = about(stdout) ?? [];
  assertEquals([head, message], [`#1    ${HEAD}  failed`, "    mine: RangeError: no such mid"]);
  assertMatch(place ?? "", new RegExp(`^      at mine\\.ts:${line}:\\d+$`));
  assertEquals(more, [`#2    ${HEAD}  dropped`]);
  assertStringIncludes(
    stdout,
    "1 passed as they were, 0 changed, 1 dropped; 1 published, 1 errors",
  );
});

Deno.test("filter:try says once what is wrong with a filter that forgets to return", async () => {
  const { code, stdout } = await tryModule(source("event.spoilt = true;"), [SLOW, STATE, SLOW]);
  assertEquals(code, 1);
  assertEquals(about(stdout), [
    `#1    ${HEAD}  failed`,
    "    mine: NoAnswerError: filter() of mine returned undefined, as if a return was forgotten:" +
    " return the event to pass it on, null to drop it",
    "      1 passed as they were",
    `#3    ${HEAD}  failed`,
    "    mine: the same as at #1",
  ]);
  assertStringIncludes(stdout, "0 dropped; 3 published, 2 errors");
});

Deno.test("filter:try warns where time goes back in a recording", async () => {
  const at = (seconds: number) => ({ ...SLOW, timestamp: SLOW.timestamp + seconds * 1e6 });
  const forth = await tryModule(source("return event;"), [at(0), at(2), at(1.95), at(3)]);
  assertEquals([forth.code, forth.stderr], [0, ""]);
  const back = await tryModule(source("return event;"), [at(9), at(2), at(3), at(1)]);
  assertEquals(back.code, 0);
  assertMatch(
    back.stderr,
    /events\.jsonl:2: time goes back here, by 7\.0 s\. .*\n.*back 2 times in all\n$/,
  );
});

Deno.test("filter:try stops a filter that hangs, and gives up after three in a row", async () => {
  const hanging = source('if (event.event.mid === "0") for (;;); return null;');
  const other = { ...SLOW, event: { ...SLOW.event, mid: "1" } };
  const once = await tryModule(hanging, [SLOW, other], "--timeout", "300");
  assertEquals(once.code, 1);
  assertEquals(about(once.stdout), [
    `#1    ${HEAD}  failed`,
    "    It did not return within 300 ms: stopped",
    `#2    ${HEAD}  dropped`,
  ]);
  const waiting = source("return new Promise(() => {});");
  const again = await tryModule(waiting, [SLOW, SLOW, SLOW, other, SLOW], "--timeout", "100");
  assertEquals(again.code, 1);
  assertStringIncludes(again.stdout, "3 events: ");
  assertEquals(again.stderr, "Given up after 3 in a row.\n");
});

Deno.test("filter:try tells of what a filter did not wait for", async () => {
  const body =
    'setTimeout(() => { throw new Error("late"); }, 1); return new Promise((go) => setTimeout(() => go(event), 30));';
  const { code, stdout, stderr } = await tryModule(source(body), [SLOW]);
  assertEquals({ code, stderr }, { code: 1, stderr: "" });
  assertStringIncludes(stdout, "Not waited for: Error: late");
});

for (
  const [what, text, message] of [
    ["is no TypeScript", "export default {", /^SyntaxError.*\n.*\n.*\n.*\n.*mine\.ts:1:\d+/],
    [
      "throws when it is loaded",
      source("", "", 'throw new Error("top");'),
      /^Error: top\n {2}at mine\.ts:2:7\n/,
    ],
    [
      "imports what is not there",
      source("", "", 'import "./gone.ts";'),
      /gone\.ts".*\n.*mine\.ts:2:8/,
    ],
    [
      "exports a hook",
      'export default { name: "guard", onRequest() {} };',
      /^TypeError: guard is a hook: see testHook/,
    ],
    ["exports no filter", "export default 3;", /^TypeError: Cannot use 3 as an event filter/],
    [
      "names no events",
      source("").replace("slowlink", "slow"),
      /events has "media.slow", which is not/,
    ],
    [
      "fails at its setup",
      source("", 'setup() { throw new Error("no table"); },'),
      /^Error: no table\n {2}at mine\.ts/,
    ],
    [
      "wants the network",
      source("", "setup: () => Deno.connect({ port: 9 }),"),
      /net access to "127\.0\.0\.1:9"/,
    ],
    [
      "wants to read",
      source("", 'setup: () => void Deno.readTextFileSync("mine.ts"),'),
      /read access to "mine\.ts"/,
    ],
    [
      "wants the environment",
      source("", 'setup: () => void Deno.env.get("HOME"),'),
      /env access to "HOME"/,
    ],
    [
      "wants to run",
      source("", 'setup: () => void new Deno.Command("true").spawn(),'),
      /run access to "true"/,
    ],
    [
      "wants native code",
      source("", 'setup: () => void Deno.dlopen("libc.so.6", {}),'),
      /ffi access/,
    ],
  ] as const
) {
  Deno.test(`filter:try: a module that ${what} is refused with the reason`, async () => {
    const { code, stdout, stderr } = await tryModule(text, [SLOW]);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertMatch(stderr, message);
  });
}

Deno.test("filter:try gives modules what the plugin gives them to import, and no more", async () => {
  const text = source(
    'return sampleEvent("jsep");',
    "",
    'import { sampleEvent } from "@janus-zeromq/janus-zeromq";',
  );
  const { code, stderr } = await tryModule(text, [SLOW]);
  assertEquals(code, 1);
  assertMatch(stderr, /does not provide an export named 'sampleEvent'/);
  for (const name of Object.keys(runtime)) assert(name in mod, `${name} is not in mod.ts`);
});

for (const folder of ["filters", "hooks"] as const) {
  Deno.test(`the examples of ${folder} import what the plugin gives them`, () => {
    const files = [...Deno.readDirSync(`${EXAMPLES}/../${folder}`)].map(({ name }) => name)
      .filter((name) => name.endsWith(".ts"));
    assert(files.length > 1);
    for (const file of files) {
      const text = Deno.readTextFileSync(`${EXAMPLES}/../${folder}/${file}`);
      const [, names = ""] =
        /^import \{([^}]*)\} from "@janus-zeromq\/janus-zeromq";$/m.exec(text) ?? [];
      const values = names.split(",").map((name) => name.trim()).filter((name) =>
        name !== "" && !name.startsWith("type ")
      );
      for (const name of values) assert(name in runtime, `${file} imports ${name}`);
    }
  });
}

Deno.test("filter:try grants what it is told to, and nothing else", async () => {
  const setup = `setup({ log }) {
    log.info(Deno.readTextFileSync("/etc/hostname").trim());
    log.info(Deno.env.get("TRY_THIS") ?? "none");
    Deno.env.get("TRY_THAT");
  },`;
  const grants = ["--allow-read=/etc/hostname,/etc/hosts", "--allow-env=TRY_THIS"];
  const refused = await tryModule(source("return event;", setup), [SLOW], ...grants);
  assertEquals(refused.code, 1);
  assertMatch(refused.stderr, /env access to "TRY_THAT"/);
  const granted = await tryModule(
    source("return event;", setup),
    [SLOW],
    ...grants,
    "--allow-env=TRY_THAT",
  );
  assertEquals(granted.code, 0, granted.stderr);
  assertStringIncludes(
    granted.stdout,
    `log info: [mine] ${Deno.readTextFileSync("/etc/hostname").trim()}`,
  );
  assertStringIncludes(granted.stdout, "log info: [mine] none");
});

Deno.test("filter:try runs several as a chain on the recording that comes with the project", async () => {
  const args = [`${EXAMPLES}/redact_ips.ts`, `${EXAMPLES}/slow_link_alert.ts`];
  const { code, stdout } = await runTask("filter:try", args, { cwd: "/", env: NO_COLOR });
  assertEquals(code, 0);
  assertMatch(stdout, /^ {4}- {3}local-candidate: ".* 10\.99\.0\.1 /m);
  assertMatch(stdout, /^ {4}\+ {3}local-candidate: ".* 10\.99\.0\.0 /m);
  assertMatch(stdout, /^ {4}topic alerts\.slowlink\.\d+$/m);
  assert(!stdout.includes("\x1b"), "it is no terminal");
});

Deno.test("filter:try says how it is used, and what is wrong with how it was", async () => {
  await withFolder(async (folder) => {
    const run = (...args: string[]) => runTask("filter:try", args, { cwd: folder });
    const help = await run("--help");
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Usage: scripts/deno task filter:try FILE...");
    await Deno.writeTextFile(`${folder}/a.ts`, source("return event;"));
    await Deno.writeTextFile(`${folder}/bad.jsonl`, '{"type":4}\n[{}]\nno\n');
    for (
      const [args, message] of [
        [[], "Usage: scripts/deno task filter:try"],
        [["a.ts", "--every"], "Unknown option --every"],
        [["b.ts"], `${folder}/b.ts is no file`],
        [
          ["a.ts", "--events", "x", "--endpoint", "tcp://127.0.0.1:1"],
          "Either --events or --endpoint",
        ],
        [["a.ts", "--timeout", "soon"], '"soon"'],
        [["a.ts", "--events", "gone.jsonl"], `Cannot read ${folder}/gone.jsonl`],
        [["a.ts", "--events", "bad.jsonl"], `${folder}/bad.jsonl:3 is no event`],
        [["a.ts", "--endpoint", "localhost:5546"], "localhost:5546 is no endpoint"],
      ] as const
    ) {
      const { code, stderr } = await run(...args);
      assertEquals(code, 2, stderr);
      assertStringIncludes(stderr, message);
    }
  });
});

Deno.test("filter:try --endpoint: with topics, grouped or plain, until Ctrl-C", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/mine.ts`, source("return { ...event, seen: true };"));
    await using publisher = new XPublisher({ linger: 0 });
    await publisher.bind("tcp://127.0.0.1:*");
    const args = ["mine.ts", "--endpoint", publisher.lastEndpoint ?? ""];
    const task = new WatchedTask(startTask("filter:try", args, { cwd: folder, env: NO_COLOR }));
    // Its subscription.
    await publisher.receive();
    const text = JSON.stringify(SLOW);
    const messages = [
      [JSON.stringify(STATE)],
      [text],
      ["media.slowlink.1001.", text],
      ["dropped", '{"media":3}'],
      [`[${text},${text}]`, "17"],
    ];
    for (const message of messages) await publisher.send(message);
    await task.until(({ stdout }) => stdout.match(/seen: true/g)?.length === 4);
    task.interrupt();
    const { code, stdout, stderr } = await task.end();
    assertEquals({ code, stderr }, { code: 0, stderr: 'The plugin dropped events: {"media":3}\n' });
    assertStringIncludes(stdout, "5 events: 1 that no filter wants");
  });
});
