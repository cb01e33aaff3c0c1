/** A handle: its PeerConnection, its media, and what happened to it. @module */
import type { SelectedPairEvent } from "../janus/events.ts";
import type { JanusId } from "../janus/ids.ts";
import type { Courses } from "./course.ts";
import { MAX_MARKS, MAX_MEDIA } from "./limits.ts";
import { Medium } from "./medium.ts";
import type { ServerMetrics } from "./server_metrics.ts";
import type { StoredDescription } from "./descriptions.ts";
import { NO_TROUBLE, troubleOf } from "./trouble.ts";
import type {
  CallEnd,
  CallPhase,
  CandidateState,
  HandleState,
  Mark,
  SessionState,
  Trouble,
} from "./wire.ts";

/** A session. */
export class Session {
  readonly id: JanusId;
  readonly since: number;
  transport: string | null = null;
  /** Its client, by transport and id. */
  client: string | null = null;
  /** When its client went (ms). */
  clientGone: number | null = null;
  /** False once it may have ended unseen. */
  certain = true;
  readonly handles = new Set<Handle>();

  constructor(id: JanusId, since: number) {
    this.id = id;
    this.since = since;
  }

  show(server: number): SessionState {
    return { server, id: String(this.id), transport: this.transport, since: this.since };
  }
}

type Candidates = NonNullable<SelectedPairEvent["event"]["candidates"]>;

/** A handle. */
export class Handle {
  readonly id: JanusId;
  readonly session: JanusId;
  readonly since: number;
  plugin: string | null = null;
  opaqueId: string | null = null;
  room: string | null = null;
  phase: CallPhase = "none";
  ice: string | null = null;
  dtls: string | null = null;
  up: number | null = null;
  ended: number | null = null;
  reason: string | null = null;
  endedBy: CallEnd | null = null;
  /** By Janus's clock (us): the first session description, and when the PeerConnection was up. */
  firstJsep: number | null = null;
  upAt: number | null = null;
  /** When statistics came last (ms). */
  statisticsAt: number | null = null;
  pair: { local: CandidateState; remote: CandidateState } | null = null;
  readonly jsep: { local: StoredDescription | null; remote: StoredDescription | null } = {
    local: null,
    remote: null,
  };
  readonly media: Medium[] = [];
  readonly marks: Mark[] = [];
  trouble: Trouble = NO_TROUBLE;
  /** Something but its media's points has changed since the last tick. */
  changed = true;
  /** True if all its statistics are counted from 0 on. */
  #counted: boolean;
  readonly #courses: Courses;
  readonly #media = new Map<string, Medium>();
  /** Null while it has no media. */
  #course: boolean | null = null;

  constructor(id: JanusId, session: JanusId, since: number, counted: boolean, courses: Courses) {
    this.id = id;
    this.session = session;
    this.since = since;
    this.#counted = counted;
    this.#courses = courses;
  }

  /** False if its course is left out. */
  get course(): boolean {
    return this.#course !== false;
  }

  /** The medium, a new one if need be; undefined if it has too many. */
  medium(mid: string, media: string, metrics: ServerMetrics): Medium | undefined {
    const key = `${mid} ${media}`;
    let medium = this.#media.get(key);
    if (medium !== undefined) return medium;
    if (this.media.length >= MAX_MEDIA) return undefined;
    medium = new Medium(mid, media, metrics.media(media), this.#counted);
    this.#course ??= this.#courses.grant();
    if (this.#course) medium.course = this.#courses.take();
    this.#media.set(key, medium);
    this.media.push(medium);
    this.changed = true;
    return medium;
  }

  /** The media with this mid: one, or a layer of simulcast each. */
  withMid(mid: string): Medium[] {
    return this.media.filter((medium) => medium.mid === mid);
  }

  /** Media that should arrive and do not. */
  *stalled(): Generator<Medium> {
    for (const medium of this.media) if (medium.receiving === false) yield medium;
  }

  /** Notes that something happened. */
  mark(time: number, kind: Mark["kind"], text = "", direction: Mark["direction"] = null): void {
    if (this.marks.length >= MAX_MARKS) this.marks.shift();
    this.marks.push({ time, kind, text, direction });
    this.changed = true;
  }

  /** A PeerConnection begins; the one before, if any, is forgotten. */
  begin(): void {
    if (this.phase === "over") {
      this.#forgetMedia();
      this.up =
        this.ended =
        this.reason =
        this.endedBy =
        this.firstJsep =
        this.upAt =
        this.pair =
          null;
      this.ice = this.dtls = null;
      this.#counted = true;
    }
    if (this.phase !== "up") this.phase = "setup";
    this.changed = true;
  }

  /** The PeerConnection is over. @param reason Janus's */
  end(time: number, how: CallEnd, reason: string | null = null): void {
    this.phase = "over";
    this.ended = time;
    this.endedBy = how;
    this.reason = reason;
    this.trouble = NO_TROUBLE;
    for (const medium of this.media) medium.receiving = null;
    this.changed = true;
  }

  /** Keeps the pair of candidates. */
  select({ local, remote }: Candidates, hidden: boolean): void {
    const show = (one: Candidates["local"]): CandidateState => ({
      address: hidden ? null : String(one.address).slice(0, 64),
      port: hidden ? 0 : Number(one.port),
      type: String(one.type).slice(0, 16),
      transport: String(one.transport).slice(0, 16),
      family: Number(one.family),
    });
    this.pair = { local: show(local), remote: show(remote) };
    this.changed = true;
  }

  /** Looks again how bad it is, and whether there is room for its course by now. */
  judge(now: number): void {
    if (this.#course === false && this.#courses.grant()) {
      this.#course = this.changed = true;
      for (const medium of this.media) medium.course = this.#courses.take();
    }
    const trouble = troubleOf(this, now);
    const before = this.trouble;
    const same = before.in === trouble.in && before.out === trouble.out &&
      before.reasons.join() === trouble.reasons.join();
    if (same) return;
    this.trouble = trouble;
    this.changed = true;
  }

  /** Gives back what others can use. */
  release(): void {
    this.#forgetMedia();
    if (this.#course) this.#courses.revoke();
    this.#course = null;
  }

  /** As a page gets it. */
  show(server: number): HandleState {
    return {
      server,
      id: String(this.id),
      session: String(this.session),
      plugin: this.plugin,
      opaque_id: this.opaqueId,
      room: this.room,
      since: this.since,
      phase: this.phase,
      ice: this.ice,
      dtls: this.dtls,
      up: this.up,
      ended: this.ended,
      reason: this.reason,
      ended_by: this.endedBy,
      course: this.course,
      trouble: this.trouble,
      media: this.media.map((medium) => medium.show()),
    };
  }

  #forgetMedia(): void {
    for (const { course } of this.media) if (course !== null) this.#courses.give(course);
    this.media.length = 0;
    this.#media.clear();
  }
}
