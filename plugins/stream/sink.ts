/** The stream, as a place where events go: each is handed to the companion, and done once it is stored. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Poller } from "../../ffi/zmq/thin.ts";
import type { CompanionSource } from "../companion/process.ts";
import { DROP_CAUSES, DROP_LABELS, DROP_PLACES, OwnPlace } from "../events/counters.ts";
import { dropIndex, type Drops } from "../events/drops.ts";
import type { SinkMessage } from "../events/message.ts";
import { Position } from "../events/position.ts";
import type { SendResult, Sink } from "../events/sink.ts";
import type { Log } from "../janus/log.ts";
import { StreamOutbox } from "./outbox.ts";
import { MessageKind, type StreamInit, type StreamNews } from "./protocol.ts";
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
  /** What the companion is told first, but for `place`. */
  readonly init: Omit<StreamInit, "place">;
  /** Milliseconds that an event may wait for others, while those before it are under way. */
  readonly linger: number;
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
  /** Drops that were written into the stream already, by cause and type. */
  readonly #told: readonly Float64Array[];
  /** Events that it was given while it was switched off, by type: they are missing, too. */
  readonly #passed = new Float64Array(DROP_LABELS.length);
  readonly #passedBefore = new Float64Array(DROP_LABELS.length);
  /** Since when (ms) events are gathered; Infinity if there are none. */
  #gatheredAt = Infinity;
  /** The number of the last event that was handed on. */
  #number: number;
  #poller: Poller | null = null;
  #stopping = false;
  /** False while Janus's admin has it switched off. */
  enabled = true;

  constructor(parts: StreamParts) {
    const { link: { counters }, log, source, init } = this.#parts = parts;
    this.#counters = counters;
    this.position = new Position(counters, OwnPlace.stream_position);
    this.#number = this.position.number;
    this.#told = DROP_CAUSES.map((cause) => values(counters, cause).slice());
    const place = () => {
      const known = counters[OwnPlace.stream_place]!;
      return Number.isSafeInteger(known) && known > 0 ? known : 0;
    };
    this.#worker = new StreamWorker(source, log, () => ({ ...init, place: place() }), {
      started: () => this.#outbox.again().forEach((frame) => this.#worker.send(frame)),
      stored: (count, place) => this.#stored(count, place),
      news: (news) => this.#take(news),
      ended: () => this.#away(),
    });
    this.#away();
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

  get underWay(): number {
    return this.#outbox.events;
  }

  send(message: SinkMessage): SendResult {
    if (!this.open) return "held";
    if (!this.enabled) {
      this.#passed[dropIndex(message.type)]!++;
      return "sent";
    }
    const { link } = this.#parts;
    const { record, number, part } = message;
    if (number > this.#number + 1) this.#gap(record, part, number);
    this.#number = Math.max(this.#number, number);
    const target = this.#outbox.add(record, number, part, MessageKind.event, message.bodyLength);
    message.copyBody(link, target);
    if (this.#outbox.full) this.#hand();
    else if (this.#gatheredAt === Infinity) this.#gatheredAt = Date.now();
    return "sent";
  }

  retry(message: SinkMessage, _now: number, atMost: number): SendResult {
    const result = this.send(message);
    return result === "held" && atMost === 0 ? "failed" : result;
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
    counters[OwnPlace.stream_acknowledged] = number;
    counters[OwnPlace.stream_waiting] = Math.max(0, counters[OwnPlace.number]! - number);
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
    const dropped: Record<string, Record<string, number>> = {};
    const count = (cause: string, now: Float64Array, before: Float64Array) => {
      for (const [i, label] of DROP_LABELS.entries()) {
        if (now[i]! > before[i]!) (dropped[cause] ??= {})[label] = now[i]! - before[i]!;
      }
      before.set(now);
    };
    for (const [at, cause] of DROP_CAUSES.entries()) {
      if (cause === "slow_subscriber" || cause === "oversized_stream") continue; // not missing here
      count(cause, values(this.#counters, cause), this.#told[at]!);
    }
    count("switched_off", this.#passed, this.#passedBefore);
    const body = { dropped, first: this.#number + 1, last: number - 1 };
    const text = new TextEncoder().encode(JSON.stringify(body));
    const target = this.#outbox.add(record, number - 1, part, MessageKind.dropped, text.length);
    target.set(text);
  }

  #stored(count: number, place: number): void {
    if (!Number.isSafeInteger(place) || place < 0) throw new RangeError(`the place ${place}`);
    this.#outbox.stored(count);
    this.#counters[OwnPlace.stream_place] = place;
  }

  #take(news: StreamNews): void {
    const { log, init } = this.#parts;
    switch (news.what) {
      case "opened":
        this.#counters[OwnPlace.stream_away_since] = 0;
        if (news.again) return;
        log.info(
          `Events of ${init.instance} go into the stream ${init.stream.name} at ${news.server}`,
        );
        for (const one of news.differences) {
          log.warning(`The stream ${init.stream.name} is not as it is configured: ${one}`);
        }
        return;
      case "failed":
        this.#away();
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

  #away(): void {
    if (this.#counters[OwnPlace.stream_away_since] !== 0) return;
    this.#counters[OwnPlace.stream_away_since] = Date.now();
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
      waiting: at(OwnPlace.stream_waiting),
      acknowledged: at(OwnPlace.stream_acknowledged),
      place: at(OwnPlace.stream_place),
    };
  }
}

function values(counters: Float64Array, cause: (typeof DROP_CAUSES)[number]): Float64Array {
  const at = DROP_PLACES[cause];
  return counters.subarray(at, at + DROP_LABELS.length);
}
