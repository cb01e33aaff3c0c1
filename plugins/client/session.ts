/** Sessions. @module */
import type { JanusHandleEvent, JsonObject, SuccessReply } from "../janus/api.ts";
import { type JanusId, toJanusId } from "../janus/ids.ts";
import type { EventsOptions, JanusEvents } from "./event_queue.ts";
import { JanusHandle, leave } from "./handle.ts";
import type { WaitOptions } from "./options.ts";
import { HandleState, type SessionState } from "./session_state.ts";
import type { GoodReply } from "./transactions.ts";

/** How to attach to a plugin. */
export interface AttachOptions extends WaitOptions {
  /** A name of ours for the handle: Janus's events tell it. */
  readonly opaqueId?: string;
  /** Which of Janus's event loops to use, where it has a fixed number of them. */
  readonly loopIndex?: number;
}

/**
 * A session, kept alive for as long as it isn't destroyed or released.
 *
 * @example
 * ```ts ignore
 * await using session = await janus.createSession();
 * const handle = await session.attach("janus.plugin.echotest", { opaqueId: "me" });
 * ```
 */
export class JanusSession implements AsyncDisposable {
  readonly #state: SessionState;

  /** Made by {@linkcode JanusClient.createSession} and {@linkcode JanusClient.claimSession}. */
  constructor(state: SessionState) {
    this.#state = state;
  }

  /** Janus's id for it. */
  get id(): JanusId {
    return this.#state.id;
  }

  /** True once it was destroyed or released, or is lost. */
  get closed(): boolean {
    return this.#state.ended;
  }

  /**
   * Attaches to a plugin.
   *
   * @param plugin its package, such as `"janus.plugin.echotest"`
   * @throws {JanusError} 460 if there is no such plugin, 405 if our token may not use it
   */
  async attach(plugin: string, options: AttachOptions = {}): Promise<JanusHandle> {
    const { opaqueId, loopIndex, ...wait } = options;
    let handle: HandleState | undefined;
    await this.#state.request({
      janus: "attach",
      plugin,
      ...(opaqueId === undefined ? {} : { opaque_id: opaqueId }),
      ...(loopIndex === undefined ? {} : { loop_index: loopIndex }),
    }, {
      ...wait,
      // Its events can be right behind.
      accept: (reply) => handle = new HandleState(readId(reply), plugin, this.#state),
      late: (reply) => {
        // Nobody waits for the handle any more: it would live as long as the session.
        const handle_id = readId(reply);
        this.#state.request({ janus: "detach", handle_id }).catch(() => {});
      },
    });
    return new JanusHandle(handle!);
  }

  /**
   * A handle that the session has already, such as one that another client attached before we
   * claimed the session. Asks nobody whether it exists.
   */
  handle(id: JanusId, plugin?: string): JanusHandle {
    const exact = toJanusId(id);
    const known = this.#state.handles.get(exact);
    return new JanusHandle(known ?? new HandleState(exact, plugin, this.#state));
  }

  /** Tells Janus that we are there. The client does so by itself; see its option `keepalive`. */
  async keepalive(options?: WaitOptions): Promise<void> {
    await this.#state.request({ janus: "keepalive" }, options);
  }

  /** Sends any request for this session, and returns Janus's reply as it is. */
  request(verb: string, args: JsonObject = {}, options?: WaitOptions): Promise<GoodReply> {
    return this.#state.request({ ...args, janus: verb }, options);
  }

  /**
   * Events of handles that have no {@linkcode JanusHandle} here, such as those of a session that
   * was claimed. Queued and ended as {@linkcode JanusHandle.events}.
   */
  events(options?: EventsOptions): JanusEvents<JanusHandleEvent> {
    return this.#state.events.read(options);
  }

  /** Ends the session, and its handles. Does nothing if it is gone already. */
  destroy(options?: WaitOptions): Promise<void> {
    return this.#state.destroy(options);
  }

  /**
   * Forgets the session without ending it, so that another client can claim it: it is not kept
   * alive, claimed or destroyed by this one any more. What waits here ends as if it was destroyed.
   */
  release(): void {
    this.#state.release();
  }

  /** Same as {@linkcode destroy}. If Janus doesn't answer, it is left at that. */
  async [Symbol.asyncDispose](): Promise<void> {
    await leave(this.destroy());
  }
}

/** The id in a reply to `create` or `attach`. */
export function readId(reply: GoodReply): JanusId {
  const id = (reply as SuccessReply).data?.id;
  if (typeof id === "number" || typeof id === "bigint") return id;
  throw new TypeError(`Cannot read Janus's reply: there is no id in it`);
}
