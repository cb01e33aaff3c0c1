/** The brokers that there are. */
import type { Broker } from "./broker.ts";
import { MosquittoServer } from "./mosquitto_server.ts";
import { RabbitmqServer } from "./rabbitmq_server.ts";

const STARTS = {
  rabbitmq: RabbitmqServer.start,
  mosquitto: MosquittoServer.start,
} as const;

/** What each is called here. */
export type BrokerKey = keyof typeof STARTS;

/** Those that run. */
export type Brokers = ReadonlyMap<BrokerKey, Broker>;

/** Starts one. @throws {Error} when it doesn't listen */
export function startBroker(key: BrokerKey): Promise<Broker> {
  return STARTS[key]();
}
