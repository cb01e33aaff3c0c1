/** Janus's Admin API over its own WebSockets transport: it does not matter to what is measured. */
import { sleep } from "../../lib/waiting.ts";

/** How often (ms) a Janus that doesn't listen yet is tried. */
const RETRY_MS = 20;
const CONNECT_TIMEOUT_MS = 2_000;
const ANSWER_TIMEOUT_MS = 5_000;

type Answer = Readonly<Record<string, unknown>>;

/** A connection to the Admin API. One request at a time. */
export class AdminSocket implements Disposable {
  readonly #socket: WebSocket;
  readonly #secret: string;
  #transaction = 0;

  private constructor(socket: WebSocket, secret: string) {
    this.#socket = socket;
    this.#secret = secret;
  }

  /** Connects, as soon as Janus listens. @throws {Error} when it doesn't within `timeout` ms */
  static async open(port: number, secret: string, timeout: number): Promise<AdminSocket> {
    const end = performance.now() + timeout;
    for (;;) {
      const socket = await connect(`ws://127.0.0.1:${port}`);
      if (socket !== undefined) return new AdminSocket(socket, secret);
      if (performance.now() > end) throw new Error(`Cannot reach the Admin API at port ${port}`);
      await sleep(RETRY_MS);
    }
  }

  /** What a plugin answers. @throws {Error} when Janus or the plugin answers with an error */
  async askPlugin(plugin: string, request: Answer): Promise<Answer> {
    const answer = await this.#ask({ janus: "message_plugin", plugin, request });
    const response = answer["response"] as Answer | undefined;
    if (response === undefined || response["error"] !== undefined) {
      throw new Error(`Cannot ask ${plugin}: ${JSON.stringify(answer)}`);
    }
    return response;
  }

  async #ask(request: Answer): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const fail = (why: string) => () => reject(new Error(`Cannot use the Admin API: ${why}`));
    const timer = setTimeout(fail("no answer"), ANSWER_TIMEOUT_MS);
    this.#socket.onmessage = ({ data }) => resolve(JSON.parse(data));
    this.#socket.onclose = fail("the connection is closed");
    const transaction = String(++this.#transaction);
    this.#socket.send(JSON.stringify({ ...request, transaction, admin_secret: this.#secret }));
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Closes the connection. */
  [Symbol.dispose](): void {
    this.#socket.onclose = null;
    this.#socket.close();
  }
}

async function connect(url: string): Promise<WebSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
  const socket = new WebSocket(url, "janus-admin-protocol");
  socket.onopen = () => resolve(socket);
  socket.onerror = () => resolve(undefined);
  // A Janus that was interrupted at its start may listen, and never answer.
  const timer = setTimeout(resolve, CONNECT_TIMEOUT_MS, undefined);
  const connected = await promise;
  clearTimeout(timer);
  if (connected === undefined) socket.close();
  return connected;
}
