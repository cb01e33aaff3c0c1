/** From records to messages: filters, numbers, topics, groups. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Log } from "../janus/log.ts";
import { Counter, DROP_LABELS } from "./counters.ts";
import { dropIndex, type Drops } from "./drops.ts";
import { type EventFiltering, Outcome } from "./filtering.ts";
import { Group, groupBytes } from "./grouping.ts";
import type { Outlet, SendResult } from "./outlet.ts";
import { Down } from "./records.ts";
import { Runs } from "./runs.ts";
import { Sequence } from "./sequence.ts";
import type { PublisherSettings } from "./settings.ts";
import type { Subscribers } from "./subscribers.ts";
import { TopicWriter } from "./topic.ts";

/** The topic under which drops are told. */
const DROPPED = new TextEncoder().encode("dropped");
const NONE = new Uint8Array(new ArrayBuffer(0));

/** What a pipeline is made of. */
export interface PipelineParts {
  readonly link: Link;
  readonly log: Log;
  readonly settings: PublisherSettings;
  readonly filtering: EventFiltering | null;
  readonly outlet: Outlet;
  readonly subscribers: Subscribers;
  readonly drops: Drops;
  /** Handles what Janus's admin wants. */
  readonly control: (payload: Uint8Array) => void;
}

/** Where the record in hand is: not begun, perhaps at the filters, or so many messages. */
type Stage = "next" | "filters" | "messages";

