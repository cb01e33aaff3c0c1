/** The stream, as a place where events go: each is handed to the companion, and done once it is stored. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Poller } from "../../ffi/zmq/thin.ts";
import type { CompanionSource } from "../companion/process.ts";
import { DROP_LABELS, OwnPlace } from "../events/counters.ts";
import type { Drops } from "../events/drops.ts";
import type { SinkMessage } from "../events/message.ts";
import { Position } from "../events/position.ts";
import type { SendResult, Sink } from "../events/sink.ts";
import type { Log } from "../janus/log.ts";
import { Missing } from "./missing.ts";
import { StreamOutbox } from "./outbox.ts";
import { type Known, MessageKind, type StreamInit, type StreamNews } from "./protocol.ts";
import { StreamWorker } from "./worker.ts";

/** So many events (and two windows), and bytes, are with the companion at most: the rest waits in the ring. */
const [MOST_EVENTS, MOST_BYTES] = [1024, 4 << 20];
/** How long (ms) an event waits for others: so long PUB's subscribers are woken, who go first. */
const GATHER_MS = 1;
/** What the companion gets (ms) to deliver the rest at the end. */
const FINISH_MS = 500;

/** What the sink is made of. */
export interface StreamParts {
  readonly link: Link;
  readonly log: Log;
  readonly source: CompanionSource;
  readonly drops: Drops;
  /** What the companion is told first, but for what is known of the stream. */
  readonly init: Omit<StreamInit, "known">;
  /** Milliseconds that an event may wait for others, while those before it are under way. */
  readonly linger: number;
  /** Has `info` show anew what {@linkcode StreamSink.status} says. */
  readonly changed: () => void;
}

/** Has every event stored. */
export class StreamSink implements Sink {
  readonly position: Position;
  /** What waits, waits in the ring: nothing is dropped here. */
  readonly backlog = Infinity;
  readonly #parts: StreamParts;
  readonly #counters: Float64Array;
  readonly #worker: StreamWorker;
  readonly #outbox = new StreamOutbox();
  readonly #missing: Missing;
  /** Since when (ms) events are gathered; Infinity if there are none. */
  #gatheredAt = Infinity;
  /** The number of the last event that was handed on, or told to be missing; and the last record. */
  #number: number;
  #record: number;
  #poller: Poller | null = null;
  #stopping = false;
  /** Why it is away; empty if it is not, or that is not known yet. */
  #lastError = "";
  /** False while Janus's admin has it switched off. */
  enabled = true;

