/** The client of the Janus API. @module */
import type { JanusEvent, JsonObject, ServerInfo } from "../janus/api.ts";
import { type JanusId, toJanusId } from "../janus/ids.ts";
import { Connection } from "./connection.ts";
import { JanusClosedError } from "./errors.ts";
import { checkNumber, type ConnectOptions, type WaitOptions } from "./options.ts";
import { JanusSession, readId } from "./session.ts";
import { type SessionsShared, SessionState } from "./session_state.ts";
import type { GoodReply } from "./transactions.ts";

const DEFAULT_MAX_EVENTS = 1000;
/** Milliseconds that a client which is closed waits for its sessions to be destroyed. */
const CLOSE_MS = 1000;
/** Sessions that are claimed or destroyed at a time. */
const AT_A_TIME = 100;

/** How to create a session. */
export interface CreateSessionOptions extends WaitOptions {
  /** The id that it shall have; by default Janus makes one up. */
  readonly id?: JanusId;
}

/** A client of the Janus API; see {@linkcode connect}. */
export class JanusClient implements AsyncDisposable {
  readonly #connection: Connection;
  readonly #shared: SessionsShared;
  readonly #keepalive: number | false | undefined;
  #recovering = false;
  #recoverAgain = false;
  #closing: Promise<void> | undefined;

