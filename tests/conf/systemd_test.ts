/** What systemd's own programs say of the units in conf/systemd. */
import { lets, readChoice } from "../../scripts/lib/units.ts";
import { CallGroups } from "../../scripts/lib/system_calls.ts";
import { capture } from "../../scripts/lib/run.ts";
import { assert, assertEquals, assertMatch } from "../assert.ts";
import { withFolder } from "../folder.ts";
import { settingsOf, SYSTEMD } from "./support/hardened.ts";

/** Debian 12's, from the package janus. */
const JANUS_UNIT = "/usr/lib/systemd/system/janus.service";
const MONITOR = "janus-zeromq-monitor.service";

/** Janus's unit with drop-ins, and the monitor's, in a folder of the test's own. */
async function withUnits(dropIns: readonly string[], use: (folder: string) => Promise<void>) {
  await withFolder(async (folder) => {
    await Deno.copyFile(JANUS_UNIT, `${folder}/janus.service`);
    await Deno.mkdir(`${folder}/janus.service.d`);
    for (const name of dropIns) {
      await Deno.copyFile(`${SYSTEMD}/${name}`, `${folder}/janus.service.d/${name}`);
    }
    const monitor = await Deno.readTextFile(`${SYSTEMD}/${MONITOR}`);
    // The command need not be installed here.
    await Deno.writeTextFile(
      `${folder}/${MONITOR}`,
      monitor.replaceAll("=/usr/bin/janus-zeromq", "=/usr/bin/env janus-zeromq"),
    );
    await use(folder);
  });
}

async function analyze(...args: string[]): Promise<{ code: number; said: string }> {
  const output = await capture("systemd-analyze", args);
  assert(output !== undefined, "there is no systemd-analyze");
  return { code: output.code, said: output.stdout + output.stderr };
}

Deno.test("systemd takes each line of the units", async () => {
  await withUnits(["janus-zeromq.conf", "janus-hardened.conf"], async (folder) => {
    for (const name of ["janus.service", MONITOR]) {
      const taken = await analyze("verify", "--man=no", `${folder}/${name}`);
      assertEquals(taken, { code: 0, said: "" });
    }
    // Else nothing of it would show.
    await Deno.writeTextFile(`${folder}/janus.service.d/x.conf`, "[Service]\nOomPolicy=continue\n");
    assertMatch((await analyze("verify", "--man=no", `${folder}/janus.service`)).said, /OomPolicy/);
  });
});

Deno.test("systemd finds the hardened units little exposed", async () => {
  const most = "20"; // of 100
  const exposed = (path: string) =>
    analyze("security", "--offline=true", `--threshold=${most}`, path);
  await withUnits(["janus-zeromq.conf", "janus-hardened.conf"], async (folder) => {
    for (const name of ["janus.service", MONITOR]) {
      const { code, said } = await exposed(`${folder}/${name}`);
      assertEquals(code, 0, said);
    }
  });
  await withUnits(["janus-zeromq.conf"], async (folder) => {
    assertEquals((await exposed(`${folder}/janus.service`)).code, 1);
  });
});

Deno.test("what the plugins need has one line, and its reason", async () => {
  const text = await Deno.readTextFile(`${SYSTEMD}/janus-zeromq.conf`);
  assertEquals([...await settingsOf("janus-zeromq.conf")], [["OOMPolicy", ["continue"]]]);
  assertMatch(text, /\n# [^\n]+\nOOMPolicy=continue\n/);
});

Deno.test("the filter lets through what libzmq and Deno call, and nothing that takes over the system", async () => {
  const groups = await CallGroups.read();
  assert(groups !== undefined);
  for (const file of ["janus-hardened.conf", MONITOR]) {
    const settings = await settingsOf(file);
    const filter = groups.choice(settings.get("SystemCallFilter") ?? []);
    const needed = ["sched_setscheduler", "pkey_alloc", "memfd_create", "pidfd_open", "execve"];
    assertEquals(needed.filter((name) => !lets(filter, name)), []);
    const harmful = ["mount", "ptrace", "bpf", "setuid", "init_module", "reboot", "keyctl"];
    assertEquals(harmful.filter((name) => lets(filter, name)), []);
    const families = readChoice(settings.get("RestrictAddressFamilies") ?? []);
    assert(!lets(families, "AF_PACKET") && lets(families, "AF_NETLINK"));
  }
});
