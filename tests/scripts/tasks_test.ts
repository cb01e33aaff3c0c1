/** What every command has in common. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { helpLines } from "../../scripts/help.ts";
import { paintNever } from "../../scripts/lib/terminal.ts";
import { assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { withFiles } from "../folder.ts";
import { finish, runTask, type TaskResult } from "./task.ts";

const { tasks } = JSON.parse(Deno.readTextFileSync(`${PROJECT_ROOT}/deno.json`)) as {
  readonly tasks: Readonly<Record<string, { readonly command: string }>>;
};

/** Every command, and how to run it. */
const COMMANDS: readonly (readonly [string, (...args: string[]) => Promise<TaskResult>])[] = [
  ...Object.keys(tasks).map((name) =>
    [name, (...args: string[]) => runTask(name, args, { cwd: "/" })] as const
  ),
  ...["scripts/start", "scripts/test"].map((path) =>
    [path, (...args: string[]) => runScript(`${PROJECT_ROOT}/${path}`, args)] as const
  ),
];

async function runScript(path: string, args: readonly string[]): Promise<TaskResult> {
  const options: Deno.CommandOptions = { args: [...args], cwd: "/", stdin: "null" };
  return await finish(
    new Deno.Command(path, { ...options, stdout: "piped", stderr: "piped" }).spawn(),
  );
}

Deno.test("scripts/deno task runs in any folder, from which relative paths count", () =>
  withFiles({ "janus.transport.zeromq.jsonc": "{}" }, async (folder) => {
    const process = new Deno.Command(`${PROJECT_ROOT}/scripts/deno`, {
      args: ["task", "config:check", "janus.transport.zeromq.jsonc"],
      cwd: folder,
      ...{ stdin: "null", stdout: "piped", stderr: "piped" },
    }).spawn();
    const { code, stdout } = await finish(process);
    assertEquals(code, 0);
    assertStringIncludes(stdout, `${folder}/janus.transport.zeromq.jsonc: can be used`);
  }));

for (const [name, run] of COMMANDS) {
  Deno.test(`${name} says how it is used, and refuses what it doesn't know before any work`, async () => {
    const help = await run("--help");
    assertEquals([help.code, help.stderr], [0, ""]);
    assertMatch(help.stdout, /^Usage: scripts\//);
    const refused = await run("--frobnicate=3");
    assertEquals([refused.code, refused.stdout], [2, ""]);
    assertStringIncludes(refused.stderr, "Unknown option --frobnicate\n\nUsage: scripts/");
  });
}

Deno.test("task help has the commands that read events among those to use", () => {
  const lines = helpLines(tasks, paintNever);
  const group = lines.slice(lines.indexOf("Use"), lines.indexOf("Write filters and hooks"));
  for (const name of ["doctor", "monitor", "events:read", "stream:source"]) {
    assertEquals(group.filter((line) => line.startsWith(`  ${name} `)).length, 1, name);
  }
});
