/** `scripts/deno` in a project of its own: what it fetches, and what it says where it can't. */
import { pinnedDenoVersion, PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { networkAdvice } from "../../scripts/lib/network.ts";
import { assert, assertEquals, assertStringIncludes } from "../assert.ts";
import { withFolder } from "../folder.ts";

/** Nobody listens there. */
const NO_REGISTRY = "http://127.0.0.1:9/";
const VERSION = await pinnedDenoVersion();

/** Runs it in a copy of what it needs; `before` changes that copy. */
async function runDeno(
  args: readonly string[],
  { env = {}, before }: {
    readonly env?: Record<string, string>;
    readonly before?: (root: string) => void;
  } = {},
) {
  let result = { code: -1, stdout: "", stderr: "", files: [] as string[] };
  await withFolder(async (root) => {
    Deno.mkdirSync(`${root}/scripts`);
    Deno.mkdirSync(`${root}/.deno`);
    Deno.symlinkSync(Deno.execPath(), `${root}/.deno/deno-${VERSION}`);
    Deno.copyFileSync(`${PROJECT_ROOT}/scripts/deno`, `${root}/scripts/deno`);
    for (const file of ["deno.json", "deno.lock"]) {
      Deno.copyFileSync(`${PROJECT_ROOT}/${file}`, `${root}/${file}`);
    }
    for (const member of ["ffi/zmq", "plugins/monitor/page"]) {
      Deno.mkdirSync(`${root}/${member}`, { recursive: true });
      Deno.copyFileSync(`${PROJECT_ROOT}/${member}/deno.json`, `${root}/${member}/deno.json`);
    }
    before?.(root);
    const { code, stdout, stderr } = await new Deno.Command("sh", {
      args: [`${root}/scripts/deno`, ...args],
      cwd: "/",
      env: { NPM_CONFIG_REGISTRY: NO_REGISTRY, NO_COLOR: "1", ...env, DENO_DIR: `${root}/cache` },
      stdin: "null",
    }).output();
    const files = [...Deno.readDirSync(`${root}/.deno`)].map(({ name }) => name);
    const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    result = { code, stdout: out!, stderr: err!.replaceAll(root, "ROOT"), files };
  });
  return result;
}

const script = (root: string, name: string, text: string) =>
  Deno.writeTextFileSync(`${root}/scripts/${name}`, text);

Deno.test("a task fetches no package that its script does not import", async () => {
  const before = (root: string) =>
    script(root, "help.ts", "console.log(Deno.args[0], Deno.env.get('INIT_CWD'));");
  const { code, stdout, stderr } = await runDeno(["task", "help", "hello"], { before });
  assertEquals([code, stdout, stderr], [0, "hello /\n", ""]);
});

Deno.test("scripts/deno finds the command of each task as deno.json has it", async () => {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${PROJECT_ROOT}/deno.json`));
  for (const [name, { command }] of Object.entries<{ command: string }>(tasks)) {
    const before = (root: string) => {
      Deno.removeSync(`${root}/.deno/deno-${VERSION}`);
      Deno.writeTextFileSync(`${root}/.deno/deno-${VERSION}`, '#!/bin/sh\necho "deno $*"\n', {
        mode: 0o755,
      });
    };
    const { stdout, stderr } = await runDeno(["task", name, "--x"], { before });
    assertEquals([stdout, stderr], [`${command} --x\n`, ""]);
  }
  const unknown = await runDeno(["task", "frobnicate"]);
  assertEquals(unknown.code, 1);
  assertStringIncludes(unknown.stderr, "there is no task frobnicate: scripts/deno task help lists");
});

Deno.test("where nothing can be fetched, scripts/deno says why and what to do, at once", async () => {
  const before = (root: string) => script(root, "help.ts", `import "@std/cli/parse-args";`);
  const began = performance.now();
  const { code, stderr } = await runDeno(["task", "help"], { before });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "scripts/deno: cannot fetch what scripts/help.ts needs:");
  assertStringIncludes(stderr, NO_REGISTRY);
  const advice = networkAdvice("error sending request");
  assert(stderr.endsWith(`${advice}\n`), stderr);
  assert(performance.now() - began < 30_000);
});

Deno.test("Deno itself comes from the registry that npm is set to, or it is said why not", async () => {
  const before = (root: string) => Deno.removeSync(`${root}/.deno/deno-${VERSION}`);
  // A Deno on PATH that is the pinned one would do as well.
  const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" };
  const { code, stderr, files } = await runDeno(["--version"], { before, env });
  assertEquals([code, files], [1, []]);
  assertStringIncludes(stderr, `npm could not fetch @deno/`);
  assertStringIncludes(stderr, `from ${NO_REGISTRY}: code ECONNREFUSED`);
  assertStringIncludes(stderr, networkAdvice("error sending request"));
});

Deno.test({
  name: "files of root's in .deno are said with the command that mends it",
  ignore: Deno.uid() !== 0,
  fn: async () => {
    await withFolder(async (folder) => {
      // `id` and the project's owner are another user's, who finds what root has left.
      Deno.writeTextFileSync(
        `${folder}/id`,
        `#!/bin/sh\n[ "$1" = -un ] && echo ann || echo 65534\n`,
        { mode: 0o755 },
      );
      const env = { PATH: `${folder}:${Deno.env.get("PATH")}` };
      const before = (root: string) => Deno.chownSync(root, 65534, 65534);
      const { code, stderr } = await runDeno(["--version"], { env, before });
      assertEquals(code, 1);
      assertStringIncludes(stderr, "Run: sudo chown -R ann: ROOT/.deno");
    });
  },
});
