/** Starts that don't go well, and those that take another way: one clear line, and Janus goes on. */
import type { JcfgSettings } from "../../scripts/private_janus/config.ts";
import type { PrivateJanusOptions } from "../../scripts/private_janus/options.ts";
import { freePorts } from "../../scripts/lib/ports.ts";
import { assertEquals, assertMatch } from "../assert.ts";
import { Fixture, type PluginName } from "./support/fixture.ts";
import { HTTP_STARTED, HttpJanus } from "./support/http.ts";

const CONFIGS = {
  transport: "janus.transport.zeromq",
  events: "janus.eventhandler.zeromqevh",
} as const;

/** Settings for one plugin. */
function settings(plugin: PluginName, changes: JcfgSettings): PrivateJanusOptions {
  const key = plugin === "transport" ? "transport" : "event_handler";
  return { settings: { [key]: changes } };
}

/** Files in place of a plugin's configuration. */
function files(plugin: PluginName, texts: { jcfg?: string; jsonc?: string }) {
  const name = CONFIGS[plugin];
  return {
    [`${name}.jcfg`]: texts.jcfg ?? null,
    ...(texts.jsonc === undefined ? {} : { [`${name}.jsonc`]: texts.jsonc }),
  };
}

/**
 * Starts a Janus that can do without a plugin, which must not start, and say why in one line.
 * Returns that line, without what stands before it.
 */
async function refusal(
  plugin: PluginName,
  options: PrivateJanusOptions,
  level: "ERR" | "WARN" = "ERR",
): Promise<string> {
  const http = new HttpJanus();
  const other = plugin === "transport" ? { event_handler: false } : { transport: false };
  await using fixture = await Fixture.start({
    ...options,
    ...other,
    stock: http.options.stock ?? {},
    files: { ...http.options.files, ...options.files },
    ready: HTTP_STARTED,
  });
  // HTTP may be loaded first.
  const pattern = new RegExp(`\\[(ERR|WARN)\\] \\[${CONFIGS[plugin]}\\] Not started: (.*)$`);
  const match = await fixture.janus.waitForLog(pattern);
  assertEquals(match[1], level);
  assertEquals(fixture.complaints("ERR", plugin).length, level === "ERR" ? 1 : 0);
  assertEquals(await fixture.janus.children(), []);
  // Janus goes on without it, and knows nothing of it where it was a transport.
  assertEquals((await http.ask("ping")).janus, "pong");
  const info = await http.ask("info");
  assertEquals(Object.keys(info.transports), ["janus.transport.http"]);
  return match[2] ?? "";
}

