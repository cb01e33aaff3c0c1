/** Messages between the moment they are handed over and the engine's acknowledgement. @module */
import { isEvent, type StreamMessage } from "./messages.ts";

interface Entry {
  message: StreamMessage;
  /** Its place in the stream; 0 while it is not known to be stored. */
  place: number;
}

/** Messages that have left as they are stored: the last one, and its place in the stream. */
export interface Stored {
  readonly message: StreamMessage;
  readonly place: number;
  /** How many of them are events. */
  readonly events: number;
}

/** So many left entries are kept before the rest is moved to the front. */
const SLACK = 1024;

/** Messages in order. Those that are sent are at the front; the front ones leave once they are stored. */
export class Journal {
  readonly #entries: (Entry | undefined)[] = [];
  /** Where the first one stands, and its number, counted from the beginning. */
  #head = 0;
  #base = 0;
  #sent = 0;

  /** Messages that are not known to be stored. */
  get length(): number {
    return this.#entries.length - this.#head;
  }

  /** How many are sent and not known to be stored, or stored behind such a one. */
  get inFlight(): number {
    return this.#sent;
  }

  /** Adds a message at the end. */
  push(message: StreamMessage): void {
    this.#entries.push({ message, place: 0 });
  }

  /** The next message that is to be sent, with its number; null if there is none. */
  next(): { readonly number: number; readonly message: StreamMessage } | null {
    for (let entry; (entry = this.#entries[this.#head + this.#sent]) !== undefined; this.#sent++) {
      if (entry.place > 0) continue;
      return { number: this.#base + this.#sent++, message: entry.message };
    }
    return null;
  }

  /** Another message stands in for one from now on. */
  replace(number: number, message: StreamMessage): void {
    const entry = this.#entries[this.#head + number - this.#base];
    if (entry !== undefined) entry.message = message;
  }

  /** A message is stored, at this place. @returns what leaves, up to the first that is not stored */
  stored(number: number, place: number): Stored | null {
    const entry = this.#entries[this.#head + number - this.#base];
    if (number >= this.#base && entry !== undefined) entry.place = place;
    return this.#leave();
  }

  /** Takes over where the stream has which messages; 0 for those that it has not. @returns as {@linkcode stored} */
  found(placeOf: (message: StreamMessage) => number): Stored | null {
    for (let at = this.#head; at < this.#entries.length; at++) {
      const entry = this.#entries[at]!;
      entry.place ||= placeOf(entry.message);
    }
    return this.#leave();
  }

  /** Nobody knows what became of those that were sent: they are to be sent again. */
  rewind(): void {
    this.#sent = 0;
  }

  #leave(): Stored | null {
    let events = 0;
    let last: Entry | null = null;
    for (let entry; (entry = this.#entries[this.#head]) !== undefined && entry.place > 0;) {
      if (isEvent(entry.message)) events++;
      last = entry;
      this.#entries[this.#head++] = undefined;
      this.#base++;
      if (this.#sent > 0) this.#sent--;
    }
    if (this.#head === this.#entries.length || this.#head > SLACK) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return last === null ? null : { message: last.message, place: last.place, events };
  }
}
