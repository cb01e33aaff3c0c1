/** A Janus of one's own, for a demonstration or a test, gone without a trace when it is done. */
import {
  ADMIN_SECRET,
  choosePorts,
  type PrivateEndpoints,
  privateEndpoints,
  type PrivateJanusOptions,
  type PrivatePorts,
  writeConfigs,
} from "./options.ts";
import { dieWithParent } from "../lib/belongings.ts";
import { findJanus, janusMissing } from "../lib/janus_folders.ts";
import { LogError, LogLines } from "./log_lines.ts";
import { listeners } from "../lib/ports.ts";
import { processes, type ProcessName, processName } from "../lib/processes.ts";
import { exists } from "../lib/run.ts";
import { sleep, within } from "../lib/waiting.ts";

export type { PrivateJanusOptions, PrivatePorts } from "./options.ts";

/** How a private Janus ended. */
export interface JanusReport {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  /** Milliseconds from the request to stop until the process was gone. */
  readonly milliseconds: number;
  /** True if it didn't end by itself within 10 s. */
  readonly killed: boolean;
  /** Child processes that outlived it by more than 2 s (they have been killed since). */
  readonly left_behind: readonly ProcessName[];
}

const STOP_TIMEOUT = 10_000;
const SECOND_SIGNAL = 2_500;
const CHILD_TIMEOUT = 2_000;

/**
 * A Janus with a configuration folder of its own, on loopback.
 *
 * @example
 * ```ts ignore
 * await using janus = await PrivateJanus.start({ admin: true });
 * socket.connect(janus.endpoints.api);
 * await janus.waitForLog(/something/);
 * ```
 */
export class PrivateJanus implements AsyncDisposable {
  /** The ports in its configuration. */
  readonly ports: PrivatePorts;
  /** What clients connect to. */
  readonly endpoints: PrivateEndpoints;
  /** Where its configuration and its links lie; removed by {@linkcode stop}. */
  readonly folder: string;
  /** The secret for the Admin API. */
  readonly admin_secret = ADMIN_SECRET;
  /** What it wrote to stdout and stderr. */
  readonly log: LogLines;
  /** How the process ended, once it has. */
  readonly exited: Promise<Deno.CommandStatus>;
  readonly #process: Deno.ChildProcess;
  #alive = true;
  #stopping: Promise<JanusReport> | undefined;

  private constructor(
    process: Deno.ChildProcess & { stdout: Output; stderr: Output },
    folder: string,
    ports: PrivatePorts,
    endpoints: PrivateEndpoints,
    log: LogLines,
  ) {
    this.#process = process;
    this.folder = folder;
    this.ports = ports;
    this.endpoints = endpoints;
    this.log = log;
    this.exited = this.#follow(process);
  }

  /** Janus's process id. */
  get pid(): number {
    return this.#process.pid;
  }

  /** True until the process has ended. */
  get alive(): boolean {
    return this.#alive;
  }

  /**
   * Starts Janus and waits until it is ready.
   *
   * @throws {LogError} with Janus's last words if it ends or isn't ready in time
   * @throws {Error} if Janus or one of the plugins isn't here
   */
  static async start(options: PrivateJanusOptions = {}): Promise<PrivateJanus> {
    const janus = await findJanus();
    if (janus === undefined) throw new Error(`Cannot start Janus: ${janusMissing()}`);
    const folder = await Deno.makeTempDir({ prefix: "janus-" });
    let started: PrivateJanus | undefined;
    try {
      const ports = choosePorts(options.ports);
      await writeConfigs(folder, ports, options);
      const log = new LogLines(options.on_log);
      const [command = janus, ...args] = [
        ...await dieWithParent(),
        ...options.wrapper ?? [],
        janus,
        ...["-F", `${folder}/configs`, "-C", `${folder}/configs/janus.jcfg`],
      ];
      const process = new Deno.Command(command, {
        args,
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
        env: { ...options.env },
      }).spawn();
      const endpoints = privateEndpoints(folder, ports, options.ipc);
      started = new PrivateJanus(process, folder, ports, endpoints, log);
      await started.#waitUntilReady(options);
      return started;
    } catch (error) {
      if (started === undefined) await Deno.remove(folder, { recursive: true });
      else await started.stop();
      throw error;
    }
  }

  /**
   * Waits for a line of the log that matches, those already there included.
   *
   * @param timeout In milliseconds
   * @param since Only lines from this `log.count` on
   * @throws {LogError} after `timeout`, or when Janus has ended
   */
  waitForLog(pattern: RegExp, timeout?: number, since?: number): Promise<RegExpExecArray> {
    return this.log.waitFor(pattern, timeout, since);
  }

