/** Configurations in both formats: the same findings in both. */
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { runCommand } from "./run.ts";

const NAME = "janus.transport.zeromq";

/** The same configuration in both formats. */
const BOTH = [
  {
    jcfg: "general: { port = 70000; json = 5; prot = 1; }\n",
    jsonc: '{ "general": { "port": 70000, "json": 5, "prot": 1 } }',
    code: 1,
  },
  {
    jcfg: 'general: { port = 6000; endpoints = ["tcp://127.0.0.1:" "6000"]; }\n',
    jsonc: '{ "general": { "port": 6000, "endpoints": ["tcp://127.0.0.1:6000"] } }',
    code: 0,
  },
  {
    jcfg: 'security: { mechanism = "curve"; secret_key = "no.key"; clients = "none"; }\n',
    jsonc: '{ "security": { "mechanism": "curve", "secret_key": "no.key", "clients": "none" } }',
    code: 1,
  },
  {
    jcfg:
      'hooks: { modules = ( "/nowhere/a.ts" ); timeout = 0x7fffffff; }\nzeromq: { linger = "no"; }\n',
    jsonc:
      '{ "hooks": { "modules": ["/nowhere/a.ts"], "timeout": 2147483647 }, "zeromq": { "linger": "no" } }',
    code: 1,
  },
];

/** What was found, without the places, which only one format tells. */
function findings({ stdout, stderr }: { stdout: string; stderr: string }): string[] {
  return `${stdout}${stderr}`.trim().split("\n")
    .map((line) => line.replaceAll(/\.(jcfg|jsonc)(:\d+:\d+)?:/g, ":")).sort();
}

for (const { jcfg, jsonc, code } of BOTH) {
  Deno.test(`check finds the same in both formats of ${jcfg.slice(0, 40)}`, () =>
    withFiles({ [`${NAME}.jcfg`]: jcfg, [`${NAME}.jsonc`]: jsonc }, async (folder) => {
      const one = await runCommand(["check", `${NAME}.jcfg`], { cwd: folder });
      const other = await runCommand(["check", `${NAME}.jsonc`], { cwd: folder });
      assertEquals([one.code, other.code], [code, code], one.stderr + other.stderr);
      assertEquals(findings(one), findings(other));
    }));
}

Deno.test("check names file, line and mistake where a .jcfg does not parse", async () => {
  for (
    const [text, words] of [
      ["general: {\n  port =\n}\n", ":3: syntax error"],
      ["general: {}\ngeneral: {}\n", ":2: duplicate setting name"],
      ["# 99999999999\ngeneral: { port = 99999999999L }\n", ":2: 99999999999L is beyond 32 bits"],
      ['general: { json = "a\\x00b" }\n', ": has a NUL character in it"],
      ['general: { json = "\xff" }\n', ": "],
    ] as const
  ) {
    await withFiles({ [`${NAME}.jcfg`]: text }, async (folder) => {
      const { code, stdout, stderr } = await runCommand(["check", `${folder}/${NAME}.jcfg`]);
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, `${folder}/${NAME}.jcfg${words}`);
      assertEquals(stderr.trim().split("\n").length, 1, "one sentence");
    });
  }
});

Deno.test("check takes the files that the project ships", async () => {
  const folder = new URL("../../../conf/", import.meta.url).pathname;
  const samples = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => /\.(jcfg|jsonc)\.sample$/.test(name));
  assert(samples.length >= 4);
  const { code, stdout, stderr } = await runCommand(["check", ...samples], { cwd: folder });
  assertEquals([code, stderr], [0, ""]);
  assertEquals(stdout.trim().split("\n").length, samples.length);
});

Deno.test("check reads no file that can be no configuration", () =>
  withFiles({ [`${NAME}.jsonc`]: "{}", [`${NAME}.jcfg`]: "" }, async (cwd) => {
    for (const format of ["jsonc", "jcfg"]) {
      await Deno.truncate(`${cwd}/${NAME}.${format}`, 1 << 30);
      const { code, stderr } = await runCommand(["check", `${NAME}.${format}`], { cwd });
      assertEquals(code, 2);
      assertStringIncludes(stderr, "is no configuration: it has 1073741824 bytes");
    }
  }));
