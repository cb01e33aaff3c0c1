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
  readonly janus: string;
  readonly session_id?: JanusId;
  readonly handle_id?: JanusId;
  readonly [key: string]: unknown;
}

/** A session description, as WebRTC has it. */
export interface Jsep {
  readonly type: "offer" | "answer";
  readonly sdp: string;
  /** False promises that no candidates will be trickled. Default true. */
  readonly trickle?: boolean;
  /** True where media is encrypted end to end. */
  readonly e2ee?: boolean;
  /** True to restart ICE, in an offer. */
  readonly restart?: boolean;
  readonly [key: string]: unknown;
}

/** An ICE candidate to trickle. */
export interface TrickleCandidate {
  /** The candidate's line, without `a=`. */
  readonly candidate: string;
  readonly sdpMid?: string | null;
  readonly sdpMLineIndex?: number | null;
  readonly [key: string]: unknown;
}

/** What a plugin said: its own data, under its name. */
export interface PluginData<T = JsonObject> {
  /** Such as `"janus.plugin.echotest"`. */
  readonly plugin: string;
  readonly data: T;
}

/** What all events of a handle have. */
interface HandleEventFields {
  readonly session_id: JanusId;
  /** The handle. */
  readonly sender: JanusId;
  /** What the handle was attached with, where Janus is set to tell (`opaqueid_in_api`). */
  readonly opaque_id?: string;
}

/** A plugin's message. */
export interface PluginEvent<T = JsonObject> extends HandleEventFields {
  readonly janus: "event";
  readonly plugindata: PluginData<T>;
  readonly jsep?: Jsep;
  /** The message that it answers. */
  readonly transaction?: string;
}

/** ICE and DTLS are up: media can flow. */
export interface WebrtcUpEvent extends HandleEventFields {
  readonly janus: "webrtcup";
}

/** Janus receives media of the peer, or has stopped to. */
export interface MediaEvent extends HandleEventFields {
  readonly janus: "media";
  readonly type: "audio" | "video";
  readonly mid?: string;
  /** Of simulcast: 0 to 2. */
  readonly substream?: number;
  readonly receiving: boolean;
  /** Without media, when it stopped. */
  readonly seconds?: number;
}

/** Packets get lost. */
export interface SlowLinkEvent extends HandleEventFields {
  readonly janus: "slowlink";
  readonly mid?: string;
  readonly media: "audio" | "video";
  /** True if packets from the peer to Janus are lost, false if those from Janus are. */
  readonly uplink: boolean;
  /** Packets in the last second. */
  readonly lost: number;
}

/** The PeerConnection is gone; the handle remains. */
export interface HangupEvent extends HandleEventFields {
  readonly janus: "hangup";
  readonly reason?: string;
}

/** The handle is gone. */
export interface DetachedEvent extends HandleEventFields {
  readonly janus: "detached";
}

/** A candidate of Janus's (`full_trickle`), or the word that there are no more. */
export interface TrickleEvent extends HandleEventFields {
  readonly janus: "trickle";
  readonly candidate: TrickleCandidate | { readonly completed: true };
}

/** What happens to a handle; `janus` tells which. */
export type JanusHandleEvent =
  | PluginEvent
  | WebrtcUpEvent
  | MediaEvent
  | SlowLinkEvent
  | HangupEvent
  | DetachedEvent
  | TrickleEvent;

/** The session is gone: nobody kept it alive. */
export interface TimeoutEvent {
  readonly janus: "timeout";
  readonly session_id: JanusId;
}

/** Whatever Janus sends without being asked. */
export type JanusEvent = JanusHandleEvent | TimeoutEvent;

/** The reply that something was done. */
export interface SuccessReply {
  readonly janus: "success";
  readonly transaction: string;
  readonly session_id?: JanusId;
  /** The handle, if the request was for one. */
  readonly sender?: JanusId;
  readonly data?: JsonObject;
  /** The answer of a plugin that answers at once. */
  readonly plugindata?: PluginData;
  readonly jsep?: Jsep;
  readonly [key: string]: unknown;
}

/** The reply that a request was taken; what comes of it follows as an event. */
export interface AckReply {
  readonly janus: "ack";
  readonly transaction: string;
  readonly session_id?: JanusId;
}

/** The reply to `ping`. */
export interface PongReply {
  readonly janus: "pong";
  readonly transaction: string;
}

/** The reply that something couldn't be done. */
export interface ErrorReply {
  readonly janus: "error";
  /** Missing where Janus couldn't make out the request's. */
  readonly transaction?: string;
  readonly session_id?: JanusId;
  readonly error: { readonly code: number; readonly reason: string };
}

/** About one of Janus's plugins, transports, event handlers or loggers. */
export interface ModuleInfo {
  readonly name: string;
  readonly author: string;
  readonly description: string;
  readonly version: number;
  readonly version_string: string;
}

/** What Janus is. There is more in it than is named here, depending on the version. */
export interface ServerDescription {
  readonly janus: "server_info";
  readonly name: string;
  /** Such as 1102 for 1.1.2. */
  readonly version: number;
  readonly version_string: string;
  readonly author: string;
  readonly "commit-hash": string;
  readonly "compile-time": string;
  readonly "accepting-new-sessions": boolean;
  /** Seconds after which a session that is not used is gone; 0 for never. */
  readonly "session-timeout": number;
  /** Seconds that a session can be reclaimed for after its transport went; 0 for not at all. */
  readonly "reclaim-session-timeout": number;
  readonly "candidates-timeout": number;
  readonly "server-name": string;
  readonly "local-ip": string;
  readonly "full-trickle": boolean;
  readonly api_secret: boolean;
  readonly auth_token: boolean;
  readonly event_handlers: boolean;
  readonly plugins: Readonly<Record<string, ModuleInfo>>;
  readonly transports: Readonly<Record<string, ModuleInfo>>;
  readonly events: Readonly<Record<string, ModuleInfo>>;
  readonly loggers: Readonly<Record<string, ModuleInfo>>;
  readonly [key: string]: unknown;
}

/** The reply to `info`. */
export interface ServerInfo extends ServerDescription {
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
