/**
 * Messages of the Admin API: what each verb takes, and what answers it.
 *
 * Source: https://janus.conf.meetecho.com/docs/admin.html, and what Janus 1.1.2 answers.
 *
 * @module
 */
import type { JsonObject, ServerInfo } from "./api.ts";
import type { JanusId } from "./ids.ts";

/** What `get_status` tells: settings that can be changed while Janus runs. */
export interface AdminStatus {
  readonly token_auth: boolean;
  /** Seconds. */
  readonly session_timeout: number;
  /** Seconds. */
  readonly reclaim_session_timeout: number;
  /** Seconds. */
  readonly candidates_timeout: number;
  readonly log_level: number;
  readonly log_timestamps: boolean;
  readonly log_colors: boolean;
  readonly locking_debug: boolean;
  readonly refcount_debug: boolean;
  readonly libnice_debug: boolean;
  readonly min_nack_queue: number;
  readonly "nack-optimizations": boolean;
  /** Seconds. */
  readonly no_media_timer: number;
  /** Lost packets per second. */
  readonly slowlink_threshold: number;
  readonly [key: string]: unknown;
}

/** What `handle_info` tells. There is more in it once there is a PeerConnection. */
export interface HandleInfo {
  readonly session_id: JanusId;
  /** Microseconds of Janus's monotonic clock. */
  readonly session_last_activity: number;
  /** Seconds. */
  readonly session_timeout: number;
  /** Package of the transport. */
  readonly session_transport: string;
  readonly handle_id: JanusId;
  readonly opaque_id?: string;
  readonly token?: string;
  readonly "loop-running": boolean;
  /** Microseconds of Janus's monotonic clock. */
  readonly created: number;
  /** Microseconds of Janus's monotonic clock. */
  readonly current_time: number;
  /** Package of the plugin. */
  readonly plugin: string;
  readonly plugin_specific?: JsonObject;
  readonly flags?: Readonly<Record<string, boolean>>;
  readonly [key: string]: unknown;
}

/** A token and what it may use. */
export interface TokenInfo {
  readonly token: string;
  readonly allowed_plugins: readonly string[];
}

/** Takes a session. */
interface OfSession {
  readonly session_id: JanusId;
}

/** Takes a handle. */
interface OfHandle extends OfSession {
  readonly handle_id: JanusId;
}

/** Takes nothing. */
type Nothing = Readonly<Record<never, never>>;

/** One setting, in the request and in the reply. */
type Setting<K extends string, T> = {
  readonly args: { readonly [key in K]: T };
  readonly reply: { readonly [key in K]: T };
};

/** One setting that the reply calls by another name. */
type Renamed<K extends string, R extends string, T> = {
  readonly args: { readonly [key in K]: T };
  readonly reply: { readonly [key in R]: T };
};

/** The verbs of the Admin API: `args` of the request, and what the `reply` has of its own. */
export interface AdminVerbs {
  readonly ping: { readonly args: Nothing; readonly reply: { readonly janus: "pong" } };
  readonly info: { readonly args: Nothing; readonly reply: ServerInfo };
  readonly get_status: { readonly args: Nothing; readonly reply: { readonly status: AdminStatus } };
  readonly loops_info: {
    readonly args: Nothing;
    readonly reply: { readonly loops: readonly JsonObject[] };
  };

  readonly list_sessions: {
    readonly args: Nothing;
    readonly reply: { readonly sessions: readonly JanusId[] };
  };
  readonly destroy_session: { readonly args: OfSession; readonly reply: Nothing };
  readonly list_handles: {
    readonly args: OfSession;
    readonly reply: { readonly handles: readonly JanusId[] };
  };
  readonly handle_info: {
    /** `plugin_only` leaves out what is not the plugin's. */
    readonly args: OfHandle & { readonly plugin_only?: boolean };
    readonly reply: { readonly handle_id: JanusId; readonly info: HandleInfo };
  };
  readonly hangup_webrtc: { readonly args: OfHandle; readonly reply: Nothing };
  readonly detach_handle: { readonly args: OfHandle; readonly reply: Nothing };
  readonly start_pcap: {
    readonly args: OfHandle & {
      readonly folder: string;
      readonly filename: string;
      /** Bytes of each packet; 0 for all. */
      readonly truncate?: number;
    };
    readonly reply: Nothing;
  };
  readonly stop_pcap: { readonly args: OfHandle; readonly reply: Nothing };

  readonly message_plugin: {
    readonly args: { readonly plugin: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  readonly query_transport: {
    readonly args: { readonly transport: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  readonly query_eventhandler: {
    readonly args: { readonly handler: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  readonly query_logger: {
    readonly args: { readonly logger: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  readonly custom_event: {
    readonly args: { readonly schema: string; readonly data: JsonObject };
    readonly reply: Nothing;
  };
  readonly custom_logline: {
    /** `level` as Janus numbers them: 2 error, 3 warning, 4 info. */
    readonly args: { readonly line: string; readonly level?: number };
    readonly reply: Nothing;
  };
  readonly resolve_address: {
    readonly args: { readonly address: string };
    /** `elapsed` in microseconds. */
    readonly reply: { readonly ip: string; readonly elapsed: number };
  };

  readonly set_session_timeout: Setting<"timeout", number>;
  readonly accept_new_sessions: Setting<"accept", boolean>;
  readonly set_log_level: Setting<"level", number>;
  readonly set_log_timestamps: Renamed<"timestamps", "log_timestamps", boolean>;
  readonly set_log_colors: Renamed<"colors", "log_colors", boolean>;
  readonly set_locking_debug: Renamed<"debug", "locking_debug", boolean>;
  readonly set_refcount_debug: Renamed<"debug", "refcount_debug", boolean>;
  readonly set_libnice_debug: Renamed<"debug", "libnice_debug", boolean>;
  readonly set_min_nack_queue: Setting<"min_nack_queue", number>;
  readonly set_no_media_timer: Setting<"no_media_timer", number>;
  readonly set_slowlink_threshold: Setting<"slowlink_threshold", number>;

  readonly list_tokens: {
    readonly args: Nothing;
    readonly reply: { readonly data: { readonly tokens: readonly TokenInfo[] } };
  };
  readonly add_token: {
    /** Without `plugins` the token may use all. */
    readonly args: { readonly token: string; readonly plugins?: readonly string[] };
    readonly reply: { readonly data: { readonly plugins: readonly string[] } };
  };
  readonly allow_token: {
    readonly args: { readonly token: string; readonly plugins: readonly string[] };
    readonly reply: { readonly data: { readonly plugins: readonly string[] } };
  };
  readonly disallow_token: {
    readonly args: { readonly token: string; readonly plugins: readonly string[] };
    readonly reply: { readonly data: { readonly plugins: readonly string[] } };
  };
  readonly remove_token: { readonly args: { readonly token: string }; readonly reply: Nothing };
}

/** A verb that is known here. */
export type AdminVerb = keyof AdminVerbs;

/** What all replies have that are no errors. */
export interface AdminReplyFields {
  readonly janus: "success" | "pong" | "server_info";
  readonly transaction: string;
}
