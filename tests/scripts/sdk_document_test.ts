/** What is shown of filters and hooks is real: it compiles, its tests pass, and all is there. */
import { EVENT_NAMES, EVENT_SUBTYPES } from "../../plugins/janus/event_types.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { capture } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
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

Deno.test("each name of events has an example of its shape", async () => {
  const rows = SDK.prose.split("\n").map((line) => line.split("|").slice(1, -1))
    .filter((cells) => cells.length === 4 && cells[3]!.startsWith(" `{"));
  let name = "";
  const shown = rows.flatMap(([first = "", , , last = ""]) => {
    name = /`(.*)`/.exec(first)?.[1] ?? name;
    return [...last.matchAll(/`(\{.*?\})`/g)].map(([, json]) => ({ name, json }));
  });
  const single = EVENT_NAMES.filter((name) => name !== "all" && !(name in EVENT_SUBTYPES));
  assertEquals([...new Set(shown.map(({ name }) => name))].sort(), [...single].sort());
  const lines = shown.map(({ name, json }, index) =>
    `export const example${index}: Some<EventOf<"${name}">["event"]> = ${json};\n`
  );
  await withFolder(async (folder) => {
    const head = `import type { EventOf } from "file://${PROJECT_ROOT}/mod.ts";\n` +
      "type Some<T> = T extends object ? { [K in keyof T]?: Some<T[K]> } : T;\n";
    await Deno.writeTextFile(`${folder}/shapes.ts`, head + lines.join(""));
    await deno(PROJECT_ROOT, "check", "--quiet", `${folder}/shapes.ts`);
  });
});

Deno.test("every example of filters and hooks is listed", () => {
  for (const folder of ["filters", "hooks"]) {
    for (const { name } of Deno.readDirSync(`${PROJECT_ROOT}/scripts/examples/${folder}`)) {
      if (name.endsWith(".ts")) assertStringIncludes(SDK.prose, `\`${name}\``);
    }
  }
});
