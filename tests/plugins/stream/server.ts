/** A NATS server of the test's own, which can be killed and started again. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { existsSync } from "node:fs";
import { freePorts } from "../../../scripts/lib/ports.ts";

/** Debian's is not on every user's PATH. */
export const NATS_SERVER = existsSync("/usr/sbin/nats-server")
  ? "/usr/sbin/nats-server"
  : "nats-server";

/** One server with JetStream in a folder of its own. */
export class NatsServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  #config = "";
  #process: Deno.ChildProcess | null = null;

  private constructor(port: number, folder: string) {
    this.port = port;
    this.folder = folder;
  }

  /** Where it listens. */
  get url(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Its process; -1 if it has none. */
  get pid(): number {
    return this.#process?.pid ?? -1;
  }

  /** Starts one, and waits until it listens. @param config makes more of its configuration */
  static async start(config: (folder: string) => string = () => ""): Promise<NatsServer> {
    const [port = 0] = freePorts(1);
    const server = new NatsServer(port, await Deno.makeTempDir({ prefix: "nats-" }));
    await server.configure(config(server.folder));
    await server.start();
    return server;
  }

  /** Three that are one cluster. */
  static async cluster(): Promise<NatsServer[]> {
    const ports = freePorts(6);
    const routes = ports.slice(3).map((port) => `nats://127.0.0.1:${port}`).join(", ");
    return await Promise.all([0, 1, 2].map(async (at) => {
      const server = new NatsServer(ports[at]!, await Deno.makeTempDir({ prefix: "nats-" }));
      await server.configure(
        `server_name: n${at}\ncluster { name: c, listen: "127.0.0.1:${
          ports[at + 3]
        }", routes: [${routes}] }`,
      );
      await server.start();
      return server;
    }));
  }

  /** What its configuration has, from the next start on. */
  async configure(config: string): Promise<void> {
    this.#config = `${this.folder}/nats.conf`;
    await Deno.writeTextFile(this.#config, config);
  }

  /** Starts it again, over the same folder. @param jetstream its options for that */
  async start(jetstream: readonly string[] = ["-js", "-sd", this.folder]): Promise<void> {
    const args = ["-c", this.#config, "-a", "127.0.0.1", "-p", String(this.port), ...jetstream];
    const silent = { stdout: "null", stderr: "null" } as const;
    this.#process = new Deno.Command(NATS_SERVER, { args, ...silent }).spawn();
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

/** The name of the cluster's server that leads the stream. @throws {Error} if none does for 20 s */
export async function leader(servers: string[]): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    try {
      const nc = await connect({ servers, timeout: 2000 });
      try {
        const { cluster } = await (await jetstreamManager(nc)).streams.info("JANUS");
        if (cluster?.leader !== undefined && cluster.leader !== "") return cluster.leader;
      } finally {
        await nc.close();
      }
    } catch {
      // None yet.
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("no leader");
}