  /** Janus's child processes now. */
  async children(): Promise<ProcessName[]> {
    return (await processes()).filter((one) => one.parent === this.pid);
  }

  /** Sends Janus a signal, if it still runs. */
  kill(signal: Deno.Signal): void {
    if (this.#alive) this.#process.kill(signal);
  }

  /** Ends Janus, waits for it and its children, and removes its folder. May be called again. */
  stop(): Promise<JanusReport> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Same as {@linkcode stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #follow(process: { stdout: Output; stderr: Output; status: Promise<Deno.CommandStatus> }) {
    const output = [this.log.drain(process.stdout), this.log.drain(process.stderr)];
    const status = await process.status;
    this.#alive = false;
    // A child that outlives Janus may hold the pipes: then nothing more is worth waiting for.
    await within(Promise.all(output), 500);
    this.log.end(`Janus has ended (${describeStatus(status)})`);
    return status;
  }

  async #waitUntilReady(options: PrivateJanusOptions): Promise<void> {
    const ready = options.ready ?? "ports";
    const timeout = options.timeout ?? 20_000;
    if (ready === "spawned") return;
    if (ready !== "ports") {
      await this.waitForLog(ready, timeout);
      return;
    }
    const wanted: (keyof PrivatePorts)[] = [];
    if (options.transport !== false) wanted.push("api");
    if (options.transport !== false && options.admin === true) wanted.push("admin");
    if (options.event_handler !== false) wanted.push("events");
    const end = performance.now() + timeout;
    for (;;) {
      const closed = await this.#closed(wanted);
      if (closed.length === 0) return;
      if (!this.#alive) {
        const status = await this.exited;
        const how = describeStatus(status);
        throw new LogError(`Cannot start Janus: it ended (${how}).`, this.log.tail());
      }
      if (performance.now() > end) {
        const ports = closed.map((name) => this.endpoints[name]).join(", ");
        const message = `Cannot start Janus: nothing listens on ${ports} after ${timeout} ms.`;
        throw new LogError(message, this.log.tail());
      }
      await sleep(20);
    }
  }

  /** Which of these nobody listens on yet. */
  async #closed(names: readonly (keyof PrivatePorts)[]): Promise<(keyof PrivatePorts)[]> {
    const ports = new Set((await listeners()).map((one) => one.port));
    const closed: (keyof PrivatePorts)[] = [];
    for (const name of names) {
      const endpoint = this.endpoints[name];
      const open = endpoint.startsWith("ipc://")
        ? await exists(endpoint.slice("ipc://".length))
        : ports.has(this.ports[name]);
      if (!open) closed.push(name);
    }
    return closed;
  }

  async #stop(): Promise<JanusReport> {
    const children = this.#alive ? await this.children() : [];
    const begun = performance.now();
    let killed = false;
    if (this.#alive) {
      this.kill("SIGTERM");
      // Before its main loop runs Janus forgets a signal, though some of its threads may end by it. It
      // takes a second one, but leaves without cleaning up at a third.
      if ((await within(this.exited, SECOND_SIGNAL)) === undefined) this.kill("SIGTERM");
      if ((await within(this.exited, STOP_TIMEOUT)) === undefined) {
        killed = true;
        this.kill("SIGKILL");
      }
    }
    const status = await this.exited;
    const milliseconds = performance.now() - begun;
    const left_behind = await reap(children);
    await Deno.remove(this.folder, { recursive: true });
    return { code: status.code, signal: status.signal, milliseconds, killed, left_behind };
  }
}

type Output = ReadableStream<Uint8Array<ArrayBuffer>>;

/** Waits for processes to end; kills and returns those that don't. */
async function reap(children: readonly ProcessName[]): Promise<ProcessName[]> {
  const end = performance.now() + CHILD_TIMEOUT;
  const left: ProcessName[] = [];
  for (const child of children) {
    const lives = async () => (await processName(child.pid))?.command === child.command;
    while (await lives() && performance.now() < end) await sleep(10);
    if (!(await lives())) continue;
    left.push(child);
    try {
      Deno.kill(child.pid, "SIGKILL");
    } catch {
      // It ended just now.
    }
  }
  return left;
}

function describeStatus(status: Deno.CommandStatus): string {
  return status.signal === null ? `exit code ${status.code}` : status.signal;
}
