import { installCommands, packageManagerOf, PACKAGES } from "../../../scripts/doctor/packages.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assert, assertEquals } from "../../assert.ts";

Deno.test("packageManagerOf() knows the families, and says when it doesn't", () => {
  assertEquals(packageManagerOf("ID=debian\n"), "apt");
  assertEquals(packageManagerOf('ID=linuxmint\nID_LIKE="ubuntu debian"\n'), "apt");
  assertEquals(packageManagerOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n'), "dnf");
  assertEquals(packageManagerOf("ID=alpine\nVERSION_ID=3\n"), undefined);
});

Deno.test("installCommands() names each package once, for the system's own manager", () => {
  assertEquals(installCommands(["compiler", "libzmq", "compiler"], "apt", true), [
    "apt-get install gcc libc6-dev libzmq5",
  ]);
  assertEquals(installCommands(["jansson"], "dnf", false), ["sudo dnf install jansson-devel"]);
  assertEquals(installCommands(["glib"], undefined, false), [
    "sudo apt-get install libglib2.0-dev",
    "sudo dnf install glib2-devel",
  ]);
  assertEquals(installCommands(["janus"], "dnf", true).length, 1);
  assertEquals(installCommands([], "apt", true), []);
});

Deno.test("setup.sh names the same packages", async () => {
  const script = await Deno.readTextFile(`${PROJECT_ROOT}/scripts/lib/setup.sh`);
  const echoed = new Set(
    [...script.matchAll(/\becho ([\w.+ -]+)(?=$|;)/gm)].flatMap((match) =>
      (match[1] ?? "").split(" ")
    ),
  );
  for (const names of Object.values(PACKAGES)) {
    for (const name of [...names.apt, ...names.dnf]) assert(echoed.has(name), name);
  }
});
