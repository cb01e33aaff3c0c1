/** Results of items, in memory that never moves: ZeroMQ is given addresses in it. @module */
import { padded } from "../companion/frames.ts";
import { ItemOutcome, MAX_MODULES, MAX_RESULT, RESULT, TALLIES } from "./protocol.ts";

/** What came of a chunk's items, or of some of them; whole and within bounds. */
export interface ResultHead {
  readonly chunk: number;
  readonly first: number;
  readonly count: number;
}

/** Holds one result at a time, and reads it item by item and message by message. */
export class Results {
  readonly memory = new Uint8Array(new ArrayBuffer(MAX_RESULT));
  topicOffset = 0;
  topicLength = 0;
  bodyOffset = 0;
  bodyLength = 0;
  /** `Tally` of each of `modules` modules, since the result before. */
  readonly tallies = new Float64Array(MAX_MODULES * TALLIES);
  modules = 0;
  /** Of the refusal that the last item was; its reason is the body. */
  code = 0;
  readonly #view = new DataView(this.memory.buffer);
  #at = 0;
  #items = 0;

  /** Takes a result over, in place of the one before. @throws {RangeError} if it makes no sense */
  take(payload: Uint8Array): ResultHead {
    if (payload.length < RESULT.tallies || payload.length > MAX_RESULT) throw odd("its length");
    this.memory.set(payload);
    const word = (at: number) => this.#view.getUint32(at, true);
    const modules = word(RESULT.modules);
    if (modules > MAX_MODULES) throw odd("a number of modules");
    const begin = RESULT.tallies + 8 * TALLIES * modules;
    if (begin > payload.length) throw odd("its length");
    for (let at = 0; at < TALLIES * modules; at++) {
      this.tallies[at] = tally(this.#view.getFloat64(RESULT.tallies + 8 * at, true));
    }
    this.modules = modules;
    const count = word(RESULT.count);
    this.#measure(begin, payload.length, count);
    this.#at = begin;
    this.#items = count;
    return { chunk: word(RESULT.number), first: word(RESULT.first), count };
  }

  /** Adds an item that became no messages, where there is none. */
  decide(outcome: number): void {
    this.#view.setInt32(0, outcome, true);
    this.#at = 0;
    this.#items = 1;
  }

  /** Forgets what was not read. */
  clear(): void {
    this.#items = 0;
  }

  /** The next item. @returns how many messages it became, or one of `ItemOutcome` */
  next(): number {
    this.#items--;
    const outcome = this.#view.getInt32(this.#at, true);
    this.#at += 4;
    if (isAnswer(outcome)) {
      this.code = this.#view.getInt32(this.#at, true);
      this.bodyLength = this.#view.getUint32(this.#at + 4, true);
      this.bodyOffset = this.#at + 8;
      this.#at += 8 + padded(this.bodyLength);
    }
    return outcome;
  }

  /** The next message of that item. */
  message(): void {
    this.topicLength = this.#view.getUint32(this.#at, true);
    this.bodyLength = this.#view.getUint32(this.#at + 4, true);
    this.topicOffset = this.#at + 8;
    this.bodyOffset = this.topicOffset + this.topicLength;
    this.#at += 8 + padded(this.topicLength + this.bodyLength);
  }

  /** Goes through all of it. @throws {RangeError} */
  #measure(begin: number, end: number, items: number): void {
    const view = this.#view;
    let at = begin;
    for (let item = 0; item < items; item++) {
      if (at + 4 > end) throw odd("too few items");
      const outcome = view.getInt32(at, true);
      at += 4;
      if (outcome < ItemOutcome.refused) throw odd("an outcome");
      let messages = isAnswer(outcome) ? 1 : outcome;
      for (; messages > 0; messages--) {
        if (at + 8 > end) throw odd("too few messages");
        const topic = isAnswer(outcome) ? 0 : view.getUint32(at, true);
        const body = view.getUint32(at + 4, true);
        if (topic > end || body > end) throw odd("the length of a message");
        at += 8 + padded(topic + body);
        if (at > end) throw odd("the length of a message");
      }
    }
    if (at < end) throw odd("more than its items");
  }
}

/** True for what a hook made of an item: it has one text, and a code for a topic's length. */
function isAnswer(outcome: number): boolean {
  return outcome === ItemOutcome.changed || outcome === ItemOutcome.refused;
}

function odd(what: string): RangeError {
  return new RangeError(`a result: ${what}`);
}

function tally(value: number): number {
  return value >= 0 && value < 2 ** 53 ? value : 0;
}
