/** Units are read as systemd reads them. */
import { CallGroups } from "../../../scripts/lib/system_calls.ts";
import { findUnit, lets, readChoice, readUnits } from "../../../scripts/lib/units.ts";
import { assert, assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

Deno.test("lines go on, comments do not count, an empty value takes back what was before", () => {
  const settings = readUnits([
    "[Unit]\nOOMPolicy=kill\n[Service]\nA = 1 \\\n# between\n 2\n;B=1\nC=x\n",
    "[Service]\nC=y\nD=z\n[Install]\nC=w\n",
    "[Service]\nD=\nE=\n",
  ]);
  assertEquals([...settings], [["A", ["1   2"]], ["C", ["x", "y"]], ["D", []], ["E", []]]);
});

Deno.test("drop-ins count by their names, and those of the administrator hide others", async () => {
  const set = (value: string) => `[Service]\nA=${value}\n`;
  await withFiles({
    "lib/janus.service": set("lib"),
    "lib/janus.service.d/20.conf": set("hidden"),
    "lib/janus.service.d/30.conf": set("lib-30"),
    "lib/service.d/10.conf": set("all-10"),
    "lib/service.d/30.conf": set("all-30"),
    "etc/janus.service.d/20.conf": set("etc-20"),
    "etc/janus.service.d/05.conf": set("etc-05"),
    "etc/janus.service.d/40.txt": set("none"),
  }, async (folder) => {
    const folders = [`${folder}/etc`, `${folder}/none`, `${folder}/lib`];
    const found = await findUnit("janus.service", folders);
    assertEquals(found?.path, `${folder}/lib/janus.service`);
    assertEquals(found?.settings.get("A"), ["lib", "etc-05", "all-10", "etc-20", "lib-30"]);
    assertEquals(await findUnit("other.service", folders), undefined);
  });
});

Deno.test("the first line says whether a list is of what is allowed", () => {
  const allowed = readChoice(["a b", "~b", "c:EPERM"]);
  assertEquals(["a", "b", "c", "d"].map((name) => lets(allowed, name)), [true, false, true, false]);
  const forbidden = readChoice(["~a b", "b"]);
  assertEquals(["a", "b", "c"].map((name) => lets(forbidden, name)), [false, true, true]);
  assert(lets(readChoice([]), "a") && !lets(readChoice(["none"]), "a"));
});

Deno.test("groups of system calls hold groups; the default ones are always allowed", async () => {
  const groups = CallGroups.parse(
    "@default\n    # Always\n    exit\n\n@a\n    # A\n    @b\n    x\n\n@b\n    y\n",
  );
  assertEquals([...groups.choice(["@a", "~x"])!.names].sort(), ["exit", "y"]);
  assertEquals([...groups.choice(["~@b"])!.names], ["y"]);
  const real = (await CallGroups.read())?.choice(["@system-service"]);
  assert(lets(real, "read") && lets(real, "execve") && !lets(real, "mount"));
});
