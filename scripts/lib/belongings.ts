/** What a script has for a while, folders and processes: gone with it, however it ends. */
import { capture } from "./run.ts";
import { within } from "./waiting.ts";

/** Milliseconds that a process has to end by itself where it is asked to. */
const END_MS = 5_000;

/** A running process. */
export type Process = Deno.ChildProcess;

/** How a process is run; its arguments are with its command. */
export type ProcessOptions = Omit<Deno.CommandOptions, "args"> & {
  /** Asks it to end: it is killed if it doesn't. It is killed at once without. */
  readonly end?: (process: Process) => void | Promise<void>;
};

let prefix: Promise<readonly string[]> | undefined;

/** A prefix for a command that makes it end with us, however we end, where the system has it. */
export function dieWithParent(): Promise<readonly string[]> {
  return prefix ??= capture("setpriv", ["--help"]).then((help) =>
    help?.stdout.includes("--pdeathsig") ? ["setpriv", "--pdeathsig", "KILL", "--"] : []
  );
}

/**
 * Owns folders and processes. They go in the reverse order of their making, each although another one
 * could not; a process that is still being started when its owner is done never runs on.
 */
export class Belongings implements AsyncDisposable {
  #stack = new AsyncDisposableStack();

  /** Makes a temporary folder, which goes with all that is in it. */
  async folder(name: string): Promise<string> {
    const path = await Deno.makeTempDir({ prefix: `${name}-` });
    this.#own(() => remove(path));
    return path;
  }

  /** Starts a process, which the kernel ends with us in any case. */
  async start(command: readonly string[], options: ProcessOptions = {}): Promise<Process> {
    const { end, ...more } = options;
    const [program = "", ...args] = [...await dieWithParent(), ...command];
    // It may have been done meanwhile: then nobody would end the process.
    if (this.#stack.disposed) throw new Error(`Cannot start ${command[0]}: its owner is done`);
    const process = new Deno.Command(program, { stdin: "null", ...more, args }).spawn();
    this.#own(() => this.end(process, end));
    return process;
  }

  /** Owns something else as well. */
  use<T extends AsyncDisposable | Disposable>(value: T): T {
    return this.#stack.use(value);
  }

  /** Does something when all that was made later is gone. */
  defer(done: () => void | Promise<void>): void {
    this.#stack.defer(done);
  }

  /** Ends one of the processes, which may be another one's already, and waits for it. */
  async end(process: Process, ask?: ProcessOptions["end"]): Promise<void> {
    try {
      if (ask !== undefined) {
        await within(Promise.resolve(ask(process)).then(() => process.status), END_MS);
      }
      process.kill("SIGKILL");
    } catch {
      // It has ended by itself, or by a terminal's Ctrl-C.
    }
    await process.status;
  }

  /** Gives all of it to another owner: for what is started with `await using`, and then kept. */
  move(): Belongings {
    const owner = new Belongings();
    owner.#stack = this.#stack.move();
    return owner;
  }

  /** All of it goes. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  #own(done: () => Promise<void>): void {
    if (this.#stack.disposed) void done();
    else this.#stack.defer(done);
  }
}

async function remove(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
