/** Servers that stand between a client and Janus, each with ports and a folder of its own. */
import { Belongings } from "../../lib/belongings.ts";
import { freePorts, untilListening } from "../../lib/ports.ts";
import { findExecutable } from "../../lib/run.ts";
import { PROGRAMS } from "../frame/contestants.ts";
import { RabbitmqEngine } from "../stream/rabbitmq_engine.ts";

/** What each is called here. */
export type BrokerKey = "rabbitmq" | "mosquitto";

/** A running one, on loopback. */
export interface Broker extends AsyncDisposable {
  readonly pid: number;
  /** Where it listens, as `host:port`. */
  readonly address: string;
}

/** Those that run. */
export type Brokers = ReadonlyMap<BrokerKey, Broker>;

/** Milliseconds for it to listen. */
const START_MS = 20_000;
/**
 * Nothing waits in TCP, and nothing is held back or thrown away while 128 are under way. Started by
 * root it would become another user, and then no longer end with us.
 */
const MOSQUITTO = (port: number) =>
  `user root
listener ${port} 127.0.0.1
allow_anonymous true
persistence false
log_dest none
set_tcp_nodelay true
max_inflight_messages 0
max_queued_messages 0
`;

/** Starts one. @throws {Error} when it doesn't listen */
export function startBroker(key: BrokerKey): Promise<Broker> {
  return key === "rabbitmq" ? RabbitmqEngine.start() : startMosquitto();
}

async function startMosquitto(): Promise<Broker> {
  await using own = new Belongings();
  const folder = await own.folder("mosquitto");
  const [port = 0] = freePorts(1);
  const config = `${folder}/mosquitto.conf`;
  await Deno.writeTextFile(config, MOSQUITTO(port));
  const program = await findExecutable("mosquitto", PROGRAMS) ?? "mosquitto";
  const silent = { stdout: "null", stderr: "null" } as const;
  const { pid } = await own.start([program, "-c", config], silent);
  await untilListening(port, START_MS, "mosquitto");
  const moved = own.move();
  const address = `127.0.0.1:${port}`;
  return { pid, address, [Symbol.asyncDispose]: () => moved[Symbol.asyncDispose]() };
}
