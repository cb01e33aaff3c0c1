/** Janus's own HTTP transport: a way to Janus that our plugins have no part in. */
import type { PrivateJanusOptions } from "../../../scripts/private_janus/options.ts";
import { ADMIN_SECRET } from "../../../scripts/private_janus/options.ts";
import { formatJcfg } from "../../../scripts/private_janus/config.ts";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { transaction } from "./fixture.ts";
import type { Json } from "./socket.ts";

/** HTTP beside our plugins: what Janus must be told, and how to ask it then. */
export class HttpJanus {
  /** Options that load it, to be spread into others. */
  readonly options: Pick<PrivateJanusOptions, "stock"> & { readonly files: Record<string, string> };
  readonly #api: number;
  readonly #admin: number;

  constructor() {
    const [api = 0, admin = 0] = freePorts(2);
    this.#api = api;
    this.#admin = admin;
    const ip = "127.0.0.1";
    this.options = {
      stock: { transports: ["http"] },
      files: {
        "janus.transport.http.jcfg": formatJcfg({
          general: { http: true, ip, port: api, https: false },
          admin: { admin_http: true, admin_ip: ip, admin_port: admin, admin_https: false },
        }),
      },
    };
  }

  /** The reply of the Janus API. */
  ask(verb: string, more: Json = {}): Promise<Json> {
    return this.#post(`http://127.0.0.1:${this.#api}/janus`, { janus: verb, ...more });
  }

  /** The reply of the Admin API. */
  admin(verb: string, more: Json = {}): Promise<Json> {
    const request = { janus: verb, admin_secret: ADMIN_SECRET, ...more };
    return this.#post(`http://127.0.0.1:${this.#admin}/admin`, request);
  }

  async #post(url: string, request: Json): Promise<Json> {
    const body = JSON.stringify({ ...request, transaction: transaction() });
    const response = await fetch(url, { method: "POST", body, headers: { connection: "close" } });
    return await response.json();
  }
}

/** The line of Janus's log that says that its transports are loaded, HTTP being the first. */
export const HTTP_STARTED = /Admin\/monitor HTTP webserver started/;
