/** A monitor under load, and browsers that follow it. */
import { Belongings, type Process } from "../../lib/belongings.ts";
import { LogLines } from "../../private_janus/log_lines.ts";
import { PROJECT_ROOT } from "../../lib/project.ts";
import { taskCommand } from "../../lib/task_command.ts";
import { sleep } from "../../lib/waiting.ts";
import type { ServerState, Snapshot } from "../../../plugins/monitor/wire.ts";
import { readMemory, readThreads } from "../frame/processes.ts";

const START_MS = 20_000;

/** What was seen in some seconds. */
export interface Sample {
  /** Events a second that the monitor took in. */
  readonly rate: number;
  /** Processor time of all of its threads: 1 is one core. */
  readonly cores: number;
  /** Resident at the end, MiB. */
  readonly memory: number;
  /** Bytes a second that each browser got, on average. */
  readonly bytes: number;
  /** Frames that browsers got, of those that there were. */
  readonly frames: number;
}

/** What a program says. */
function linesOf({ stdout, stderr }: Process): LogLines {
  const lines = new LogLines();
  Promise.all([lines.drain(stdout), lines.drain(stderr)])
    .then(() => lines.end("the program has ended"));
  return lines;
}

/** A monitor, and what it watches. */
export class LoadedMonitor implements AsyncDisposable {
  readonly #own: Belongings;
  readonly #pid: number;
  readonly #address: string;

  private constructor(own: Belongings, pid: number, address: string) {
    this.#own = own;
    this.#pid = pid;
    this.#address = address;
  }

  /** Starts both. @param rate events a second */
  static async start(rate: number): Promise<LoadedMonitor> {
    await using own = new Belongings();
    const options = { cwd: PROJECT_ROOT, stdout: "piped", stderr: "piped" } as const;
    const script = [Deno.execPath(), "run", "-A", "scripts/bench/monitor/generator.ts"];
    const generator = await own.start([...script, String(rate)], options);
    const [endpoint = ""] = await linesOf(generator).waitFor(/tcp:\S+/, START_MS);
    const watch = ["--listen", "127.0.0.1:0", "--events", endpoint];
    const monitor = await own.start(await taskCommand("monitor", ...watch), options);
    const [, address = ""] = await linesOf(monitor).waitFor(/(http:\S+)\/metrics/, START_MS);
    return new LoadedMonitor(own.move(), monitor.pid, address);
  }

  /** The server, as the monitor sees it. */
  async server(): Promise<ServerState> {
    const response = await fetch(`${this.#address}/api/events`);
    let text = "";
    for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
      text += part;
      if (text.includes("\n\n")) break;
    }
    const snapshot: Snapshot = JSON.parse(/^data: (.*)$/m.exec(text)![1]!);
    return snapshot.servers[0]!;
  }

  /** Measures for some seconds, with so many browsers. */
  async measure(seconds: number, browsers: number, signal: AbortSignal): Promise<Sample> {
    const end = new AbortController();
    const counts = { bytes: 0, frames: 0 };
    const following = Array.from({ length: browsers }, () => this.#follow(end.signal, counts));
    // First comes all there is; what counts is what comes from then on.
    await sleep(1500, signal);
    counts.bytes = counts.frames = 0;
    const begun = performance.now();
    const [time, { total }] = [await this.#time(), await this.server()];
    await sleep(seconds * 1000, signal);
    const [timeAfter, after] = [await this.#time(), await this.server()];
    const took = performance.now() - begun;
    end.abort();
    await Promise.all(following);
    const { rss } = await readMemory(this.#pid);
    return {
      rate: (after.total - total) * 1000 / took,
      cores: (timeAfter - time) / took,
      memory: rss,
      bytes: browsers === 0 ? 0 : counts.bytes * 1000 / took / browsers,
      frames: browsers === 0 ? 1 : counts.frames * 1000 / took / browsers,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }

  async #time(): Promise<number> {
    const threads = await readThreads(this.#pid);
    return threads.reduce((sum, { time }) => sum + time, 0);
  }

  async #follow(signal: AbortSignal, counts: { bytes: number; frames: number }): Promise<void> {
    const { body } = await fetch(`${this.#address}/api/events`);
    const reader = body!.getReader();
    // Not the request's own signal: a body that comes in fast is not told of it.
    signal.addEventListener("abort", () => reader.cancel());
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      counts.bytes += value.length;
      // Frames end with two line ends, and chunks of large ones seldom do by chance.
      if (value.at(-1) === 10 && value.at(-2) === 10) counts.frames++;
    }
  }
}