/**
 * Publishes the ring's events in order. It can stand still at any message, for a subscriber or for
 * filters; a record is given up only when all that it became has gone out.
 */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #link: Link;
  readonly #settings: PublisherSettings;
  readonly #outlet: Outlet;
  readonly #runs: Runs | null;
  /** Address of the filters' memory. */
  readonly #memory: bigint;
  readonly #sequence: Sequence;
  readonly #topics = new TopicWriter();
  readonly #group: Group;
  // The batch in hand, and the record of it that is next.
  #count = 0;
  #next = 0;
  #stage: Stage = "next";
  /** False for a record that was published already. */
  #fresh = true;
  /** Messages of the record that are left, whether filters made them, and gave the next one. */
  #left = 0;
  #filtered = false;
  #loaded = false;
  /** The message that is held is the group. */
  #groupHeld = false;
  /** Events that are done, but not given up. */
  #received = 0;
  #failed = false;
  /** What is next is with the filters. */
  #filters = false;

  constructor(parts: PipelineParts) {
    const { link, settings, filtering } = this.#parts = parts;
    this.#link = link;
    this.#settings = settings;
    this.#outlet = parts.outlet;
    this.#runs = filtering === null ? null : new Runs(link, filtering);
    this.#memory = filtering === null ? 0n : addressOf(filtering.memory);
    this.#sequence = new Sequence(link.counters);
    this.#group = new Group(groupBytes(link.size), DROP_LABELS.length);
  }

  /** The number of the last event that went out, as far as is known. */
  get number(): number {
    return Math.max(this.#sequence.number, this.#sequence.givenBefore);
  }

  /** True if there are records that were taken from the ring and are not given up. */
  get inHand(): boolean {
    return this.#next < this.#count || this.#group.count > 0;
  }

  /** True while what is next waits for filters. */
  get filtering(): boolean {
    return this.#filters;
  }

  /** When (ms) the group that is being gathered is due; Infinity if there is none. */
  get due(): number {
    return this.#group.count > 0 && !this.#groupHeld ? this.#group.deadline : Infinity;
  }

  /** Goes on as far as it goes, to the end of a batch at most. @returns how many records it did */
  advance(): number {
    if (this.#outlet.held) return 0;
    if (this.inHand) this.#link.rest(false);
    if (this.#next === this.#count) {
      this.#group.pack(this.#link); // of a batch that is another one now
      this.#count = this.#link.drain();
      this.#next = 0;
      if (this.#count > 0) this.#runs?.open(this.#count);
    }
    const from = this.#next;
    while (this.#next < this.#count && this.#step());
    return this.#next - from;
  }

  /** Tries the message that is held. @param atMost the longest (ms) that it may be held now */
  retry(now: number, atMost = Infinity): void {
    const result = this.#outlet.retry(now, atMost);
    if (result === "held") return;
    if (this.#groupHeld) this.#groupSent(result);
    else this.#messageSent(result);
  }

  /** Sends the group that is being gathered, if any. @returns false if it is held */
  flush(): boolean {
    const group = this.#group;
    if (group.count === 0) return true;
    group.pack(this.#link);
    this.#outlet.setTopic(NONE, 0);
    this.#number(group.first);
    this.#outlet.setEvents(group.first, this.#sequence.number);
    const result = this.#outlet.send(group.bytes, group.length);
    this.#groupHeld = result === "held";
    if (result !== "held") this.#groupSent(result);
    return result !== "held";
  }

  /** Tells of drops in-band, where that need not wait. @returns whether it went */
  tell(text: string): boolean {
    this.#outlet.setTopic(DROPPED, DROPPED.length);
    this.#number(this.#sequence.number);
    this.#outlet.setEvents(this.#sequence.number + 1, this.#sequence.number); // none
    return this.#outlet.offer(new TextEncoder().encode(text));
  }

  // ---- one record ----

  /** Goes on with the record that is next. @returns false if that has to wait */
  #step(): boolean {
    if (this.#stage === "next") {
      this.#fresh = this.#sequence.enter(this.#link.sequence(this.#next));
      this.#left = 0;
      this.#stage = "filters";
    }
    if (this.#stage === "filters") {
      if (!this.#settle(this.#next)) return false;
      this.#stage = "messages";
    }
    while (this.#left > 0) {
      if (!this.#publish(this.#next)) return false;
    }
    this.#finish();
    return this.#group.count < Math.max(1, this.#settings.grouping) || this.flush();
  }

  /** Finds out what becomes of a record. @returns false while filters are at work */
  #settle(index: number): boolean {
    const kind = this.#link.kind(index);
    if (kind !== Down.event) {
      if (kind === Down.control) this.#parts.control(this.#link.payload(index));
      return true;
    }
    this.#filtered = false;
    if (this.#runs === null || !this.#runs.has(index)) {
      this.#left = 1;
    } else {
      const outcome = this.#runs.take();
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
      this.#left = 1;
    } else if (outcome < 0) {
      if (!this.#fresh) return;
      this.#sequence.number++;
      this.#parts.drops.add("filter_error", dropIndex(this.#link.type(index)), 1);
    } else {
      this.#left = outcome;
      this.#filtered = true;
      this.#loaded = false;
    }
  }

  #passOver(): void {
    if (this.#filtered) {
      for (; this.#left > 0; this.#left--) this.#parts.filtering!.message();
    }
    this.#left = 0;
  }

  #finish(): void {
    if (this.#fresh && this.#link.kind(this.#next) === Down.event) this.#received++;
    this.#stage = "next";
    this.#sequence.finish();
    const index = this.#next++;
    if (this.#group.count === 0) this.#giveUp(index); // else the group goes first
  }

  /** All up to this record is done. */
  #giveUp(index: number): void {
    this.#link.counters[Counter.received]! += this.#received;
    this.#received = 0;
    this.#sequence.save();
    this.#link.commit(index);
  }

  // ---- one message ----

  /** Sends the next message of a record, or puts it into the group. @returns false if it waits */
  #publish(index: number): boolean {
    const { grouping } = this.#settings;
    const filtering = this.#parts.filtering;
    if (this.#group.count > 0 && this.#group.count >= grouping && !this.flush()) return false;
    if (this.#filtered && !this.#loaded) {
      filtering!.message();
      this.#loaded = true;
    }
    const number = this.#sequence.number + 1;
    if (number <= this.#sequence.givenBefore) {
      this.#done(number);
      return true;
    }
    const length = this.#filtered ? filtering!.bodyLength : this.#link.textLength(index);
    if (grouping >= 2) return this.#gather(index, length);
    this.#topic(index);
    this.#number(number);
    this.#outlet.setEvents(number, number);
    const result = this.#filtered
      ? this.#outlet.send(this.#memory + BigInt(filtering!.bodyOffset), length)
      : this.#outlet.send(this.#link.textAddress(index), length);
    if (result === "held") return false;
    this.#messageSent(result);
    return true;
  }

  #topic(index: number): void {
    if (!this.#settings.topics) return this.#outlet.setTopic(NONE, 0);
    if (!this.#filtered) {
      return this.#outlet.setTopic(this.#topics.bytes, this.#topics.write(this.#link, index));
    }
    const { topicOffset, topicLength } = this.#parts.filtering!;
    this.#outlet.setTopic(this.#memory + BigInt(topicOffset), topicLength);
  }

  #number(number: number): void {
    if (!this.#settings.sequence) return this.#outlet.setNumber(NONE, 0);
    this.#outlet.setNumber(this.#sequence.bytes, this.#sequence.write(number));
  }

  #messageSent(result: SendResult): void {
    this.#done(this.#sequence.number + 1);
    this.#counted(result, 1);
    const missed = this.#missed;
    if (missed > 0) {
      const type = dropIndex(this.#link.type(this.#next));
      this.#parts.drops.add("slow_subscriber", type, missed);
    }
  }

  /** A message of the record in hand has its number, and is done. */
  #done(number: number): void {
    this.#sequence.number = number;
    this.#left--;
    this.#loaded = false;
  }

  // ---- groups ----

  #gather(index: number, length: number): boolean {
    const group = this.#group;
    if (!group.fits(length) && !this.flush()) return false;
    if (group.count === 0) {
      group.first = this.#sequence.number + 1;
      group.deadline = Date.now() + this.#settings.grouping_linger;
    }
    const type = dropIndex(this.#link.type(index));
    if (this.#filtered) {
      const { memory, bodyOffset } = this.#parts.filtering!;
      group.addText(this.#link, memory.subarray(bodyOffset, bodyOffset + length), type);
    } else {
      group.addRecord(index, length, type);
    }
    this.#done(this.#sequence.number + 1);
    return true;
  }

  #groupSent(result: SendResult): void {
    const group = this.#group;
    this.#counted(result, group.count);
    const missed = this.#missed;
    if (missed > 0) {
      for (const [type, count] of group.types.entries()) {
        if (count > 0) this.#parts.drops.add("slow_subscriber", type, count * missed);
      }
    }
    group.clear();
    this.#groupHeld = false;
    this.#giveUp(this.#next - 1);
  }

  /** How many subscribers missed what was sent last; as far as can be told. */
  get #missed(): number {
    return Math.max(this.#parts.subscribers.cutOff, this.#outlet.forced ? 1 : 0);
  }

  #counted(result: SendResult, events: number): void {
    const { counters } = this.#link;
    if (result === "sent") {
      counters[Counter.sent]! += events;
      return;
    }
    counters[Counter.errors]! += events;
    if (this.#failed) return;
    this.#failed = true;
    this.#parts.log.error("Cannot publish: see the counter `errors`");
  }
}

function addressOf(memory: Uint8Array<ArrayBuffer>): bigint {
  return Deno.UnsafePointer.value(Deno.UnsafePointer.of(memory));
}
