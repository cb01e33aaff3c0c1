/** What stands between a handler or transport and those that use it. */
import type { Belongings } from "../../lib/belongings.ts";

/** Running, for a benchmark alone. */
export class Broker implements AsyncDisposable {
  readonly pid: number;
  /** Where it listens, as `host:port`. */
  readonly address: string;
  readonly #own: Belongings;

  /** @param own all that goes with it: its processes and its folder */
  constructor(pid: number, port: number, own: Belongings) {
    this.pid = pid;
    this.address = `127.0.0.1:${port}`;
    this.#own = own;
  }

  /** Ends it, and removes its folder. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own[Symbol.asyncDispose]();
  }
}
