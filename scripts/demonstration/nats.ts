/** A NATS server for a demonstration or a benchmark, on a port and in a folder of its own. */
import { Belongings, type Process } from "../lib/belongings.ts";
import { freePorts, untilListening } from "../lib/ports.ts";
import { findExecutable } from "../lib/run.ts";

/** Milliseconds for the server to listen. */
const START_MS = 10_000;

/** A `nats-server` with JetStream. What it stores goes with it, not with its process. */
export class PrivateNats implements AsyncDisposable {
  /** Where it listens. */
  readonly address: string;
  readonly folder: string;
  readonly #program: string;
  readonly #port: number;
  #own: Belongings;
  #process: Process | null = null;

  private constructor(program: string, port: number, folder: string, own: Belongings) {
    this.#program = program;
    this.#port = port;
    this.#own = own;
    this.address = `127.0.0.1:${port}`;
    this.folder = folder;
  }

  /** Its process id. @throws {Error} while it has none */
  get pid(): number {
    if (this.#process === null) throw new Error("Cannot tell NATS's process: it is not running");
    return this.#process.pid;
  }

  /** Starts one. @throws {Error} where there is no nats-server, or it does not listen in time */
  static async start(): Promise<PrivateNats> {
    // Debian's is not on every user's PATH.
    const path = `${Deno.env.get("PATH") ?? ""}:/usr/sbin`;
    const program = await findExecutable("nats-server", path);
    if (program === undefined) throw new Error("Cannot start NATS: there is no nats-server");
    const [port = 0] = freePorts(1);
    await using own = new Belongings();
    const folder = await own.folder("nats");
    const nats = new PrivateNats(program, port, folder, own);
    await nats.start();
    nats.#own = own.move();
    return nats;
  }

  /** Starts it again, with what it had stored. */
  async start(): Promise<void> {
    const where = ["-a", "127.0.0.1", "-p", String(this.#port), "-js", "-sd", this.folder];
    const silent = { stdout: "null", stderr: "null" } as const;
    this.#process = await this.#own.start([this.#program, ...where], silent);
    await untilListening(this.#port, START_MS, "NATS");
  }

  /** Ends its process at once, as a crash does. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    if (process !== null) await this.#own.end(process);
  }

  /** Ends it, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }
}
