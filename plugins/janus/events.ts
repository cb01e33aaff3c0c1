/**
 * What event handlers receive: every shape of event that Janus's core makes.
 *
 * Source: `src/events.c` and the callers of `janus_events_notify_handlers` in Janus 1.1.2 and 1.4.
 *
 * @module
 */
import type { Jsep, JsonObject, ServerDescription } from "./api.ts";
import type { JanusId } from "./ids.ts";

/** What all events have. */
interface EventFields {
  /** `server_name` of the Janus that it is from. */
  readonly emitter: string;
  /** Microseconds of the wall clock. */
  readonly timestamp: number;
}

/** What events of a handle have. */
interface OfHandle extends EventFields {
  readonly session_id: JanusId;
  readonly handle_id: JanusId;
  readonly opaque_id?: string;
}

/** A session began or ended. */
export interface SessionEvent extends EventFields {
  readonly type: 1;
  readonly session_id: JanusId;
  readonly event:
    | {
      readonly name: "created";
      /** `id` is decimal text that is the same for all of one client's. */
      readonly transport?: { readonly transport: string; readonly id: string };
    }
    | { readonly name: "destroyed" }
    | { readonly name: "timeout" };
}

/** A handle was attached to a plugin, or detached. */
export interface HandleEvent extends OfHandle {
  readonly type: 2;
  readonly event: {
    readonly name: "attached" | "detached";
    readonly plugin?: string;
    readonly opaque_id?: string;
    readonly token?: string;
  };
}

/** An event that somebody made through the Admin API (`custom_event`). */
export interface ExternalEvent extends EventFields {
  readonly type: 4;
  readonly event: { readonly schema: string; readonly data: JsonObject };
}

/** A session description, Janus's (`local`) or the peer's (`remote`). */
export interface JsepEvent extends OfHandle {
  readonly type: 8;
  readonly event: {
    readonly owner: "local" | "remote";
    /** Nothing but its type and its text, whatever else the message had. */
    readonly jsep: Pick<Jsep, "type" | "sdp">;
  };
}

/** What WebRTC events have. */
interface OfComponent {
  readonly stream_id: number;
  readonly component_id: number;
}

/** State of ICE. */
export interface IceEvent extends OfHandle {
  readonly type: 16;
  readonly subtype: 1;
  readonly event: OfComponent & {
    readonly ice: "disconnected" | "gathering" | "connecting" | "connected" | "ready" | "failed";
  };
}

/** A candidate of Janus's. */
export interface LocalCandidateEvent extends OfHandle {
  readonly type: 16;
  readonly subtype: 2;
  readonly event: OfComponent & { readonly "local-candidate": string };
}

/** A candidate of the peer's. */
export interface RemoteCandidateEvent extends OfHandle {
  readonly type: 16;
  readonly subtype: 3;
  readonly event: OfComponent & { readonly "remote-candidate": string };
}

/** One end of a selected pair. */
export interface SelectedCandidate {
  readonly address: string;
  readonly port: number;
  /** `host`, `srflx`, `prflx` or `relay`. */
  readonly type: string;
  readonly transport: string;
  /** 4 or 6. */
  readonly family: number;
}

/** The pair of candidates that media takes. */
export interface SelectedPairEvent extends OfHandle {
  readonly type: 16;
  readonly subtype: 4;
  readonly event: OfComponent & {
    readonly "selected-pair": string;
    readonly candidates?: { readonly local: SelectedCandidate; readonly remote: SelectedCandidate };
  };
}

/** State of DTLS. */
export interface DtlsEvent extends OfHandle {
  readonly type: 16;
  readonly subtype: 5;
  readonly event: OfComponent & {
    readonly dtls: "created" | "trying" | "connected" | "failed";
    readonly retransmissions: number;
  };
}

/** The PeerConnection is up, or gone. */
export interface ConnectionEvent extends OfHandle {
  readonly type: 16;
  readonly subtype: 6;
  readonly event:
    | { readonly connection: "webrtcup" }
    | { readonly connection: "hangup"; readonly reason?: string };
}

