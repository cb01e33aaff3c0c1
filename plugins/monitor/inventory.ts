/** Which sessions and handles a server has. @module */
import type { HandleEvent, SessionEvent, TransportEvent } from "../janus/events.ts";
import type { JanusId } from "../janus/ids.ts";
import type { Courses } from "./course.ts";
import type { Descriptions } from "./descriptions.ts";
import { EndedHandles } from "./ended_handles.ts";
import { Handle, Session } from "./handle.ts";
import { ENDED_SECONDS, MAX_HANDLES, MAX_LABEL, MAX_SESSIONS } from "./limits.ts";
import { isId, Recent } from "./recent.ts";
import type { ServerMetrics } from "./server_metrics.ts";
import { clip, textOf } from "./text.ts";
import { NO_TROUBLE } from "./trouble.ts";
import type { CallEnd } from "./wire.ts";

/** A session whose client is gone, and that has no handles, is over after so long (ms). */
const ORPHAN_MS = 2000;
/** A handle whose session has ended tells its last statistics, and that it is detached, within this time (ms). */
const LAST_WORDS_MS = 5000;
/** What began so shortly (ms) before a list was asked for need not be on it. */
const LIST_MS = 2000;
/** Its connections come and go while sessions stay. */
const CONNECTIONLESS = "janus.transport.http";

/** A call whose end may have been missed, and that tells no more statistics, is over after this time (ms). */
const SILENT_MS = 60_000;

/** Why a session ended, as the label has it. */
export type EndReason = "destroyed" | "timeout" | "gone" | "lost";

/** What is said of it, beside that it is so. */
const DETACHED: Partial<Record<CallEnd, string>> = { gone: "client gone", unseen: "unseen" };

/** A server's sessions and handles. */
export class Inventory {
  readonly #metrics: ServerMetrics;
  readonly #courses: Courses;
  readonly #onGone: (handle: JanusId) => void;
  readonly #sessions = new Map<JanusId, Session>();
  readonly #handles = new Map<JanusId, Handle>();
  readonly #ended: EndedHandles;
  readonly #recent = new Recent();
  readonly #byClient = new Map<string, Set<Session>>();
  readonly #orphans = new Set<Session>();
  /** Handles whose session has ended: when (ms), and when by Janus's clock (us). */
  readonly #leaving = new Map<Handle, { readonly since: number; readonly made: number }>();
  /** Since when (ms) events are missing; null if none are, or it was looked at what became of calls. */
  #doubt: number | null = null;
  /** Since the last tick. */
  #newSessions: Session[] = [];
  #goneSessions: JanusId[] = [];
  /** What there was no room for. */
  readonly leftOut = { sessions: 0, handles: 0 };

  /** @param gone told of each handle that is no more */
  constructor(
    metrics: ServerMetrics,
    courses: Courses,
    descriptions: Descriptions,
    gone: (handle: JanusId) => void,
  ) {
    this.#metrics = metrics;
    this.#courses = courses;
    this.#ended = new EndedHandles(descriptions);
    this.#onGone = gone;
  }

  get sessionCount(): number {
    return this.#sessions.size;
  }

  get handleCount(): number {
    return this.#handles.size;
  }

