/** Ctrl-C, as a terminal sends it: to a command and to all that it has started. */
import { freePorts } from "../../scripts/lib/ports.ts";
import { processes, type ProcessName } from "../../scripts/lib/processes.ts";
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assertEquals, assertStringIncludes } from "../assert.ts";
import { type TaskResult, WatchedTask } from "../scripts/task.ts";
import { waitFor } from "./support/fixture.ts";

/** Milliseconds for a command to build the plugins and to start Janus. */
const START_MS = 120_000;

/** A command with a terminal's process group, and a folder for all that it makes for a while. */
class Interruptible {
  readonly task: WatchedTask;
  readonly folder: string;
  readonly #pid: number;
  /** What ran when it was interrupted. */
  #started: readonly ProcessName[] = [];

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
  async interrupt(alone: boolean): Promise<void> {
    this.#started = await this.#descendants();
    this.#kill("-INT", alone ? this.#pid : -this.#pid);
  }

  /** Ends what a failed test has left. */
  kill(): void {
    this.#kill("-KILL", -this.#pid);
  }

  #kill(signal: string, pid: number): void {
    new Deno.Command("kill", { args: [signal, "--", String(pid)], stderr: "null" }).outputSync();
  }

  /** What it has started, and what that has started. */
  async #descendants(): Promise<ProcessName[]> {
    const all = await processes();
    const found: ProcessName[] = all.filter(({ parent }) => parent === this.#pid);
    for (const { pid } of found) found.push(...all.filter(({ parent }) => parent === pid));
    return found;
  }

  /** Waits until Janus runs, or a plugin's process of it as well. */
  async running(what: "janus" | "plugin"): Promise<void> {
    await waitFor(
      `${what} to run`,
      async () => {
        const all = await this.#descendants();
        const januses = all.filter(({ command }) => command === "janus");
        return januses.some(({ pid }) =>
          what === "janus" || all.some(({ parent }) => parent === pid)
        );
      },
      undefined,
      60_000,
    );
  }

  /** Waits until so many processes with this name run. */
  async runs(name: string, count: number): Promise<void> {
    await waitFor(
      `${count} ${name} to run`,
      async () => {
        const all = await this.#descendants();
        return all.filter(({ command }) => command.startsWith(name)).length >= count;
      },
      undefined,
      60_000,
    );
  }

  /** Waits for its end, and looks for what it has left behind. */
  async end(): Promise<TaskResult> {
    const result = await this.task.end();
    const said = `${result.stdout}\n${result.stderr}`;
    const left = [...this.#started, ...await this.#descendants(), ...await this.#marked()];
    // What is killed with its parent may be a moment behind it.
    await waitFor(`${left.map(({ command }) => command)} to end`, async () => {
      return (await Promise.all(left.map(isAlive))).every((alive) => !alive);
    });
    assertEquals([...Deno.readDirSync(this.folder)].map(({ name }) => name), [], said);
    return result;
  }

  /** What has its folder in its environment, whoever its parent is now. */
  async #marked(): Promise<ProcessName[]> {
    const found: ProcessName[] = [];
    for (const process of await processes()) {
      const text = await Deno.readTextFile(`/proc/${process.pid}/environ`).catch(() => "");
      if (text.split("\0").includes(`TMPDIR=${this.folder}`)) found.push(process);
    }
    return found;
  }
}

/** True unless a process has ended, or only waits to be collected. */
async function isAlive({ pid, command }: ProcessName): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat.startsWith(`${pid} (${command}) `) && !/\) Z /.test(stat);
}

async function interruptible(
  command: string,
  args: readonly string[],
  use: (started: Interruptible) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  let started: Interruptible | undefined;
  try {
    started = new Interruptible(command, args, folder);
    await use(started);
  } finally {
    started?.kill();
    await Deno.remove(folder, { recursive: true });
  }
}

const task = (name: string, ...args: string[]) =>
  ["scripts/deno", ["task", name, ...args]] as const;

/** The benchmarks, and when each is in the middle of its work. */
const BENCHMARKS: readonly (readonly [string, (bench: Interruptible) => Promise<void>])[] = [
  ["events", (bench) => bench.running("plugin")],
  ["stream", (bench) => bench.running("plugin")],
  ["transport", (bench) => bench.running("plugin")],
  ["zmq", (bench) => bench.runs("peer", 1)],
  // The generator's process, and the monitor's.
  ["monitor", (bench) => bench.runs("deno", 2)],
];

for (const alone of [false, true]) {
  const how = alone ? "killed by SIGINT" : "on Ctrl-C";
  Deno.test(`scripts/start leaves nothing behind ${how}, and ends well`, () =>
    interruptible("scripts/start", [], async (start) => {
      await start.task.until(({ stdout }) => stdout.includes("Both plugins work"), START_MS);
      await start.interrupt(alone);
      const { code, stdout } = await start.end();
      assertStringIncludes(stdout, "Janus ended after");
      assertEquals(code, 0, stdout);
    }));

  for (const [name, underWay] of BENCHMARKS) {
    Deno.test(`bench:${name} leaves nothing behind ${how}`, () =>
      interruptible(...task(`bench:${name}`, "--quick"), async (bench) => {
        await underWay(bench);
        await bench.interrupt(alone);
        const { code, stderr } = await bench.end();
        assertStringIncludes(stderr, "Interrupted.");
        assertEquals(code, 130, stderr);
      }));
  }
}

Deno.test("scripts/start leaves nothing behind where Ctrl-C comes before Janus is ready", () =>
  interruptible("scripts/start", [], async (start) => {
    await start.running("janus");
    await start.interrupt(false);
    await start.end();
  }));

Deno.test("scripts/start --stream leaves nothing behind where Ctrl-C comes while NATS is away", () =>
  interruptible("scripts/start", ["--stream"], async (start) => {
    await start.task.until(({ stdout }) => stdout.includes("nats-server is killed"), START_MS);
    await start.interrupt(false);
    await start.end();
  }));

Deno.test("events:record leaves nothing behind on Ctrl-C", () =>
  interruptible(
    ...task("events:record", "--endpoint", `tcp://127.0.0.1:${freePorts(1)[0]}`),
    async (record) => {
      await record.task.until(({ stderr }) => stderr.includes("Nobody answers"));
      await record.interrupt(false);
      const { code, stderr } = await record.end();
      assertStringIncludes(stderr, "0 events recorded");
      assertEquals(code, 1, stderr);
    },
  ));

Deno.test("the tests leave nothing behind on Ctrl-C, nor what they have started", () =>
  // A name leaves the C tests out, whose binaries lie in build/.
  interruptible(...task("test:unit", "--", "--filter=a"), async (tests) => {
    await tests.task.until(({ stdout }) => stdout.includes(" tests from "), START_MS);
    await tests.interrupt(false);
    const { code, stdout } = await tests.end();
    assertEquals(code, 130, stdout);
  }));
