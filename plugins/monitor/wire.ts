/**
 * What the monitor tells a page: the frames of `/api/events`, and what `/api/call` answers. Nothing but
 * types, and the names of the columns: whoever shows them imports this file alone.
 *
 * Times are milliseconds of Unix time, by the monitor's clock, unless they are said to be seconds. Ids of
 * sessions and handles are decimal texts, as they may be too large for a number. Every text was chosen by
 * somebody else, if only by a caller: show it as text, never as HTML.
 *
 * @module
 */

/** What a point of a medium's course has, in this order; null where it is not known. */
export const COLUMNS = [
  /** Round-trip time, ms. */
  "rtt",
  /** Jitter of what reaches Janus, and the peer, ms. */
  "jitter_in",
  "jitter_out",
  /** Share of the packets that were lost on the way to Janus, and to the peer: 0 to 1. */
  "loss_in",
  "loss_out",
  /** Bitrate into and out of Janus, kbit/s. */
  "kbps_in",
  "kbps_out",
] as const;

/** A column's name. */
export type Column = typeof COLUMNS[number];

/** The values of one second, in the order of {@linkcode COLUMNS}. */
export type Point = readonly (number | null)[];

/** Where something comes from. */
export interface Origin {
  /** The server, as in {@linkcode ServerState.id}. */
  readonly server: number;
}

/** How a connection to a server is. */
export interface LinkState {
  /**
   * - `off`: it was not asked for (the Admin API).
   * - `connecting`: nobody has answered yet.
   * - `up`
   * - `lost`: it was up, and is being made again.
   * - `refused`: by wrong keys, user or password, or for the Admin API by a wrong secret.
   */
  readonly state: "off" | "connecting" | "up" | "lost" | "refused";
  /** Since when. */
  readonly since: number;
  /** What to do about it, in a sentence or two; null if it is as it should be. */
  readonly problem: string | null;
}

/** What a plugin's `info` tells. */
export interface PluginState {
  /** As in `info`: `running`, `starting`, `restarting`, `stopping`. */
  readonly state: string;
  readonly version: string;
  readonly restarts: number;
  /** Seconds that the process runs. */
  readonly uptime: number;
  /** When Janus started the plugin, by Janus's clock; null if it does not tell. */
  readonly began: number | null;
  /** Bytes that wait in the ring from Janus, and how many fit. */
  readonly ring_used: number;
  readonly ring_size: number;
  /** Subscribers, or clients of the transport. */
  readonly peers: number;
  /** Subscribers that events go on without. */
  readonly cut_off: number;
  /** Since when events wait for a subscriber; null if they do not. */
  readonly held_since: number | null;
  readonly filters: readonly FilterState[];
}

/** What `info` tells of a filter or hook. */
export interface FilterState {
  readonly name: string;
  /** `on`, `off`, `loading`, `failed`, `disabled`. */
  readonly state: string;
  readonly events: number;
  readonly errors: number;
  /** Of each event, on average. */
  readonly microseconds: number;
}

/** A server: one event handler, and the Janus behind it. */
export interface ServerState {
  /** From 0 on, in the order of `--events`. */
  readonly id: number;
  readonly name: string;
  /** Where its events come from. */
  readonly endpoint: string;
  readonly version: string | null;
  readonly events: LinkState;
  readonly admin: LinkState;
  /**
   * When it was last heard of; null while it is. Then all that is said of it but its connections, its
   * sessions and calls included, is as of then.
   */
  readonly as_of: number | null;
  /** When it began, by Janus's clock, or was seen to; null if that is not known. */
  readonly started: number | null;
  /** When it said that it was about to end; null if it did not. */
  readonly stopped: number | null;
  /** Seen while the monitor ran. */
  readonly restarts: number;
  /** Null until the Admin API has told. */
  readonly transport: PluginState | null;
  readonly event_handler: PluginState | null;
  readonly sessions: number;
  readonly handles: number;
  /** PeerConnections that are up. */
  readonly calls: number;
  /** Events in the last second, and in all. */
  readonly rate: number;
  readonly total: number;
  /** Events that did not come, by the gaps in the numbers; null if they have none. */
  readonly missing: number | null;
  /** Events that the plugin dropped, by cause. */
  readonly dropped: Readonly<Record<string, number>>;
  readonly rooms: number;
  readonly publishers: number;
  readonly subscribers: number;
  /** Media that should arrive and do not. */
  readonly stalled: number;
  /** Seconds between two statistics of a medium; null until it is known. Fewer points are a gap. */
  readonly period: number | null;
}

/** A session that is open. */
export interface SessionState extends Origin {
  readonly id: string;
  /** The transport's package; null if it was there before the monitor. */
  readonly transport: string | null;
  readonly since: number;
}

/** A selected candidate. */
export interface CandidateState {
  /** Null where it is hidden. */
  readonly address: string | null;
  readonly port: number;
  readonly type: string;
  readonly transport: string;
  readonly family: number;
}

/** What a handle's PeerConnection is doing. */
export type CallPhase = "none" | "setup" | "up" | "over";

/**
 * How a PeerConnection ended:
 *
 * - `hangup`: Janus said so.
 * - `detached`: with its handle or session.
 * - `gone`: with its client, which said nothing.
 * - `lost`: with its server.
 * - `unseen`: its end was missed.
 */
export type CallEnd = "hangup" | "detached" | "gone" | "lost" | "unseen";

/** How bad something is: 0 fine, 1 worth a look, 2 bad. */
export type Severity = 0 | 1 | 2;

