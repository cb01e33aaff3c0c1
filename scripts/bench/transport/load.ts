/** The load generator in C, driven from here. */
import { LineProcess } from "../frame/line_process.ts";
import { loadProgram } from "./prepare.ts";

/** One measurement, per request where that makes sense. */
export interface Sample {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** Latency in microseconds: half of the requests were faster, and 99 of 100. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time a request, in microseconds, of Janus, of the plugin's process, and of the client. */
  readonly cpu_janus: number;
  readonly cpu_plugin: number;
  readonly cpu_client: number;
  /** How often the server stood still until the client woke it; counted from its start. */
  readonly stalls: number;
}

/** How long one measurement takes, in milliseconds. */
export interface Timing {
  readonly warmup: number;
  readonly measure: number;
}

interface RawSample {
  requests: number;
  seconds: number;
  p50: number;
  p99: number;
  cpu: [janus: number, plugin: number];
  client_cpu: number;
  stalls: number;
}

/** Whose processor time is measured. */
export interface Watched {
  readonly pid: number;
  readonly plugin: number;
}

/** A connected load generator. */
export class Load implements AsyncDisposable {
  readonly #process: LineProcess;

  private constructor(process: LineProcess) {
    this.#process = process;
  }

  /** Starts it, and waits until it is connected. @throws {Error} when it can't connect */
  static async start(
    backend: string,
    address: string,
    watched: Watched,
    options: readonly string[],
  ): Promise<Load> {
    const args = [address, `${watched.pid},${watched.plugin}`, ...options];
    return new Load(await LineProcess.start(loadProgram(backend), args));
  }

  /**
   * Keeps `window` requests under way for a while.
   *
   * @param connections so many of the connections ask in turn, where there are several
   * @throws {Error} when a reply doesn't come
   */
  async measure(
    window: number,
    { warmup, measure }: Timing,
    connections?: number,
  ): Promise<Sample> {
    await this.#process.send(`${window} ${warmup} ${measure} ${connections ?? ""}`);
    const raw: RawSample = JSON.parse(await this.#process.receive());
    const { requests, seconds, p50, p99, cpu, client_cpu, stalls } = raw;
    return {
      ...{ requests, p50, p99, stalls },
      rate: requests / seconds,
      cpu_janus: cpu[0] / requests,
      cpu_plugin: cpu[1] / requests,
      cpu_client: client_cpu / requests,
    };
  }

  /** Closes its connections and ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

/** One measurement over a connection of its own. */
export async function measureOnce(
  backend: string,
  address: string,
  watched: Watched,
  options: readonly string[],
  window: number,
  timing: Timing,
): Promise<Sample> {
  await using load = await Load.start(backend, address, watched, options);
  return await load.measure(window, timing);
}
