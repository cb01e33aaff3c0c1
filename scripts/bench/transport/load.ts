/** The load generator in C, driven from here. */
import { loadProgram } from "./prepare.ts";

/** One measurement, per request where that makes sense. */
export interface Sample {
  readonly requests: number;
  /** Requests a second. */
  readonly rate: number;
  /** Latency in microseconds: half of the requests were faster, and 99 of 100. */
  readonly p50: number;
  readonly p99: number;
  /** Processor time a request, in microseconds, of Janus, of the isolate, and of the client. */
  readonly cpu_janus: number;
  readonly cpu_isolate: number;
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
  cpu: [janus: number, isolate: number];
  client_cpu: number;
  stalls: number;
}

/** Whose processor time is measured. */
export interface Watched {
  readonly pid: number;
  readonly isolate: number;
}

/** A connected load generator. */
export class Load implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;
  readonly #name: string;

  private constructor(process: Deno.ChildProcess, name: string) {
    this.#process = process;
    this.#name = name;
    this.#writer = process.stdin.getWriter();
    this.#lines = readLines(process.stdout);
  }

  /** Starts it, and waits until it is connected. @throws {Error} when it can't connect */
  static async start(
    backend: string,
    address: string,
    watched: Watched,
    options: readonly string[],
  ): Promise<Load> {
    const load = new Load(
      new Deno.Command(loadProgram(backend), {
        args: [address, `${watched.pid},${watched.isolate}`, ...options],
        stdin: "piped",
        stdout: "piped",
        stderr: "inherit",
      }).spawn(),
      `load-${backend} ${address}`,
    );
    if (await load.#line() !== "ready") throw new Error(`Cannot connect to ${address}`);
    return load;
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
    const command = `${window} ${warmup} ${measure} ${connections ?? ""}\n`;
    await this.#writer.write(new TextEncoder().encode(command));
    const raw: RawSample = JSON.parse(await this.#line());
    const { requests, seconds, p50, p99, cpu, client_cpu, stalls } = raw;
    return {
      ...{ requests, p50, p99, stalls },
      rate: requests / seconds,
      cpu_janus: cpu[0] / requests,
      cpu_isolate: cpu[1] / requests,
      cpu_client: client_cpu / requests,
    };
  }

  async #line(): Promise<string> {
    const { value, done } = await this.#lines.next();
    if (done === true) {
      const { code, signal } = await this.#process.status;
      const how = signal === "SIGALRM" ? "no reply came for too long" : signal ?? `code ${code}`;
      throw new Error(`Cannot measure: ${this.#name} ended (${how})`);
    }
    return value;
  }

  /** Closes its connections and ends it. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      await this.#writer.close();
    } catch {
      // It has ended already.
    }
    await this.#lines.return?.();
    await this.#process.status;
  }
}

async function* readLines(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
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
