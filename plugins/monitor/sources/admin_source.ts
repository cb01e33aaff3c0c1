/** What the Admin API of one server tells: read-only, and never about single handles. @module */
import { connectAdmin, type JanusAdmin } from "../../client/admin.ts";
import {
  JanusAnswerError,
  JanusConnectionError,
  JanusError,
  JanusErrorCode,
  JanusTimeoutError,
} from "../../client/errors.ts";
import type { JanusId } from "../../janus/ids.ts";
import type { Log } from "../../janus/log.ts";
import type { Model } from "../model.ts";
import type { Server } from "../server.ts";
import { clip } from "../text.ts";
import { withoutSecret } from "./secret.ts";
import type { Security } from "./security.ts";

/** How often it is asked for the plugins' state, and for the list of sessions (ms). */
const INFO_MS = 2000;
const LIST_MS = 60_000;
/** How long an answer may take, and after how long a connection is tried again (ms). */
const TIMEOUT_MS = 5000;
const RETRY_MS = 2000;
/** The largest answer: a list of far more sessions than are kept. libzmq cuts who sends more. */
const MAX_ANSWER = 8 * 1024 * 1024;
/** Characters of what a server says. */
const MAX_REASON = 200;

const TRANSPORT = "janus.transport.zeromq";
const HANDLER = "janus.eventhandler.zeromqevh";

/** Where it is. */
export interface AdminSourceOptions extends Security {
  readonly endpoint: string;
  readonly secret: string | null;
}

/** Asks a server's Admin API now and then. */
export class AdminSource implements Disposable {
  readonly #server: Server;
  readonly #options: AdminSourceOptions;
  readonly #shown: string;
  readonly #log: Log;
  readonly #stop = new AbortController();
  /** What was said last: once is enough. */
  #said = "";

  /** @param shown the endpoint as it may be shown */
  constructor(model: Model, server: number, options: AdminSourceOptions, shown: string, log: Log) {
    this.#server = model.servers[server]!;
    this.#options = options;
    this.#shown = shown;
    this.#log = log;
    this.#run();
  }

  /** Asks no more. */
  close(): void {
    this.#stop.abort();
  }

  /** Same as {@linkcode close}. */
  [Symbol.dispose](): void {
    this.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await using admin = await this.#connect();
        await this.#follow(admin);
      } catch (error) {
        if (!signal.aborted) this.#fail(error);
      }
      await this.#wait(RETRY_MS);
    }
  }

  async #connect(): Promise<JanusAdmin> {
    const { endpoint, secret, curve, plain } = this.#options;
    return await connectAdmin(endpoint, {
      timeout: TIMEOUT_MS,
      signal: this.#stop.signal,
      socket: { maxMessageSize: MAX_ANSWER },
      ...(secret === null ? {} : { adminSecret: secret }),
      ...(curve === null ? {} : { curve }),
      ...(plain === null ? {} : { plain }),
    });
  }

  /** Asks until something fails. */
  async #follow(admin: JanusAdmin): Promise<void> {
    const { signal } = this.#stop;
    this.#server.takeServerInfo(this.#clean(await admin.info()));
    for (let listAt = 0; !signal.aborted; await this.#wait(INFO_MS)) {
      await admin.request("ping");
      const asked = Date.now();
      // Before the list: whether it is another Janus.
      await this.#ask(admin, "transport");
      await this.#ask(admin, "eventhandler");
      if (asked >= listAt) {
        const { sessions } = await admin.request("list_sessions");
        if (!Array.isArray(sessions)) throw new TypeError("no list of sessions");
        this.#server.inventory.seed(sessions as readonly JanusId[], asked, Date.now());
        listAt = asked + LIST_MS;
      }
      if (this.#server.admin.state !== "up") {
        this.#said = "";
        this.#log.info(`The Admin API answers at ${this.#shown}`);
      }
      this.#server.setLink("admin", "up", Date.now());
    }
  }

  /** Asks a plugin of ours for its state; Janus may have only one of them. */
  async #ask(admin: JanusAdmin, plugin: "transport" | "eventhandler"): Promise<void> {
    const request = { request: "info" };
    try {
      const { response } = plugin === "transport"
        ? await admin.request("query_transport", { transport: TRANSPORT, request })
        : await admin.request("query_eventhandler", { handler: HANDLER, request });
      this.#server.takePluginInfo(plugin, this.#clean(response), Date.now());
    } catch (error) {
      if (!(error instanceof JanusError) || error.code === JanusErrorCode.unauthorized) throw error;
      this.#server.takePluginInfo(plugin, null, Date.now());
    }
  }

  #clean(value: unknown): unknown {
    return withoutSecret(value, this.#options.secret);
  }

  #fail(error: unknown): void {
    const { state } = this.#server.admin;
    const now = Date.now();
    // It is the transport that would answer.
    if (state === "up") this.#server.takePluginInfo("transport", null, now);
    const [next, problem] = this.#explain(error, state);
    this.#server.setLink("admin", next, now, problem);
    if (this.#said === problem) return;
    this.#said = problem;
    this.#log.warning(problem);
  }

  #explain(error: unknown, state: string): ["refused" | "lost" | "connecting", string] {
    const at = this.#shown;
    const reason = error instanceof JanusError ? this.#reasonOf(error) : "";
    const tried = state === "up" || state === "lost" ? "lost" : "connecting";
    if (error instanceof JanusError && error.code === JanusErrorCode.unauthorized) {
      return [
        "refused",
        `The Admin API at ${at} refuses the request (${reason}): is --admin-secret-file that of` +
        " janus.jcfg, and has this client the right to ask?",
      ];
    }
    if (error instanceof JanusConnectionError) {
      return [
        "refused",
        `The Admin API at ${at} refuses the monitor: look at admin_security.mechanism in` +
        " janus.transport.zeromq.jcfg, and at the keys or the user that were given",
      ];
    }
    if (error instanceof JanusError) {
      return [tried, `The Admin API at ${at} answers with an error (${reason}); it is tried again`];
    }
    if (!(error instanceof JanusTimeoutError) || error.cause instanceof JanusAnswerError) {
      return [
        tried,
        `What answers at ${at} does not make sense: is that Janus's Admin API over ZeroMQ` +
        " (admin.address and admin.port in janus.transport.zeromq.jcfg)? It is tried again",
      ];
    }
    if (tried === "lost") {
      return ["lost", `The Admin API at ${at} answers no more; it is tried again`];
    }
    return [
      "connecting",
      `The Admin API does not answer at ${at}: is admin.admin_enabled true in` +
      " janus.transport.zeromq.jcfg, and is that its address? Metrics and page do without it meanwhile",
    ];
  }

  #reasonOf({ reason }: JanusError): string {
    return clip(String(this.#clean(reason)), MAX_REASON);
  }

  async #wait(milliseconds: number): Promise<void> {
    const { signal } = this.#stop;
    if (signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, milliseconds);
    const end = () => resolve();
    signal.addEventListener("abort", end, { once: true });
    await promise;
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}
