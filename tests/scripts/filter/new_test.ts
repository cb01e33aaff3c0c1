import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { capture } from "../../../scripts/lib/run.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { withFolder } from "../../folder.ts";
import { finish, runTask } from "../task.ts";

const NAME = "@janus-zeromq/janus-zeromq";

// Empty at first. One for all: what is in it after the first test is this project, compiled.
const CACHE = Deno.makeTempDirSync();
Deno.test.afterAll(() => Deno.remove(CACHE, { recursive: true }));

/** Runs Deno in a folder without a network, as on a machine that has none. */
async function denoOffline(folder: string, ...args: string[]) {
  // Where private networks aren't to be had, a proxy that isn't there does.
  const isolated = (await capture("unshare", ["-rn", "true"]))?.code === 0;
  const [command = "", ...rest] = [
    ...isolated ? ["unshare", "-rn"] : [],
    Deno.execPath(),
    ...args,
  ];
  const proxy = "http://127.0.0.1:9";
  return await finish(
    new Deno.Command(command, {
      args: rest,
      cwd: folder,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH") ?? "",
        HOME: folder,
        DENO_DIR: CACHE,
        DENO_NO_UPDATE_CHECK: "1",
        NO_COLOR: "1",
        HTTP_PROXY: proxy,
        HTTPS_PROXY: proxy,
      },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn(),
  );
}

for (
  const [what, args, file, passed] of [
    ["filter", [], "janus.eventhandler.zeromqevh.jcfg", 4],
    ["hook", ["--hook"], "janus.transport.zeromq.jcfg", 3],
  ] as const
) {
  Deno.test(`filter:new begins a ${what} anywhere, whose test passes at once and offline`, async () => {
    await withFolder(async (folder) => {
      const { code, stdout, stderr } = await runTask(
        "filter:new",
        ["quiet", "--folder", "mine", ...args],
        { cwd: folder },
      );
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      const files = ["quiet.ts", "quiet_test.ts", "deno.json"].map((name) =>
        `${folder}/mine/${name}`
      );
      assertEquals(
        stdout.split("\n").filter((line) => line.startsWith("Written: ")),
        files.map((path) => `Written: ${path}`),
      );
      assertStringIncludes(stdout, `in ${file}`);
      assertStringIncludes(stdout, `modules = ["${folder}/mine/quiet.ts"]`);
      assertStringIncludes(stdout, `scripts/deno test ${folder}/mine/quiet_test.ts`);
      assertEquals(stdout.includes(`filter:try ${folder}/mine/quiet.ts`), what === "filter");
      assert(!stdout.includes("does not say"), stdout);
      const source = await Deno.readTextFile(`${folder}/mine/quiet.ts`);
      assertStringIncludes(source, 'name: "quiet"');
      assert(!/my-(filter|hook)/.test(source));
      const test = await denoOffline(`${folder}/mine`, "test");
      assertEquals(test.code, 0, test.stdout + test.stderr);
      assertStringIncludes(test.stdout, `${passed} passed | 0 failed`);
    });
  });
}

Deno.test("filter:new: a mistake in the filter is found by its types and by its test", async () => {
  await withFolder(async (folder) => {
    await runTask("filter:new", ["quiet"], { cwd: folder });
    const path = `${folder}/quiet.ts`;
    const source = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, source.replace("lost_lastsec", "lost_lastsecond"));
    const types = await denoOffline(folder, "test");
    assertEquals(types.code, 1);
    assertStringIncludes(types.stderr, "'lost_lastsecond' does not exist");
    await Deno.writeTextFile(path, source.replace("lost < 5", "lost < 50"));
    const test = await denoOffline(folder, "test");
    assertEquals(test.code, 1);
    assertStringIncludes(test.stdout, "3 passed | 1 failed");
  });
});

Deno.test("filter:new never overwrites, and then writes nothing at all", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/quiet_test.ts`, "mine");
    const { code, stderr } = await runTask("filter:new", ["quiet"], { cwd: folder });
    assertEquals({ code, stderr }, {
      code: 2,
      stderr: `${folder}/quiet_test.ts is there already\n`,
    });
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["quiet_test.ts"]);
    assertEquals(await Deno.readTextFile(`${folder}/quiet_test.ts`), "mine");
  });
});

Deno.test("filter:new leaves a deno.json that is there alone, and says what to add", async () => {
  await withFolder(async (folder) => {
    const config = '{ "imports": {} } // mine';
    await Deno.writeTextFile(`${folder}/deno.jsonc`, config);
    const args = ["quiet", "--folder", `${folder}/below/it`];
    const { code, stdout } = await runTask("filter:new", args, { cwd: PROJECT_ROOT });
    assertEquals(code, 0);
    assertStringIncludes(stdout, `${folder}/deno.jsonc does not say what ${NAME} is`);
    const line = /^ {2}(".*": "file:.*")$/m.exec(stdout)?.[1];
    assertEquals(await Deno.readTextFile(`${folder}/deno.jsonc`), config);
    // With what it says, the next one is found.
    await Deno.writeTextFile(`${folder}/deno.jsonc`, `{ "imports": { ${line} } }`);
    const test = await denoOffline(`${folder}/below/it`, "test");
    assertEquals(test.code, 0, test.stderr);
    const again = await runTask("filter:new", ["next", "--folder", folder], { cwd: PROJECT_ROOT });
    assertEquals(again.code, 0);
    assert(!again.stdout.includes("does not say"), again.stdout);
    assert(!again.stdout.includes("deno.json"), again.stdout);
  });
});

Deno.test("filter:new refuses names that are none, and folders that can't be", async () => {
  await withFolder(async (folder) => {
    for (const name of ["a b", "../a", ".a", "a.ts", "a_test", "a.test", "a,b", ""]) {
      const { code, stderr } = await runTask("filter:new", [name], { cwd: folder });
      assertEquals(code, 2, name);
      assertStringIncludes(stderr, `${JSON.stringify(name)} is no name`);
    }
    const comma = await runTask("filter:new", ["a", "--folder", "b,c"], { cwd: folder });
    assertEquals(comma.code, 2);
    assertStringIncludes(comma.stderr, "has a comma in it");
    const misspelt = await runTask("filter:new", ["a", "--hoook"], { cwd: folder });
    assertEquals(misspelt.code, 2);
    assertStringIncludes(misspelt.stderr, "Unknown option --hoook: did you mean --hook?");
    for (const args of [[], ["a", "b"]]) {
      const { code, stderr } = await runTask("filter:new", args, { cwd: folder });
      assertEquals(code, 2);
      assertStringIncludes(stderr, "Usage: scripts/deno task filter:new NAME");
    }
    const help = await runTask("filter:new", ["--help"], { cwd: folder });
    assertEquals(help.code, 0);
    assertStringIncludes(help.stdout, "Usage: scripts/deno task filter:new NAME");
    await Deno.writeTextFile(`${folder}/file`, "");
    const below = await runTask("filter:new", ["a", "--folder", "file/x"], { cwd: folder });
    assertEquals(below.code, 1);
    assertEquals([...Deno.readDirSync(folder)].map(({ name }) => name), ["file"]);
  });
});
