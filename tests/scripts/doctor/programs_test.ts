import { compareVersions, findJanusProgram, findLibzmq } from "../../../scripts/doctor/programs.ts";
import { MIN_LIBZMQ } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertGreaterOrEqual } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

Deno.test("findLibzmq() finds the library that the plugins are to use", async () => {
  const found = await findLibzmq();
  assert(found !== undefined);
  assertGreaterOrEqual(compareVersions(found.version, MIN_LIBZMQ), 0);
});

Deno.test("compareVersions() compares numbers, not text", () => {
  assertEquals(compareVersions("4.3.10", "4.3.4"), 1);
  assertEquals(compareVersions("4.3", "4.3.0"), 0);
  assertEquals(compareVersions("4.2.9", "4.3.4"), -1);
});

Deno.test("findJanusProgram() tells what a Janus lacks that does not start", async () => {
  const words =
    "error while loading shared libraries: libconfig.so.9: cannot open shared object file";
  const files = { janus: `#!/bin/sh\necho "$0: ${words}" >&2\nexit 127\n` };
  await withFiles(files, async (root) => {
    await Deno.chmod(`${root}/janus`, 0o755);
    const before = Deno.env.get("JANUS");
    Deno.env.set("JANUS", `${root}/janus`);
    try {
      assertEquals((await findJanusProgram())?.problem, words);
    } finally {
      if (before === undefined) Deno.env.delete("JANUS");
      else Deno.env.set("JANUS", before);
    }
  });
});
