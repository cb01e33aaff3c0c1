/** A Janus with all that the plugins start, under the settings of conf/systemd/janus-hardened.conf. */
import { PrivateJanus } from "../../scripts/private_janus/private_janus.ts";
import { freePorts } from "../../scripts/lib/ports.ts";
import { assertEquals } from "../assert.ts";
import { Fixture } from "../janus/support/fixture.ts";
import { startTask, WatchedTask } from "../scripts/task.ts";
import { Call, startForCalls } from "../janus/support/call.ts";
import { gaps, takeNumbered } from "../janus/support/burst.ts";
import { complete, holds, stored, upTo } from "../janus/support/stream.ts";
import { Whole } from "../janus/support/whole.ts";
import type { Json } from "../janus/support/socket.ts";
import { Hardened, settingsOf } from "./support/hardened.ts";

const FILE = "janus-hardened.conf";

/** What restrict.c and service.sh do of the settings. */
const ACTED_OUT = [
  ...["User", "Group", "NoNewPrivileges", "CapabilityBoundingSet", "UMask"],
  ...["ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "NoExecPaths", "ExecPaths"],
  ...["ProtectProc", "ProcSubset", "ProtectKernelTunables", "ProtectControlGroups"],
  ...["RestrictNamespaces", "RestrictRealtime", "RestrictSUIDSGID", "LockPersonality", "RemoveIPC"],
  ...["RestrictAddressFamilies", "SystemCallFilter", "SystemCallErrorNumber"],
];

/** Folders that systemd makes, and what a user without capabilities and with that filter has not anyway. */
const IMPLIED = [
  ...["RuntimeDirectory", "RuntimeDirectoryMode", "StateDirectory"],
  ...["ProtectKernelModules", "ProtectKernelLogs", "ProtectClock", "ProtectHostname"],
  ...["KeyringMode", "SystemCallArchitectures"],
];

Deno.test("what is acted out here are the settings of the file", async () => {
  const settings = await settingsOf(FILE);
  assertEquals([...settings.keys()].sort(), [...ACTED_OUT, ...IMPLIED].sort());
});

/** A number of /proc/PID/status. */
function status(pid: number, name: string): string {
  const text = Deno.readTextFileSync(`/proc/${pid}/status`);
  return new RegExp(`^${name}:\\s+(\\S+)`, "m").exec(text)?.[1] ?? "";
}

Deno.test("Janus, hooks, filters and the stream work in a hardened service", async () => {
  await using hardened = await Hardened.make(FILE);
  Deno.env.set("TMPDIR", hardened.folder);
  const { folder, wrapper, settings } = hardened;
  const whole = await Whole.start({ wrapper, settings, build: `${folder}/build` });
  try {
    const { fixture, server } = whole;
    const sub = await fixture.subscribe();
    const pids = [fixture.janus.pid, ...Object.values(await whole.processes())];
    for (const pid of pids) {
      assertEquals([status(pid, "NoNewPrivs"), status(pid, "Seccomp")], ["1", "2"]);
      if (hardened.complete) {
        assertEquals([status(pid, "Uid"), status(pid, "CapBnd")], ["65534", "0".repeat(16)]);
      }
    }
    for (let i = 0; i < 20; i++) await whole.use(i);
    await holds(server, 19);
    const { numbers, is } = await takeNumbered(sub, 19);
    assertEquals([is, gaps(numbers)], [upTo(20), []]);
    assertEquals(fixture.complaints("ERR|WARN"), []);
    // One that is started again is under the same settings.
    const since = fixture.janus.log.count;
    Deno.kill(fixture.pid("events"), "SIGKILL");
    await fixture.ready("events", since);
    await whole.use(20);
    await holds(server, 20);
    await fixture[Symbol.asyncDispose]();
    assertEquals(await complete(server), {}, "something was dropped");
    const seen = (await stored(server)).map(({ body }) => (body as Json).event?.data?.seen);
    assertEquals(seen.filter((one) => one === true).length, 21);
  } finally {
    Deno.env.delete("TMPDIR");
    await whole[Symbol.asyncDispose]();
  }
});

Deno.test("a call is made in a hardened service", async () => {
  await using hardened = await Hardened.make(FILE);
  Deno.env.set("TMPDIR", hardened.folder);
  const { folder, wrapper, settings } = hardened;
  try {
    await using fixture = await startForCalls({ wrapper, settings, build: `${folder}/build` });
    await using call = await Call.start(fixture, { data: true });
    await fixture.waitFor("media to come back", async () => {
      const counts = Object.values(await call.received());
      return counts.length > 0 && counts.every((count) => count > 0);
    });
  } finally {
    Deno.env.delete("TMPDIR");
  }
});

for (
  const [what, reason] of [
    ["AF_NETLINK", /Not started: .* was ended by signal 6 /],
    ["sched_setscheduler", /Not started: .* was ended by signal 6 /],
    ["memfd_create", /Not started: Operation not permitted/],
  ] as const
) {
  Deno.test(`without ${what} the plugins do not start: the settings hold here`, async () => {
    await using hardened = await Hardened.make(FILE, [what]);
    Deno.env.set("TMPDIR", hardened.folder);
    const { folder, wrapper, settings } = hardened;
    try {
      const build = `${folder}/build`;
      await using _janus = await PrivateJanus.start({ wrapper, settings, build, ready: reason });
    } finally {
      Deno.env.delete("TMPDIR");
    }
  });
}

Deno.test("the monitor works under the filters of its unit", async () => {
  await using hardened = await Hardened.make("janus-zeromq-monitor.service");
  await using fixture = await Fixture.start({ admin: true });
  const [port = 0] = freePorts(1);
  const args = ["--events", fixture.janus.endpoints.events, "--listen", `127.0.0.1:${port}`];
  const options = { cwd: hardened.folder, before: hardened.filters };
  const task = new WatchedTask(startTask("monitor", args, options));
  try {
    await task.until(({ stdout }) => stdout.includes("The monitor serves"));
    await fixture.subscriptions(1);
    await fixture.emit({ i: 0 });
    await fixture.waitFor("the monitor to see Janus", async () => {
      const response = await fetch(`http://127.0.0.1:${port}/metrics`);
      return /^janus_up\{.*\} 1$/m.test(await response.text());
    });
  } finally {
    task.interrupt();
    await task.end();
  }
});
