/** A TCP proxy whose cable can be cut: nothing gets through, and no end is told. */

/** A proxy on loopback. */
export class Proxy implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #target: Deno.ConnectOptions;
  readonly #connections: Deno.TcpConn[] = [];
  readonly #serving: Promise<void>;
  #cut = false;

  /** @param endpoint `tcp://address:port` to forward to */
  constructor(endpoint: string) {
    const { hostname, port } = new URL(endpoint.replace("tcp:", "http:"));
    this.#target = { hostname, port: Number(port) };
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#serving = this.#serve();
  }

  /** What clients connect to. */
  get endpoint(): string {
    return `tcp://127.0.0.1:${this.#listener.addr.port}`;
  }

  /** Forwards nothing any more, and keeps the connections open. */
  cut(): void {
    this.#cut = true;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) connection.close();
    await this.#serving;
  }

  async #serve(): Promise<void> {
    const forwarding: Promise<void>[] = [];
    for await (const client of this.#listener) {
      const server = await Deno.connect(this.#target);
      this.#connections.push(client, server);
      forwarding.push(this.#forward(client, server), this.#forward(server, client));
    }
    await Promise.all(forwarding);
  }

  async #forward(from: Deno.TcpConn, to: Deno.TcpConn): Promise<void> {
    try {
      const buffer = new Uint8Array(65_536);
      for (let size; (size = await from.read(buffer)) !== null;) {
        // What comes after the cut is lost.
        for (let at = 0; at < size && !this.#cut;) at += await to.write(buffer.subarray(at, size));
      }
      if (!this.#cut) to.close();
    } catch {
      // Closed, by the other direction or with the proxy.
    }
  }
}
