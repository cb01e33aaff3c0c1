/** RabbitMQ: a server of its own, with a queue that is a stream. */
import { RabbitmqServer } from "../frame/rabbitmq_server.ts";
import type { Engine } from "./engine.ts";

/** The queue to which Janus's handler publishes, by the default exchange. Its consumer makes it. */
export const QUEUE = "janus-events";

/** A server. */
export class RabbitmqEngine implements Engine {
  readonly consumer: string;
  readonly #server: RabbitmqServer;

  private constructor(server: RabbitmqServer) {
    this.#server = server;
    this.consumer = `${server.address}/${QUEUE}`;
  }

  /** Starts one. */
  static async start(): Promise<RabbitmqEngine> {
    return new RabbitmqEngine(await RabbitmqServer.start());
  }

  get pid(): number {
    return this.#server.pid;
  }

  get address(): string {
    return this.#server.address;
  }

  /** Its counter of a stream's messages is seconds behind. */
  count(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  /** RabbitMQ empties no streams. */
  async purge(): Promise<void> {}

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}
