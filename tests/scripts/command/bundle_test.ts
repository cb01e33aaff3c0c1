/** The command as it is installed: away from the project, without a cache or a network. */
import { FOLDER } from "../../../scripts/command/build.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertStringIncludes } from "../../assert.ts";
import { withFolder } from "../../folder.ts";
import { finish, runTask, type TaskResult } from "../task.ts";

/** An installed command: its folder, and how to run it. */
interface Installed {
  readonly folder: string;
  run(...args: string[]): Promise<TaskResult>;
}

async function withInstalled(use: (installed: Installed) => Promise<void>): Promise<void> {
  const built = await runTask("build:command", [], { cwd: "/" });
  assertEquals(built.code, 0, built.stderr);
  await withFolder(async (folder) => {
    const library = `${folder}/lib/janus-zeromq`;
    await Deno.mkdir(`${folder}/bin`);
    await Deno.mkdir(library, { recursive: true });
    for (const name of ["command", "types"]) {
      const from = `${PROJECT_ROOT}/${FOLDER}/../${name}`;
      const { success } = await new Deno.Command("cp", { args: ["-a", from, library] }).output();
      assert(success);
    }
    await Deno.symlink(Deno.execPath(), `${library}/deno`);
    await Deno.symlink("../lib/janus-zeromq/command/janus-zeromq", `${folder}/bin/janus-zeromq`);
    const run = (...args: string[]) =>
      finish(
        new Deno.Command("unshare", {
          args: ["-rn", `${folder}/bin/janus-zeromq`, ...args],
          cwd: folder,
          clearEnv: true,
          env: { PATH: "/usr/bin:/bin", DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
          ...{ stdin: "null", stdout: "piped", stderr: "piped" },
        }).spawn(),
      );
    await use({ folder, run });
  });
}

Deno.test("the bundled command does its work away from the project", () =>
  withInstalled(async ({ folder, run }) => {
    const good = async (...args: string[]) => {
      const { code, stdout, stderr } = await run(...args);
      assertEquals([code, stderr], [0, ""], stdout);
      return stdout;
    };
    assertStringIncludes(await good("--help"), "Usage: janus-zeromq COMMAND");
    const alone = { args: ["-rn", "bin/janus-zeromq", "version"], cwd: folder, clearEnv: true };
    const deno = `${folder}/lib/janus-zeromq/deno`;
    await Deno.rename(deno, `${deno}.away`);
    const lacking = await new Deno.Command("unshare", { ...alone, env: { PATH: "/usr/bin:/bin" } })
      .output();
    assertEquals(lacking.code, 1);
    assertStringIncludes(new TextDecoder().decode(lacking.stderr), "there is no Deno beside");
    await Deno.rename(`${deno}.away`, deno);
    assertStringIncludes(await good("version"), `Deno           ${Deno.version.deno}`);
    assertStringIncludes(await good("keygen", "server"), `${folder}/server.key (secret)`);
    await Deno.writeTextFile(`${folder}/mine.jcfg`, "general: { port = 5600; }\n");
    assertStringIncludes(await good("check", "--kind=transport", "mine.jcfg"), "can be used");

    const made = await good("filter", "new", "mine", "--folder", "filters");
    assertStringIncludes(made, `Try it:   janus-zeromq filter try ${folder}/filters/mine.ts`);
    assertStringIncludes(await good("filter", "try", "filters/mine.ts"), "0 errors");

    const doctor = await run("doctor");
    assert(!/scripts\/|To build|To test/.test(doctor.stdout), doctor.stdout);

    // Without its page the monitor would say so.
    const monitor = await run("monitor", "--listen", "nowhere");
    assertStringIncludes(monitor.stderr, "--listen must be HOST:PORT");
    await Deno.stat(`${folder}/lib/janus-zeromq/command/page.html`);
  }));

Deno.test("a filter's test runs, with its types, where only the command is installed", () =>
  withInstalled(async ({ folder, run }) => {
    const { stdout } = await run("filter", "new", "mine");
    const line = /^Test it: +(.*)$/m.exec(stdout)?.[1] ?? "";
    const { code, stderr } = await finish(
      new Deno.Command("unshare", {
        args: ["-rn", "sh", "-c", line],
        cwd: "/",
        clearEnv: true,
        env: { PATH: "/usr/bin:/bin", DENO_DIR: `${folder}/cache`, NO_COLOR: "1" },
        ...{ stdin: "null", stdout: "piped", stderr: "piped" },
      }).spawn(),
    );
    assertEquals(code, 0, stderr);
  }));
