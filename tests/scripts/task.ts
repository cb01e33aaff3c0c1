/** Runs the project's tasks as `deno task` does: with its flags, and the folder that it was called in. */
import { PROJECT_ROOT } from "../../scripts/lib/project.ts";
import { assert } from "../assert.ts";

/** How a task is run. */
export interface TaskOptions {
  /** The folder that it is called in. */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Programs that are put before Deno, such as `unshare`. */
  readonly before?: readonly string[];
}

/** A finished task. */
export interface TaskResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts a task of `deno.json`. The one who starts it waits for it or ends it. */
export function startTask(
  name: string,
  args: readonly string[],
  { cwd, env = {}, before = [] }: TaskOptions,
): Deno.ChildProcess {
  const { tasks } = JSON.parse(Deno.readTextFileSync(`${PROJECT_ROOT}/deno.json`)) as {
    readonly tasks: Readonly<Record<string, { readonly command: string }>>;
  };
  const [program, ...words] = tasks[name]?.command.split(" ") ?? [];
  assert(program === "deno", `there is no task ${name}`);
  const [command = "", ...rest] = [...before, Deno.execPath(), ...words, ...args];
  return new Deno.Command(command, {
    args: rest,
    cwd: PROJECT_ROOT,
    env: { INIT_CWD: cwd, ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

/** Milliseconds for a task to say what a test waits for. */
const PATIENCE = 20_000;

/** A running task, and what it has said up to now. */
export class WatchedTask {
  readonly #process: Deno.ChildProcess;
  readonly #done: Promise<unknown>;
  #heard = Promise.withResolvers<void>();
  /** What it wrote. */
  stdout = "";
  /** What it wrote to standard error. */
  stderr = "";

  constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#done = Promise.all([
      this.#read(process.stdout, (text) => this.stdout += text),
      this.#read(process.stderr, (text) => this.stderr += text),
    ]);
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>, add: (text: string) => void) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      add(text);
      this.#heard.resolve();
      this.#heard = Promise.withResolvers();
    }
  }

  /** Waits until it has said something. */
  async until(test: (task: WatchedTask) => boolean, patience = PATIENCE): Promise<void> {
    const end = performance.now() + patience;
    while (!test(this)) {
      const left = end - performance.now();
      assert(left > 0, `it said no more than:\n${this.stdout}\n${this.stderr}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(resolve, left);
      await Promise.race([this.#heard.promise, promise]);
      clearTimeout(timer);
    }
  }

  /** Interrupts it, as Ctrl-C does. */
  interrupt(): void {
    this.#process.kill("SIGINT");
  }

  /** Waits for its end. */
  async end(): Promise<TaskResult> {
    const { code } = await this.#process.status;
    await this.#done;
    return { code, stdout: this.stdout, stderr: this.stderr };
  }
}

/** Waits for a process. */
export async function finish(process: Deno.ChildProcess): Promise<TaskResult> {
  return await new WatchedTask(process).end();
}

/** Runs a task to its end. */
export async function runTask(
  name: string,
  args: readonly string[],
  options: TaskOptions,
): Promise<TaskResult> {
  return await finish(startTask(name, args, options));
}
