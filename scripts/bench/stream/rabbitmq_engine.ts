/** RabbitMQ: a server of its own, with a queue that is a stream. */
import { dieWithParent } from "../../private_janus/private_janus.ts";
import { freePorts, untilListening } from "../../lib/ports.ts";
import type { Engine } from "./engine.ts";

/** The queue to which Janus's handler publishes, by the default exchange. Its consumer makes it. */
export const QUEUE = "janus-events";
/** Milliseconds for the server to listen. */
const START_MS = 60_000;
/** Not the one on PATH, which would become another user. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** A server, and the daemon by which Erlang's nodes find each other, on ports and in a folder of its own. */
export class RabbitmqEngine implements Engine {
  readonly pid: number;
  readonly address: string;
  readonly consumer: string;
  readonly #stack: AsyncDisposableStack;

  private constructor(
    pid: number,
    address: string,
    stack: AsyncDisposableStack,
  ) {
    this.pid = pid;
    this.address = address;
    this.consumer = `${address}/${QUEUE}`;
    this.#stack = stack;
  }

  /** Starts one. */
  static async start(): Promise<RabbitmqEngine> {
    await using stack = new AsyncDisposableStack();
    const folder = await Deno.makeTempDir({ prefix: "rabbitmq-" });
    stack.defer(() => Deno.remove(folder, { recursive: true }));
    const [port = 0, distribution = 0, names = 0] = freePorts(3);
    const env = environment(folder, { port, distribution, names });
    stack.use(await run(["epmd"], env));
    await untilListening(names, START_MS, "Erlang's epmd");
    const server = stack.use(await run([SERVER, "-noinput"], env));
    await untilListening(port, START_MS, "RabbitMQ");
    return new RabbitmqEngine(server.pid, `127.0.0.1:${port}`, stack.move());
  }

  /** Its counter of a stream's messages is seconds behind. */
  count(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** RabbitMQ empties no streams. */
  async purge(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function environment(
  folder: string,
  ports: { readonly port: number; readonly distribution: number; readonly names: number },
): Record<string, string> {
  return {
    PATH: Deno.env.get("PATH") ?? "",
    HOME: folder,
    ERL_EPMD_PORT: String(ports.names),
    ERL_EPMD_ADDRESS: "127.0.0.1",
    // With it, the server takes the place of the script that starts it.
    RABBITMQ_ALLOW_INPUT: "1",
    RABBITMQ_NODENAME: `bench-${ports.port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: "127.0.0.1",
    RABBITMQ_NODE_PORT: String(ports.port),
    RABBITMQ_DIST_PORT: String(ports.distribution),
    RABBITMQ_MNESIA_BASE: `${folder}/mnesia`,
    RABBITMQ_LOG_BASE: `${folder}/log`,
    RABBITMQ_PID_FILE: `${folder}/pid`,
    // None of the system's: what isn't there is not read.
    RABBITMQ_CONFIG_FILE: `${folder}/rabbitmq`,
    RABBITMQ_CONF_ENV_FILE: `${folder}/rabbitmq-env.conf`,
    RABBITMQ_ENABLED_PLUGINS_FILE: `${folder}/enabled_plugins`,
  };
}

/** A process that is killed in the end, and ends with us in any case. */
async function run(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly pid: number }> {
  const [program = "", ...args] = [...await dieWithParent(), ...command];
  const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
  const process = new Deno.Command(program, { args, clearEnv: true, env, ...silent }).spawn();
  return {
    pid: process.pid,
    async [Symbol.asyncDispose]() {
      try {
        process.kill("SIGKILL");
      } catch {
        // A terminal's Ctrl-C has ended it.
      }
      await process.status;
    },
  };
}
