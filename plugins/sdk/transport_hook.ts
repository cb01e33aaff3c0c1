/** Transport hooks: what operators write to look into requests and replies. @module */
import type { JanusRequest, JsonObject } from "../janus/api.ts";
import type { ModuleLog, SetupContext } from "./event_filter.ts";

/** Who asks. */
export interface HookPeer {
  /** The same for as long as it is connected. */
  readonly id: number;
  /** Its name in the security settings; null where clients have none. */
  readonly name: string | null;
  /** Its routing id, where it has set one. */
  readonly identity: string | null;
  /** Its IP address, or `ipc`. */
  readonly address: string;
  /** True on the Admin API. */
  readonly admin: boolean;
}

/** A refusal, as {@linkcode HookContext.refuse} makes it. */
export interface Refusal {
  /** What the client is told, as a Janus error. */
  readonly refuse: { readonly code: number; readonly reason: string };
}

/** What goes along with each request and reply. */
export interface HookContext {
  /** Writes to Janus's log. */
  readonly log: ModuleLog;
  /** Who asks, or is answered. */
  readonly peer: HookPeer;
  /**
   * Refuses a request: return what this gives. The client gets a Janus error instead of an answer.
   *
   * @param code one of Janus's error codes, such as 403
   */
  refuse(code: number, reason: string): Refusal;
}

/** What a hook on requests answers: the request as it is to go on, nothing to leave it, a refusal. */
export type RequestResult = JsonObject | Refusal | null | undefined | void;

/** What a hook on replies answers: the reply as it is to go on, nothing to leave it. */
export type ReplyResult = JsonObject | null | undefined | void;

/** A hook into the transport. */
export interface TransportHook {
  /** What the log, `info` and `configure` call it: letters, digits and `_ . -`. */
  readonly name: string;
  /** Called once before the first request; one that throws is refused. */
  setup?(ctx: SetupContext): void | Promise<void>;
  /**
   * Called for each request of a client's, before anything is done about it. Janus takes a verb in
   * capitals for the same one, so `request.janus` is always in small letters. What plugins find in a
   * body they mostly compare without regard to case, too: `Record` is `record` to them.
   */
  onRequest?(request: JanusRequest, ctx: HookContext): RequestResult | Promise<RequestResult>;
  /** Called for each reply, and each asynchronous event, before it goes to the client. */
  onReply?(reply: JsonObject, ctx: HookContext): ReplyResult | Promise<ReplyResult>;
  /** Called once when the hook is replaced or Janus ends; it gets a second for that. */
  teardown?(): void | Promise<void>;
}

/**
 * Makes a transport hook: the default export of a module in `hooks.modules`.
 *
 * @example
 * ```ts
 * import { defineTransportHook } from "@janus-zeromq/janus-zeromq";
 *
 * export default defineTransportHook({
 *   name: "no-recording",
 *   onRequest(request, ctx) {
 *     const body = request.body as { record?: boolean } | undefined;
 *     if (body?.record) return ctx.refuse(403, "Recording is not allowed here");
 *   },
 * });
 * ```
 */
export function defineTransportHook(hook: TransportHook): TransportHook {
  return hook;
}
