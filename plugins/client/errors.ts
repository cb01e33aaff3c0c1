/** What a Janus client throws. @module */
import type { JanusRequest, PluginData } from "../janus/api.ts";
import type { JanusId } from "../janus/ids.ts";

/**
 * Janus's codes for what it refuses (`apierror.h`).
 *
 * @example
 * ```ts
 * import { JanusError, JanusErrorCode } from "@janus-zeromq/janus-zeromq";
 *
 * function isGone(error: unknown): boolean {
 *   return error instanceof JanusError && error.code === JanusErrorCode.handle_not_found;
 * }
 * console.log(isGone(new Error("something else")));
 * ```
 */
export const JanusErrorCode = {
  unauthorized: 403,
  unauthorized_plugin: 405,
  transport_specific: 450,
  missing_request: 452,
  unknown_request: 453,
  invalid_json: 454,
  invalid_json_object: 455,
  missing_mandatory_element: 456,
  invalid_request_path: 457,
  session_not_found: 458,
  handle_not_found: 459,
  plugin_not_found: 460,
  plugin_attach: 461,
  plugin_message: 462,
  plugin_detach: 463,
  jsep_unknown_type: 464,
  jsep_invalid_sdp: 465,
  trickle_invalid_stream: 466,
  invalid_element_type: 467,
  session_conflict: 468,
  unexpected_answer: 469,
  token_not_found: 470,
  webrtc_state: 471,
  not_accepting_sessions: 472,
  unknown: 490,
} as const;

/** Janus refused a request. */
export class JanusError extends Error {
  /** Name of the class. */
  override name = "JanusError";
  /** Janus's code; see {@linkcode JanusErrorCode}. */
  readonly code: number;
  /** Janus's words. */
  readonly reason: string;
  /** What was asked, without secrets and tokens. */
  readonly request: JanusRequest;

  /** Made by the client. */
  constructor(code: number, reason: string, request: JanusRequest) {
    super(`Cannot ${describe(request)}: ${reason} (${code})`);
    this.code = code;
    this.reason = reason;
    this.request = request;
  }
}

/**
 * Janus doesn't know the session any more: it timed out, an operator destroyed it, Janus was
 * restarted, or it was away for longer than it keeps sessions. Its code is 458.
 */
export class JanusSessionLostError extends JanusError {
  /** Name of the class. */
  override name = "JanusSessionLostError";
  /** The session. */
  readonly session_id: JanusId;

  /** Made by the client. */
  constructor(session_id: JanusId, reason: string, request: JanusRequest) {
    super(JanusErrorCode.session_not_found, reason, request);
    this.session_id = session_id;
  }
}

/**
 * A plugin answered with an error of its own. No {@linkcode JanusError}: plugins number their
 * errors each for itself, and use Janus's numbers for other things.
 */
export class JanusPluginError extends Error {
  /** Name of the class. */
  override name = "JanusPluginError";
  /** The plugin's code (`error_code`). */
  readonly code: number;
  /** The plugin's words (`error`). */
  readonly reason: string;
  /** The plugin. */
  readonly plugin: string;
  /** All that it answered. */
  readonly data: PluginData["data"];
  /** What was asked, without secrets and tokens. */
  readonly request: JanusRequest;

  /** Made by the client. */
  constructor(code: number, reason: string, { plugin, data }: PluginData, request: JanusRequest) {
    super(`Cannot ${describe(request)}: ${plugin} says: ${reason} (${code})`);
    this.code = code;
    this.reason = reason;
    this.plugin = plugin;
    this.data = data;
    this.request = request;
  }
}

/**
 * No answer came in time. Whether Janus did what was asked, nobody knows. Its `cause` tells what
 * was wrong with the connection, if that was heard of.
 */
export class JanusTimeoutError extends Error {
  /** Name of the class. */
  override name = "JanusTimeoutError";
  /** What was asked, without secrets and tokens. */
  readonly request: JanusRequest;

  /** Made by the client. */
  constructor(message: string, request: JanusRequest, options?: ErrorOptions) {
    super(message, options);
    this.request = request;
  }
}

/** Janus's side refused the connection: a wrong key, user or password. See `cause`. */
export class JanusConnectionError extends Error {
  /** Name of the class. */
  override name = "JanusConnectionError";
}

/** Something answers that is not Janus: the `cause` of a {@linkcode JanusTimeoutError}. */
export class JanusAnswerError extends Error {
  /** Name of the class. */
  override name = "JanusAnswerError";
}

/** The client, the session or the handle was closed, before or while something was waited for. */
export class JanusClosedError extends Error {
  /** Name of the class. */
  override name = "JanusClosedError";
}

/** What a request is about, in a few words. */
export function describe(request: JanusRequest): string {
  const { janus, handle_id, session_id, plugin } = request;
  if (janus === "attach") return `attach to ${String(plugin)} in session ${session_id}`;
  if (handle_id !== undefined) return `${janus} (handle ${handle_id} of session ${session_id})`;
  return session_id === undefined ? janus : `${janus} (session ${session_id})`;
}
