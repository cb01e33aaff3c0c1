/** Serves metrics, and what a page shows, over HTTP. @module */
import { Expositions } from "../exposition.ts";
import type { Model } from "../model.ts";
import { CpuLoad, readCpuTimes } from "./cpu.ts";
import { HEADERS, refuse } from "./guard.ts";
import { Hub } from "./hub.ts";
import { readiness } from "./readiness.ts";

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
  /** Told of a request that could not be answered: a fault of ours. */
  readonly failed?: (error: unknown) => void;
}

/** The monitor's clock and its HTTP server. */
export class MonitorServer implements AsyncDisposable {
  readonly #model: Model;
  readonly #expositions: Expositions;
  readonly #hub: Hub;
  readonly #cpu = new CpuLoad();
  readonly #names: ReadonlySet<string>;
  readonly #assets: ReadonlyMap<string, Asset>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #clock: ReturnType<typeof setInterval>;

  /** Listens at once. @throws {Deno.errors.AddrInUse} and what else listening can bring */
  constructor(model: Model, options: MonitorServerOptions) {
    const { hostname, port, names = [], assets = new Map(), failed } = options;
    this.#model = model;
    this.#expositions = new Expositions(model);
    this.#hub = new Hub(model);
    this.#names = new Set(names);
    this.#assets = assets;
    const onError = (error: unknown) => {
      failed?.(error);
      return answer(500, "The monitor has failed; its log says why\n");
    };
    this.#server = Deno.serve(
      { hostname, port, onListen: () => {}, onError },
      (request) => this.#serve(request),
    );
    this.#clock = setInterval(() => this.#tick(), SECOND_MS);
  }

  /** Where it is, for people. */
  get address(): string {
    const { hostname, port } = this.#server.addr;
    return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  }

  /** Browsers that follow, now. */
  get browsers(): number {
    return this.#hub.size;
  }

  /** Ends all connections, and listens no more. */
  async close(): Promise<void> {
    clearInterval(this.#clock);
    this.#hub.close();
    await this.#server.shutdown();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #tick(): void {
    this.#cpu.tick(readCpuTimes());
    this.#hub.tick(this.#model.tick(Date.now()));
  }

  async #serve(request: Request): Promise<Response> {
    const refusal = refuse(request, this.#names);
    if (refusal !== null) return answer(refusal.status, refusal.text, refusal.headers);
    const response = await this.#route(new URL(request.url), request);
    if (request.method === "GET") return response;
    await response.body?.cancel();
    return new Response(null, response);
  }

  async #route({ pathname, searchParams }: URL, request: Request): Promise<Response> {
    switch (pathname) {
      case "/metrics": {
        const accept = request.headers.get("accept") ?? "";
        const { contentType, text } = await this.#expositions.write(accept);
        return answer(200, text, { "content-type": contentType, vary: "accept" });
      }
      case "/-/healthy":
        return answer(200, "healthy\n");
      case "/-/ready": {
        const { status, text } = readiness(this.#model, searchParams, this.#cpu.percent);
        return answer(status, `${text}\n`);
      }
      case "/api/call":
        return this.#call(searchParams);
      case "/api/events":
        return this.#events();
    }
    const asset = this.#assets.get(pathname);
    if (asset === undefined) return answer(404, "There is no such page\n");
    const headers = { ...HEADERS, ...asset.headers, "content-type": asset.type };
    return new Response(asset.bytes, { headers });
  }

  #call(query: URLSearchParams): Response {
    const server = Number(query.get("server") ?? "0");
    const call = this.#model.call(server, query.get("handle") ?? "", Date.now());
    if (call === undefined) return answer(404, "There is no such handle\n");
    return answer(200, JSON.stringify(call), { "content-type": "application/json" });
  }

  #events(): Response {
    const stream = this.#hub.open();
    if (stream === null) return answer(503, "Too many browsers follow already\n");
    // A proxy that gathers would show nothing for long.
    const headers = { ...HEADERS, "content-type": "text/event-stream", "x-accel-buffering": "no" };
    return new Response(stream, { headers });
  }
}

function answer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const all = { ...HEADERS, "content-type": "text/plain; charset=utf-8", ...headers };
  return new Response(text, { status, headers: all });
}
