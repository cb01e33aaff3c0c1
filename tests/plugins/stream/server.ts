/** A NATS server of the test's own, which can be killed and started again. */
import { freePorts } from "../../../scripts/lib/ports.ts";

/** One server with JetStream in a folder of its own. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  #process: Deno.ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
  }

  /** Where it listens. */
  get url(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Starts one, and waits until it listens. */
  static async start(): Promise<NatsServer> {
    const [port = 0] = freePorts(1);
    const server = new NatsServer(port, await Deno.makeTempDir({ prefix: "nats-" }));
    await server.start();
    return server;
  }

  /** Starts it again, over the same folder. @param jetstream its options for that */
  async start(jetstream: readonly string[] = ["-js", "-sd", this.folder]): Promise<void> {
    this.#process = new Deno.Command("nats-server", {
      args: ["-a", "127.0.0.1", "-p", String(this.port), ...jetstream],
      stdout: "null",
      stderr: "null",
    }).spawn();
    for (let tries = 0;; tries++) {
      try {
        (await Deno.connect({ hostname: "127.0.0.1", port: this.port })).close();
        return;
      } catch (error) {
        if (tries > 200) throw error;
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
    }
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    process?.kill("SIGKILL");
    await process?.status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.folder, { recursive: true });
  }
}