  private constructor(endpoint: string, options: ConnectOptions) {
    const { apiSecret, token, keepalive, maxEvents = DEFAULT_MAX_EVENTS } = options;
    checkNumber("maxEvents", maxEvents, 1);
    if (typeof keepalive === "number") checkNumber("keepalive", keepalive, 1);
    this.#keepalive = keepalive;
    const credentials = {
      ...(apiSecret === undefined ? {} : { apisecret: apiSecret }),
      ...(token === undefined ? {} : { token }),
    };
    this.#connection = new Connection(endpoint, options, credentials, {
      onEvent: (event) => this.#deliver(event),
      onReconnect: () => this.#recover(),
      onSilence: () => this.#recover(),
      onClose: () => this.#endAll(),
    });
    const connection = this.#connection;
    this.#shared = { connection, sessions: new Map(), maxEvents, keepalive: 0 };
  }

  /** Same as {@linkcode connect}. */
  static async open(endpoint: string, options: ConnectOptions = {}): Promise<JanusClient> {
    options.signal?.throwIfAborted();
    const client = new JanusClient(endpoint, options);
    try {
      await client.#readInfo(options.signal);
      return client;
    } catch (error) {
      await client.#connection.close();
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
    return this.#closing !== undefined || this.#connection.closed;
  }

  /** What Janus is, and what it has loaded. */
  async info(options?: WaitOptions): Promise<ServerInfo> {
    return await this.request("info", {}, options) as ServerInfo;
  }

  /** Asks Janus whether it is there. @returns milliseconds until it answered */
  async ping(options?: WaitOptions): Promise<number> {
    const begun = performance.now();
    await this.request("ping", {}, options);
    return performance.now() - begun;
  }

  /** Sends any request, and returns Janus's reply as it is. Secret and token are added. */
  async request(verb: string, args: JsonObject = {}, options?: WaitOptions): Promise<GoodReply> {
    this.#check();
    return await this.#connection.request({ ...args, janus: verb }, options);
  }

  /**
   * Creates a session. It is kept alive by itself.
   *
   * @throws {JanusError} 403 without the right secret or token, 468 if the id is taken, 472 if
   * Janus takes no sessions
   */
  async createSession(options: CreateSessionOptions = {}): Promise<JanusSession> {
    this.#check();
    const { id, ...wait } = options;
    const wanted = id === undefined ? {} : { id: toJanusId(id) };
    let session: SessionState | undefined;
    await this.#connection.request({ janus: "create", ...wanted }, {
      ...wait,
      accept: (reply) => session = new SessionState(readId(reply), this.#shared),
      late: (reply) => {
        // Nobody waits for the session any more: it would live until it times out.
        const request = { janus: "destroy", session_id: readId(reply) };
        this.#connection.request(request).catch(() => {});
      },
    });
    return new JanusSession(session!);
  }

  /**
   * Takes a session over from another client, or back from the past: from now on its events come
   * here. Needs Janus's secret or a token, where it asks for them. Its handles are known to Janus;
   * see {@linkcode JanusSession.handle}.
   *
   * @throws {JanusSessionLostError} if there is no such session
   */
  async claimSession(id: JanusId, options?: WaitOptions): Promise<JanusSession> {
    this.#check();
    const exact = toJanusId(id);
    const known = this.#shared.sessions.get(exact);
    // Events may come as soon as Janus has done it, before it says so.
    const state = known ?? new SessionState(exact, this.#shared);
    try {
      await state.claim(options);
    } catch (error) {
      if (known === undefined) state.release();
      throw error;
    }
    return new JanusSession(state);
  }

  /**
   * Destroys the sessions, as far as Janus answers within a second, and closes the connection.
   * Whatever waits fails with a {@linkcode JanusClosedError}; iterations end.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** Same as {@linkcode close}. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const connection = this.#connection;
    connection.fail(() => true, this.#closedError());
    if (connection.up) {
      const signal = AbortSignal.timeout(Math.min(CLOSE_MS, connection.timeout));
      await this.#each((session) => session.destroy({ signal }));
    }
    await connection.close();
  }

  #check(): void {
    if (this.closed) throw this.#closedError();
  }

  #closedError(): JanusClosedError {
    return new JanusClosedError(`The client of ${this.endpoint} was closed`);
  }

  #endAll(): void {
    const error = this.#closedError();
    for (const session of [...this.#shared.sessions.values()]) session.end(error);
  }

  #deliver(event: JanusEvent): void {
    this.#shared.sessions.get(event.session_id)?.deliver(event);
  }

  /** Does something to every session, a number of them at a time; that it fails means nothing. */
  async #each(act: (session: SessionState) => Promise<void>): Promise<void> {
    const sessions = this.#shared.sessions.values();
    const work = async () => {
      for (const session of sessions) await act(session).catch(() => {});
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  /** Learns what Janus wants to hear of sessions, and how often. */
  async #readInfo(signal?: AbortSignal): Promise<void> {
    const reply = await this.#connection.request({ janus: "info" }, { signal });
    const seconds = (reply as ServerInfo)["session-timeout"];
    const byDefault = typeof seconds === "number" ? seconds * 1000 / 2 : 0;
    const keepalive = this.#keepalive === false ? 0 : this.#keepalive ?? byDefault;
    if (keepalive === this.#shared.keepalive) return;
    this.#shared.keepalive = keepalive;
    for (const session of this.#shared.sessions.values()) session.reschedule();
  }

  /**
   * After the connection was made anew, or nothing was heard for long, Janus may believe that we
   * are gone, or send our events elsewhere: claims all sessions. Those that it doesn't know end.
   */
  async #recover(): Promise<void> {
    this.#recoverAgain = true;
    if (this.#recovering) return;
    this.#recovering = true;
    try {
      // Meanwhile the connection may be lost again.
      while (this.#recoverAgain && !this.closed) {
        this.#recoverAgain = false;
        await this.#readInfo();
        await this.#each((session) => session.claim());
      }
    } catch {
      // No answer: a reconnect or the next keepalive brings it here again.
    } finally {
      this.#recovering = false;
    }
  }
}

/**
 * Connects to Janus's API over ZeroMQ. The connection is made again by itself when it breaks;
 * sessions then go on, if Janus still has them.
 *
 * @param endpoint of the transport, such as `"tcp://127.0.0.1:5545"`
 * @returns once Janus has answered for the first time
 * @throws {JanusTimeoutError} if it doesn't, {@linkcode JanusConnectionError} if it refuses us,
 * {@linkcode ZmqError} for an endpoint that can't be
 *
 * @example
 * ```ts ignore
 * import { connect } from "@janus-zeromq/janus-zeromq";
 *
 * await using janus = await connect("tcp://127.0.0.1:5545");
 * await using session = await janus.createSession();
 * const handle = await session.attach("janus.plugin.echotest");
 * const { data } = await handle.message({ audio: true, video: true });
 * console.log(data.result);
 * ```
 */
export function connect(endpoint: string, options: ConnectOptions = {}): Promise<JanusClient> {
  return JanusClient.open(endpoint, options);
}
