import { kindOf } from "../../scripts/config_check.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { withFiles } from "../folder.ts";

const SCRIPT = new URL("../../scripts/config_check.ts", import.meta.url);

/** Runs the script as the task does. */
async function run(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "-A",
      SCRIPT.href,
      ...args,
    ],
    cwd: new URL("./", SCRIPT),
  });
  const { code, stdout, stderr } = await command.output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** One file in a folder, for the time of one test. */
const withFile = (
  name: string,
  text: string | Uint8Array,
  use: (path: string) => Promise<void>,
) => withFiles({ [name]: text }, (folder) => use(`${folder}/${name}`));

Deno.test("kindOf() tells the plugin by the file's name", () => {
  assertEquals(kindOf("/etc/janus/janus.transport.zeromq.jsonc"), "transport");
  assertEquals(kindOf("janus.transport.zeromq.jsonc.sample"), "transport");
  assertEquals(kindOf("./janus.eventhandler.zeromqevh.jsonc"), "eventhandler");
  assertEquals(kindOf("janus.eventhandler.zeromqevh.jcfg"), "eventhandler");
  assertEquals(kindOf("janus.transport.zeromq2.jsonc"), null);
  assertEquals(kindOf("mine.jsonc"), null);
});

Deno.test("config_check prints warnings and the endpoint, and exits with 0", async () => {
  const text = '{"general":{"port":6000,"endpoints":["tcp://127.0.0.1:6000"]}}';
  await withFile("janus.transport.zeromq.jsonc", text, async (path) => {
    const { code, stdout, stderr } = await run(path);
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertStringIncludes(stdout, `warning: ${path}:1:20: general.port: is not used`);
    assertStringIncludes(stdout, "general on tcp://127.0.0.1:6000");
  });
});

Deno.test("config_check prints every error and exits with 1", async () => {
  const text = '{"general":{"port":70000,"json":5,"prot":1}}';
  await withFile("janus.transport.zeromq.jsonc", text, async (path) => {
    const { code, stdout, stderr } = await run(path);
    assertEquals({ code, stdout }, { code: 1, stdout: "" });
    assertStringIncludes(stderr, `error: ${path}:1:20: general.port: 70000 is out of range`);
    assertStringIncludes(stderr, `error: ${path}:1:33: general.json: 5 is not allowed`);
    assertStringIncludes(stderr, `error: ${path}:1:35: general.prot: unknown key; did you mean`);
  });
});

Deno.test("config_check takes the kind from --kind where the name does not tell", async () => {
  const text = '{"general":{"events":"core,handels"}}';
  await withFile("mine.jsonc", text, async (path) => {
    const unnamed = await run(path);
    assertEquals(unnamed.code, 2);
    assertStringIncludes(unnamed.stderr, "say --kind=transport or --kind=eventhandler");
    const named = await run("--kind", "eventhandler", path);
    assertEquals(named.code, 1);
    assertStringIncludes(named.stderr, '"handels" is not an event type');
  });
});

Deno.test("config_check reads .jcfg files as Janus does", async () => {
  const text = "general: { prot = 5600 }\n";
  await withFile("janus.transport.zeromq.jcfg", text, async (path) => {
    const { code, stderr } = await run(path);
    assertEquals(code, 1);
    assertStringIncludes(stderr, `error: ${path}: general.prot: unknown key; did you mean`);
  });
});

Deno.test("config_check exits with 2 on wrong arguments and unreadable files", async () => {
  const misspelt = await run("--kidn=transport", "x.jsonc");
  assertEquals(misspelt.code, 2);
  assertStringIncludes(misspelt.stderr, "Unknown option --kidn: did you mean --kind?");
  for (const args of [[], ["--kind=core", "x.jsonc"]]) {
    const { code, stderr } = await run(...args);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Usage: scripts/deno task config:check");
  }
  const missing = await run("--kind=transport", "no-such-file.jsonc");
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.stderr, "no-such-file.jsonc: cannot be read");
});

Deno.test("config_check refuses what is not UTF-8, as the plugin does", async () => {
  const bytes = Uint8Array.from('{"x":"?"}', (each) => each === "?" ? 0xff : each.charCodeAt(0));
  await withFile("janus.transport.zeromq.jsonc", bytes, async (path) => {
    const { code, stderr } = await run(path);
    assertEquals({ code, stderr }, { code: 1, stderr: `error: ${path}: is not UTF-8 text\n` });
  });
});

