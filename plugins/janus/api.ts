/**
 * Messages of the Janus API, as they are on the wire.
 *
 * Source: https://janus.conf.meetecho.com/docs/rest.html, and what Janus 1.1.2 and 1.4 send.
 *
 * @module
 */
import type { JanusId } from "./ids.ts";

/** An object of JSON. */
export type JsonObject = Record<string, unknown>;

/** A request: the verb in `janus`, and what the verb takes. The client adds the rest. */
export interface JanusRequest {
  /** The verb, such as `"create"`. */
  readonly janus: string;
  /** The session that it is for. */
  readonly session_id?: JanusId;
  /** The handle that it is for. */
  readonly handle_id?: JanusId;
  /** What the verb takes. */
  readonly [key: string]: unknown;
}

/** A session description, as WebRTC has it. */
export interface Jsep {
  /** Which of the two it is. */
  readonly type: "offer" | "answer";
  /** The description itself. */
  readonly sdp: string;
  /** False promises that no candidates will be trickled. Default true. */
  readonly trickle?: boolean;
  /** True where media is encrypted end to end. */
  readonly e2ee?: boolean;
  /** True to restart ICE, in an offer. */
  readonly restart?: boolean;
  /** Which of the video is scalable (SVC), as a client tells it; Janus heeds it since 1.1.4. */
  readonly svc?: readonly SvcMedium[];
  /** Whatever else there is. */
  readonly [key: string]: unknown;
}

/** A medium that is scalable; `mid` or `mindex` says which. */
export interface SvcMedium {
  /** The medium, as the session description calls it. */
  readonly mid?: string;
  /** Its place in the session description. */
  readonly mindex?: number;
  /** Its scalability mode, such as `L3T3`. */
  readonly svc: string;
}

/** An ICE candidate to trickle. */
export interface TrickleCandidate {
  /** The candidate's line, without `a=`. */
  readonly candidate: string;
  /** The medium that it is for, by its `mid`. */
  readonly sdpMid?: string | null;
  /** The medium that it is for, by its place. */
  readonly sdpMLineIndex?: number | null;
  /** Whatever else there is. */
  readonly [key: string]: unknown;
}

/** What a plugin said: its own data, under its name. */
export interface PluginData<T = JsonObject> {
  /** Such as `"janus.plugin.echotest"`. */
  readonly plugin: string;
  /** What it said. */
  readonly data: T;
}

/** What all events of a handle have. */
export interface HandleEventFields {
  /** The session. */
  readonly session_id: JanusId;
  /** The handle. */
  readonly sender: JanusId;
  /** What the handle was attached with, where Janus is set to tell (`opaqueid_in_api`). */
  readonly opaque_id?: string;
}

/** A plugin's message. */
export interface PluginEvent<T = JsonObject> extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "event";
  /** What the plugin said. */
  readonly plugindata: PluginData<T>;
  /** The session description that came with it. */
  readonly jsep?: Jsep;
  /** The message that it answers. */
  readonly transaction?: string;
}

/** ICE and DTLS are up: media can flow. */
export interface WebrtcUpEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "webrtcup";
}

/** Janus receives media of the peer, or has stopped to. */
export interface MediaEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "media";
  /** Which kind of media. */
  readonly type: "audio" | "video";
  /** The medium, as the session description calls it. */
  readonly mid?: string;
  /** Of simulcast: 0 to 2. */
  readonly substream?: number;
  /** False if it has stopped. */
  readonly receiving: boolean;
  /** Without media, when it stopped. */
  readonly seconds?: number;
}

/** Packets get lost. */
export interface SlowLinkEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "slowlink";
  /** The medium, as the session description calls it. */
  readonly mid?: string;
  /** Which kind of media. */
  readonly media: "audio" | "video";
  /** True if packets from the peer to Janus are lost, false if those from Janus are. */
  readonly uplink: boolean;
  /** Packets in the last second. */
  readonly lost: number;
}

/** The PeerConnection is gone; the handle remains. */
export interface HangupEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "hangup";
  /** Why, in Janus's words. */
  readonly reason?: string;
}

/**
 * ICE has failed that had been up, which Janus notices since 1.2 (`ice_consent_freshness`). A hangup
 * follows: after five seconds, unless the client restarts ICE before, or at once (`hangup_on_failed`).
 */
export interface IceFailedEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "ice-failed";
}

/** The handle is gone. */
export interface DetachedEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "detached";
}

/** A candidate of Janus's (`full_trickle`), or the word that there are no more. */
export interface TrickleEvent extends HandleEventFields {
  /** Tells the event from others. */
  readonly janus: "trickle";
  /** The candidate, or that it was the last one. */
  readonly candidate: TrickleCandidate | { readonly completed: true };
}

/** What happens to a handle; `janus` tells which. */
export type JanusHandleEvent =
  | PluginEvent
  | WebrtcUpEvent
  | MediaEvent
  | SlowLinkEvent
  | HangupEvent
  | IceFailedEvent
  | DetachedEvent
  | TrickleEvent;

