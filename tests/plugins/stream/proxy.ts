/** A way to a server that can swallow what the server says, and be cut. */
export class Proxy implements AsyncDisposable {
  /** What the server says is not passed on. */
  swallow = false;
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #port: number;
  readonly #serving: Promise<void>;

  /** @param port the server's */
  constructor(port: number) {
    this.#port = port;
    this.#serving = this.#serve();
  }

  /** Where it listens. */
  get url(): string {
    return `127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Ends all connections. */
  cut(): void {
    for (const one of this.#connections) {
      try {
        one.close();
      } catch {
        // it is closed
      }
    }
    this.#connections.clear();
  }

  async #serve(): Promise<void> {
    for await (const client of this.#listener) {
      try {
        const server = await Deno.connect({ hostname: "127.0.0.1", port: this.#port });
        this.#connections.add(client).add(server);
        void this.#pass(client, server, false);
        void this.#pass(server, client, true);
      } catch {
        client.close();
      }
    }
  }

  async #pass(from: Deno.TcpConn, to: Deno.TcpConn, says: boolean): Promise<void> {
    const buffer = new Uint8Array(1 << 16);
    try {
      for (let count; (count = await from.read(buffer)) !== null;) {
        if (says && this.swallow) continue;
        for (let at = 0; at < count;) at += await to.write(buffer.subarray(at, count));
      }
      to.close();
    } catch {
      // one of the two is closed
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    this.cut();
    await this.#serving;
  }
}
