/**
 * Messages of the Admin API: what each verb takes, and what answers it.
 *
 * Source: https://janus.conf.meetecho.com/docs/admin.html, and what Janus 1.1.2 and 1.4 answer.
 *
 * @module
 */
import type { JsonObject, ServerInfo } from "./api.ts";
import type { JanusId } from "./ids.ts";

/** What `get_status` tells: settings that can be changed while Janus runs. */
export interface AdminStatus {
  /** Whether the Janus API asks for tokens. */
  readonly token_auth: boolean;
  /** Seconds. */
  readonly session_timeout: number;
  /** Seconds. */
  readonly reclaim_session_timeout: number;
  /** Seconds. */
  readonly candidates_timeout: number;
  /** What is logged: 0 nothing to 7 everything. */
  readonly log_level: number;
  /** Whether lines of the log have the time. */
  readonly log_timestamps: boolean;
  /** Whether the log is coloured. */
  readonly log_colors: boolean;
  /** The number of the signal at which the log is opened anew; 0 for none. Since 1.3.2. */
  readonly log_rotate_sig?: number;
  /** Whether locks are logged. */
  readonly locking_debug: boolean;
  /** Whether reference counts are logged. */
  readonly refcount_debug: boolean;
  /** Whether libnice logs; until 1.3.1. */
  readonly libnice_debug?: boolean;
  /** Milliseconds that packets are kept for retransmission, at least. */
  readonly min_nack_queue: number;
  /** Whether that is adapted to the round-trip time. */
  readonly "nack-optimizations": boolean;
  /** Seconds. */
  readonly no_media_timer: number;
  /** Lost packets per second. */
  readonly slowlink_threshold: number;
  /** Whatever else there is. */
  readonly [key: string]: unknown;
}

/** What `handle_info` tells. There is more in it once there is a PeerConnection. */
export interface HandleInfo {
  /** The session. */
  readonly session_id: JanusId;
  /** Microseconds of Janus's monotonic clock. */
  readonly session_last_activity: number;
  /** Seconds. */
  readonly session_timeout: number;
  /** Package of the transport. */
  readonly session_transport: string;
  /** The handle. */
  readonly handle_id: JanusId;
  /** What it was attached with. */
  readonly opaque_id?: string;
  /** The token that it was attached with. */
  readonly token?: string;
  /** Whether its event loop runs. */
  readonly "loop-running": boolean;
  /** Microseconds of Janus's monotonic clock. */
  readonly created: number;
  /** Microseconds of Janus's monotonic clock. */
  readonly current_time: number;
  /** Package of the plugin. */
  readonly plugin: string;
  /** What the plugin tells of it. */
  readonly plugin_specific?: JsonObject;
  /** States of its PeerConnection. */
  readonly flags?: Readonly<Record<string, boolean>>;
  /** Its PeerConnection. `too-large`: packets that were too large to be sent, if any, since 1.4.1. */
  readonly webrtc?: JsonObject & { readonly "too-large"?: number };
  /** Whatever else there is. */
  readonly [key: string]: unknown;
}

/** A token and what it may use. */
export interface TokenInfo {
  /** The token. */
  readonly token: string;
  /** The plugins that it may use, by package. */
  readonly allowed_plugins: readonly string[];
}

/** Takes a session. */
export interface AdminOfSession {
  /** The session. */
  readonly session_id: JanusId;
}

/** Takes a handle. */
export interface AdminOfHandle extends AdminOfSession {
  /** The handle. */
  readonly handle_id: JanusId;
}

/** Takes nothing. */
export type AdminNothing = Readonly<Record<never, never>>;

/** One setting, in the request and in the reply. */
export type AdminSetting<K extends string, T> = {
  /** The new value. */
  readonly args: { readonly [key in K]: T };
  /** The value that counts now. */
  readonly reply: { readonly [key in K]: T };
};

/** One setting that the reply calls by another name. */
export type AdminRenamed<K extends string, R extends string, T> = {
  /** The new value. */
  readonly args: { readonly [key in K]: T };
  /** The value that counts now. */
  readonly reply: { readonly [key in R]: T };
};

/** The verbs of the Admin API: `args` of the request, and what the `reply` has of its own. */
export interface AdminVerbs {
  /** Whether Janus is there. */
  readonly ping: { readonly args: AdminNothing; readonly reply: { readonly janus: "pong" } };
  /** What Janus is. */
  readonly info: { readonly args: AdminNothing; readonly reply: ServerInfo };
  /** Settings that can be changed while it runs. */
  readonly get_status: {
    readonly args: AdminNothing;
    readonly reply: { readonly status: AdminStatus };
  };
  /** Static event loops, and how many handles each has. */
  readonly loops_info: {
    readonly args: AdminNothing;
    readonly reply: { readonly loops: readonly JsonObject[] };
  };

  /** The sessions. */
  readonly list_sessions: {
    readonly args: AdminNothing;
    readonly reply: { readonly sessions: readonly JanusId[] };
  };
  /** Ends a session. */
  readonly destroy_session: { readonly args: AdminOfSession; readonly reply: AdminNothing };
  /** The handles of a session. */
  readonly list_handles: {
    readonly args: AdminOfSession;
    readonly reply: { readonly handles: readonly JanusId[] };
  };
  /** All about a handle. */
  readonly handle_info: {
    /** `plugin_only` leaves out what is not the plugin's. */
    readonly args: AdminOfHandle & { readonly plugin_only?: boolean };
    readonly reply: { readonly handle_id: JanusId; readonly info: HandleInfo };
  };
  /** Ends a handle's PeerConnection. */
  readonly hangup_webrtc: { readonly args: AdminOfHandle; readonly reply: AdminNothing };
  /** Ends a handle. */
  readonly detach_handle: { readonly args: AdminOfHandle; readonly reply: AdminNothing };
  /** Writes a handle's packets to a file. */
  readonly start_pcap: {
    readonly args: AdminOfHandle & {
      readonly folder: string;
      readonly filename: string;
      /** Bytes of each packet; 0 for all. */
      readonly truncate?: number;
    };
    readonly reply: AdminNothing;
  };
  /** Ends that. */
  readonly stop_pcap: { readonly args: AdminOfHandle; readonly reply: AdminNothing };
  /** Writes a handle's packets to a file, as text that `text2pcap` reads. */
  readonly start_text2pcap: AdminVerbs["start_pcap"];
  /** Ends that. */
  readonly stop_text2pcap: AdminVerbs["stop_pcap"];

