/** What the publisher asks of the event filters; `plugins/scripting` has them. @module */
import type { Link } from "../../ffi/bridge/link.ts";

/** What became of an event, where it is not the number of messages that it became. */
export const Outcome = {
  /** It goes out as Janus wrote it. */
  unchanged: -1,
  /** A filter failed at it, and what a filter fails at is dropped. */
  failed: -2,
} as const;

/**
 * The filters, which run on another thread. One run at a time: {@linkcode begin}, then
 * {@linkcode wait} until it is true, then {@linkcode next} for each event and, for each message
 * that an event became, {@linkcode message}.
 */
export interface EventFiltering {
  /** True if a filter wants such events; all others are published as they are. */
  wants(type: number, subtype: number): boolean;
  /**
   * Hands over the records with these indices of the link's batch.
   *
   * @returns how many it took, the first ones; at least 1
   */
  begin(link: Link, indices: readonly number[]): number;
  /** Waits for what was handed over, `ms` at most; true once all of it is done. */
  wait(ms: number): boolean;
  /** The next event of the run. @returns how many messages it became, or one of `Outcome` */
  next(): number;
  /** The next message of that event; the fields below speak of it. */
  message(): void;
  /** Milliseconds until {@linkcode tick} is due. */
  timeout(): number;
  /** What is due by time: changed files, for one. */
  tick(): void;
  /** Has the filters end; takes `ms` at most. */
  close(ms: number): void;
  /** Where messages lie; it is never moved. */
  readonly memory: Uint8Array<SharedArrayBuffer>;
  readonly topicOffset: number;
  /** Bytes; 0 if topics are off. */
  readonly topicLength: number;
  readonly bodyOffset: number;
  readonly bodyLength: number;
}
