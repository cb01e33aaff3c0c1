/** Serves metrics, and what a page shows, over HTTP. @module */
import type { IncomingMessage, ServerResponse } from "node:http";
import { Expositions } from "../exposition.ts";
import type { Model } from "../model.ts";
import { CpuLoad, readCpuTimes } from "./cpu.ts";
import { HEADERS, refuse, type Target, targetOf } from "./guard.ts";
import { Hub } from "./hub.ts";
import { connectionsFor, Listener } from "./listener.ts";
import { readiness } from "./readiness.ts";
import { type Reply, sendReply } from "./reply.ts";

const SECOND_MS = 1000;

/** A file of the page's. */
export interface Asset {
  /** Its media type. */
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Headers in place of those that all answers have. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Where and what is served. */
export interface MonitorServerOptions {
  readonly hostname: string;
  /** 0 for any that is free. */
  readonly port: number;
  /** Names that it may be asked by, beside addresses and `localhost`; in small letters. */
  readonly names?: readonly string[];
  /** The page: files by their paths, `/` the first of them. */
  readonly assets?: ReadonlyMap<string, Asset>;
  /** Connections at a time; default: as many as fit into the limit of open files, 512 at most. */
  readonly connections?: number;
  /** Told of a request that could not be answered: a fault of ours. */
  readonly failed?: (error: unknown) => void;
}

/** The monitor's clock and its HTTP server. */
export class MonitorServer implements AsyncDisposable {
  readonly #model: Model;
  readonly #expositions: Expositions;
  readonly #hub: Hub;
  readonly #cpu = new CpuLoad(readCpuTimes());
  readonly #names: ReadonlySet<string>;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #failed: (error: unknown) => void;
  #listener!: Listener;
  #clock: ReturnType<typeof setInterval> | undefined;

  private constructor(model: Model, options: MonitorServerOptions) {
    const { names = [], assets = new Map(), failed = () => {} } = options;
    this.#model = model;
    this.#expositions = new Expositions(model);
    this.#hub = new Hub(model);
    this.#names = new Set(names);
    this.#assets = assets;
    this.#failed = failed;
  }

  /** Listens, and begins to count seconds. @throws {ListenError} where it can't */
  static async listen(model: Model, options: MonitorServerOptions): Promise<MonitorServer> {
    const { hostname, port, connections = connectionsFor(model.servers.length) } = options;
    const monitor = new MonitorServer(model, options);
    const answer = (request: IncomingMessage, response: ServerResponse) =>
      void monitor.#answer(request, response);
    monitor.#listener = await Listener.open(answer, hostname, port, connections);
    monitor.#clock = setInterval(() => monitor.#tick(), SECOND_MS);
    return monitor;
  }

  /** Where it is, for people. */
  get address(): string {
    return this.#listener.address;
  }

  /** Browsers that follow, now. */
  get browsers(): number {
    return this.#hub.size;
  }

  /** Ends all connections, and listens no more. */
  async close(): Promise<void> {
    clearInterval(this.#clock);
    this.#hub.close();
    await this.#listener.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tick(): void {
    this.#cpu.tick(readCpuTimes());
    this.#hub.tick(this.#model.tick(Date.now()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    // Whoever is gone needs no answer.
    request.on("error", () => {});
    response.on("error", () => {});
    const withBody = request.method !== "HEAD";
    try {
      await sendReply(response, await this.#reply(request, withBody), withBody);
    } catch (error) {
      this.#failed(error);
      if (response.headersSent) response.destroy();
      else {
        const text = "The monitor has failed; its log says why\n";
        await sendReply(response, plain(500, text), withBody);
      }
    }
  }

  async #reply(request: IncomingMessage, withBody: boolean): Promise<Reply> {
    const target = targetOf(request);
    if (target === null) return plain(400, "There is no such address");
    const refusal = refuse(request, target.host, this.#names);
    if (refusal !== null) return plain(refusal.status, refusal.text, refusal.headers);
    return await this.#route(target, request, withBody);
  }

  async #route(
    { pathname, query }: Target,
    request: IncomingMessage,
    withBody: boolean,
  ): Promise<Reply> {
    switch (pathname) {
      case "/metrics": {
        const { contentType, text } = await this.#expositions.write(request.headers.accept ?? "");
        return plain(200, text, { "content-type": contentType, vary: "accept" });
      }
      case "/-/healthy":
        return plain(200, "healthy\n");
      case "/-/ready": {
        const { status, text } = readiness(this.#model, query, this.#cpu.percent);
        return plain(status, `${text}\n`);
      }
      case "/api/call":
        return this.#call(query);
      case "/api/events":
        return this.#events(request, withBody);
    }
    const asset = this.#assets.get(pathname);
    if (asset === undefined) return plain(404, "There is no such page\n");
    const headers = { ...HEADERS, ...asset.headers, "content-type": asset.type };
    return { status: 200, headers, body: asset.bytes };
  }

  #call(query: URLSearchParams): Reply {
    const server = Number(query.get("server") ?? "0");
    const call = this.#model.call(server, query.get("handle") ?? "", Date.now());
    if (call === undefined) return plain(404, "There is no such handle\n");
    return plain(200, JSON.stringify(call), { "content-type": "application/json" });
  }

  #events(request: IncomingMessage, withBody: boolean): Reply {
    // A proxy that gathers would show nothing for long.
    const headers = { ...HEADERS, "content-type": "text/event-stream", "x-accel-buffering": "no" };
    if (!withBody) return { status: 200, headers, body: "" };
    const body = this.#hub.open();
    if (body === null) return plain(503, "Too many browsers follow already\n");
    this.#listener.keep(request);
    return { status: 200, headers, body };
  }
}

function plain(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  const all = { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers };
  return { status, headers: all, body: text };
}
