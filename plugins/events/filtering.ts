/** What the publisher asks of the event filters; `plugins/scripting` has them. @module */
import type { CompanionUser } from "../../ffi/bridge/companions.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import type { Poller } from "../../ffi/zmq/thin.ts";

/** What became of an event, where it is not the number of messages that it became. */
export const Outcome = {
  /** It goes out as Janus wrote it. */
  unchanged: -1,
} as const;

/**
 * The filters, which run in another process. One batch at a time: {@linkcode begin}, then
 * {@linkcode take} for each event and, for each message that an event became, {@linkcode message}.
 * Nothing of it waits.
 */
export interface EventFiltering extends CompanionUser<Poller> {
  /** True if a filter wants such events; all others are published as they are. */
  wants(type: number, subtype: number): boolean;
  /** Hands over the records with these indices of the link's batch. */
  begin(link: Link, indices: readonly number[]): void;
  /**
   * The next event of them.
   *
   * @returns how many messages it became, or `Outcome.unchanged`; another number below 0 if a filter
   *     failed at it, and what a filter fails at is dropped; null if it is not known yet
   */
  take(): number | null;
  /** The next message of that event; the fields below speak of it. */
  message(): void;
  /** Where messages lie; it is never moved. */
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly topicOffset: number;
  /** Bytes; 0 if topics are off. */
  readonly topicLength: number;
  readonly bodyOffset: number;
  readonly bodyLength: number;
}