/** The session is gone: nobody kept it alive. */
export interface TimeoutEvent {
  /** Tells the event from others. */
  readonly janus: "timeout";
  /** The session that is gone. */
  readonly session_id: JanusId;
}

/** Whatever Janus sends without being asked. */
export type JanusEvent = JanusHandleEvent | TimeoutEvent;

/** The reply that something was done. */
export interface SuccessReply {
  /** Tells the reply from others. */
  readonly janus: "success";
  /** The request's. */
  readonly transaction: string;
  /** The session, if the request was for one. */
  readonly session_id?: JanusId;
  /** The handle, if the request was for one. */
  readonly sender?: JanusId;
  /** What was asked for, such as the id of a new session. */
  readonly data?: JsonObject;
  /** The answer of a plugin that answers at once. */
  readonly plugindata?: PluginData;
  /** The session description that came with it. */
  readonly jsep?: Jsep;
  /** Whatever else there is. */
  readonly [key: string]: unknown;
}

/** The reply that a request was taken; what comes of it follows as an event. */
export interface AckReply {
  /** Tells the reply from others. */
  readonly janus: "ack";
  /** The request's. */
  readonly transaction: string;
  /** The session, if the request was for one. */
  readonly session_id?: JanusId;
}

/** The reply to `ping`. */
export interface PongReply {
  /** Tells the reply from others. */
  readonly janus: "pong";
  /** The request's. */
  readonly transaction: string;
}

/** The reply that something couldn't be done. */
export interface ErrorReply {
  /** Tells the reply from others. */
  readonly janus: "error";
  /** Missing where Janus couldn't make out the request's. */
  readonly transaction?: string;
  /** The session, if the request was for one. */
  readonly session_id?: JanusId;
  /** Janus's number for it, and its words. */
  readonly error: { readonly code: number; readonly reason: string };
}

/** About one of Janus's plugins, transports, event handlers or loggers. */
export interface ModuleInfo {
  /** Its name, for people. */
  readonly name: string;
  /** Who wrote it. */
  readonly author: string;
  /** What it does. */
  readonly description: string;
  /** Its version, as a number. */
  readonly version: number;
  /** Its version, for people. */
  readonly version_string: string;
}

/** What Janus is. There is more in it than is named here, depending on the version. */
export interface ServerDescription {
  /** Tells the reply from others. */
  readonly janus: "server_info";
  /** `Janus WebRTC Server`. */
  readonly name: string;
  /** Such as 1102 for 1.1.2. */
  readonly version: number;
  /** Such as `1.1.2`. */
  readonly version_string: string;
  /** Who wrote it. */
  readonly author: string;
  /** What it was built from. */
  readonly "commit-hash": string;
  /** When it was built. */
  readonly "compile-time": string;
  /** Whether sessions can be made. */
  readonly "accepting-new-sessions": boolean;
  /** Seconds after which a session that is not used is gone; 0 for never. */
  readonly "session-timeout": number;
  /** Seconds that a session can be reclaimed for after its transport went; 0 for not at all. */
  readonly "reclaim-session-timeout": number;
  /** Seconds for the first candidate to come. */
  readonly "candidates-timeout": number;
  /** `general.server_name` of its configuration; the `emitter` of its events. */
  readonly "server-name": string;
  /** The address that candidates are made of. */
  readonly "local-ip": string;
  /** Whether its own candidates are trickled. */
  readonly "full-trickle": boolean;
  /** Whether it notices that a peer no longer agrees to media (`ice_consent_freshness`), since 1.2. */
  readonly "ice-consent-freshness"?: boolean;
  /** Whether it hangs up at once when ICE fails (`hangup_on_failed`), since 1.2.1. */
  readonly "hangup-on-failed"?: boolean;
  /** Whether the Janus API asks for a secret. */
  readonly api_secret: boolean;
  /** Whether the Janus API asks for a token. */
  readonly auth_token: boolean;
  /** Whether events are made (`events.broadcast`). */
  readonly event_handlers: boolean;
  /** Its plugins, by package. */
  readonly plugins: Readonly<Record<string, ModuleInfo>>;
  /** Its transports, by package. */
  readonly transports: Readonly<Record<string, ModuleInfo>>;
  /** Its event handlers, by package. */
  readonly events: Readonly<Record<string, ModuleInfo>>;
  /** Its loggers, by package. */
  readonly loggers: Readonly<Record<string, ModuleInfo>>;
  /** Whatever else there is. */
  readonly [key: string]: unknown;
}

/** The reply to `info`. */
export interface ServerInfo extends ServerDescription {
  /** The request's. */
  readonly transaction: string;
}

/** Whatever answers a request. */
export type JanusReply =
  | SuccessReply
  | AckReply
  | PongReply
  | ServerInfo
  | ErrorReply
  | PluginEvent;