/** Media of the peer began to arrive, or stopped. */
export interface MediaStateEvent extends OfHandle {
  readonly type: 32;
  readonly subtype: 1;
  readonly event: {
    readonly media: "audio" | "video";
    readonly mid: string;
    readonly substream?: number;
    readonly receiving: boolean;
    readonly seconds?: number;
  };
}

/** Packets get lost. */
export interface MediaSlowLinkEvent extends OfHandle {
  readonly type: 32;
  readonly subtype: 2;
  readonly event: {
    readonly mid: string;
    readonly media: "audio" | "video";
    readonly slow_link: "uplink" | "downlink";
    readonly lost_lastsec: number;
  };
}

/** Statistics of audio, video or one layer of simulcast. */
export interface RtpStatistics {
  readonly mid: string;
  readonly mindex: number;
  readonly media: "audio" | "video" | "video-sim1" | "video-sim2";
  readonly codec?: string;
  readonly base: number;
  readonly rtt?: number;
  readonly "rtt-values"?: { readonly ntp: number; readonly lsr: number; readonly dlsr: number };
  readonly lost: number;
  readonly "lost-by-remote": number;
  readonly "jitter-local": number;
  readonly "jitter-remote": number;
  readonly "in-link-quality": number;
  readonly "in-media-link-quality": number;
  readonly "out-link-quality": number;
  readonly "out-media-link-quality": number;
  readonly "packets-received": number;
  readonly "packets-sent": number;
  readonly "bytes-received": number;
  readonly "bytes-sent": number;
  readonly "bytes-received-lastsec": number;
  readonly "bytes-sent-lastsec": number;
  readonly "nacks-received": number;
  readonly "nacks-sent": number;
  readonly "retransmissions-received": number;
  readonly "remb-bitrate"?: number;
}

/** Statistics of data channels. */
export interface DataStatistics {
  readonly mid: string;
  readonly mindex: number;
  readonly media: "data";
  readonly "packets-received": number;
  readonly "packets-sent": number;
  readonly "bytes-received": number;
  readonly "bytes-sent": number;
}

/** Statistics of one medium; `media` tells which kind. */
export type MediaStatistics = RtpStatistics | DataStatistics;

/** Statistics: an array of all media where `combine_media_stats` is set. */
export interface MediaStatisticsEvent extends OfHandle {
  readonly type: 32;
  readonly subtype: 3;
  readonly event: MediaStatistics | readonly MediaStatistics[];
}

/** A plugin's own event. */
export interface PluginNotification extends EventFields {
  readonly type: 64;
  readonly session_id?: JanusId;
  readonly handle_id?: JanusId;
  readonly opaque_id?: string;
  readonly event: { readonly plugin: string; readonly data: JsonObject };
}

/** A transport's own event, such as a client that came or went. */
export interface TransportEvent extends EventFields {
  readonly type: 128;
  readonly session_id?: JanusId;
  readonly event: {
    readonly transport: string;
    /** Decimal text that is the same for all of one client's. */
    readonly id: string;
    readonly data: JsonObject;
  };
}

/** Janus started, or tells its figures (every 15 s). */
export interface CoreStatusEvent extends EventFields {
  readonly type: 256;
  readonly subtype: 1;
  readonly event:
    | { readonly status: "started"; readonly info: ServerDescription }
    | {
      readonly status: "update";
      readonly info: {
        readonly sessions: number;
        readonly handles: number;
        readonly peerconnections: number;
        /** Seconds. */
        readonly "stats-period": number;
      };
    };
}

/** Janus is about to end. */
export interface CoreShutdownEvent extends EventFields {
  readonly type: 256;
  readonly subtype: 2;
  readonly event: { readonly status: "shutdown"; readonly signum: number };
}

/** Any event; `type`, and `subtype` where there is one, tell which. */
export type ServerEvent =
  | SessionEvent
  | HandleEvent
  | ExternalEvent
  | JsepEvent
  | IceEvent
  | LocalCandidateEvent
  | RemoteCandidateEvent
  | SelectedPairEvent
  | DtlsEvent
  | ConnectionEvent
  | MediaStateEvent
  | MediaSlowLinkEvent
  | MediaStatisticsEvent
  | PluginNotification
  | TransportEvent
  | CoreStatusEvent
  | CoreShutdownEvent;