  /** PeerConnections that are up. */
  get calls(): number {
    let count = 0;
    for (const { phase } of this.#handles.values()) if (phase === "up") count++;
    return count;
  }

  /** Media that should arrive and do not. */
  get stalled(): number {
    let count = 0;
    for (const handle of this.#handles.values()) for (const _ of handle.stalled()) count++;
    return count;
  }

  sessions(): Iterable<Session> {
    return this.#sessions.values();
  }

  /** All handles, those first that have ended and are still shown. */
  *handles(): Generator<Handle> {
    yield* this.#ended.all();
    yield* this.#handles.values();
  }

  /** A handle, also one that has ended and is still shown. */
  handle(id: JanusId): Handle | undefined {
    return this.#handles.get(id) ?? this.#ended.get(id);
  }

  /** A session began or ended. */
  takeSession({ session_id, timestamp, event }: SessionEvent, now: number): void {
    if (event.name === "destroyed" || event.name === "timeout") {
      // Since Janus 1.3.2 it tells the end of a session whose client is gone, right behind that.
      const { clientGone = null } = this.#sessions.get(session_id) ?? {};
      const gone = event.name === "destroyed" && clientGone !== null &&
        now - clientGone < ORPHAN_MS;
      this.#endSession(session_id, gone ? "gone" : event.name, now, timestamp);
      return;
    }
    if (event.name !== "created") return;
    const transport = textOf(event.transport?.transport, MAX_LABEL) ?? "unknown";
    this.#metrics.cell("janus_sessions_created_total", transport).value++;
    const session = this.#session(session_id, now, true);
    if (session === undefined) return;
    session.transport = transport;
    session.certain = true;
    if (transport === CONNECTIONLESS) return;
    const client = `${transport} ${clip(String(event.transport?.id))}`;
    session.client = client;
    const of = this.#byClient.get(client);
    if (of === undefined) this.#byClient.set(client, new Set([session]));
    else of.add(session);
  }

  /** A transport's client came or went: Janus until 1.3.1 tells of its sessions' ends no more than that. */
  takeTransport({ event }: TransportEvent, now: number): void {
    if (event.data?.event !== "disconnected") return;
    const client = `${event.transport} ${clip(String(event.id))}`;
    for (const session of this.#byClient.get(client) ?? []) {
      session.clientGone = now;
      this.#orphans.add(session);
    }
  }

  /** A handle was attached, or detached. */
  takeHandle(event: HandleEvent, now: number): void {
    const { handle_id, event: { name, plugin } } = event;
    if (name === "detached") {
      const gone = this.#sessions.get(event.session_id)?.clientGone ?? null;
      this.#detach(handle_id, now, gone === null ? "detached" : "gone", event.timestamp);
      return;
    }
    if (name !== "attached") return;
    this.#recent.delete(handle_id);
    const handle = this.known(event.session_id, handle_id, now, true);
    if (handle === undefined) return;
    handle.plugin = textOf(plugin, MAX_LABEL) ?? null;
    handle.mark(now, "attached", handle.plugin ?? "");
    const session = this.#sessions.get(event.session_id);
    if (session !== undefined) this.#adopt(session);
  }

  /**
   * The handle with this id, also one that was not known; undefined if there is no room, or if it has
   * ended.
   *
   * @param counted true if it begins now, and so do its statistics
   */
  known(session_id: JanusId, id: JanusId, now: number, counted = false): Handle | undefined {
    const known = this.#handles.get(id);
    if (known !== undefined) return known;
    if (!isId(id) || this.#recent.has(id)) return undefined;
    const session = this.#session(session_id, now, counted);
    if (session === undefined || this.#handles.size >= MAX_HANDLES) {
      if (counted) this.leftOut.handles++;
      return undefined;
    }
    const handle = new Handle(id, session_id, now, counted, this.#courses);
    this.#handles.set(id, handle);
    session.handles.add(handle);
    session.certain = true;
    return handle;
  }

  /** The sessions that there are, as the Admin API lists them. @param asked when it was asked (ms) */
  seed(ids: readonly JanusId[], asked: number, now: number): void {
    const listed = new Set(ids);
    for (const id of listed) this.#session(id, now, false);
    for (const [id, session] of this.#sessions) {
      session.certain = true;
      if (!listed.has(id) && session.since < asked - LIST_MS) this.#endSession(id, "lost", now);
    }
  }

  /** Events may have been missed: what was known may have ended. */
  doubt(now: number): void {
    this.#doubt = now;
    for (const session of this.#sessions.values()) session.certain = false;
  }

  /** Janus says how many sessions it has: those in doubt are gone, as far as there are too many. */
  reconcile(count: number, now: number): void {
    for (const [id, { certain }] of this.#sessions) {
      if (this.#sessions.size <= count) return;
      if (!certain) this.#endSession(id, "lost", now);
    }
  }

  /** The server is another one: nothing is left of what there was then (ms). */
  lose(now: number, then = Infinity): void {
    for (const { id, since } of [...this.#sessions.values()]) {
      if (since <= then) this.#endSession(id, "lost", now, undefined, "lost");
    }
    for (const { id, since } of [...this.#handles.values()]) {
      if (since <= then) this.#detach(id, now, "lost");
    }
  }

  /** Ends a second. */
  tick(now: number): void {
    for (const session of this.#orphans) {
      const known = this.#sessions.get(session.id) === session;
      if (known && session.handles.size > 0) continue;
      if (known && now - session.clientGone! < ORPHAN_MS) continue;
      this.#orphans.delete(session);
      if (known) this.#endSession(session.id, "gone", now);
    }
    for (const [handle, { since, made }] of this.#leaving) {
      if (now - since >= LAST_WORDS_MS) this.#detach(handle.id, now, "detached", made);
    }
    if (this.#doubt !== null && now - this.#doubt >= SILENT_MS) this.#endSilent(this.#doubt, now);
    this.#ended.trim(now);
    this.#recent.trim(now - ENDED_SECONDS * 1000);
    for (const handle of this.#handles.values()) handle.judge(now);
  }

  /** What has come and gone since the last time. */
  takeChanges(): {
    readonly sessions: readonly Session[];
    readonly goneSessions: readonly JanusId[];
    readonly goneHandles: readonly JanusId[];
  } {
    const changes = {
      sessions: this.#newSessions.filter((one) => this.#sessions.get(one.id) === one),
      // One that came back is there.
      goneSessions: this.#goneSessions.filter((id) => !this.#sessions.has(id)),
      goneHandles: this.#ended.takeGone().filter((id) => this.handle(id) === undefined),
    };
    this.#newSessions = [];
    this.#goneSessions = [];
    return changes;
  }

  /** Brings the gauges up to date. */
  gauge(): void {
    const metrics = this.#metrics;
    metrics.family("janus_handles").clear();
    const stalled = metrics.family("janus_media_stalled");
    stalled.clear();
    for (const media of ["audio", "video"]) metrics.cell("janus_media_stalled", media);
    for (const handle of this.#handles.values()) {
      metrics.cell("janus_handles", handle.plugin ?? "unknown").value++;
      for (const { media } of handle.stalled()) metrics.cell("janus_media_stalled", media).value++;
    }
    metrics.cell("janus_sessions").value = this.sessionCount;
    metrics.cell("janus_peerconnections").value = this.calls;
  }

  #session(id: JanusId, now: number, created: boolean): Session | undefined {
    const known = this.#sessions.get(id);
    if (known !== undefined) return known;
    if (!isId(id) || !created && this.#recent.has(id)) return undefined;
    if (this.#sessions.size >= MAX_SESSIONS) {
      if (created) this.leftOut.sessions++;
      return undefined;
    }
    const session = new Session(id, now);
    this.#sessions.set(id, session);
    this.#newSessions.push(session);
    return session;
  }

  /** Another client goes on with a session. */
  #adopt(session: Session): void {
    session.clientGone = null;
    this.#orphans.delete(session);
  }

  #endSession(
    id: JanusId,
    reason: EndReason,
    now: number,
    made?: number,
    how: CallEnd = reason === "lost" ? "unseen" : reason === "gone" ? "gone" : "detached",
  ): void {
    const session = this.#sessions.get(id);
    if (session === undefined && !isId(id)) return;
    if (session === undefined) {
      // One that began before the monitor, or that there was no room for.
      if (!this.#recent.has(id)) this.#metrics.cell("janus_sessions_ended_total", reason).value++;
      this.#recent.add(id, now);
      return;
    }
    this.#metrics.cell("janus_sessions_ended_total", reason).value++;
    for (const handle of session.handles) {
      if (made === undefined) this.#detach(handle.id, now, how);
      else this.#leaving.set(handle, { since: now, made });
    }
    this.#sessions.delete(id);
    this.#orphans.delete(session);
    if (session.client !== null) {
      const of = this.#byClient.get(session.client);
      of?.delete(session);
      if (of?.size === 0) this.#byClient.delete(session.client);
    }
    // A client that only seemed to be gone may go on with it, but where Janus told the end.
    if (reason !== "gone" || made !== undefined) this.#recent.add(id, now);
    this.#goneSessions.push(id);
  }

  /** Calls that went on would have told statistics since then. */
  #endSilent(since: number, now: number): void {
    this.#doubt = null;
    for (const { id, phase, statisticsAt } of this.#handles.values()) {
      if (phase === "up" && statisticsAt !== null && statisticsAt < since) {
        this.#detach(id, now, "unseen");
      }
    }
  }

  #detach(id: JanusId, now: number, how: CallEnd, made?: number): void {
    const handle = this.#handles.get(id);
    if (!isId(id)) return;
    this.#recent.add(id, now);
    if (handle === undefined) return;
    this.#handles.delete(id);
    this.#leaving.delete(handle);
    this.#sessions.get(handle.session)?.handles.delete(handle);
    this.#onGone(id);
    if (handle.phase === "up" && handle.upAt !== null && made !== undefined) {
      this.#metrics.spread("janus_call_seconds").observe((made - handle.upAt) / 1e6);
    }
    const called = handle.phase !== "none";
    if (handle.phase === "up" || handle.phase === "setup") handle.end(now, how);
    handle.mark(now, how === "lost" ? "lost" : "detached", DETACHED[how] ?? "");
    handle.ended ??= now;
    handle.trouble = NO_TROUBLE;
    this.#ended.add(handle, called);
  }
}