  constructor(parts: StreamParts) {
    const { link: { counters }, log, source, init } = this.#parts = parts;
    this.#counters = counters;
    this.position = new Position(counters, OwnPlace.stream_position);
    this.#missing = new Missing(counters);
    this.#number = this.#known.number;
    this.#record = this.position.record;
    this.#worker = new StreamWorker(source, log, () => ({ ...init, known: this.#known }), {
      started: () => this.#outbox.again().forEach((frame) => this.#worker.send(frame)),
      stored: (count, place, number) => this.#stored(count, place, number),
      news: (news) => this.#take(news),
      ended: (reason) => this.#away(reason),
    });
    this.#away("");
  }

  get #known(): Known {
    // What stands there may be spoilt.
    const whole = (place: number) => {
      const value = this.#counters[place]!;
      return Number.isSafeInteger(value) && value > 0 ? value : 0;
    };
    return {
      place: whole(OwnPlace.stream_place),
      number: whole(OwnPlace.stream_acknowledged),
      // While it was switched off, others have passed by those that are not stored.
      record: Math.min(this.position.record, this.#outbox.earliest - 1),
    };
  }

  /** Nobody waits for a single event of the stream. */
  readonly awaited = false;
  readonly topics = false;

  get open(): boolean {
    return !this.enabled || this.#worker.running && this.#hasRoom;
  }

  get #hasRoom(): boolean {
    const { events, bytes } = this.#outbox;
    // At the end, all that there is, if the engine takes any.
    if (this.#stopping && this.#counters[OwnPlace.stream_away_since] === 0) return true;
    const most = Math.max(MOST_EVENTS, 2 * this.#parts.init.window);
    return events < most && bytes < MOST_BYTES;
  }

  /** While it is switched off, the ring is kept for nothing of it: what is under way is in this process alone then. */
  get underWay(): number {
    return this.enabled ? this.#outbox.events : 0;
  }

  send(message: SinkMessage): SendResult {
    if (!this.open) return "held";
    if (!this.enabled) {
      this.#missing.add("switched_off", message.type);
      return "sent";
    }
    const { link } = this.#parts;
    const { record, number, part } = message;
    if (number > this.#number + 1) this.#gap(record, part, number);
    this.#number = Math.max(this.#number, number);
    this.#record = record;
    const target = this.#outbox.add(record, number, part, MessageKind.event, message.bodyLength);
    message.copyBody(link, target);
    if (this.#outbox.full) this.#hand();
    else if (this.#gatheredAt === Infinity) this.#gatheredAt = Date.now();
    return "sent";
  }

  retry(message: SinkMessage, _now: number, atMost: number): SendResult {
    const result = this.send(message);
    if (result !== "held" || atMost > 0) return result;
    this.#missing.add("stopped", message.type);
    return "failed";
  }

  copyPending(): void {}

  flush(): boolean {
    this.#hand();
    return true;
  }

  watch(poller: Poller): void {
    this.#poller = poller;
    this.#worker.watch(poller);
  }

  prepare(poller: Poller): void {
    this.#worker.prepare(poller);
    const counters = this.#counters, { number } = this.position;
    counters[OwnPlace.stream_waiting] = Math.max(
      this.#outbox.events,
      counters[OwnPlace.number]! - number,
    );
  }

  receive(): boolean {
    if (this.#poller !== null) this.#worker.woken(this.#poller);
    return false;
  }

  timeout(now: number): number {
    return Math.min(this.#worker.timeout(now), this.#due - now);
  }

  tick(now: number, _atMost: number): void {
    this.#worker.update(now);
    if (now >= this.#due) this.#hand();
  }

  /** When (ms) what is gathered is handed over. */
  get #due(): number {
    const { linger } = this.#parts;
    const patience = this.#outbox.underWay > 0 ? linger : Math.min(linger, GATHER_MS);
    return this.#gatheredAt + patience;
  }

  stopping(): void {
    this.#stopping = this.#worker.eager = true;
  }

  connections(): Iterable<number> {
    return [];
  }

  close(_linger: number): void {
    const { count } = this.#missing;
    // Nothing comes any more that these would stand before.
    if (this.#stopping && count > 0) this.#gap(this.#record + 1, 0, this.#number + count + 1);
    this.#hand();
    // Else Janus goes on, and so does the stream, with the next process: it sends the rest.
    this.#worker.finish(this.#stopping ? FINISH_MS : 0);
  }

  /** Hands over what is gathered. One that is not there yet is handed all of it once it is. */
  #hand(): void {
    this.#gatheredAt = Infinity;
    const frame = this.#outbox.take();
    if (frame !== null && this.#worker.running) this.#worker.send(frame);
  }

  /** Says in the stream what is missing before a message. */
  #gap(record: number, part: number, number: number): void {
    const [first, last] = [this.#number + 1, number - 1];
    const text = new TextEncoder().encode(
      JSON.stringify({ dropped: this.#missing.take(last), first, last }),
    );
    this.#number = last;
    this.#outbox.add(record, last, part, MessageKind.dropped, text.length).set(text);
  }

  #stored(count: number, place: number, number: number): void {
    const whole = (value: number) => Number.isSafeInteger(value) && value >= 0;
    if (!whole(place) || !whole(number) || number > this.#number) {
      throw new RangeError(`the place ${place}, the number ${number}`);
    }
    this.#outbox.stored(count);
    this.#counters[OwnPlace.stream_place] = place;
    this.#counters[OwnPlace.stream_acknowledged] = number;
    this.#missing.stored(number);
  }

  #take(news: StreamNews): void {
    const { log, init } = this.#parts;
    switch (news.what) {
      case "opened":
        this.#counters[OwnPlace.stream_away_since] = 0;
        this.#explain("");
        if (news.again) return;
        log.info(
          `Events of ${init.instance} go into the stream ${init.stream.name} at ${news.server}`,
        );
        for (const one of news.differences) {
          log.warning(`The stream ${init.stream.name} is not as it is configured: ${one}`);
        }
        return;
      case "failed":
        this.#away(news.reason);
        if (news.again) return;
        log.warning(
          `Cannot store events in the stream ${init.stream.name}: ${news.reason}. They wait, and it is tried again`,
        );
        return;
      case "oversized": {
        const index = DROP_LABELS.indexOf(news.type);
        this.#parts.drops.add("oversized_stream", index < 0 ? DROP_LABELS.length - 1 : index, 1);
        return;
      }
      default:
        throw new TypeError("news of no known kind");
    }
  }

  #away(reason: string): void {
    this.#explain(reason);
    if (this.#counters[OwnPlace.stream_away_since] !== 0) return;
    this.#counters[OwnPlace.stream_away_since] = Date.now();
  }

  #explain(reason: string): void {
    if (reason === this.#lastError) return;
    this.#lastError = reason;
    this.#parts.changed();
  }

  /** What `info` shows, as the stub fills it in. */
  status(): Record<string, unknown> {
    const { servers, instance, stream, epoch } = this.#parts.init;
    const at = (place: number) => ({ counter: place });
    return {
      enabled: this.enabled,
      instance,
      epoch,
      stream: stream.name,
      servers: servers.servers,
      away_since: at(OwnPlace.stream_away_since),
      ...(this.#lastError === "" ? {} : { last_error: this.#lastError }),
      waiting: at(OwnPlace.stream_waiting),
      acknowledged: at(OwnPlace.stream_acknowledged),
      place: at(OwnPlace.stream_place),
    };
  }
}
