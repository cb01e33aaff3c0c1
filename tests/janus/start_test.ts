/** What `scripts/start` shows of filters, of the monitor and of the stream. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFiles } from "../folder.ts";
import { WatchedTask } from "../scripts/task.ts";

/** Milliseconds to build, and to start Janus. */
const START_MS = 90_000;

const FILTER = `import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
export default defineEventFilter({
  name: "mine",
  events: ["handles", "sessions"],
  filter: (event) => event.event.name === "created" ? null : { ...event, mine: "old" },
});
`;

function start(folder: string, ...args: string[]): WatchedTask {
  const options = { args, cwd: folder, stdin: "null", stdout: "piped", stderr: "piped" } as const;
  return new WatchedTask(new Deno.Command(`${PROJECT_ROOT}/scripts/start`, options).spawn());
}

Deno.test("scripts/start --once fails with a filter that cannot be loaded", () =>
  withFiles({ "broken.ts": "export default {" }, async (folder) => {
    const { code, stdout } = await start(folder, "--once", "--filter", "broken.ts").end();
    assertStringIncludes(stdout, "broken.ts is not used, until its file changes");
    assertStringIncludes(stdout, "see the errors above");
    assertEquals(code, 1);
  }));

Deno.test("scripts/start refuses a filter that is not there, before any work", () =>
  withFiles({ "mine.ts": FILTER }, async (folder) => {
    const result = await start(folder, "--filter", "mine.ts", "--filter", "mien.ts").end();
    assertEquals(result, {
      code: 2,
      stdout: "",
      stderr: `--filter ${folder}/mien.ts: no such file\n`,
    });
  }));

Deno.test("scripts/start shows events before and after a filter, anew when it is saved", () =>
  withFiles({ "mine.ts": FILTER }, async (folder) => {
    const task = start(folder, "--filter", "mine.ts");
    try {
      await task.until(({ stdout }) => stdout.includes("Both plugins work."), START_MS);
      assertMatch(task.stdout, /\] Filters at work: "mine" \(handles, sessions\)\n/);
      // It is seen as Janus makes it, though the filter drops it.
      assertMatch(task.stdout, /SUB +← event +session created/);
      assertMatch(task.stdout, /^#\d+ +sessions session \d+ {2}dropped/m);
      assertMatch(
        task.stdout,
        /^#\d+ +handles session .* {2}changed.*\n.*\n.*\n +\+ mine: "old"$/m,
      );
      await Deno.writeTextFile(`${folder}/mine.ts`, FILTER.replace("old", "new"));
      await task.until(({ stdout }) => stdout.includes("Reloaded: "));
      await task.until(({ stdout }) => /^ +\+ mine: "new"$/m.test(stdout));
    } finally {
      task.interrupt();
      const { code, stdout } = await task.end();
      assertEquals(code, 0, stdout);
    }
  }));

Deno.test("scripts/start --monitor serves a page and metrics of what it shows", () =>
  withFiles({}, async (folder) => {
    const task = start(folder, "--monitor");
    try {
      await task.until(({ stdout }) => stdout.includes("Both plugins work."), START_MS);
      const address = /monitor +(http:\/\/\S+\/) /.exec(task.stdout)?.[1];
      const page = await fetch(address!);
      assertStringIncludes(await page.text(), "<title>Janus monitor</title>");
      assertStringIncludes(task.stdout, `Open ${address} in a browser`);
      // The session that stays, and its events.
      await task.until(({ stdout }) => (stdout.match(/← event +plugin/g)?.length ?? 0) > 1);
      const metrics = await (await fetch(`${address}metrics`)).text();
      assertMatch(
        metrics,
        /^janus_sessions_created_total\{.*transport="janus\.transport\.zeromq"\} 2$/m,
      );
      assertMatch(metrics, /^janus_zeromq_up\{.*plugin="eventhandler"\} 1$/m);
      assertMatch(metrics, /^janus_sessions\{[^}]*\} 1$/m);
      assertMatch(metrics, /^janus_handles\{.*plugin="janus\.plugin\.echotest"\} 1$/m);
    } finally {
      task.interrupt();
      const { code, stdout } = await task.end();
      assertEquals(code, 0, stdout);
    }
  }));

Deno.test("scripts/start --stream shows that nothing is missing after NATS was killed", () =>
  withFiles({}, async (folder) => {
    const { code, stdout } = await start(folder, "--stream", "--once").end();
    assertStringIncludes(stdout, "nats-server is killed");
    assertMatch(stdout, /20 sessions were made; PUB sent \d{2,} events meanwhile/);
    assertStringIncludes(stdout, "none is missing, none is there twice");
    assertEquals(code, 0, stdout);
  }));
