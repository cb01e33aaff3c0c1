import { JcfgSyntaxError, readJcfg } from "../../../scripts/lib/jcfg.ts";
import { formatJcfg } from "../../../scripts/private_janus/config.ts";
import { assertEquals, assertThrows } from "../../assert.ts";

Deno.test("readJcfg() reads a group's values and passes over everything else", () => {
  const found = readJcfg(`
# comment: { "not" = "this" }
general: {
  configs_folder = "/etc/janus"   # a comment = "no"
  #plugins_folder = "/commented"
  // transports_folder = "/commented"
  /* events_folder = "/commented" */
  debug_level = 4
  protected_folders = [ "/bin", "/boot" ];
  nested = { configs_folder = "/deeper" }
  spliced = "one "
            "two"; url : "http://x/#y"
}
media = { ipv6 = true }
`);
  assertEquals(Object.fromEntries(found), {
    "general.configs_folder": "/etc/janus",
    "general.debug_level": "4",
    "general.protected_folders": "/bin,/boot",
    "general.spliced": "one two",
    "general.url": "http://x/#y",
    "media.ipv6": "true",
  });
});

Deno.test("readJcfg() undoes escapes", () => {
  const found = readJcfg(String.raw`a: { b = "tab\t quote\" back\\slash \x41" }`);
  assertEquals(found.get("a.b"), 'tab\t quote" back\\slash A');
});

Deno.test("readJcfg() says where the text is broken", () => {
  for (
    const [text, line] of [['a: {\n b = "open\n', 2], ["a: {\n b = 1\n", 3], [
      "a: {}\n}\n",
      2,
    ]] as const
  ) {
    const error = assertThrows(() => readJcfg(text), JcfgSyntaxError);
    assertEquals(error.line, line, text);
  }
});

Deno.test("what formatJcfg() writes is read back as it was", () => {
  const folder = 'quote " backslash \\ line\nend';
  const text = formatJcfg({ general: { folder, n: 1, on: true, list: ["a", "b"] }, other: {} });
  assertEquals(readJcfg(text).get("general.folder"), folder);
});
