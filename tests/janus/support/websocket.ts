/** Janus's own WebSockets transport, and clients of it over Deno's WebSocket. */
import { formatJcfg } from "../../../scripts/private_janus/config.ts";
import type { PrivateJanusOptions } from "../../../scripts/private_janus/options.ts";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { TestSocket } from "./socket.ts";

/** WebSockets beside our plugins: what Janus must be told, and how to connect then. */
export class WebSocketJanus {
  /** Options that load it, to be spread into others. */
  readonly options: Pick<PrivateJanusOptions, "stock"> & { readonly files: Record<string, string> };
  readonly #port: number;

  constructor() {
    const [port = 0] = freePorts(1);
    this.#port = port;
    this.options = {
      stock: { transports: ["websockets"] },
      files: {
        "janus.transport.websockets.jcfg": formatJcfg({
          general: { json: "compact", ws: true, ws_port: port, ws_ip: "127.0.0.1", wss: false },
          admin: { admin_ws: false, admin_wss: false },
        }),
      },
    };
  }

  /** A client that is connected. */
  async connect(): Promise<TestSocket> {
    const socket = new JanusWebSocket(`ws://127.0.0.1:${this.#port}`);
    await socket.opened;
    return socket;
  }
}

class JanusWebSocket extends TestSocket {
  /** Settled once it is connected, or can't be. */
  readonly opened: Promise<void>;
  readonly #socket: WebSocket;
  readonly #closed = Promise.withResolvers<void>();

  constructor(endpoint: string) {
    super({ type: "DEALER", endpoint }); // the one that it is like
    const socket = this.#socket = new WebSocket(endpoint, "janus-protocol");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.opened = promise;
    socket.onopen = () => resolve();
    socket.onerror = () => reject(new Error(`Cannot connect to ${endpoint}`));
    socket.onmessage = ({ data }) => this.take([data]);
    socket.onclose = () => {
      this.fail(new Error("The WebSocket is closed"));
      this.#closed.resolve();
    };
  }

  override send(text: string): void {
    this.#socket.send(text);
  }

  protected override async release(): Promise<void> {
    this.#socket.close();
    await this.#closed.promise;
  }
}
