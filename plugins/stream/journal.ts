/** Messages between the moment they are handed over and the engine's acknowledgement. @module */
import type { StreamMessage } from "./messages.ts";

interface Entry {
  readonly message: StreamMessage;
  /** Its place in the stream; 0 while it is not known to be stored. */
  place: number;
}

/** Messages that have left as they are stored: the last one, and its place in the stream. */
export interface Stored {
  readonly message: StreamMessage;
  readonly place: number;
  /** How many they are. */
  readonly count: number;
}

/** Messages in order. Those that are sent are at the front; the front ones leave once they are stored. */
export class Journal {
  readonly #entries: Entry[] = [];
  /** The number of the first entry, counted from the beginning. */
  #base = 0;
  #sent = 0;
  #bytes = 0;

  /** Messages that are not known to be stored, and their bytes. */
  get length(): number {
    return this.#entries.length;
  }
  get bytes(): number {
    return this.#bytes;
  }

  /** How many are sent and not known to be stored. */
  get inFlight(): number {
    return this.#sent;
  }

  /** Adds a message at the end. */
  push(message: StreamMessage): void {
    this.#entries.push({ message, place: 0 });
    this.#bytes += message.body.length;
  }

  /** The next message that is to be sent, with its number; null if there is none. */
  next(): { readonly number: number; readonly message: StreamMessage } | null {
    for (let entry; (entry = this.#entries[this.#sent]) !== undefined; this.#sent++) {
      if (entry.place > 0) continue;
      return { number: this.#base + this.#sent++, message: entry.message };
    }
    return null;
  }

  /** A message is stored, at this place. @returns what leaves, up to the first that is not stored */
  stored(number: number, place: number): Stored | null {
    const entry = this.#entries[number - this.#base];
    if (entry !== undefined) entry.place = place;
    return this.#leave();
  }

  /** Takes over where the stream has which messages; 0 for those that it has not. @returns as {@linkcode stored} */
  found(placeOf: (message: StreamMessage) => number): Stored | null {
    for (const entry of this.#entries) entry.place ||= placeOf(entry.message);
    return this.#leave();
  }

  /** Nobody knows what became of those that were sent: they are to be sent again. */
  rewind(): void {
    this.#sent = 0;
  }

  #leave(): Stored | null {
    let count = 0;
    let last: Entry | null = null;
    for (let entry; (entry = this.#entries[count]) !== undefined && entry.place > 0; count++) {
      this.#bytes -= entry.message.body.length;
      last = entry;
    }
    this.#entries.splice(0, count);
    this.#base += count;
    this.#sent = Math.max(0, this.#sent - count);
    return last === null ? null : { message: last.message, place: last.place, count };
  }
}
