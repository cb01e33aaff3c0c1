/** A second sink, for tests: it takes, confirms and fails as it is told. */
import { Size } from "../../../ffi/bridge/layout.ts";
import type { Link } from "../../../ffi/bridge/link.ts";
import type { SinkMessage } from "../../../plugins/events/message.ts";
import { Position } from "../../../plugins/events/position.ts";
import type { SendResult, Sink } from "../../../plugins/events/sink.ts";

/** Where its position stands: behind the places of the table. */
export const SLOW_PLACE = Size.counters - 8;

/** What it has stored: by record and part, so that what comes again is known. */
export interface Stored {
  readonly number: number;
  readonly topic: string;
  readonly body: string;
}

/** What is at the other end, which outlives the process. */
export class Engine {
  /** How many more messages it takes. */
  room = Infinity;
  /** Messages that are with it before it confirms the oldest. */
  window = 0;
  /** Bytes that may wait for it. */
  backlog = Infinity;
  readonly stored = new Map<string, Stored>();
  /** In the order in which they came, those that came again included. */
  readonly came: string[] = [];
  /** Those that the sink was to decide about, and gave up. */
  readonly lost: string[] = [];
  /** Whether it fails at a message. */
  fails = (_body: string): boolean => false;
}

/** The sink in front of it. */
export class SlowSink implements Sink {
  readonly awaited = false;
  readonly topics = true;
  readonly position: Position;
  readonly #engine: Engine;
  readonly #link: Link;
  #underWay = 0;

  constructor(link: Link, engine: Engine) {
    this.#link = link;
    this.#engine = engine;
    this.position = new Position(link.counters, SLOW_PLACE);
  }

  get backlog(): number {
    return this.#engine.backlog;
  }

  get open(): boolean {
    return this.#engine.room > 0;
  }

  get underWay(): number {
    return this.#underWay = Math.min(this.#underWay, this.#engine.window);
  }

  send(message: SinkMessage): SendResult {
    const engine = this.#engine;
    if (engine.room <= 0) return "held";
    const id = `${message.record}.${message.part}`;
    const body = new TextDecoder().decode(message.bodyBytes(this.#link));
    engine.room--;
    this.#underWay++;
    if (engine.fails(body)) return "failed";
    engine.came.push(id);
    if (!engine.stored.has(id)) {
      const topic = new TextDecoder().decode(message.topicBytes());
      engine.stored.set(id, { number: message.number, topic, body });
    }
    return "sent";
  }

  retry(message: SinkMessage, _now: number, atMost: number): SendResult {
    if (this.open || atMost > 0) return this.send(message);
    this.#engine.lost.push(`${message.record}.${message.part}`);
    return "failed";
  }

  copyPending(): void {}

  flush(): boolean {
    return true;
  }

  watch(): void {}
  prepare(): void {}

  receive(): boolean {
    return false;
  }

  timeout(): number {
    return Infinity;
  }

  tick(): void {}
  stopping(): void {}

  connections(): Iterable<number> {
    return [];
  }

  close(): void {}
}
