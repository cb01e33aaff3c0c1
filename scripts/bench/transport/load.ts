/** The load generator in C, driven from here. */
import { LineProcess } from "../frame/line_process.ts";
import { loadProgram } from "./prepare.ts";

/** One measurement, per request where that makes sense. */
export interface Sample {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** Latency in microseconds: half of the requests were faster, 99 of 100, and 999 of 1,000. */
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  /** Processor time a request, in microseconds; 0 where there is no such process. */
  readonly cpu_janus: number;
  readonly cpu_plugin: number;
  readonly cpu_broker: number;
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
  p999: number;
  /** Of those that are watched, in the order of {@linkcode WATCHED}. */
  cpu: number[];
  client_cpu: number;
  stalls: number;
}

/** Whose processor time is measured: process ids, 0 where there is no such process. */
export interface Watched {
  readonly janus: number;
  readonly plugin: number;
  readonly broker: number;
}

const WATCHED = ["janus", "plugin", "broker"] as const;

/** A connected load generator. */
export class Load implements AsyncDisposable {
  readonly #process: LineProcess;
  readonly #watched: readonly (typeof WATCHED[number])[];

  private constructor(process: LineProcess, watched: readonly (typeof WATCHED[number])[]) {
    this.#process = process;
    this.#watched = watched;
  }

  /** Starts it, and waits until it is connected. @throws {Error} when it can't connect */
  static async start(
    backend: string,
    address: string,
    watched: Watched,
    options: readonly string[],
  ): Promise<Load> {
    const running = WATCHED.filter((name) => watched[name] !== 0);
    const args = [address, running.map((name) => watched[name]).join(), ...options];
    return new Load(await LineProcess.start(loadProgram(backend), args), running);
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
    const { requests, seconds, p50, p99, p999, cpu, client_cpu, stalls } = raw;
    const used = (name: typeof WATCHED[number]) =>
      (cpu[this.#watched.indexOf(name)] ?? 0) / requests;
    return {
      ...{ requests, p50, p99, p999, stalls },
      rate: requests / seconds,
      cpu_janus: used("janus"),
      cpu_plugin: used("plugin"),
      cpu_broker: used("broker"),
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
