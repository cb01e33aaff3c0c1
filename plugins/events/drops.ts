/** Events that were dropped: counted by cause and type, said in the log, and told in-band. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { typeIndex } from "../janus/event_types.ts";
import type { Log } from "../janus/log.ts";
import { DROP_CAUSES, DROP_LABELS, DROP_PLACES, type DropCause, OwnPlace } from "./counters.ts";

/** How often (ms) it is said, at first; twice as long each time while it goes on, up to the second. */
const [SAY_MS, SAY_MAX_MS] = [1000, 60_000];
/** How often (ms) it is told in-band. */
const TELL_MS = 1000;
const OTHER = DROP_LABELS.length - 1;

/** Causes that the stub neither counts nor says. */
const OWN_CAUSES = [
  "slow_subscriber",
  "filter_error",
  "oversized_stream",
] as const satisfies readonly DropCause[];
type OwnCause = typeof OWN_CAUSES[number];

const WORDS = {
  slow_subscriber: "slow subscriber",
  filter_error: "filter failed",
  oversized_stream: "too large for the stream",
} as const;

/** Counts by cause and label, those that are not 0. */
type Counts = Partial<Record<DropCause, Record<string, number>>>;

interface Ledger {
  readonly cause: DropCause;
  readonly values: Float64Array;
  readonly told: Float64Array;
}

/** Where a type is counted. */
export function dropIndex(type: number): number {
  const index = typeIndex(type);
  return index < 0 ? OTHER : index;
}

/** Accounts for drops. */
export class Drops {
  readonly #counters: Float64Array;
  readonly #log: Log;
  /** What was said so far of the causes of our own; a process's first word is its own. */
  readonly #said = new Map<OwnCause, Float64Array>();
  /** What is counted, and what was told of it. */
  readonly #ledgers: readonly Ledger[];
  #sayAt = 0;
  #sayAgain = SAY_MS;
  #tellAt = 0;
  #unsaid = false;

  constructor({ counters }: Link, log: Log) {
    this.#counters = counters;
    this.#log = log;
    const at = (place: number) => counters.subarray(place, place + DROP_LABELS.length);
    for (const cause of OWN_CAUSES) this.#said.set(cause, this.#values(cause).slice());
    // What the ring refused while there was no process is to be told by the next one.
    const told = (cause: DropCause) =>
      cause === "ring_full"
        ? at(OwnPlace.told_ring_full)
        : cause === "oversized"
        ? at(OwnPlace.told_oversized)
        : cause === "invalid"
        ? at(OwnPlace.told_invalid)
        : at(DROP_PLACES[cause]).slice();
    this.#ledgers = DROP_CAUSES.map((cause) => ({
      cause,
      values: at(DROP_PLACES[cause]),
      told: told(cause),
    }));
  }

  /** Counts events of a type, by its {@linkcode dropIndex}. */
  add(cause: OwnCause, index: number, count: number): void {
    this.#counters[DROP_PLACES[cause] + index]! += count;
    this.#unsaid = true;
  }

  /** Says in the log what was dropped, once a second at most. */
  say(now: number): void {
    if (!this.#unsaid || now < this.#sayAt) return;
    const words = OWN_CAUSES.flatMap((cause) => {
      const counts = this.#since(this.#values(cause), this.#said.get(cause)!);
      const text = Object.entries(counts).map(([label, count]) => `${count} ${label}`).join(", ");
      return text === "" ? [] : [`${text} (${WORDS[cause]})`];
    });
    this.#unsaid = false;
    // What goes on for hours need not be said every second.
    this.#sayAgain = now < this.#sayAt + 2 * SAY_MS
      ? Math.min(2 * this.#sayAgain, SAY_MAX_MS)
      : SAY_MS;
    this.#sayAt = now + this.#sayAgain;
    this.#log.warning(`Events were dropped: ${words.join("; ")}`);
  }

  /** Milliseconds until there is something to say; Infinity for never. */
  timeout(now: number): number {
    return this.#unsaid ? Math.max(0, this.#sayAt - now) : Infinity;
  }

  /** Milliseconds until there is something to tell; Infinity for never. */
  tellTimeout(now: number): number {
    return this.#untold ? Math.max(0, this.#tellAt - now) : Infinity;
  }

  /**
   * What is to be told now: JSON of the counts since the last time, by cause and type; null if
   * there is nothing, or it is not time. It counts as told after {@linkcode told}.
   */
  untold(now: number): string | null {
    if (now < this.#tellAt || !this.#untold) return null;
    const counts: Counts = {};
    for (const { cause, values, told } of this.#ledgers) {
      const types = this.#since(values, told.slice());
      if (Object.keys(types).length > 0) counts[cause] = types;
    }
    return JSON.stringify(counts);
  }

  /** What {@linkcode untold} gave was sent, or could not be. */
  told(now: number, sent: boolean): void {
    this.#tellAt = now + TELL_MS;
    if (!sent) return;
    for (const { values, told } of this.#ledgers) told.set(values);
  }

  get #untold(): boolean {
    for (const { values, told } of this.#ledgers) {
      for (let i = 0; i < values.length; i++) if (values[i] !== told[i]) return true;
    }
    return false;
  }

  #values(cause: DropCause): Float64Array {
    const at = DROP_PLACES[cause];
    return this.#counters.subarray(at, at + DROP_LABELS.length);
  }

  /** The differences by label; `before` is brought up to date. */
  #since(values: Float64Array, before: Float64Array): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const [i, label] of DROP_LABELS.entries()) {
      const count = values[i]! - before[i]!;
      if (count > 0) counts[label] = count;
      before[i] = values[i]!;
    }
    return counts;
  }
}
