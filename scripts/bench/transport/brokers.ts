/** Servers that stand between a client and Janus. */
import type { Broker } from "../frame/broker.ts";
import { MosquittoServer } from "../frame/mosquitto_server.ts";
import { RabbitmqServer } from "../frame/rabbitmq_server.ts";

/** What each is called here. */
export type BrokerKey = "rabbitmq" | "mosquitto";

/** Those that run. */
export type Brokers = ReadonlyMap<BrokerKey, Broker>;

/** Starts one. @throws {Error} when it doesn't listen */
export function startBroker(key: BrokerKey): Promise<Broker> {
  return key === "rabbitmq" ? RabbitmqServer.start() : MosquittoServer.start();
}
