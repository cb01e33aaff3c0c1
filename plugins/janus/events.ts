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
export interface EventFields {
  /** `server_name` of the Janus that it is from. */
  readonly emitter: string;
  /** Microseconds of the wall clock. */
  readonly timestamp: number;
}

/** What events of a handle have. */
export interface HandleFields extends EventFields {
  /** The session. */
  readonly session_id: JanusId;
  /** The handle. */
  readonly handle_id: JanusId;
  /** What the handle was attached with. */
  readonly opaque_id?: string;
}

/** A session began or ended. */
export interface SessionEvent extends EventFields {
  /** Janus's number of the type. */
  readonly type: 1;
  /** The session. */
  readonly session_id: JanusId;
  /** What happened. */
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
export interface HandleEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 2;
  /** What happened. */
  readonly event: {
    readonly name: "attached" | "detached";
    readonly plugin?: string;
    readonly opaque_id?: string;
    readonly token?: string;
  };
}

/** An event that somebody made through the Admin API (`custom_event`). */
export interface ExternalEvent extends EventFields {
  /** Janus's number of the type. */
  readonly type: 4;
  /** What happened. */
  readonly event: { readonly schema: string; readonly data: JsonObject };
}

/** A session description, Janus's (`local`) or the peer's (`remote`). */
export interface JsepEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 8;
  /** What happened. */
  readonly event: {
    readonly owner: "local" | "remote";
    /** Nothing but its type and its text, whatever else the message had. */
    readonly jsep: Pick<Jsep, "type" | "sdp">;
  };
}

/** What WebRTC events have. */
export interface ComponentFields {
  /** Always 1: Janus bundles all media. */
  readonly stream_id: number;
  /** ICE's component; 1 for RTP. */
  readonly component_id: number;
}

/** State of ICE. */
export interface IceEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 16;
  /** Janus's number of the subtype. */
  readonly subtype: 1;
  /** What happened. */
  readonly event: ComponentFields & {
    readonly ice: "disconnected" | "gathering" | "connecting" | "connected" | "ready" | "failed";
  };
}

/** A candidate of Janus's. */
export interface LocalCandidateEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 16;
  /** Janus's number of the subtype. */
  readonly subtype: 2;
  /** What happened. */
  readonly event: ComponentFields & { readonly "local-candidate": string };
}

/** A candidate of the peer's. */
export interface RemoteCandidateEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 16;
  /** Janus's number of the subtype. */
  readonly subtype: 3;
  /** What happened. */
  readonly event: ComponentFields & { readonly "remote-candidate": string };
}

/** One end of a selected pair. */
export interface SelectedCandidate {
  /** IP address. */
  readonly address: string;
  /** Port. */
  readonly port: number;
  /** `host`, `srflx`, `prflx` or `relay`. */
  readonly type: string;
  /** `udp` or `tcp`. */
  readonly transport: string;
  /** 4 or 6. */
  readonly family: number;
}

/** The pair of candidates that media takes. */
export interface SelectedPairEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 16;
  /** Janus's number of the subtype. */
  readonly subtype: 4;
  /** What happened. */
  readonly event: ComponentFields & {
    readonly "selected-pair": string;
    readonly candidates?: { readonly local: SelectedCandidate; readonly remote: SelectedCandidate };
  };
}

/** State of DTLS. */
export interface DtlsEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 16;
  /** Janus's number of the subtype. */
  readonly subtype: 5;
  /** What happened. */
  readonly event: ComponentFields & {
    readonly dtls: "created" | "trying" | "connected" | "failed";
    readonly retransmissions: number;
  };
}

/** The PeerConnection is up, or gone. */
export interface ConnectionEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 16;
  /** Janus's number of the subtype. */
  readonly subtype: 6;
  /** What happened. */
  readonly event:
    | { readonly connection: "webrtcup" }
    | { readonly connection: "hangup"; readonly reason?: string };
}

/** Media of the peer began to arrive, or stopped. */
export interface MediaStateEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 32;
  /** Janus's number of the subtype. */
  readonly subtype: 1;
  /** What happened. */
  readonly event: {
    readonly media: "audio" | "video";
    readonly mid: string;
    readonly substream?: number;
    readonly receiving: boolean;
    readonly seconds?: number;
  };
}

/** Packets get lost. */
export interface MediaSlowLinkEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 32;
  /** Janus's number of the subtype. */
  readonly subtype: 2;
  /** What happened. */
  readonly event: {
    readonly mid: string;
    readonly media: "audio" | "video";
    readonly slow_link: "uplink" | "downlink";
    readonly lost_lastsec: number;
  };
}