const CURVE = { mechanism: "curve", secret_key: "server.key", clients: "clients" };
const CURVE_FILES = {
  "server.key": "# Secret key\nJTKVSB%%)wK0E.X)V>+}o?pNmC{O&4W4b!Ni{Lh6\n",
  "clients/ann.pub": "rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\n",
};

/** The check of a configuration of this kind beside these files, without links in its path. */
async function check(
  kind: "transport" | "eventhandler",
  config: unknown,
  files: Readonly<Record<string, string>> = {},
) {
  let result: Awaited<ReturnType<typeof run>> | undefined;
  let folder = "";
  await withFiles({ ...files, "mine.jsonc": JSON.stringify(config) }, async (at) => {
    folder = at;
    for (const file of Object.keys(files)) {
      if (file.endsWith(".key")) await Deno.chmod(`${at}/${file}`, 0o600);
    }
    result = await run(`--kind=${kind}`, `${at}/mine.jsonc`);
  });
  return { folder, ...result! };
}

Deno.test("config_check reads the files that a configuration names, from its folder", async () => {
  const good = await check("transport", { security: CURVE }, CURVE_FILES);
  assertEquals({ code: good.code, stderr: good.stderr }, { code: 0, stderr: "" });
  for (
    const [security, says] of [
      [CURVE, "security: Cannot read FOLDER/server.key: it does not exist"],
      [{ mechanism: "plain", users: "users" }, "security: Cannot read FOLDER/users: it does not"],
      [{ ...CURVE, secret_key: "/etc/passwd" }, "Cannot read /etc/passwd: it is outside of FOLDER"],
    ] as const
  ) {
    const { code, stderr, folder } = await check("transport", { security });
    assertEquals(code, 1);
    assertStringIncludes(stderr, `error: ${folder}/mine.jsonc: `);
    assertStringIncludes(stderr, says.replace("FOLDER", folder));
  }
  const { stderr } = await check("transport", { security: CURVE }, {
    ...CURVE_FILES,
    "server.key": "no key",
  });
  assertStringIncludes(stderr, "server.key:1:1: this is no key");
  // What is not enabled needs no files.
  const off = await check("transport", { admin_security: CURVE });
  assertEquals(off.code, 0, off.stderr);
});

Deno.test("config_check looks for filters and hooks", async () => {
  const filters = { modules: ["filters/a.ts", "filters/b.ts"] };
  const { code, stderr, folder } = await check("eventhandler", { filters }, {
    "filters/a.ts": "",
  });
  assertEquals(code, 1);
  const line = `filters.modules: Cannot read ${folder}/filters/b.ts: it does not exist`;
  assertEquals(stderr, `error: ${folder}/mine.jsonc: ${line}\n`);
  const hooks = await check("transport", { hooks: { modules: ["a.ts"] } }, { "a.ts/b": "" });
  assertStringIncludes(hooks.stderr, "a.ts: it is no file");
});

Deno.test("config_check warns of what is open to others, as the plugin does", async () => {
  const general = { address: "tcp://*" };
  const events = await check("eventhandler", { general });
  assertEquals(events.code, 0, events.stderr);
  assertStringIncludes(events.stdout, "warning: The events are open beyond this machine (tcp://*");
  const both = await check("transport", { general, security: CURVE }, CURVE_FILES);
  assertEquals(both.stdout.includes("warning"), false, both.stdout);
});

Deno.test("config_check reads the files for a stream's servers, which are in the folder", async () => {
  const check = async (stream: object, files: Record<string, string> = {}) => {
    let output = "";
    const text = JSON.stringify({ stream: { enabled: true, user: "janus", ...stream } });
    const name = "janus.eventhandler.zeromqevh.jsonc";
    await withFiles({ [name]: text, ...files }, async (folder) => {
      const { code, stdout, stderr } = await run(`${folder}/${name}`);
      output = `${code} ${stdout}${stderr}`;
    });
    return output;
  };
  const named = { password_file: "nats.password" };
  assertStringIncludes(await check(named, { "nats.password": "x" }), "0 ");
  assertStringIncludes(await check(named), "nats.password: it does not exist");
  const elsewhere = await check({ ca: "/etc/ssl/ca.pem" });
  assertStringIncludes(elsewhere, "stream.ca: Cannot read /etc/ssl/ca.pem: it is outside of");
});