  /** Asks a plugin something, without a handle. */
  readonly message_plugin: {
    readonly args: { readonly plugin: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  /** Asks a transport something. */
  readonly query_transport: {
    readonly args: { readonly transport: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  /** Asks an event handler something. */
  readonly query_eventhandler: {
    readonly args: { readonly handler: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  /** Asks a logger something. */
  readonly query_logger: {
    readonly args: { readonly logger: string; readonly request: JsonObject };
    readonly reply: { readonly response: JsonObject };
  };
  /** Has an event of type 4 made. */
  readonly custom_event: {
    readonly args: { readonly schema: string; readonly data: JsonObject };
    readonly reply: AdminNothing;
  };
  /** Writes a line to the log. */
  readonly custom_logline: {
    /** `level` as Janus numbers them: 2 error, 3 warning, 4 info. */
    readonly args: { readonly line: string; readonly level?: number };
    readonly reply: AdminNothing;
  };
  /** Looks a name up, as Janus does. */
  readonly resolve_address: {
    readonly args: { readonly address: string };
    /** `elapsed` in microseconds. */
    readonly reply: { readonly ip: string; readonly elapsed: number };
  };

  /** Has a STUN server tell Janus's address. */
  readonly test_stun: {
    /** The server's; `localport` to ask from. */
    readonly args: {
      readonly address: string;
      readonly port: number;
      readonly localport?: number;
    };
    /** `elapsed` in microseconds. */
    readonly reply: {
      readonly public_ip: string;
      readonly public_port: number;
      readonly elapsed: number;
    };
  };

  /**
   * Seconds after which a session that is not used is gone: of one session, or of all that have
   * no such setting of their own.
   */
  readonly set_session_timeout: {
    /** Of one session a negative `timeout` stands for what counts for all. */
    readonly args: { readonly timeout: number; readonly session_id?: JanusId };
    readonly reply: { readonly timeout: number; readonly session_id?: JanusId };
  };
  /** Whether sessions can be made. */
  readonly accept_new_sessions: AdminSetting<"accept", boolean>;
  /** What is logged: 0 nothing to 7 everything. */
  readonly set_log_level: AdminSetting<"level", number>;
  /** Whether lines of the log have the time. */
  readonly set_log_timestamps: AdminRenamed<"timestamps", "log_timestamps", boolean>;
  /** Whether the log is coloured. */
  readonly set_log_colors: AdminRenamed<"colors", "log_colors", boolean>;
  /** Whether locks are logged. */
  readonly set_locking_debug: AdminRenamed<"debug", "locking_debug", boolean>;
  /** Whether reference counts are logged. */
  readonly set_refcount_debug: AdminRenamed<"debug", "refcount_debug", boolean>;
  /** Whether libnice logs; since 1.3.2 an error, 457. */
  readonly set_libnice_debug: AdminRenamed<"debug", "libnice_debug", boolean>;
  /** Milliseconds that packets are kept for retransmission, at least. */
  readonly set_min_nack_queue: AdminSetting<"min_nack_queue", number>;
  /** Whether that is adapted to the round-trip time. */
  readonly set_nack_optimizations: AdminRenamed<
    "nack_optimizations",
    "nack-optimizations",
    boolean
  >;
  /** Seconds without media after which a `media` event says so. */
  readonly set_no_media_timer: AdminSetting<"no_media_timer", number>;
  /** Lost packets per second that make a `slowlink` event. */
  readonly set_slowlink_threshold: AdminSetting<"slowlink_threshold", number>;

  /** The tokens, and what each may use. */
  readonly list_tokens: {
    readonly args: AdminNothing;
    readonly reply: { readonly data: { readonly tokens: readonly TokenInfo[] } };
  };
  /** Adds a token. */
  readonly add_token: {
    /** Without `plugins` the token may use all. */
    readonly args: { readonly token: string; readonly plugins?: readonly string[] };
    readonly reply: { readonly data: { readonly plugins: readonly string[] } };
  };
  /** Lets a token use more plugins. */
  readonly allow_token: {
    readonly args: { readonly token: string; readonly plugins: readonly string[] };
    readonly reply: { readonly data: { readonly plugins: readonly string[] } };
  };
  /** Lets a token use fewer plugins. */
  readonly disallow_token: {
    readonly args: { readonly token: string; readonly plugins: readonly string[] };
    readonly reply: { readonly data: { readonly plugins: readonly string[] } };
  };
  /** Takes a token away. */
  readonly remove_token: {
    readonly args: { readonly token: string };
    readonly reply: AdminNothing;
  };
}

/** A verb that is known here. */
export type AdminVerb = keyof AdminVerbs;

/** What all replies have that are no errors. */
export interface AdminReplyFields {
  /** What kind of reply it is. */
  readonly janus: "success" | "pong" | "server_info";
  /** The request's. */
  readonly transaction: string;
}
