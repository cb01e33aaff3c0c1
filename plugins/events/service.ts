/** The event handler: what Janus tells goes to the sinks. @module */
import { Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import type { Poller } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import type { Drops } from "./drops.ts";
import type { EventFiltering } from "./filtering.ts";
import { Pipeline } from "./pipeline.ts";
import type { Sink } from "./sink.ts";

/** How long (microseconds) events may wait to be handled together: with subscribers, and without. */
const [AWAITED_US, UNAWAITED_US] = [80, 500];
/** With records in hand, the loop shows that it lives at least so often (ms): see `watchdog`. */
const ALIVE_MS = 250;
/** When Janus ends, what waits for filters or sinks gets this long (ms). */
const STOP_MS = 600;
/** After that, each message gets no more than this (ms); and all together half as long again. */
const LAST_MS = 100;
/** And the filters, to tear down, what is left of this (ms). The stub waits for 1.5 s in all. */
const CLOSE_MS = 1100;

/** What the event handler is made of. */
export interface EventParts {
  readonly link: Link;
  readonly log: Log;
  /** Null if there are no filters. */
  readonly filtering: EventFiltering | null;
  readonly sinks: readonly Sink[];
  readonly drops: Drops;
  /** Janus's admin has changed settings. @returns what the stub must be told (`Up.ready`) */
  readonly configure: (changes: never) => string;
}

/** Brings events to the sinks, in Janus's order. */
export class EventService {
  readonly #parts: EventParts;
  readonly #pipeline: Pipeline;
  #stopAt = Infinity;
  /** What Janus's side was to be told when the way up was full. */
  #untold: Uint8Array<ArrayBuffer> | null = null;

  constructor(parts: EventParts) {
    this.#parts = parts;
    const control = (payload: Uint8Array) => this.#control(payload);
    this.#pipeline = new Pipeline({ ...parts, control });
  }

  /** Adds the sockets to the loop's poller. */
  watch(poller: Poller): void {
    for (const sink of this.#parts.sinks) sink.watch(poller);
  }

  /** Before the loop waits. */
  prepare(poller: Poller): void {
    for (const sink of this.#parts.sinks) sink.prepare(poller);
    if (this.#pipeline.inHand) this.#parts.link.rest(true);
  }

  /** The filters. */
  get scripts(): EventFiltering | null {
    return this.#parts.filtering;
  }

  /** A tenth of a millisecond is nothing to a subscriber, and much to Janus's event thread. */
  get patience(): number {
    return this.#pipeline.awaited ? AWAITED_US : UNAWAITED_US;
  }

  /** False while events wait for filters or for a sink. */
  get ready(): boolean {
    return !this.#pipeline.blocked && !this.#pipeline.filtering;
  }

  /** Handles what Janus has sent, as far as it goes now. */
  drain(stopping: boolean): number {
    return stopping ? this.#finish() : this.#pipeline.advance();
  }

  /** Does what the sinks' sockets have ready; true if there may be more. */
  receive(): boolean {
    let more = false;
    for (const sink of this.#parts.sinks) more = sink.receive() || more;
    return more;
  }

  /** Milliseconds until {@linkcode tick} has something to do; -1 if it has not. */
  timeout(now: number): number {
    const { sinks, drops, filtering } = this.#parts;
    const pipeline = this.#pipeline;
    if (pipeline.behind) return 0;
    if (pipeline.filtering && !pipeline.blocked && filtering?.available) return 0;
    let next = Math.min(pipeline.inHand ? ALIVE_MS : Infinity, drops.timeout(now));
    for (const sink of sinks) next = Math.min(next, sink.timeout(now));
    return next === Infinity ? -1 : Math.max(0, Math.ceil(next));
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    const pipeline = this.#pipeline;
    this.#tell();
    const waited = pipeline.blocked;
    this.#retry(now);
    // The rest of the batch, too: all that the loop looks at is whether there are further records.
    if (waited && !pipeline.blocked) pipeline.advance();
    this.#parts.drops.say(now);
  }

  /** Descriptors of the connections that are open. */
  connections(): Iterable<number> {
    const { sinks } = this.#parts;
    return sinks.length === 1
      ? sinks[0]!.connections()
      : sinks.flatMap((sink) => [...sink.connections()]);
  }

  /** Closes the sinks; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    const took = this.#stopAt === Infinity ? 0 : Date.now() + STOP_MS - this.#stopAt;
    this.#parts.filtering?.close(Math.min(1000, Math.max(0, CLOSE_MS - took)));
    for (const sink of this.#parts.sinks) sink.close(linger);
  }

  /** Goes on with what waits for sinks. */
  #retry(now: number): void {
    const atMost = this.#atMost(now);
    for (const sink of this.#parts.sinks) sink.tick(now, atMost);
    this.#pipeline.retry(now, atMost);
  }

  /** How long (ms) a message may be held. */
  #atMost(now: number): number {
    if (now < this.#stopAt) return Infinity;
    return now < this.#stopAt + STOP_MS / 2 ? LAST_MS : 0;
  }

  /** Janus ends: nothing is gathered any more. @returns 0 once all is done */
  #finish(): number {
    const now = Date.now(), pipeline = this.#pipeline;
    if (this.#stopAt === Infinity) {
      this.#stopAt = now + STOP_MS;
      for (const sink of this.#parts.sinks) sink.stopping();
    }
    this.#retry(now);
    const count = pipeline.advance();
    if (!pipeline.filtering) pipeline.flush();
    if (count > 0 || !pipeline.inHand) return count;
    if (now < this.#stopAt + STOP_MS / 2) return 1; // there is more to do
    this.#parts.log.warning("Stopped before all events were out");
    return 0;
  }

  #control(payload: Uint8Array): void {
    const { configure } = JSON.parse(new TextDecoder().decode(payload));
    if (configure === undefined) return;
    this.#untold = new TextEncoder().encode(this.#parts.configure(configure as never));
    this.#tell();
  }

  /** Tells Janus's side what was changed: now, or when there is room (we are woken then). */
  #tell(): void {
    const ready = this.#untold;
    if (ready === null) return;
    const { link } = this.#parts;
    if (link.push(Up.ready, 0, 0, 0, ready, ready.length) === "pushed") this.#untold = null;
  }
}
