/** One sink's way: what waits for it, and how far it is. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { SinkMessage } from "./message.ts";
import type { Sink } from "./sink.ts";
import { WaitingMessages } from "./waiting.ts";

/** So many messages that wait go to a sink in one round: others must have their turn. */
const PER_ROUND = 256;

/** Room in a list of marks, at first and once they are gone. */
const FEW = 3 * 1024;

/** Records that are handled, but not done: how many messages the sink had been given up to each. */
class Marks {
  #data = new Float64Array(FEW);
  #first = 0;
  #end = 0;

  get empty(): boolean {
    return this.#first === this.#end;
  }

  push(record: number, number: number, given: number): void {
    if (this.#end === this.#data.length) this.#makeRoom();
    this.#data[this.#end++] = record;
    this.#data[this.#end++] = number;
    this.#data[this.#end++] = given;
  }

  get record(): number {
    return this.#data[this.#first]!;
  }

  get number(): number {
    return this.#data[this.#first + 1]!;
  }

  get given(): number {
    return this.#data[this.#first + 2]!;
  }

  shift(): void {
    this.#first += 3;
    if (this.empty) this.clear();
  }

  clear(): void {
    this.#first = this.#end = 0;
    if (this.#data.length > FEW) this.#data = new Float64Array(FEW);
  }

  #makeRoom(): void {
    const [data, count] = [this.#data, this.#end - this.#first];
    if (count > data.length / 2) this.#data = new Float64Array(2 * data.length);
    this.#data.set(data.subarray(this.#first, this.#end));
    [this.#first, this.#end] = [0, count];
  }
}

/** Brings messages to one sink. */
export class Lane {
  readonly sink: Sink;
  readonly #link: Link;
  /** Whether others go on while the sink does not. */
  readonly #apart: boolean;
  readonly #marks = new Marks();
  /** Messages that it was given since the start. */
  #given = 0;
  /** Those that wait. */
  readonly #waiting = new WaitingMessages();

  /** @param apart whether there are other sinks, which go on while this one does not */
  constructor(link: Link, sink: Sink, apart: boolean) {
    this.#link = link;
    this.sink = sink;
    this.#apart = apart;
  }

  /** True while the pipeline must wait for the sink. */
  get blocked(): boolean {
    return !this.#apart && !this.sink.open;
  }

  /** How many messages wait, outside of the sink. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Gives a message to the sink, now or later. @returns false if it must be given again */
  give(message: SinkMessage): boolean {
    const { sink } = this;
    if (message.record <= sink.position.record) return true; // before a restart
    if (this.waiting > 0 || sink.send(message) === "held") {
      if (!this.#apart) return false;
      this.#wait(message);
    }
    this.#given++;
    return true;
  }

  /** Gives one again that could not be given. @returns false if it must be given again */
  giveAgain(message: SinkMessage, now: number, atMost: number): boolean {
    if (this.sink.retry(message, now, atMost) === "held") return false;
    this.#given++;
    return true;
  }

  /** What a record became has been given, all of it. @returns whether the sink is done with it now */
  finish(record: number, number: number): boolean {
    const { position, underWay } = this.sink;
    if (record <= position.record) return false;
    if (underWay > 0 || this.waiting > 0) {
      this.#marks.push(record, number, this.#given);
      return false;
    }
    this.#marks.clear();
    position.save(record, number);
    return true;
  }

  /** Goes on with what waits. @param atMost the longest (ms) that a message may be held now */
  advance(now: number, atMost: number): void {
    for (let i = 0; i < PER_ROUND && this.waiting > 0; i++) {
      const message = this.#waiting.front();
      const result = this.sink.open
        ? this.sink.send(message)
        : this.sink.retry(message, now, atMost);
      if (result === "held") break;
      this.#waiting.shift();
    }
    this.update();
  }

  /** Looks how far the sink is by now. */
  update(): void {
    const marks = this.#marks;
    if (marks.empty) return;
    const done = this.#given - this.#outstanding;
    let record = 0, number = 0;
    for (; !marks.empty && marks.given <= done; marks.shift()) {
      record = marks.record;
      number = marks.number;
    }
    if (record > 0) this.sink.position.save(record, number);
  }

  get #outstanding(): number {
    return this.waiting + this.sink.underWay;
  }

  #wait(message: SinkMessage): void {
    const { sink } = this, waiting = this.#waiting;
    // Bounded: what is oldest goes, with those for whose sake it waits or without.
    while (waiting.length > 0 && waiting.bytes + waiting.sizeOf(message) > sink.backlog) {
      sink.retry(waiting.front(), Date.now(), 0);
      waiting.shift();
    }
    waiting.push(message, this.#link);
  }
}
