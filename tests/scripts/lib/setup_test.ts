import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

interface Machine {
  /** What is missing until something was installed. */
  readonly missing?: string;
  readonly uid?: number;
  /** Whether sudo works without a password. */
  readonly sudo?: boolean;
  /** What apt-get exits with. */
  readonly apt?: number | "none";
  /** Whether the packages are still missing after the installation. */
  readonly still_missing?: boolean;
  readonly system?: string;
}

interface Outcome {
  readonly code: number;
  readonly said: string;
  /** The lines with which apt-get was called, and through what. */
  readonly apt: string[];
}

/** Runs `setup_packages run` on a machine whose tools are stand-ins. */
async function setUp(machine: Machine): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  const tool = async (name: string, body: string) => {
    await Deno.writeTextFile(`${folder}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  };
  try {
    await tool("uname", `echo ${machine.system ?? "Linux"}`);
    await tool("id", `echo ${machine.uid ?? 0}`);
    await tool("sudo", machine.sudo === true ? 'shift; VIA_SUDO="sudo " exec "$@"' : "exit 1");
    if (machine.apt !== "none") {
      await tool(
        "apt-get",
        `echo "\${VIA_SUDO:-}$DEBIAN_FRONTEND $*" >>"${folder}/apt.log"
echo "apt says why" >&2
exit ${machine.apt ?? 0}`,
      );
    }
    for (const name of ["tr", "env", "true", "cat"]) await tool(name, `exec /usr/bin/${name} "$@"`);
    const missing = machine.missing === undefined
      ? "true"
      : `[ -f installed ] || echo ${machine.missing}`;
    const installed = machine.still_missing === true ? "true" : ": >installed";
    const script = `set -eu
setup_name=test setup_root=${PROJECT_ROOT}
. "$setup_root/scripts/lib/setup.sh"
setup_missing() { ${missing}; ${installed}; }
setup_has_janus() { true; }
setup_has_janus_headers() { true; }
setup_packages run
echo done`;
    const output = await new Deno.Command("/bin/sh", {
      args: ["-c", script],
      cwd: folder,
      clearEnv: true,
      env: { PATH: folder },
      stdin: "null",
    }).output();
    const text = await Deno.readTextFile(`${folder}/apt.log`).catch(() => "");
    const decoder = new TextDecoder();
    return {
      code: output.code,
      said: decoder.decode(output.stdout) + decoder.decode(output.stderr),
      apt: text.split("\n").filter((line) => line !== ""),
    };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("where nothing is missing, apt is not called and nothing is said", async () => {
  assertEquals(await setUp({ uid: 1000 }), { code: 0, said: "done\n", apt: [] });
});

Deno.test("root installs what is missing, and asks no questions", async () => {
  const outcome = await setUp({ missing: "gcc janus" });
  assertEquals(outcome.code, 0, outcome.said);
  assertEquals(outcome.apt.length, 2);
  assertMatch(outcome.apt[0] ?? "", /^noninteractive .*update$/);
  assertMatch(outcome.apt[1] ?? "", /^noninteractive .*-y .*install gcc janus$/);
  assertStringIncludes(outcome.said, "missing: gcc janus");
});

Deno.test("another user installs through sudo where it needs no password", async () => {
  const outcome = await setUp({ missing: "gcc", uid: 1000, sudo: true });
  assertEquals(outcome.code, 0, outcome.said);
  assert(outcome.apt.every((line) => line.startsWith("sudo ")), outcome.apt.join("\n"));
  assertEquals(outcome.apt.length, 2);
});

Deno.test("another user without sudo gets the line to type, and apt is not called", async () => {
  const outcome = await setUp({ missing: "gcc janus", uid: 1000 });
  assertEquals(outcome.code, 1);
  assertEquals(outcome.apt, []);
  assertStringIncludes(outcome.said, "sudo apt-get install gcc janus");
});

Deno.test("a failing apt stops everything with its message", async () => {
  const outcome = await setUp({ missing: "gcc", apt: 100 });
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.said, "apt says why");
  assertStringIncludes(outcome.said, "apt-get update failed");
});

Deno.test("what apt installed without effect is named", async () => {
  const outcome = await setUp({ missing: "gcc", still_missing: true });
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.said, "still missing after the installation: gcc");
});

Deno.test("without apt the names for dnf are said", async () => {
  const outcome = await setUp({ missing: "jansson-devel", apt: "none" });
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.said, "sudo dnf install jansson-devel");
});

Deno.test("other systems than Linux are refused", async () => {
  const outcome = await setUp({ system: "Darwin" });
  assertEquals(outcome.code, 1);
  assertStringIncludes(outcome.said, "need Linux");
});

Deno.test("a JANUS that is no program is refused, whatever else is installed", async () => {
  const script = `. scripts/lib/setup.sh; setup_packages run`;
  for (const janus of ["janus", "/none/bin/janus", PROJECT_ROOT]) {
    const { code, stderr } = await new Deno.Command("/bin/sh", {
      args: ["-euc", script],
      cwd: PROJECT_ROOT,
      env: { setup_name: "test", setup_root: PROJECT_ROOT, JANUS: janus },
      stdin: "null",
    }).output();
    assertEquals(code, 1);
    assertStringIncludes(new TextDecoder().decode(stderr), `JANUS=${janus} is not`);
  }
});
