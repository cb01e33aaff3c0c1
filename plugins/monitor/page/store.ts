/** What the page knows: the frames, put together. @module */
import type {
  Frame,
  HandleState,
  LeftOut,
  ServerState,
  SessionState,
  Snapshot,
  TailEvent,
  Tick,
} from "../wire.ts";

/** Events that the page keeps. */
export const MAX_TAIL = 500;

/** An event, and what it is called here. */
export interface TailEntry {
  readonly key: number;
  readonly event: TailEvent;
}

/** A session's or handle's key. */
export function keyOf(server: number, id: string): string {
  return `${server}/${id}`;
}

/** All there is, as of the last frame. */
export class Store {
  readonly sessions = new Map<string, SessionState>();
  readonly handles = new Map<string, HandleState>();
  servers: readonly ServerState[] = [];
  tail: readonly TailEntry[] = [];
  leftOut: LeftOut = { courses: 0, sessions: 0, handles: 0 };
  /** Events that the tail left out, since the page was opened. */
  skipped = 0;
  redacted = false;
  /** When events of a server were last seen to get lost: dropped by the plugin, or missing. */
  readonly lostAt = new Map<number, number>();
  /** When the monitor began; null before the first frame. */
  began: number | null = null;
  /** Of the last frame. */
  time = 0;
  sequence = -1;
  #nextKey = 0;

  /** Takes a frame in. @returns false if one before it is missing */
  apply(frame: Frame): boolean {
    if (frame.kind === "snapshot") this.#begin(frame);
    else if (frame.sequence === this.sequence + 1) this.#advance(frame);
    else return false;
    this.sequence = frame.sequence;
    this.time = frame.time;
    for (const server of frame.servers) {
      const before = this.server(server.id);
      if (before !== undefined && lossOf(server) > lossOf(before)) {
        this.lostAt.set(server.id, frame.time);
      }
    }
    this.servers = frame.servers;
    this.leftOut = frame.left_out;
    return true;
  }

  /** The server of something. */
  server(id: number): ServerState | undefined {
    return this.servers.find((server) => server.id === id);
  }

  /** Since when (ms) nobody knows what a server's calls are doing; null while that is known. */
  staleSince(id: number): number | null {
    const server = this.server(id);
    if (server === undefined) return null;
    const { state, since } = server.events;
    return server.as_of ?? (state === "lost" || state === "refused" ? since : null);
  }

  #begin(frame: Snapshot): void {
    const restarted = this.began !== null && this.began !== frame.began;
    this.sessions.clear();
    this.handles.clear();
    for (const one of frame.sessions) this.sessions.set(keyOf(one.server, one.id), one);
    for (const one of frame.handles) this.handles.set(keyOf(one.server, one.id), one);
    // What is there already keeps its key, so that nobody loses the line that he looks at.
    const known = new Set(restarted ? [] : this.tail.map(({ event }) => identity(event)));
    if (restarted) this.tail = [];
    this.#append(frame.tail.filter((event) => !known.has(identity(event))));
    this.began = frame.began;
    this.redacted = frame.redacted;
  }

  #advance(frame: Tick): void {
    for (const one of frame.sessions) this.sessions.set(keyOf(one.server, one.id), one);
    for (const one of frame.handles) this.handles.set(keyOf(one.server, one.id), one);
    for (const [server, id, place, point] of frame.points) {
      const key = keyOf(server, id);
      const handle = this.handles.get(key);
      if (handle?.media[place] === undefined) continue;
      const media = handle.media.map((one, index) => index === place ? { ...one, point } : one);
      this.handles.set(key, { ...handle, media });
    }
    for (const [server, id] of frame.gone_sessions) this.sessions.delete(keyOf(server, id));
    for (const [server, id] of frame.gone_handles) this.handles.delete(keyOf(server, id));
    this.skipped += frame.skipped;
    this.#append(frame.tail);
  }

  #append(events: readonly TailEvent[]): void {
    if (events.length === 0) return;
    const added = events.map((event) => ({ key: this.#nextKey++, event }));
    this.tail = [...this.tail, ...added].slice(-MAX_TAIL);
  }
}

/** Events of a server that got lost, in all. */
export function lossOf({ dropped, missing }: ServerState): number {
  return Object.values(dropped).reduce((sum, one) => sum + one, missing ?? 0);
}

function identity({ server, time, number, json }: TailEvent): string {
  return `${server} ${time} ${number} ${json}`;
}
