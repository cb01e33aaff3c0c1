import { withoutAdvice } from "../../../../plugins/scripting/companion/deno_words.ts";
import { assertEquals } from "../../../assert.ts";
import { withFiles } from "../../../folder.ts";

/** Modules that Deno refuses, as it does where filters run, and what is to stand in the log. */
const REFUSED: readonly [code: string, words: RegExp][] = [
  [`Deno.readTextFileSync("/etc/hostname")`, /^Requires read access to "\/etc\/hostname"$/],
  [`await import("/etc/host" + "name")`, /^Requires read access to "\/etc\/hostname"/],
  [`await import("npm:left-pad")`, /^npm: cannot be imported here, files can/],
  [
    `await import("https://x.example/a.ts")`,
    /^Requires import access to "x\.example:443"|which cannot be imported here/,
  ],
  [`await import("left-pad")`, /^Import "left-pad" not a dependency/],
];

for (const [code, words] of REFUSED) {
  Deno.test(`of what Deno says to ${code}, advice for its own options is left out`, async () => {
    const program = `try { ${code} } catch (error) { console.log(error.message); }`;
    await withFiles({ "program.js": program }, async (folder) => {
      const { stdout } = await new Deno.Command(Deno.execPath(), {
        args: ["run", ..."--no-prompt --no-config --no-npm --no-remote --no-lock".split(" ")]
          .concat(`${folder}/program.js`),
        env: { NO_COLOR: "1" },
      }).output();
      const said = new TextDecoder().decode(stdout).trim();
      const kept = withoutAdvice(said);
      assertEquals(words.test(kept), true, kept);
      assertEquals(/--(?:allow|no|unstable|prompt)|hint:|deno add/.test(kept), false, kept);
    });
  });
}

Deno.test("what a module throws itself stays as it is", () => {
  const text = "TypeError: a hint: run it\nat file:///x.ts:1:2";
  assertEquals(withoutAdvice(text), text);
});
