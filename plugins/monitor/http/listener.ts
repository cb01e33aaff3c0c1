/** An HTTP server that strangers can't hold up: with deadlines, and a bound on connections. @module */
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerOptions,
  type ServerResponse,
} from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** Connections at a time. */
export const MAX_CONNECTIONS = 512;
/** Fewer are of no use. */
const MIN_CONNECTIONS = 16;
/** Connections that are about to end; what is beyond is closed without a word. */
const SPARE = 32;
/** Open files that all else takes, and those for each server that is watched. */
const OTHER_FILES = 64 + SPARE;
const SERVER_FILES = 24;

/** How long (ms) a request's head may take, all of a request, and how long nothing may be asked. */
const DEADLINES = {
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 20_000,
  connectionsCheckingInterval: 2000,
  maxHeaderSize: 16_384,
  // The guard has its say, with all headers.
  requireHostHeader: false,
} as const satisfies ServerOptions;

/** Answers a request. It must not throw. */
export type Answerer = (request: IncomingMessage, response: ServerResponse) => void;

/** Thrown where it can't listen; the message says why. */
export class ListenError extends Error {
  override name = "ListenError";
}

/** Listens. When there are too many connections, the one goes that has asked for nothing for longest. */
export class Listener implements AsyncDisposable {
  readonly #server: Server;
  readonly #connections: number;
  /** Who asked last is last. */
  readonly #sockets = new Set<Socket>();
  readonly #kept = new Set<Socket>();

  private constructor(answer: Answerer, connections: number) {
    this.#connections = connections;
    this.#server = createServer({ ...DEADLINES }, (request, response) => {
      const { socket } = request;
      this.#sockets.delete(socket);
      this.#sockets.add(socket);
      answer(request, response);
    });
    // Those that come faster than others can be ended.
    this.#server.maxConnections = connections + SPARE;
    this.#server.on("connection", (socket) => this.#admit(socket));
  }

  /**
   * Begins to listen.
   *
   * @param port 0 for any that is free
   * @param connections at a time
   * @throws {ListenError}
   */
  static async open(
    answer: Answerer,
    hostname: string,
    port: number,
    connections: number,
  ): Promise<Listener> {
    const listener = new Listener(answer, connections);
    const server = listener.#server;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("listening", resolve).once("error", reject);
    server.listen(port, hostname);
    try {
      await promise;
    } catch (error) {
      throw new ListenError(explain(error), { cause: error });
    }
    server.off("error", reject);
    return listener;
  }

  /** Where it is, for people. */
  get address(): string {
    const { address, port } = this.#server.address() as AddressInfo;
    return `http://${address.includes(":") ? `[${address}]` : address}:${port}`;
  }

  /** A connection that others do not push out: whoever calls this sees to it that there are few. */
  keep({ socket }: IncomingMessage): void {
    if (this.#sockets.delete(socket)) this.#kept.add(socket);
  }

  /** Listens no more, and ends all connections. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    this.#server.closeAllConnections();
    await promise;
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #admit(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once("close", () => {
      this.#sockets.delete(socket);
      this.#kept.delete(socket);
    });
    if (this.#sockets.size + this.#kept.size <= this.#connections) return;
    const [oldest] = this.#sockets;
    this.#sockets.delete(oldest!);
    oldest!.destroy();
  }
}

/**
 * How many connections fit into the limit of open files beside all else: without a file left, nothing
 * could be accepted any more, and no server be connected again.
 *
 * @param servers that are watched
 * @throws {ListenError} if there is no room for any
 */
export function connectionsFor(servers: number, files: number = fileLimit()): number {
  const room = files - OTHER_FILES - SERVER_FILES * servers;
  if (room >= MIN_CONNECTIONS) return Math.min(MAX_CONNECTIONS, room);
  const needed = OTHER_FILES + SERVER_FILES * servers + MIN_CONNECTIONS;
  throw new ListenError(
    `only ${files} files may be open (ulimit -n, LimitNOFILE), and it takes ${needed}`,
  );
}

/** The limit of open files. */
function fileLimit(): number {
  try {
    const text = Deno.readTextFileSync("/proc/self/limits");
    return Number(/^Max open files +(\d+)/m.exec(text)?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}

function explain(error: unknown): string {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  switch (code) {
    case "EADDRINUSE":
      return "another program listens there";
    case "EADDRNOTAVAIL":
      return "this machine has no such address";
    case "EACCES":
      return "this user may not listen there";
    case "ENOTFOUND":
      return "there is no machine of that name";
  }
  return String(message ?? error);
}
