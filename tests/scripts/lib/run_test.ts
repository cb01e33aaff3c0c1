import { exists, findExecutable } from "../../../scripts/lib/run.ts";
import { assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

Deno.test("findExecutable() passes over folders and files that nobody may execute", async () => {
  await withFiles({ "a/tool/x": "", "b/tool": "", "c/tool": "" }, async (root) => {
    await Deno.chmod(`${root}/b/tool`, 0o644);
    const path = ["a", "b", "c"].map((name) => `${root}/${name}`).join(":");
    assertEquals(await findExecutable("tool", path), `${root}/c/tool`);
    assertEquals(await findExecutable("tool", `${root}/a:${root}/b`), undefined);
    assertEquals(await exists(`${root}/c/tool/below`), false);
  });
});
