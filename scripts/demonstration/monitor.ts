/** A monitor beside the demonstration, on a port of its own. */
import { LogLines } from "../private_janus/log_lines.ts";
import { Belongings } from "../lib/belongings.ts";
import type { PrivateJanus } from "../private_janus/private_janus.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { taskCommand } from "../lib/task_command.ts";
import { sleep } from "../lib/waiting.ts";

/** Milliseconds for it to serve, and to be connected. */
const START_MS = 20_000;
const READY_MS = 10_000;

/** A process that watches a private Janus, which must have its Admin API open. */
export class PrivateMonitor implements AsyncDisposable {
  /** Where it serves. */
  readonly address: string;
  readonly #own: Belongings;

  private constructor(own: Belongings, address: string) {
    this.#own = own;
    this.address = address;
  }

  /** Starts one, and waits until it is connected. @throws {Error} if it does not come up in time */
  static async start(janus: PrivateJanus): Promise<PrivateMonitor> {
    const secret = `${janus.folder}/admin-secret`;
    await Deno.writeTextFile(secret, `${janus.admin_secret}\n`, { mode: 0o600 });
    const command = await taskCommand(
      "monitor",
      ...["--listen", "127.0.0.1:0", "--events", janus.endpoints.events],
      ...["--admin", janus.endpoints.admin, "--admin-secret-file", secret],
    );
    await using own = new Belongings();
    const process = await own.start(command, {
      cwd: PROJECT_ROOT,
      stdout: "piped",
      stderr: "piped",
      end: (one) => one.kill("SIGTERM"),
    });
    const lines = new LogLines();
    const drained = Promise.all([lines.drain(process.stdout), lines.drain(process.stderr)]);
    drained.then(() => lines.end("the monitor has ended"));
    const [, address = ""] = await lines.waitFor(/(http:\/\/\S+)\/metrics/, START_MS);
    await ready(address);
    return new PrivateMonitor(own.move(), address);
  }

  /** Ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }
}

/** Waits until it is connected. */
async function ready(address: string): Promise<void> {
  const until = performance.now() + READY_MS;
  for (;;) {
    const response = await fetch(`${address}/-/ready`);
    const text = await response.text();
    if (response.ok) return;
    if (performance.now() > until) throw new Error(`The monitor is not connected: ${text}`);
    await sleep(50);
  }
}
