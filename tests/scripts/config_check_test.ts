import { kindOf } from "../../scripts/config_check.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { withFiles } from "../folder.ts";

const SCRIPT = new URL("../../scripts/config_check.ts", import.meta.url);

/** Runs the script with the rights that the task gives it. */
async function run(...args: string[]) {
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--allow-read",
      "--allow-env=INIT_CWD",
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

Deno.test("config_check leaves .jcfg files to Janus and exits with 2", async () => {
  await withFile("janus.transport.zeromq.jcfg", "general: {}\n", async (path) => {
    const { code, stderr } = await run(path);
    assertEquals(code, 2);
    assertStringIncludes(stderr, "Janus's own parser reads .jcfg files");
  });
});

Deno.test("config_check exits with 2 on wrong arguments and unreadable files", async () => {
  for (const args of [[], ["--kind=core", "x.jsonc"], ["--kidn=transport", "x.jsonc"]]) {
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
