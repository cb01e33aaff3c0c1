/** What stands behind sessions and handles. @module */
import type { JanusEvent, JanusHandleEvent, JanusRequest } from "../janus/api.ts";
import type { JanusId } from "../janus/ids.ts";
import type { Connection } from "./connection.ts";
import { JanusClosedError, JanusError, JanusErrorCode, JanusSessionLostError } from "./errors.ts";
import { EventSource } from "./event_queue.ts";
import type { GoodReply, RequestOptions } from "./transactions.ts";

/** A keepalive that failed is tried again after so many milliseconds at least. */
const RETRY_MS = 1000;

/** What sessions share: those of one client. */
export interface SessionsShared {
  readonly connection: Connection;
  readonly sessions: Map<JanusId, SessionState>;
  readonly maxEvents: number;
  /** Milliseconds; 0 for never. */
  keepalive: number;
}

/** A session that Janus keeps for us. */
export class SessionState {
  readonly id: JanusId;
  /** Events of handles that nobody here knows. */
  readonly events: EventSource<JanusHandleEvent>;
  readonly handles: Map<JanusId, HandleState> = new Map();
  readonly shared: SessionsShared;
  #end: Error | undefined;
  #error: Error | undefined;
  #destroying = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When Janus last answered to a request of it, by `performance.now()`. */
  #used = performance.now();

  constructor(id: JanusId, shared: SessionsShared) {
    this.id = id;
    this.shared = shared;
    this.events = new EventSource(shared.maxEvents);
    shared.sessions.set(id, this);
    this.#schedule();
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Takes a handle in. If the session has ended, so has the handle. */
  adopt(handle: HandleState): void {
    if (this.#end !== undefined) handle.end(this.#end, this.#error);
    else this.handles.set(handle.id, handle);
  }

  /** Asks Janus something about the session. */
  async request(request: JanusRequest, options?: RequestOptions): Promise<GoodReply> {
    if (this.#end !== undefined) throw this.#end;
    const begun = performance.now();
    try {
      const reply = await this.shared.connection.request(
        { ...request, session_id: this.id },
        options,
      );
      this.#used = Math.max(this.#used, begun);
      return reply;
    } catch (error) {
      if (!(error instanceof JanusError) || error.code !== JanusErrorCode.session_not_found) {
        throw error;
      }
      if (this.#destroying) this.#destroyed();
      else this.#lose(error.reason, error.request);
      throw this.#end;
    }
  }

  /** Tells Janus that the session's events are for us. */
  async claim(options?: RequestOptions): Promise<void> {
    await this.request({ janus: "claim" }, options);
  }

  /** Takes an event of the session. */
  deliver(event: JanusEvent): void {
    if (event.janus === "timeout") {
      const request = { janus: "keepalive", session_id: this.id };
      return this.#lose("The session timed out", request);
    }
    const handle = this.handles.get(event.sender);
    if (handle !== undefined) handle.deliver(event);
    else this.events.push(event);
  }

  /** Ends it in Janus, and here. */
  async destroy(options?: RequestOptions): Promise<void> {
    if (this.#end !== undefined) return;
    this.#destroying = true;
    try {
      await this.request({ janus: "destroy" }, options);
    } catch (error) {
      if (error !== this.#end) {
        this.#destroying = false;
        throw error;
      }
    }
    this.#destroyed();
  }

  #destroyed(): void {
    this.end(new JanusClosedError(`Session ${this.id} was destroyed`));
  }

  #lose(reason: string, request: JanusRequest): void {
    const lost = new JanusSessionLostError(this.id, reason, request);
    this.end(lost, lost);
  }

  /**
   * Ends it here.
   *
   * @param reason what requests fail with, from now on
   * @param error what iterations fail with; without one they end
   */
  end(reason: Error, error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.#error = error;
    clearTimeout(this.#timer);
    const { connection, sessions } = this.shared;
    if (sessions.get(this.id) === this) sessions.delete(this.id);
    connection.fail(({ session_id }) => session_id === this.id, reason);
    for (const handle of [...this.handles.values()]) handle.end(reason, error);
    this.events.end(error);
  }

  /** Forgets it without telling Janus. */
  release(): void {
    this.end(new JanusClosedError(`Session ${this.id} was released`));
  }

  /** Sets the timer anew, after the interval was changed. */
  reschedule(): void {
    if (this.#end === undefined) this.#schedule();
  }

  #schedule(least = 0): void {
    clearTimeout(this.#timer);
    const { keepalive } = this.shared;
    if (keepalive === 0 || this.#end !== undefined) return;
    const delay = Math.max(least, keepalive - (performance.now() - this.#used));
    this.#timer = setTimeout(() => this.#keepAlive(), delay);
  }

  async #keepAlive(): Promise<void> {
    const { keepalive } = this.shared;
    // Whatever was asked meanwhile kept it alive as well.
    if (performance.now() - this.#used < keepalive - 1) return this.#schedule();
    try {
      await this.request({ janus: "keepalive" });
      this.#schedule();
    } catch {
      this.#schedule(Math.min(RETRY_MS, keepalive));
    }
  }
}

/** A handle that Janus keeps for us. */
export class HandleState {
  readonly id: JanusId;
  readonly plugin: string | undefined;
  readonly session: SessionState;
  readonly events: EventSource<JanusHandleEvent>;
  #end: Error | undefined;
  #detaching = false;

  constructor(id: JanusId, plugin: string | undefined, session: SessionState) {
    this.id = id;
    this.plugin = plugin;
    this.session = session;
    this.events = new EventSource(session.shared.maxEvents);
    session.adopt(this);
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Asks Janus something about the handle. */
  async request(request: JanusRequest, options?: RequestOptions): Promise<GoodReply> {
    if (this.#end !== undefined) throw this.#end;
    try {
      return await this.session.request({ ...request, handle_id: this.id }, options);
    } catch (error) {
      if (!(error instanceof JanusError) || error.code !== JanusErrorCode.handle_not_found) {
        throw error;
      }
      if (this.#detaching) this.#detached();
      else this.end(error, error);
      throw this.#end;
    }
  }

  /** Takes an event of the handle. */
  deliver(event: JanusHandleEvent): void {
    this.events.push(event);
    if (event.janus === "detached") this.#detached();
  }

  /** Ends it in Janus, and here. */
  async detach(options?: RequestOptions): Promise<void> {
    if (this.#end !== undefined) return;
    this.#detaching = true;
    try {
      await this.request({ janus: "detach" }, options);
    } catch (error) {
      // The word that it is detached can overtake the reply.
      if (error !== this.#end) {
        this.#detaching = false;
        throw error;
      }
    }
    this.#detached();
  }

  #detached(): void {
    this.end(new JanusClosedError(`Handle ${this.id} was detached`));
  }

  /** Ends it here; see {@linkcode SessionState.end}. */
  end(reason: Error, error?: Error): void {
    if (this.#end !== undefined) return;
    this.#end = reason;
    this.session.handles.delete(this.id);
    const { id, session: { id: session, shared: { connection } } } = this;
    connection.fail(
      ({ session_id, handle_id }) => session_id === session && handle_id === id,
      reason,
    );
    this.events.end(error);
  }
}