for (const plugin of ["transport", "events"] as const) {
  const config = CONFIGS[plugin];

  Deno.test(`${plugin}: a port that is taken`, async () => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const line = await refusal(plugin, settings(plugin, { general: { port } }));
    assertMatch(
      line,
      new RegExp(`^Cannot bind tcp://127.0.0.1:${port}: .*another program listens`),
    );
  });

  Deno.test(`${plugin}: an address that is not this machine's`, async () => {
    const line = await refusal(
      plugin,
      settings(plugin, { general: { address: "tcp://192.0.2.1" } }),
    );
    assertMatch(
      line,
      /^Cannot bind tcp:\/\/192\.0\.2\.1:\d+: .* \(no interface has this address\)$/,
    );
  });

  Deno.test(`${plugin}: no Deno at the path that was given`, async () => {
    const deno = "/nowhere/deno";
    const line = await refusal(plugin, settings(plugin, { runtime: { deno } }));
    assertMatch(line, /^cannot run \/nowhere\/deno: No such file.*Install Deno.*runtime\.deno/);
  });

  Deno.test(`${plugin}: no Deno on PATH`, async () => {
    const line = await refusal(plugin, settings(plugin, { runtime: { deno: "no-such-deno" } }));
    assertMatch(line, /^cannot find no-such-deno on PATH \(.*\).*Install Deno.*runtime\.deno/);
  });

  Deno.test(`${plugin}: a script in place of Deno`, async () => {
    const deno = await Deno.makeTempFile({ prefix: "deno-" });
    try {
      await Deno.writeTextFile(deno, `#!/bin/sh\nexec ${Deno.execPath()} "$@"\n`);
      await Deno.chmod(deno, 0o755);
      const line = await refusal(plugin, settings(plugin, { runtime: { deno } }));
      assertMatch(line, /is a script, not Deno itself\. Set runtime\.deno to the executable/);
    } finally {
      await Deno.remove(deno);
    }
  });

  Deno.test(`${plugin}: a program in place of Deno that isn't it`, async () => {
    const line = await refusal(plugin, settings(plugin, { runtime: { deno: "/bin/false" } }));
    assertMatch(line, /exited with code 1 before it was ready/);
  });

  Deno.test(`${plugin}: a wrong value in a .jcfg`, async () => {
    const line = await refusal(plugin, settings(plugin, { general: { port: "many" } }));
    assertMatch(
      line,
      new RegExp(`/${config}\\.jcfg: general\\.port: "many" is not allowed: an integer`),
    );
  });

  Deno.test(`${plugin}: a wrong value in a .jsonc, by line and column`, async () => {
    const jsonc = '{\n  // a comment\n  "general": { "port": 70000, },\n}\n';
    const line = await refusal(plugin, { files: files(plugin, { jsonc }) });
    assertMatch(
      line,
      new RegExp(`/${config}\\.jsonc:3:24: general\\.port: 70000 is out of range: .*1 to 65535`),
    );
  });

  Deno.test(`${plugin}: a .jsonc that doesn't parse, by line and column`, async () => {
    const jsonc = '{\n  "general": { "port" 5545 }\n}\n';
    const line = await refusal(plugin, { files: files(plugin, { jsonc }) });
    assertMatch(line, new RegExp(`/${config}\\.jsonc:2:23: .*colon`));
  });

  Deno.test(`${plugin}: a .jcfg that doesn't parse`, async () => {
    const line = await refusal(plugin, {
      files: files(plugin, { jcfg: "general: {\n  port = \n" }),
    });
    assertMatch(line, new RegExp(`/${config}\\.jcfg does not parse`));
  });

  Deno.test(`${plugin}: enabled = false is no error`, async () => {
    const line = await refusal(plugin, settings(plugin, { general: { enabled: false } }), "WARN");
    assertMatch(line, /^disabled \(general\.enabled /);
  });

  Deno.test(`${plugin}: where both files are there, .jsonc counts and the log says so`, async () => {
    const [port = 0] = freePorts(1);
    const jsonc = JSON.stringify({ general: { port }, runtime: { deno: Deno.execPath() } });
    await using fixture = await Fixture.start({
      files: { [`${config}.jsonc`]: jsonc },
      ready: /\[janus\.transport\.zeromq\] The plugin's process is ready/,
    });
    const [line = "", ...more] = fixture.complaints("ERR|WARN");
    assertMatch(line, new RegExp(`${config}\\.jsonc is used; .*/${config}\\.jcfg is ignored`));
    assertEquals(more, []);
    const type = plugin === "transport" ? "Janus API" : "Events \\(.*\\)";
    await fixture.janus.waitForLog(
      new RegExp(`\\[${config}\\] ${type} on tcp://127.0.0.1:${port}$`),
    );
  });

  Deno.test(`${plugin}: an unknown key is refused, with the nearest that there is`, async () => {
    const line = await refusal(plugin, settings(plugin, { general: { prot: 1 } }));
    assertMatch(line, /general\.prot: unknown key; did you mean general\.port\?$/);
  });
}

Deno.test("transport: an admin port that is taken", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const admin = { admin_enabled: true, admin_port: port };
  const line = await refusal("transport", settings("transport", { admin }));
  assertMatch(line, new RegExp(`^Cannot bind tcp://127.0.0.1:${port}: `));
});