/** Why a call is bad. */
export type TroubleReason =
  | "ice"
  | "dtls"
  | "slow_link"
  | "loss"
  | "rtt"
  | "jitter"
  | "stalled";

/** A call's trouble, by direction: into Janus, and out of it. */
export interface Trouble {
  readonly in: Severity;
  readonly out: Severity;
  readonly reasons: readonly TroubleReason[];
}

/** A handle. */
export interface HandleState extends Origin {
  readonly id: string;
  readonly session: string;
  /** Null if the monitor came later and has not learned it. */
  readonly plugin: string | null;
  readonly opaque_id: string | null;
  readonly room: string | null;
  readonly since: number;
  readonly phase: CallPhase;
  readonly ice: string | null;
  readonly dtls: string | null;
  /** When the PeerConnection was up, and when it or the handle ended. */
  readonly up: number | null;
  readonly ended: number | null;
  /** Why it was hung up, in Janus's words. */
  readonly reason: string | null;
  readonly ended_by: CallEnd | null;
  /** False if it is among those whose course is left out. */
  readonly course: boolean;
  readonly trouble: Trouble;
  readonly media: readonly MediumState[];
}

/** A medium of a handle. */
export interface MediumState {
  readonly mid: string;
  /** `audio`, `video`, `video-sim1`, `video-sim2`, `data`. */
  readonly media: string;
  readonly codec: string | null;
  /** Whether media arrive; null if Janus has not said. */
  readonly receiving: boolean | null;
  /** Slow links, into Janus and out of it. */
  readonly slow_in: number;
  readonly slow_out: number;
  /** The latest point. */
  readonly point: Point;
}

/** A medium's point of this second: handle, medium (its place in {@linkcode HandleState.media}), point. */
export type MediumPoint = readonly [
  server: number,
  handle: string,
  medium: number,
  point: Point,
];

/** An event of the tail. */
export interface TailEvent extends Origin {
  readonly time: number;
  /** Its number; null without numbers. */
  readonly number: number | null;
  /** Such as `media.stats` or `sessions`. */
  readonly name: string;
  readonly session: string | null;
  readonly handle: string | null;
  /** The event as JSON. */
  readonly json: string;
  /** True if it was too long: then `json` is its beginning. */
  readonly cut: boolean;
}

/** What is not kept, as there is too much of it. */
export interface LeftOut {
  /** Handles whose course is left out, now. */
  readonly courses: number;
  /** Sessions and handles that are not known of, in all. */
  readonly sessions: number;
  readonly handles: number;
}

/** All there is. The first frame of a stream, and the next one for who could not keep up. */
export interface Snapshot {
  readonly kind: "snapshot";
  /** One more each second. A tick counts for what has the one before it. */
  readonly sequence: number;
  readonly time: number;
  /** When the monitor began. Another one: it was restarted. */
  readonly began: number;
  /** True if addresses and names are hidden. */
  readonly redacted: boolean;
  readonly servers: readonly ServerState[];
  readonly sessions: readonly SessionState[];
  readonly handles: readonly HandleState[];
  /** Oldest first. */
  readonly tail: readonly TailEvent[];
  readonly left_out: LeftOut;
}

/** What has changed in a second. */
export interface Tick {
  readonly kind: "tick";
  readonly sequence: number;
  readonly time: number;
  /** All servers. */
  readonly servers: readonly ServerState[];
  /** New sessions, and handles that are new or have changed: each in place of what was there. */
  readonly sessions: readonly SessionState[];
  readonly handles: readonly HandleState[];
  /** Statistics of media whose handle may not have changed otherwise. */
  readonly points: readonly MediumPoint[];
  /** Sessions and handles that are gone: server, id. */
  readonly gone_sessions: readonly (readonly [server: number, id: string])[];
  readonly gone_handles: readonly (readonly [server: number, id: string])[];
  /** New events, oldest first; and how many more there were, which the tail leaves out. */
  readonly tail: readonly TailEvent[];
  readonly skipped: number;
  readonly left_out: LeftOut;
}

/** A frame of `/api/events`. */
export type Frame = Snapshot | Tick;

/** Something that happened to a call. */
export interface Mark {
  readonly time: number;
  readonly kind:
    | "attached"
    | "jsep"
    | "ice"
    | "dtls"
    | "pair"
    | "up"
    | "slow_link"
    | "stalled"
    | "resumed"
    | "hangup"
    | "detached"
    | "lost";
  /** Such as ICE's state, or the medium that a link is slow for. */
  readonly text: string;
  /** For slow links and stalled media. */
  readonly direction: "in" | "out" | null;
}

/** The course of a medium. */
export interface MediumCourse {
  readonly mid: string;
  readonly media: string;
  readonly codec: string | null;
  /** By column, a value a second from {@linkcode CallCourse.first} on; null where nothing came. */
  readonly columns: Readonly<Record<Column, readonly (number | null)[]>>;
}

/** What `/api/call?server=N&handle=ID` answers; 404 if there is no such handle. */
export interface CallCourse {
  readonly handle: HandleState;
  readonly time: number;
  /** The second (Unix time) of the columns' first value. All have equally many. */
  readonly first: number;
  readonly media: readonly MediumCourse[];
  /** Oldest first; of many, the latest. */
  readonly marks: readonly Mark[];
  readonly pair: { readonly local: CandidateState; readonly remote: CandidateState } | null;
  /** The last session descriptions; null if there is none, or it was too long or is too old to be kept. */
  readonly jsep: Readonly<Record<"local" | "remote", Description | null>>;
}

/** A session description. */
export interface Description {
  readonly type: string;
  readonly sdp: string;
}
