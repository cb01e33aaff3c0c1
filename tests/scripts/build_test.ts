import { checkStub } from "../../scripts/build.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { withFiles } from "../folder.ts";

Deno.test("checkStub() finds no warning in the stub", async () => await checkStub());

/** Runs `checkStub()` with another compiler, which is a shell script. */
async function checkWith(compiler: string) {
  let result = { code: -1, stderr: "" };
  await withFiles({ cc: `#!/bin/sh\n${compiler}\n` }, async (folder) => {
    const code = `(await import("./scripts/build.ts")).checkStub()`;
    const output = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-check", `await ${code}`],
      cwd: PROJECT_ROOT,
      env: { CC: `${folder}/cc`, NO_COLOR: "1" },
    }).output();
    result = { code: output.code, stderr: new TextDecoder().decode(output.stderr) };
  });
  return result;
}

Deno.test("a compiler's warnings are shown, also where it succeeds", async () => {
  const warned = await checkWith('echo "ring.c:1: warning: odd" >&2');
  assertEquals(warned, { code: 0, stderr: "ring.c:1: warning: odd\n" });
  const failed = await checkWith('echo "ring.c:1: error: odd" >&2; exit 1');
  assertEquals(failed.code, 1);
  assertStringIncludes(failed.stderr, "cc failed:\nring.c:1: error: odd");
});