Deno.test("transport: the Admin API alone", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { transport: { general: { enabled: "no" }, admin: { admin_enabled: "yes" } } },
    ready: /\[janus\.transport\.zeromq\] The plugin's process is ready/,
    // Janus itself wants a transport for its API.
    ...new HttpJanus().options,
  });
  assertEquals((await fixture.admin("ping")).janus, "pong");
  assertEquals((await fixture.query("transport", { request: "info" })).endpoints, {
    janus: null,
    admin: fixture.janus.endpoints.admin,
  });
});

/** A network of its own, with loopback alone, where every port is free. */
const OWN_NETWORK = [
  ...["unshare", ...(Deno.uid() === 0 ? ["-n"] : ["-rn"]), "sh", "-c"],
  ...['ip link set lo up && exec "$@"', "sh"],
];

function canHaveOwnNetwork(): boolean {
  const [command = "", ...args] = [...OWN_NETWORK, "true"];
  try {
    return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false;
  }
}

Deno.test({
  name: "without a configuration file the defaults hold, and the log says so",
  ignore: !canHaveOwnNetwork(),
  fn: async () => {
    const path = `${Deno.execPath().replace(/\/[^/]*$/, "")}`;
    // Without runtime.deno it is the one on PATH.
    const folder = await Deno.makeTempDir({ prefix: "deno-" });
    try {
      await Deno.symlink(Deno.execPath(), `${folder}/deno`);
      await using fixture = await Fixture.start({
        wrapper: OWN_NETWORK,
        env: { PATH: `${folder}:${path}:${Deno.env.get("PATH")}` },
        files: { ...files("transport", {}), ...files("events", {}) },
        ready: /\[janus\.transport\.zeromq\] The plugin's process is ready/,
      });
      const lines = fixture.janus.log.lines.join("\n");
      for (
        const pattern of [
          /\[janus\.transport\.zeromq\] No .*janus\.transport\.zeromq\.jcfg: running with the defaults/,
          /\[janus\.transport\.zeromq\] Janus API on tcp:\/\/127\.0\.0\.1:5545$/m,
          /\[janus\.eventhandler\.zeromqevh\] No .*zeromqevh\.jcfg: running with the defaults/,
          /\[janus\.eventhandler\.zeromqevh\] Events \(.*core\) on tcp:\/\/127\.0\.0\.1:5546$/m,
        ]
      ) assertMatch(lines, pattern);
      assertEquals(fixture.complaints("ERR|WARN"), []);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test("a stream that can't be: its servers, and files that are not in the folder", async () => {
  const start = (stream: Record<string, unknown>) =>
    refusal("events", settings("events", { stream: { enabled: true, ...stream } as never }));
  const secret = await start({ servers: "nats://ann:SECRET@nats.example.org" });
  assertMatch(
    secret,
    /stream\.servers: "nats:\/\/\.\.\.@nats\.example\.org" is not allowed: no user,/,
  );
  assertMatch(await start({ servers: "" }), /stream\.servers: is empty: name one of the servers/);
  assertMatch(
    await start({ user: "ann", password_file: "/etc/hostname" }),
    /stream\.password_file: Cannot read \/etc\/hostname: it is outside of .*Put it there/,
  );
});

for (const plugin of ["transport", "events"] as const) {
  Deno.test(`${plugin}: where nothing may be compiled (runtime.jitless) it starts as well`, async () => {
    await using fixture = await Fixture.start(settings(plugin, { runtime: { jitless: true } }));
    const flagsOf = async (one: PluginName) =>
      (await Deno.readTextFile(`/proc/${fixture.pid(one)}/cmdline`)).split("\0")
        .find((word) => word.startsWith("--v8-flags="))!.split(",");
    const other = plugin === "transport" ? "events" : "transport";
    const [own, others] = [await flagsOf(plugin), await flagsOf(other)];
    assertEquals([own, others].map((flags) => flags.includes("--jitless")), [true, false]);
    assertEquals([own, others].map((flags) => flags.includes("--always-sparkplug")), [false, true]);
  });
}
