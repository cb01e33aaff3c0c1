/**
 * What event handlers receive: every shape of event that Janus's core makes.
 *
 * Source: `src/events.c` and the callers of `janus_events_notify_handlers` in Janus 1.1.2 and 1.4.
 *
 * @module
 */
import type { Jsep, JsonObject, ServerDescription } from "./api.ts";
import type { EventFields, HandleFields } from "./event_fields.ts";
import type { JanusId } from "./ids.ts";
import type { MediaSlowLinkEvent, MediaStateEvent, MediaStatisticsEvent } from "./media_events.ts";

export type { EventFields, HandleFields } from "./event_fields.ts";
export type {
  DataStatistics,
  MediaSlowLinkEvent,
  MediaStateEvent,
  MediaStatistics,
  MediaStatisticsEvent,
  RtpStatistics,
} from "./media_events.ts";

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

/** Janus started, or tells its figures (every 15 s, since Janus 1.2); `status` says which. */
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
