/** Filters in the same thread, for tests. */
import type { Link } from "../../../ffi/bridge/link.ts";
import { type EventFiltering, Outcome } from "../../../plugins/events/filtering.ts";
import { assert, assertEquals } from "../../assert.ts";

export const MEDIA = { type: 32, subtype: 1 };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

export interface Message {
  readonly topic: string;
  readonly body: string;
}

/** Filters in the same thread: what they make of an event is for the test to say. */
export class FakeFiltering implements EventFiltering {
  timeout(): number {
    return Infinity;
  }
  watch(): void {}
  prepare(): void {}
  woken(): number {
    return 0;
  }
  tick(): void {}
  close(): void {}

  readonly memory = new Uint8Array(new ArrayBuffer(1 << 20));
  topicOffset = 0;
  topicLength = 0;
  bodyOffset = 0;
  bodyLength = 0;
  /** How often `take` says that it does not know before it says what. */
  patience = 0;
  readonly runs: string[][] = [];
  #results: (Message[] | number)[] = [];
  #messages: Message[] = [];
  #waits = 0;
  #at = 0;

  constructor(readonly filter: (text: string) => Message[] | number) {}

  wants(type: number): boolean {
    return type === MEDIA.type;
  }

  begin(link: Link, indices: readonly number[]): void {
    assertEquals(this.#results, [], "the last run was not taken back");
    const wanted = Uint32Array.from(indices);
    const offsets = new Uint32Array(wanted.length + 1);
    const target = new Uint8Array(new ArrayBuffer(1 << 23));
    const taken = link.pack(wanted, wanted.length, target, target.length, offsets);
    const run = Array.from(
      { length: taken },
      (_, i) => decoder.decode(target.subarray(offsets[i], offsets[i + 1]! - 1)),
    );
    this.runs.push(run);
    this.#results = run.map(this.filter);
    this.#waits = this.patience;
    this.#at = 0;
  }

  get available(): boolean {
    return this.#waits <= 0 && this.#results.length > 0;
  }

  take(): number | null {
    if (--this.#waits >= 0) return null;
    assertEquals(this.#messages, [], "messages of the last event were not taken");
    const result = this.#results.shift();
    assert(result !== undefined, "there is no next event");
    if (typeof result === "number") return result;
    this.#messages = [...result];
    return result.length;
  }

  message(): void {
    const { topic, body } = this.#messages.shift()!;
    const put = (text: string) => {
      const bytes = encoder.encode(text);
      if (this.#at + bytes.length > this.memory.length) this.#at = 0;
      this.memory.set(bytes, this.#at);
      this.#at += bytes.length;
      return [this.#at - bytes.length, bytes.length] as const;
    };
    [this.topicOffset, this.topicLength] = put(topic);
    [this.bodyOffset, this.bodyLength] = put(body);
  }
}

/** `many 3 ...` becomes three, `none` none, `fail` fails, `as it is` passes. */
export function filter(text: string): Message[] | number {
  const { say } = JSON.parse(text);
  if (say === "fail") return -2;
  if (say === "as it is") return Outcome.unchanged;
  return Array.from({ length: Number(say) }, (_, i) => ({
    topic: `of.${i}`,
    body: `{"part":${i},"of":${text}}`,
  }));
}
