/** From records to messages: filters, numbers, topics. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { Counter, OwnPlace } from "./counters.ts";
import { dropIndex, type Drops } from "./drops.ts";
import { type EventFiltering, Outcome } from "./filtering.ts";
import { Lane } from "./lane.ts";
import { SinkMessage } from "./message.ts";
import { Down } from "./records.ts";
import { Selection } from "./selection.ts";
import { Sequence } from "./sequence.ts";
import type { Sink } from "./sink.ts";
import { TopicWriter } from "./topic.ts";

/** What a pipeline is made of. */
export interface PipelineParts {
  readonly link: Link;
  readonly filtering: EventFiltering | null;
  readonly sinks: readonly Sink[];
  readonly drops: Drops;
  /** Handles what Janus's admin wants. */
  readonly control: (payload: Uint8Array) => void;
}

/** Where the record in hand is: not begun, perhaps at the filters, or so many messages. */
type Stage = "next" | "filters" | "messages";

/**
 * Brings the ring's events to the sinks, in order. It can stand still at any message, for filters or
 * for a sink that is alone. A record is given up when every sink is done with all that it became.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #link: Link;
  readonly #lanes: readonly Lane[];
  readonly #selection: Selection | null;
  /** Whether a sink sends topics. */
  readonly #topical: boolean;
  /** Address of the filters' memory. */
  readonly #memory: bigint;
  readonly #sequence: Sequence;
  readonly #topics = new TopicWriter();
  readonly #message = new SinkMessage();
  // The batch in hand, and the record of it that is next.
  #count = 0;
  #next = 0;
  #stage: Stage = "next";
  /** False if every sink was done with the record before a restart: nothing of it is sent. */
  #fresh = true;
  /** False if it was handled before a restart, though perhaps not by every sink: it is not counted again. */
  #isNew = true;
  /** The last record that is counted. */
  #counted: number;
  /** How many messages of the record are still to be given to the sinks. */
  #remaining = 0;
  /** Whether filters made them, and whether the filters' memory has the next one. */
  #filtered = false;
  #loaded = false;
  /** True if a sink did not take the message: it is given again. */
  #refused = false;
  /** True while the record is with the filters. */
  #filters = false;
  /** The last record that is handled, and the last that was given up. */
  #handled = 0;
  #givenUp = 0;

  constructor(parts: PipelineParts) {
    const { link, filtering, sinks } = this.#parts = parts;
    this.#link = link;
    this.#lanes = sinks.map((sink) => new Lane(link, sink, sinks.length > 1));
    this.#selection = filtering === null ? null : new Selection(link, filtering);
    this.#memory = filtering === null ? 0n : addressOf(filtering.memory);
    this.#sequence = new Sequence(sinks.map(({ position }) => position));
    this.#topical = sinks.some(({ topics }) => topics);
    this.#counted = link.counters[OwnPlace.counted]!;
  }

  /** True if there are records that were taken from the ring and are not given up. */
  get inHand(): boolean {
    return this.#next < this.#count || this.#givenUp < this.#handled;
  }

  /** True while what is next waits for filters. */
  get filtering(): boolean {
    return this.#filters;
  }

  /** True while what is next waits for a sink. */
  get blocked(): boolean {
    for (const lane of this.#lanes) if (lane.blocked) return true;
    return false;
  }

  /** True if somebody waits for each message. */
  get awaited(): boolean {
    for (const { sink } of this.#lanes) if (sink.awaited) return true;
    return false;
  }

  /** True if messages wait that a sink could take now. */
  get behind(): boolean {
    for (const { sink, waiting } of this.#lanes) if (waiting > 0 && sink.open) return true;
    return false;
  }

  /** Goes on as far as it goes, to the end of a batch at most. @returns how many records it did */
  advance(): number {
    if (this.blocked) return 0;
    if (this.inHand) this.#link.rest(false);
    if (this.#next === this.#count) {
      for (const { sink } of this.#lanes) sink.copyPending(); // of a batch that is another one now
      this.#count = this.#link.drain();
      this.#next = 0;
      if (this.#count > 0) this.#selection?.open(this.#count);
    }
    const from = this.#next;
    while (this.#next < this.#count && this.#step());
    return this.#next - from;
  }

  /** What waits for sinks is tried again. @param atMost the longest (ms) that a message may be held now */
  retry(now: number, atMost: number): void {
    for (const lane of this.#lanes) {
      if (this.#refused && lane.giveAgain(this.#message, now, atMost)) this.#done();
      lane.advance(now, atMost);
    }
    this.#giveUp(-1);
  }

  /** Has the sinks send what they gather. */
  flush(): void {
    for (const lane of this.#lanes) {
      lane.sink.flush();
      lane.update();
    }
    this.#giveUp(-1);
  }

  // ---- one record ----

  /** Goes on with the record that is next. @returns false if that has to wait */
  #step(): boolean {
    if (this.#stage === "next") {
      this.#fresh = this.#sequence.enter(this.#link.sequence(this.#next));
      this.#isNew = this.#fresh && this.#sequence.record > this.#counted;
      this.#remaining = this.#message.part = 0;
      this.#stage = "filters";
    }
    if (this.#stage === "filters") {
      if (!this.#outcome(this.#next)) return false;
      this.#stage = "messages";
    }
    while (this.#remaining > 0) {
      if (!this.#publish(this.#next)) return false;
    }
    this.#finish();
    return true;
  }

  /** Finds out what becomes of a record. @returns false while filters are at work */
  #outcome(index: number): boolean {
    const kind = this.#link.kind(index);
    if (kind !== Down.event) {
      // What was handled before a restart, the plugin was told of at its start.
      if (kind === Down.control && this.#isNew) this.#parts.control(this.#link.payload(index));
      // An event that was taken out, as handling it ended the process: its number is missing.
      if (kind === Down.nothing && this.#fresh) this.#sequence.number++;
      return true;
    }
    this.#filtered = false;
    if (this.#selection === null || !this.#selection.has(index)) {
      this.#remaining = 1;
    } else {
      const outcome = this.#selection.take();
      this.#filters = outcome === null;
      if (outcome === null) return false;
      this.#take(outcome, index);
    }
    if (!this.#fresh) this.#passOver();
    return true;
  }

  /** What filters made of an event. */
  #take(outcome: number, index: number): void {
    if (outcome === Outcome.unchanged) {
      this.#remaining = 1;
    } else if (outcome < 0) {
      if (!this.#fresh) return;
      this.#sequence.number++;
      if (this.#isNew) this.#parts.drops.add("filter_error", dropIndex(this.#link.type(index)), 1);
    } else {
      this.#remaining = outcome;
      this.#filtered = true;
      this.#loaded = false;
    }
  }

  #passOver(): void {
    if (this.#filtered) {
      for (; this.#remaining > 0; this.#remaining--) this.#parts.filtering!.message();
    }
    this.#remaining = 0;
  }

  #finish(): void {
    const { counters } = this.#link;
    const { record, number } = this.#sequence;
    if (this.#isNew) {
      if (this.#link.kind(this.#next) === Down.event) counters[Counter.received]!++;
      counters[OwnPlace.counted] = this.#counted = record;
    }
    this.#stage = "next";
    this.#handled = record;
    const lanes = this.#lanes, index = this.#next++;
    // While a sink that is alone gathers messages, the ring is told nothing before the batch ends. Should
    // the process end meanwhile, the first of these records is the one that is suspected.
    let told = lanes.length > 1 || this.#next === this.#count;
    for (let i = 0; i < lanes.length; i++) told = lanes[i]!.finish(record, number) || told;
    if (told) this.#giveUp(index);
  }

  /** Gives up what all sinks are done with. @param index the record of the batch that is handled, -1 for none */
  #giveUp(index: number): void {
    const link = this.#link, lanes = this.#lanes;
    let { record: done, number } = lanes[0]!.sink.position;
    for (let i = 1; i < lanes.length; i++) {
      const { position } = lanes[i]!.sink;
      if (position.record < done) done = position.record;
      if (position.number > number) number = position.number;
    }
    link.counters[OwnPlace.number] = number;
    if (index >= 0 && done >= this.#handled) {
      link.commit(index);
    } else {
      if (index >= 0) link.pass(index);
      if (done > this.#givenUp) link.release(done);
    }
    this.#givenUp = done;
  }

  // ---- one message ----

  /** Hands the next message of a record to the sinks. @returns false if it waits */
  #publish(index: number): boolean {
    if (this.#refused) return false; // until retry()
    if (this.#filtered && !this.#loaded) {
      this.#parts.filtering!.message();
      this.#loaded = true;
    }
    this.#load(index);
    const lanes = this.#lanes;
    for (let i = 0; i < lanes.length; i++) {
      if (!lanes[i]!.give(this.#message)) {
        this.#refused = true;
        return false;
      }
    }
    this.#done();
    return true;
  }

  #load(index: number): void {
    const message = this.#message, link = this.#link, filtering = this.#parts.filtering;
    message.record = this.#sequence.record;
    message.type = link.type(index);
    message.number = message.last = this.#sequence.number + 1;
    if (this.#filtered) {
      message.index = -1;
      message.memory = filtering!.memory;
      message.bodyOffset = filtering!.bodyOffset;
      message.bodyLength = filtering!.bodyLength;
      message.body = this.#memory + BigInt(message.bodyOffset);
      message.topicOffset = filtering!.topicOffset;
      message.topicLength = filtering!.topicLength;
      if (this.#topical) message.topic = this.#memory + BigInt(message.topicOffset);
    } else {
      message.index = index;
      message.memory = null;
      message.bodyLength = link.textLength(index);
      if (!this.#topical) return;
      message.topic = this.#topics.bytes;
      message.topicLength = this.#topics.write(link, index);
    }
  }

  /** The message has its number. */
  #done(): void {
    this.#refused = false;
    this.#sequence.number++;
    this.#message.part++;
    this.#remaining--;
    this.#loaded = false;
  }
}

function addressOf(memory: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
}
