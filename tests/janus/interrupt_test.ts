/** Ctrl-C, as a terminal sends it: to a command and to all that it has started. */
import { freePorts } from "../../scripts/lib/ports.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { type TaskResult, WatchedTask } from "../scripts/task.ts";
import { waitFor } from "./support/fixture.ts";

/** A command with a terminal's process group, and a folder for all that it makes for a while. */
class Interruptible {
  readonly task: WatchedTask;
  readonly folder: string;
  readonly #pid: number;

  constructor(command: string, args: readonly string[], folder: string) {
    this.folder = folder;
    const process = new Deno.Command("setsid", {
      args: [command, ...args],
      cwd: PROJECT_ROOT,
      env: { TMPDIR: folder },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#pid = process.pid;
    this.task = new WatchedTask(process);
  }

  /** Presses Ctrl-C. @param alone at the command only, as `kill` does */
  interrupt(alone: boolean): void {
    const pid = alone ? this.#pid : -this.#pid;
    new Deno.Command("kill", { args: ["-INT", "--", String(pid)] }).outputSync();
  }

  /** The names of what it has started and of what that has started: all know its folder. */
  async processes(): Promise<string[]> {
    const names: string[] = [];
    for await (const { name: pid } of Deno.readDir("/proc")) {
      if (!/^\d+$/.test(pid) || Number(pid) === this.#pid) continue;
      const environment = await Deno.readTextFile(`/proc/${pid}/environ`).catch(() => "");
      if (!environment.split("\0").includes(`TMPDIR=${this.folder}`)) continue;
      names.push((await Deno.readTextFile(`/proc/${pid}/comm`).catch(() => "")).trim());
    }
    return names;
  }

  /** Waits until Janus and a plugin's process run. */
  async running(): Promise<void> {
    await waitFor(
      "Janus and a plugin's process",
      async () => {
        const names = await this.processes();
        return names.includes("janus") && names.some((name) => name.startsWith("deno"));
      },
      undefined,
      60_000,
    );
  }

  /** Waits for its end, and looks for what it has left behind. */
  async end(): Promise<TaskResult> {
    const result = await this.task.end();
    const said = `${result.stdout}\n${result.stderr}`;
    // A process that is killed with its parent may be a moment behind it.
    await waitFor("what it started to end", async () => (await this.processes()).length === 0);
    assertEquals([...Deno.readDirSync(this.folder)].map(({ name }) => name), [], said);
    return result;
  }
}

async function interruptible(
  command: string,
  args: readonly string[],
  use: (started: Interruptible) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use(new Interruptible(command, args, folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const task = (name: string, ...args: string[]) =>
  ["scripts/deno", ["task", name, ...args]] as const;

for (const alone of [false, true]) {
  const how = alone ? "killed by SIGINT" : "on Ctrl-C";
  Deno.test(`scripts/start leaves nothing behind ${how}, and ends well`, () =>
    interruptible("scripts/start", [], async (start) => {
      await start.task.until(({ stdout }) => stdout.includes("Both plugins work"));
      start.interrupt(alone);
      const { code, stdout } = await start.end();
      assertStringIncludes(stdout, "Janus ended after");
      assertEquals(code, 0, stdout);
    }));

  Deno.test(`a benchmark leaves nothing behind ${how}`, () =>
    interruptible(...task("bench:events", "--quick"), async (bench) => {
      await bench.running();
      bench.interrupt(alone);
      const { code, stderr } = await bench.end();
      assertStringIncludes(stderr, "Interrupted.");
      assertEquals(code, 130, stderr);
    }));
}

Deno.test("scripts/start leaves nothing behind where Ctrl-C comes before Janus is ready", () =>
  interruptible("scripts/start", [], async (start) => {
    await waitFor(
      "Janus",
      async () => (await start.processes()).includes("janus"),
      undefined,
      60_000,
    );
    start.interrupt(false);
    await start.end();
  }));

Deno.test("events:record leaves nothing behind on Ctrl-C", () =>
  interruptible(
    ...task("events:record", "--endpoint", `tcp://127.0.0.1:${freePorts(1)[0]}`),
    async (record) => {
      await record.task.until(({ stderr }) => stderr.includes("Nobody answers"));
      record.interrupt(false);
      const { code, stderr } = await record.end();
      assertStringIncludes(stderr, "0 events recorded");
      assertEquals(code, 1, stderr);
    },
  ));