/** Statistics of audio, video or one layer of simulcast. */
export interface RtpStatistics {
  /** The medium, as the session description calls it. */
  readonly mid: string;
  /** Its place in the session description. */
  readonly mindex: number;
  /** Which kind of media. */
  readonly media: "audio" | "video" | "video-sim1" | "video-sim2";
  /** Such as `opus`. */
  readonly codec?: string;
  /** Clock rate, in Hz. */
  readonly base: number;
  /** Round-trip time, in ms. */
  readonly rtt?: number;
  /** What that was reckoned from. */
  readonly "rtt-values"?: { readonly ntp: number; readonly lsr: number; readonly dlsr: number };
  /** Packets that did not reach Janus. */
  readonly lost: number;
  /** Packets that did not reach the peer. */
  readonly "lost-by-remote": number;
  /** Jitter of what arrives here, in ms. */
  readonly "jitter-local": number;
  /** Jitter of what arrives there, in ms. */
  readonly "jitter-remote": number;
  /** Of the way here: 0 to 100, by packets that were lost at first. */
  readonly "in-link-quality": number;
  /** The same, by packets that were not made good by retransmission. */
  readonly "in-media-link-quality": number;
  /** Of the way there: 0 to 100, by packets that were lost at first. */
  readonly "out-link-quality": number;
  /** The same, by packets that were not made good by retransmission. */
  readonly "out-media-link-quality": number;
  /** Packets, in all. */
  readonly "packets-received": number;
  /** Packets, in all. */
  readonly "packets-sent": number;
  /** Bytes, in all. */
  readonly "bytes-received": number;
  /** Bytes, in all. */
  readonly "bytes-sent": number;
  /** Bytes in the last second. */
  readonly "bytes-received-lastsec": number;
  /** Bytes in the last second. */
  readonly "bytes-sent-lastsec": number;
  /** Packets that the peer asked for again. */
  readonly "nacks-received": number;
  /** Packets that Janus asked for again. */
  readonly "nacks-sent": number;
  /** Packets that came once more. */
  readonly "retransmissions-received": number;
  /** What the peer says that it can take, in bit/s. */
  readonly "remb-bitrate"?: number;
}

/** Statistics of data channels. */
export interface DataStatistics {
  /** The medium, as the session description calls it. */
  readonly mid: string;
  /** Its place in the session description. */
  readonly mindex: number;
  /** Which kind of media. */
  readonly media: "data";
  /** Packets, in all. */
  readonly "packets-received": number;
  /** Packets, in all. */
  readonly "packets-sent": number;
  /** Bytes, in all. */
  readonly "bytes-received": number;
  /** Bytes, in all. */
  readonly "bytes-sent": number;
}

/** Statistics of one medium; `media` tells which kind. */
export type MediaStatistics = RtpStatistics | DataStatistics;

/** Statistics: an array of all media where `combine_media_stats` is set. */
export interface MediaStatisticsEvent extends HandleFields {
  /** Janus's number of the type. */
  readonly type: 32;
  /** Janus's number of the subtype. */
  readonly subtype: 3;
  /** What happened. */
  readonly event: MediaStatistics | readonly MediaStatistics[];
}

/** A plugin's own event. */
export interface PluginNotification extends EventFields {
  /** Janus's number of the type. */
  readonly type: 64;
  /** The session, where it is about one. */
  readonly session_id?: JanusId;
  /** The handle, where it is about one. */
  readonly handle_id?: JanusId;
  /** What the handle was attached with. */
  readonly opaque_id?: string;
  /** What happened. */
  readonly event: { readonly plugin: string; readonly data: JsonObject };
}

/** A transport's own event, such as a client that came or went. */
export interface TransportEvent extends EventFields {
  /** Janus's number of the type. */
  readonly type: 128;
  /** The session, where it is about one. */
  readonly session_id?: JanusId;
  /** What happened. */
  readonly event: {
    readonly transport: string;
    /** Decimal text that is the same for all of one client's. */
    readonly id: string;
    readonly data: JsonObject;
  };
}

/** Janus started, or tells its figures (every 15 s). */
export interface CoreStatusEvent extends EventFields {
  /** Janus's number of the type. */
  readonly type: 256;
  /** Janus's number of the subtype. */
  readonly subtype: 1;
  /** What happened. */
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
  /** Janus's number of the type. */
  readonly type: 256;
  /** Janus's number of the subtype. */
  readonly subtype: 2;
  /** What happened. */
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
