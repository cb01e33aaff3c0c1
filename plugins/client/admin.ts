/** The client of the Admin API. @module */
import type { AdminReplyFields, AdminVerb, AdminVerbs } from "../janus/admin_api.ts";
import type { JsonObject, ServerInfo } from "../janus/api.ts";
import { Connection } from "./connection.ts";
import type { ConnectAdminOptions, WaitOptions } from "./options.ts";

/** What a verb takes; optional where it takes nothing. */
export type AdminArguments<V extends AdminVerb> = Record<never, never> extends AdminVerbs[V]["args"]
  ? [args?: AdminVerbs[V]["args"], options?: WaitOptions]
  : [args: AdminVerbs[V]["args"], options?: WaitOptions];

/** What answers a verb. */
export type AdminReply<V extends AdminVerb> = AdminReplyFields & AdminVerbs[V]["reply"];

/** A client of the Admin API; see {@linkcode connectAdmin}. */
export class JanusAdmin implements AsyncDisposable {
  readonly #connection: Connection;

  private constructor(endpoint: string, options: ConnectAdminOptions) {
    const { adminSecret } = options;
    const credentials = adminSecret === undefined ? {} : { admin_secret: adminSecret };
    const nothing = () => {};
    this.#connection = new Connection(endpoint, options, credentials, {
      onEvent: nothing,
      onReconnect: nothing,
      onSilence: nothing,
      onClose: nothing,
    });
  }

  /** Same as {@linkcode connectAdmin}. */
  static async open(endpoint: string, options: ConnectAdminOptions = {}): Promise<JanusAdmin> {
    const { signal } = options;
    signal?.throwIfAborted();
    const admin = new JanusAdmin(endpoint, options);
    try {
      await admin.#connection.request({ janus: "info" }, { signal });
      return admin;
    } catch (error) {
      await admin.#connection.close();
      throw error;
    }
  }

  /** What it connects to. */
  get endpoint(): string {
    return this.#connection.endpoint;
  }

  /** True while the connection stands; when it doesn't, it is being made again. */
  get connected(): boolean {
    return this.#connection.up;
  }

  /** True once it was closed. */
  get closed(): boolean {
    return this.#connection.closed;
  }

  /** What Janus is, and what it has loaded. */
  async info(options?: WaitOptions): Promise<ServerInfo> {
    return await this.request("info", {}, options);
  }

  /**
   * Sends a request; the secret is added.
   *
   * @returns Janus's reply as it is
   * @throws {JanusError} 403 without the right secret, 453 for a verb that Janus doesn't know, ...
   */
  request<V extends AdminVerb>(verb: V, ...args: AdminArguments<V>): Promise<AdminReply<V>>;
  /** The same for verbs that are not known here. */
  request(
    verb: string & Record<never, never>,
    args?: JsonObject,
    options?: WaitOptions,
  ): Promise<JsonObject>;
  async request(verb: string, args: object = {}, options?: WaitOptions): Promise<unknown> {
    return await this.#connection.request({ ...args, janus: verb }, options);
  }

  /** Closes the connection; what waits fails with a {@linkcode JanusClosedError}. */
  close(): Promise<void> {
    return this.#connection.close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * Connects to Janus's Admin API over ZeroMQ.
 *
 * @param endpoint of the transport's admin socket, such as `"tcp://127.0.0.1:7445"`
 * @returns once Janus has answered for the first time
 * @throws as {@linkcode connect}
 *
 * @example
 * ```ts ignore
 * import { connectAdmin } from "@janus-zeromq/janus-zeromq";
 *
 * await using admin = await connectAdmin("tcp://127.0.0.1:7445", { adminSecret: "janusoverlord" });
 * const { sessions } = await admin.request("list_sessions");
 * for (const session_id of sessions) {
 *   const { handles } = await admin.request("list_handles", { session_id });
 *   console.log(session_id, handles);
 * }
 * ```
 */
export function connectAdmin(
  endpoint: string,
  options: ConnectAdminOptions = {},
): Promise<JanusAdmin> {
  return JanusAdmin.open(endpoint, options);
}
