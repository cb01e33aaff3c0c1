/** The page is one file with all that it needs. */
import { assemble, PAGE, readPage } from "../../../scripts/monitor/page.ts";
import { assert, assertEquals, assertThrows } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

Deno.test("the page has nothing to load, and names whose work is in it", async () => {
  const page = await readPage();
  assert(!/<link[^>]+stylesheet|\bsrc=["']?http|@import|sourceMappingURL/.test(page));
  assert(!/\bimport\s*[("']/.test(page));
  for (const owner of ["Jason Miller", "Leon Sorokin", "WITHOUT WARRANTY OF ANY KIND"]) {
    assert(page.includes(owner), owner);
  }
});

Deno.test("where there are no sources, the page is taken as it is", async () => {
  await withFiles({ [PAGE]: "<p>built" }, async (folder) => {
    assertEquals(await readPage(folder), "<p>built");
  });
});

Deno.test("a script that would end too early in the page is refused; $ has no meaning in it", () => {
  const html = '<html><style></style><script type="module"></script>';
  const parts = { html, style: "", licences: "mine", script: "1" };
  for (const text of ["'</script>'", "'</SCRIPT'", "'<!--'"]) {
    assertThrows(() => assemble({ ...parts, script: text }), Error, "what would end it");
  }
  assertThrows(() => assemble({ ...parts, style: "</style>" }), Error, "what would end it");
  assertEquals(
    assemble({ ...parts, script: "f('$&', \"$'\")" }),
    '<!--\nmine\n-->\n<html><style></style><script type="module">f(\'$&\', "$\'")</script>',
  );
});
