/** What the monitor knows: pure, without input or output of its own. @module */
import type { ServerEvent } from "../janus/events.ts";
import { type JanusId, toJanusId } from "../janus/ids.ts";
import { Courses } from "./course.ts";
import { showDescription } from "./descriptions.ts";
import type { Handle } from "./handle.ts";
import { COURSE_SECONDS, MAX_SERVERS } from "./limits.ts";
import { Redactor } from "./redact.ts";
import { Server } from "./server.ts";
import { Tail } from "./tail.ts";
import {
  type CallCourse,
  type Column,
  COLUMNS,
  type HandleState,
  type LeftOut,
  type MediumPoint,
  type Snapshot,
  type Tick,
} from "./wire.ts";

/** A server that is to be watched. */
export interface WatchedServer {
  /** Null: it is called as its events say. */
  readonly name: string | null;
  readonly endpoint: string;
  /** Whether its Admin API is asked, too. */
  readonly admin: boolean;
}

/** What a model may be told. */
export interface ModelOptions {
  /** Hide addresses and names; default false. */
  readonly redact?: boolean;
  /** Handles, and their media, whose course is kept. */
  readonly courses?: Courses;
}

/** All servers, and what happens in them. Times are milliseconds. */
export class Model {
  readonly servers: readonly Server[];
  readonly #began: number;
  readonly #redactor: Redactor | null;
  readonly #courses: Courses;
  readonly #tail = new Tail();
  #sequence = 0;

  /** @throws {RangeError} for more servers than labels can tell apart */
  constructor(servers: readonly WatchedServer[], now: number, options: ModelOptions = {}) {
    if (servers.length > MAX_SERVERS) {
      throw new RangeError(`Cannot watch ${servers.length} servers: ${MAX_SERVERS} at most`);
    }
    const redactor = options.redact === true ? new Redactor() : null;
    this.#courses = options.courses ?? new Courses();
    this.#redactor = redactor;
    this.#began = now;
    this.servers = servers.map(({ name, endpoint, admin }, id) => {
      const shown = redactor === null ? endpoint : redactor.text(endpoint);
      const all = { id, name, endpoint: shown, admin, hidden: redactor !== null };
      return new Server(all, this.#courses, now);
    });
  }

  /** Takes in a message of a server's: its events, and its number if it has one. */
  take(server: number, events: readonly ServerEvent[], number: number | null, now: number): void {
    const one = this.servers[server]!;
    if (number !== null) one.takeNumber(number, events.length, now);
    for (let index = 0; index < events.length; index++) {
      const event = this.#redactor === null ? events[index]! : this.#redactor.event(events[index]!);
      one.take(event, now);
      this.#tail.take(server, now, number === null ? null : number + index, event);
    }
  }

  /** Ends a second. @returns what has changed in it */
  tick(now: number): Tick {
    this.#sequence++;
    const points: MediumPoint[] = [];
    const handles: HandleState[] = [];
    for (const server of this.servers) {
      server.tick(now);
      for (const handle of server.inventory.handles()) collect(server.id, handle, handles, points);
    }
    const changes = this.servers.map(({ id, inventory }) => ({ id, ...inventory.takeChanges() }));
    const { events, skipped } = this.#tail.tick();
    return {
      kind: "tick",
      sequence: this.#sequence,
      time: now,
      servers: this.servers.map((server) => server.show()),
      sessions: changes.flatMap(({ id, sessions }) => sessions.map((one) => one.show(id))),
      handles,
      points,
      gone_sessions: changes.flatMap(({ id, goneSessions }) => withServer(id, goneSessions)),
      gone_handles: changes.flatMap(({ id, goneHandles }) => withServer(id, goneHandles)),
      tail: events,
      skipped,
      left_out: this.#leftOut(),
    };
  }

  /** All there is, as of the last tick. */
  snapshot(now: number): Snapshot {
    return {
      kind: "snapshot",
      sequence: this.#sequence,
      time: now,
      began: this.#began,
      redacted: this.#redactor !== null,
      servers: this.servers.map((server) => server.show()),
      sessions: this.servers.flatMap(({ id, inventory }) =>
        Array.from(inventory.sessions(), (session) => session.show(id))
      ),
      handles: this.servers.flatMap(({ id, inventory }) =>
        Array.from(inventory.handles(), (handle) => handle.show(id))
      ),
      tail: this.#tail.kept,
      left_out: this.#leftOut(),
    };
  }

  /** The course of a handle's call; undefined if there is no such handle. */
  call(server: number, id: string, now: number): CallCourse | undefined {
    const handle = this.servers[server]?.inventory.handle(idOf(id));
    if (handle === undefined) return undefined;
    const last = Math.floor(now / 1000);
    const first = Math.max(last - COURSE_SECONDS + 1, Math.floor(handle.since / 1000));
    const count = Math.max(0, last - first + 1);
    return {
      handle: handle.show(server),
      time: now,
      first,
      media: handle.media.map(({ mid, media, codec, course }) => ({
        mid,
        media,
        codec,
        columns: Object.fromEntries(
          COLUMNS.map((name, index) => [name, course?.read(index, first, count) ?? []]),
        ) as Record<Column, (number | null)[]>,
      })),
      marks: handle.marks,
      pair: handle.pair,
      jsep: {
        local: showDescription(handle.jsep.local),
        remote: showDescription(handle.jsep.remote),
      },
    };
  }

  #leftOut(): LeftOut {
    let courses = 0, sessions = 0, handles = 0;
    for (const { inventory } of this.servers) {
      for (const { course } of inventory.handles()) if (!course) courses++;
      sessions += inventory.leftOut.sessions;
      handles += inventory.leftOut.handles;
    }
    return { courses, sessions, handles };
  }
}

/** What has changed of a handle since the last tick. */
function collect(
  server: number,
  handle: Handle,
  handles: HandleState[],
  points: MediumPoint[],
): void {
  const { changed } = handle;
  if (changed) handles.push(handle.show(server));
  handle.changed = false;
  for (let index = 0; index < handle.media.length; index++) {
    const medium = handle.media[index]!;
    // What is shown as a whole has its points.
    if (medium.moved && !changed) {
      points.push([server, String(handle.id), index, medium.showPoint()]);
    }
    medium.moved = false;
  }
}

function withServer(id: number, gone: readonly JanusId[]): [number, string][] {
  return gone.map((one) => [id, String(one)]);
}

function idOf(text: string): JanusId {
  try {
    return toJanusId(text);
  } catch {
    return -1;
  }
}
