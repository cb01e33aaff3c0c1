/** Where events go. @module */
import type { Poller } from "../../ffi/zmq/thin.ts";
import type { SinkMessage } from "./message.ts";
import type { Position } from "./position.ts";

/** What became of a message: `held` means that it is offered again. */
export type SendResult = "sent" | "held" | "failed";

/**
 * Takes messages in order. A sink that is alone is waited for, and events wait in the ring; where there
 * are several, each has a backlog, and none waits for another.
 */
export interface Sink {
  /** How far it is, over restarts. */
  readonly position: Position;
  /** Bytes that may wait for it while others go on, in the ring and outside; then the oldest must go. */
  readonly backlog: number;
  /** Whether somebody waits for each message: then a tenth of a millisecond counts. */
  readonly awaited: boolean;
  /** Whether it sends topics. */
  readonly topics: boolean;
  /** False while it can take nothing: it holds a message, or is not there yet. */
  readonly open: boolean;
  /** How many of the messages that it was sent are not done yet, the newest ones. */
  readonly underWay: number;
  /** Takes a message, of which nothing need be left after the call unless it is {@linkcode underWay}. */
  send(message: SinkMessage): SendResult;
  /**
   * Offers a message again.
   *
   * @param atMost the longest (ms) that it may be held now; with 0 the sink must decide
   */
  retry(message: SinkMessage, now: number, atMost: number): SendResult;
  /** Before the batch in hand is another one: copies what is still to be read by a record's index. */
  copyPending(): void;
  /** Sends what it gathers, if it does. @returns false if that is held */
  flush(): boolean;
  /** Adds its sockets to the loop's poller. */
  watch(poller: Poller): void;
  /** Before the loop waits. */
  prepare(poller: Poller): void;
  /** Does what its sockets have ready; true if there may be more. */
  receive(): boolean;
  /** Milliseconds until {@linkcode tick} has something to do; Infinity if it has not. */
  timeout(now: number): number;
  /** What is due by time. @param atMost the longest (ms) that anything may be held now */
  tick(now: number, atMost: number): void;
  /** Janus ends: nothing may be waited for that need not be there. */
  stopping(): void;
  /** Descriptors of the connections that are open. */
  connections(): Iterable<number>;
  /** Closes it; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void;
}
