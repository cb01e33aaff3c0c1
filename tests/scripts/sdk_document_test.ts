/** What is shown of filters and hooks is real: it compiles, its tests pass, and all is there. */
import { EVENT_NAMES, EVENT_SUBTYPES } from "../../plugins/janus/event_types.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { capture } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { documentAt } from "./documents.ts";
import { withFolder } from "../folder.ts";
import { runTask } from "./task.ts";

const SDK = documentAt("plugins/sdk/README.md");

async function deno(cwd: string, ...args: string[]) {
  const options = { cwd, env: { NO_COLOR: "1" }, timeout: 60_000 };
  const output = await capture(Deno.execPath(), args, options);
  assert(output !== undefined);
  assertEquals(output.code, 0, output.stdout + output.stderr);
  return output.stdout;
}

Deno.test("the shown filters and hooks compile, and their tests pass", async () => {
  const files = SDK.code("ts").map((code) => ({ code, name: /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] }));
  const tests = files.flatMap(({ code }) => [...code.matchAll(/^Deno\.test\(/gm)]).length;
  assert(tests >= 4, `${tests} tests`);
  await withFolder(async (folder) => {
    const made = await runTask("filter:new", ["mine"], { cwd: folder });
    assertEquals(made.code, 0, made.stderr);
    await Deno.remove(`${folder}/mine_test.ts`);
    for (const { code, name } of files) await Deno.writeTextFile(`${folder}/${name}`, code);
    await deno(folder, "check", "--quiet", ...files.map(({ name }) => name!));
    assertStringIncludes(await deno(folder, "test"), `${tests} passed | 0 failed`);
  });
});

Deno.test("a module's memory is one for all tests of a file, and a name of its own gives a fresh one", () =>
  withFolder(async (folder) => {
    await runTask("filter:new", ["quiet"], { cwd: folder });
    const line = /`(const \{ default: mine \} = await import\(.*\);)`/.exec(
      SDK.text.replaceAll("\n  ", " "),
    )?.[1];
    assert(line !== undefined, "the document shows it");
    const head =
      'import { defineEventFilter } from "@janus-zeromq/janus-zeromq";\nlet count = 0;\n';
    const filter =
      'name: "quiet", events: ["sessions"], filter: (event) => ({ ...event, n: ++count })';
    await Deno.writeTextFile(
      `${folder}/quiet.ts`,
      `${head}export default defineEventFilter({ ${filter} });\n`,
    );
    const test = (use: string, n: number) =>
      `Deno.test("${use} ${n}", async () => {
        ${use === "mine" ? line : ""}
        await using test = await testFilter(${use});
        const [event] = await test.send<object>(sampleEvent("sessions"));
        if (Reflect.get(event!, "n") !== ${n}) throw new Error(JSON.stringify(event));
      });\n`;
    await Deno.writeTextFile(
      `${folder}/quiet_test.ts`,
      'import { sampleEvent, testFilter } from "@janus-zeromq/janus-zeromq";\n' +
        `import quiet from "./quiet.ts";\n${test("quiet", 1)}${test("quiet", 2)}${test("mine", 1)}`,
    );
    assertStringIncludes(await deno(folder, "test", "quiet_test.ts"), "3 passed | 0 failed");
  }));

Deno.test("each name of events is shown with its type and an example, and can be found", () => {
  const events = documentAt("plugins/sdk/EVENTS.md");
  const single = EVENT_NAMES.filter((name) => name !== "all" && !(name in EVENT_SUBTYPES));
  for (const name of single) {
    const [, section = ""] = events.text.split(`\n## ${name}\n`);
    const [shown = ""] = section.split("\n## ");
    assertMatch(shown, /\n```ts\ninterface \w+ extends \w+ \{\n[^`]* readonly event:/);
    assertMatch(shown, /\n```json\n\{/);
  }
});

Deno.test("every example of filters and hooks is listed", () => {
  for (const folder of ["filters", "hooks"]) {
    for (const { name } of Deno.readDirSync(`${PROJECT_ROOT}/scripts/examples/${folder}`)) {
      if (name.endsWith(".ts")) assertStringIncludes(SDK.prose, `\`${name}\``);
    }
  }
});
