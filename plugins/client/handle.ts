/** Handles: attachments to plugins. @module */
import type {
  JanusHandleEvent,
  Jsep,
  JsonObject,
  PluginData,
  TrickleCandidate,
} from "../janus/api.ts";
import type { JanusId } from "../janus/ids.ts";
import { JanusClosedError, JanusPluginError, JanusTimeoutError } from "./errors.ts";
import type { EventsOptions, JanusEvents } from "./event_queue.ts";
import type { WaitOptions } from "./options.ts";
import type { HandleState } from "./session_state.ts";
import { type GoodReply, isPluginReply } from "./transactions.ts";

/** How to send a message to a plugin. */
export interface MessageOptions extends WaitOptions {
  /** The session description that goes with it. */
  readonly jsep?: Jsep;
}

/** What a plugin answered. */
export interface PluginReply<T = JsonObject> extends PluginData<T> {
  /** The session description that came with it. */
  readonly jsep?: Jsep;
}

/**
 * A handle: our attachment to a plugin, and at most one PeerConnection.
 *
 * @example
 * ```ts ignore
 * await using handle = await session.attach("janus.plugin.echotest");
 * const { data, jsep } = await handle.message({ audio: true }, { jsep: offer });
 * for await (const event of handle.events()) {
 *   if (event.janus === "hangup") break;
 * }
 * ```
 */
export class JanusHandle implements AsyncDisposable {
  readonly #state: HandleState;

  /** Made by {@linkcode JanusSession.attach}. */
  constructor(state: HandleState) {
    this.#state = state;
  }

  /** Janus's id for it. */
  get id(): JanusId {
    return this.#state.id;
  }

  /** The plugin's package; undefined if it wasn't told. */
  get plugin(): string | undefined {
    return this.#state.plugin;
  }

  /** True once it was detached, or its session is gone. */
  get closed(): boolean {
    return this.#state.ended;
  }

  /**
   * Sends the plugin a message and waits for its answer: at once, or as the event that bears our
   * transaction. That event is not among {@linkcode events}; what else the plugin sends is.
   *
   * @param body what the plugin understands
   * @param options `timeout` counts anew when Janus has acknowledged the message
   * @throws {JanusPluginError} if the plugin answers with an error
   * @throws {JanusError} if Janus does, {@linkcode JanusTimeoutError} if nobody does
   */
  async message<T = JsonObject>(
    body: object = {},
    options: MessageOptions = {},
  ): Promise<PluginReply<T>> {
    const reply = await this.#message(body, options, "event");
    return readReply<T>(reply) ?? { plugin: this.plugin ?? "", data: {} as T };
  }

  /**
   * Sends the plugin a message and waits only until Janus has taken it: what the plugin has to say
   * comes among {@linkcode events}. For messages that are answered late, never, or several times.
   *
   * @returns the answer, if the plugin answered at once
   * @throws as {@linkcode message}
   */
  async post<T = JsonObject>(
    body: object = {},
    options: MessageOptions = {},
  ): Promise<PluginReply<T> | undefined> {
    return readReply<T>(await this.#message(body, options, "reply"));
  }

  async #message(
    body: object,
    { jsep, ...options }: MessageOptions,
    until: "reply" | "event",
  ): Promise<GoodReply> {
    const request = { janus: "message", body, ...(jsep === undefined ? {} : { jsep }) };
    const reply = await this.#state.request(request, { ...options, until });
    if (!isPluginReply(reply)) return reply;
    // What all of Janus's own plugins do to tell of errors.
    const { error, error_code } = reply.plugindata.data;
    if (typeof error_code !== "number") return reply;
    throw new JanusPluginError(error_code, String(error), reply.plugindata, {
      ...request,
      session_id: this.#state.session.id,
      handle_id: this.id,
    });
  }

  /**
   * Trickles candidates to Janus.
   *
   * @param candidate one, several, or null when there are no more
   */
  async trickle(
    candidate: TrickleCandidate | readonly TrickleCandidate[] | null,
    options?: WaitOptions,
  ): Promise<void> {
    const candidates = Array.isArray(candidate)
      ? { candidates: candidate }
      : { candidate: candidate ?? { completed: true } };
    await this.#state.request({ janus: "trickle", ...candidates }, options);
  }

  /** Ends the PeerConnection, if there is one. The handle remains. */
  async hangup(options?: WaitOptions): Promise<void> {
    await this.#state.request({ janus: "hangup" }, options);
  }

  /** Ends the handle. Does nothing if it is gone already. */
  detach(options?: WaitOptions): Promise<void> {
    return this.#state.detach(options);
  }

  /**
   * What happens to the handle, from when it was attached: webrtcup, media, slowlink, ice-failed,
   * hangup, detached, trickle, and the plugin's events (`janus: "event"`) but those that answered a
   * message. Each iteration gets every event; while there is none, they wait for the next one. At
   * most `maxEvents` wait; then the oldest are dropped, and counted in `dropped`.
   *
   * Ends when the handle does, the session is destroyed or the client closed; by a
   * {@linkcode JanusSessionLostError} if Janus doesn't know the session any more.
   */
  events(options?: EventsOptions): JanusEvents<JanusHandleEvent> {
    return this.#state.events.read(options);
  }

  /** Same as {@linkcode detach}. If Janus doesn't answer, it is left at that. */
  async [Symbol.asyncDispose](): Promise<void> {
    await leave(this.detach());
  }
}

function readReply<T>(reply: GoodReply): PluginReply<T> | undefined {
  if (!isPluginReply(reply)) return undefined;
  const { plugindata: { plugin, data }, jsep } = reply;
  return { plugin, data: data as T, ...(jsep === undefined ? {} : { jsep }) };
}

/** Janus frees what belongs to a client that is gone: no need to fail where it doesn't answer. */
export async function leave(end: Promise<void>): Promise<void> {
  try {
    await end;
  } catch (error) {
    if (!(error instanceof JanusTimeoutError || error instanceof JanusClosedError)) throw error;
  }
}
