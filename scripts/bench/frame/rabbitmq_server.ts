/** RabbitMQ: a server of its own. */
import { Belongings } from "../../lib/belongings.ts";
import { freePorts, untilListening } from "../../lib/ports.ts";
import { Broker } from "./broker.ts";

/** Milliseconds for the server to listen. */
const START_MS = 60_000;
/** Not the one on PATH, which would become another user. */
const SERVER = "/usr/lib/rabbitmq/bin/rabbitmq-server";

/** A server, and the daemon by which Erlang's nodes find each other, on ports and in a folder of its own. */
export class RabbitmqServer extends Broker {
  /** Starts one. */
  static async start(): Promise<RabbitmqServer> {
    await using own = new Belongings();
    const folder = await own.folder("rabbitmq");
    const [port = 0, distribution = 0, names = 0] = freePorts(3);
    const env = environment(folder, { port, distribution, names });
    const silent = { stdout: "null", stderr: "null", clearEnv: true, env } as const;
    await own.start(["epmd"], silent);
    await untilListening(names, START_MS, "Erlang's epmd");
    const server = await own.start([SERVER, "-noinput"], silent);
    await untilListening(port, START_MS, "RabbitMQ");
    return new RabbitmqServer(server.pid, port, own.move());
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
