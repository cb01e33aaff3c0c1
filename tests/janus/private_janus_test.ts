/** The fixture of the end-to-end tests, with nothing in Janus but what Janus ships itself. */
import {
  PrivateJanus,
  type PrivateJanusOptions,
} from "../../scripts/private_janus/private_janus.ts";
import { LogError } from "../../scripts/private_janus/log_lines.ts";
import { processName } from "../../scripts/lib/processes.ts";
import { capture, exists } from "../../scripts/lib/run.ts";
import { sleep } from "../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertLess, assertRejects } from "../assert.ts";
import { withFolder } from "../folder.ts";
import { HttpJanus } from "./support/http.ts";

const READY = /HTTP.* transport plugin initialized/;

/**
 * Janus with its own HTTP transport, since it needs one at all. (Its Unix sockets one won't do: it
 * fails now and then when it is started.)
 */
function bare(http = new HttpJanus()): PrivateJanusOptions {
  return { transport: false, event_handler: false, ...http.options, ready: READY };
}

Deno.test("a private Janus runs, says what it does, and leaves nothing behind", async () => {
  const http = new HttpJanus();
  await using janus = await PrivateJanus.start(bare(http));
  assertEquals((await http.ask("info")).janus, "server_info");
  assertEquals((await processName(janus.pid))?.command, "janus");
  assert(await exists(`${janus.folder}/configs/janus.jcfg`));
  await janus.waitForLog(/EchoTest plugin initialized/);
  const report = await janus.stop();
  assertEquals([report.code, report.signal, report.killed], [0, null, false]);
  assertEquals(report.left_behind, []);
  assertEquals(await exists(janus.folder), false);
  assertEquals(await processName(janus.pid), undefined);
  assertEquals(await janus.stop(), report);
});

Deno.test("stop() ends a Janus that has hardly begun", async () => {
  for (const delay of [0, 5, 15, 40]) {
    await using janus = await PrivateJanus.start({ ...bare(), ready: "spawned" });
    await sleep(delay);
    const report = await janus.stop();
    const shown = `${delay} ms; Janus said:\n${janus.log.tail().join("\n")}`;
    assertEquals(report.killed, false, shown);
    assertLess(report.milliseconds, 5_000, shown);
  }
});

Deno.test("a Janus that ends at once is an error with its last words", async () => {
  // Without any transport Janus refuses to run.
  const options = { transport: false, event_handler: false, ready: READY };
  await assertRejects(() => PrivateJanus.start(options), LogError, "No Janus API transport");
});

Deno.test("a plugin that isn't built is an error that says so", async () => {
  const options = { build: "/nowhere" };
  await assertRejects(() => PrivateJanus.start(options), Error, "scripts/deno task build");
});

Deno.test("ports that never listen are an error in time", () =>
  withFolder(async (folder) => {
    const options: PrivateJanusOptions = { ...bare(), ready: "ports", timeout: 1_500 };
    // The event handler's place holds a file that is no plugin: Janus goes on without it.
    await Deno.mkdir(`${folder}/events`);
    await Deno.writeTextFile(`${folder}/events/libjanus_zmqevh.so`, "not a library");
    await assertRejects(
      () => PrivateJanus.start({ ...options, event_handler: true, build: folder }),
      LogError,
      "nothing listens on",
    );
  }));

Deno.test("stop() reports a child that outlives Janus, and ends it", async () => {
  const wrapper = ["sh", "-c", 'sleep 60 >/dev/null 2>&1 & exec "$@"', "sh"];
  await using janus = await PrivateJanus.start({ ...bare(), wrapper });
  assertEquals((await janus.children()).map((one) => one.command), ["sleep"]);
  const { left_behind } = await janus.stop();
  assertEquals(left_behind.map((one) => one.command), ["sleep"]);
  const pid = left_behind[0]?.pid ?? 0;
  const state = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "gone");
  assert(state === "gone" || / Z /.test(state), state);
});

Deno.test("a private Janus dies with the one who started it", () =>
  withFolder(async (folder) => {
    const fixture = import.meta.resolve("../../scripts/private_janus/private_janus.ts");
    await Deno.writeTextFile(
      `${folder}/main.ts`,
      `import { PrivateJanus } from ${JSON.stringify(fixture)};
const options = ${JSON.stringify({ ...bare(), ready: "spawned" })};
const janus = await PrivateJanus.start({ ...options, ready: ${READY} });
console.log(janus.pid, janus.folder);
Deno.kill(Deno.pid, "SIGKILL");
`,
    );
    const output = await capture(Deno.execPath(), ["run", "-A", `${folder}/main.ts`]);
    const [pid = "", left = ""] = output?.stdout.trim().split(" ") ?? [];
    assert(left.startsWith("/"), output?.stderr);
    await Deno.remove(left, { recursive: true });
    const end = performance.now() + 2_000;
    const lives = async () => / [^Z] /.test(await state(pid));
    while (await lives() && performance.now() < end) await sleep(10);
    assertEquals(await lives(), false);
  }));

/** " R " for a process that runs, " Z " for one that only waits to be collected, "" for none. */
async function state(pid: string): Promise<string> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return /\) (\S) /.exec(stat)?.[0].slice(1) ?? "";
}
