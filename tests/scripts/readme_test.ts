/** What the README shows of filters and hooks is real: it compiles, and its test passes. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { capture } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { runTask, withFolder } from "./task.ts";

Deno.test("the README's filters and hooks compile, and its test of a filter passes", async () => {
  const readme = await Deno.readTextFile(`${PROJECT_ROOT}/README.md`);
  const blocks = [...readme.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code ?? "");
  const shown = blocks.filter((code) => /define(EventFilter|TransportHook)|testFilter/.test(code));
  assertEquals(shown.length, 3);
  await withFolder(async (folder) => {
    const made = await runTask("filter:new", ["quiet"], { cwd: folder });
    assertEquals(made.code, 0, made.stderr);
    await Deno.remove(`${folder}/quiet_test.ts`);
    for (const [index, code] of shown.entries()) {
      await Deno.writeTextFile(`${folder}/readme${index}_test.ts`, code);
    }
    const output = await capture(Deno.execPath(), ["test", "--permit-no-files"], {
      cwd: folder,
      env: { NO_COLOR: "1" },
      timeout: 60_000,
    });
    assert(output !== undefined);
    assertEquals(output.code, 0, output.stdout + output.stderr);
    assertStringIncludes(output.stdout, "1 passed | 0 failed");
  });
});

Deno.test("every example of filters and hooks stands in the README", async () => {
  const readme = await Deno.readTextFile(`${PROJECT_ROOT}/README.md`);
  for (const folder of ["filters", "hooks"]) {
    for (const { name } of Deno.readDirSync(`${PROJECT_ROOT}/scripts/examples/${folder}`)) {
      if (name.endsWith(".ts")) assertStringIncludes(readme, `\`${name}\``);
    }
  }
});
