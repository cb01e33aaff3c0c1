/**
 * Items on their way through the modules: cuts them into chunks for the process, takes in what came of
 * them, and hands that out in order.
 *
 * @module
 */
import { FRAME_HEADER } from "../companion/frames.ts";
import { CHUNK, FrameKind, JSON_FORMS, type JsonForm, MAX_CHUNK, MAX_ITEM } from "./protocol.ts";
import { Results } from "./results.ts";

/** Items of one chunk have so many bytes at most, unless it is only one. */
const CHUNK_BYTES = 1 << 16;

/** What items come in: the link's batch. */
export interface ItemRecords {
  /** Bytes of an item's JSON. */
  textLength(index: number): number;
  /** Writes texts as one JSON array, and where each begins. @returns how many fit */
  pack(
    indices: Uint32Array<ArrayBuffer>,
    count: number,
    target: Uint8Array<ArrayBuffer>,
    capacity: number,
    offsets: Uint32Array<ArrayBuffer>,
  ): number;
}

/** What the process has in hand. */
export interface Chunk {
  readonly number: number;
  /** Its first item, in the batch. */
  readonly first: number;
  readonly count: number;
  /** Its item is tried by itself, as a process has ended with it in hand. */
  readonly careful: boolean;
  done: number;
}

/** How the process is to handle a chunk. */
export interface ChunkOptions {
  /** Modules, a bit each, that are to see it. */
  readonly enabled: number;
  readonly json: JsonForm;
  /** How long (ms) it waits after each call, if the chunk is a careful one. */
  readonly pause: number;
}

const NOTHING: ItemRecords = { textLength: () => 0, pack: () => 0 };

/** One batch at a time: {@linkcode open}, then {@linkcode take} for each item. */
export class Batch {
  readonly results = new Results();
  /** What the process has, oldest first. */
  readonly chunks: Chunk[] = [];
  readonly #indices = new Uint32Array(new ArrayBuffer(4 * MAX_CHUNK));
  readonly #offsets = new Uint32Array(new ArrayBuffer(4 * (MAX_CHUNK + 1)));
  #records = NOTHING;
  #items: readonly number[] = [];
  /** Items that were taken, whose results are here or taken, and that the process has or had. */
  #taken = 0;
  #done = 0;
  #sent = 0;
  /** The item that was taken last may still be read: what came of it must stay where it is. */
  #inUse = false;
  #number = 0;
  /** Up to this item they are handled one by one: a process ended with them in hand. */
  #careful = 0;
  /** Modules, a bit each, that the next item is not given to. */
  #skipped = 0;
  #spare: Uint8Array<ArrayBuffer> | null = null;

  /** Takes items in hand, all of them. The batch before is done. */
  open(records: ItemRecords, items: readonly number[]): void {
    this.#records = records;
    this.#items = items;
    this.#taken =
      this.#done =
      this.#sent =
      this.#careful =
      this.#skipped =
        0;
    this.#inUse = false;
    this.results.clear();
  }

  /** What was taken before is needed no more. */
  release(): void {
    this.#inUse = false;
  }

  /** The next item. @returns its outcome, or the number of its messages; null if it is not known */
  take(): number | null {
    if (this.#taken === this.#done) return null;
    this.#taken++;
    this.#inUse = true;
    return this.results.next();
  }

  /** True if {@linkcode take} has something to give. */
  get available(): boolean {
    return this.#taken < this.#done;
  }

  /** True if all that is known was taken, and is needed no more. */
  get settled(): boolean {
    return this.#taken === this.#done && !this.#inUse;
  }

  /** True while there are items that the process has not had. */
  get waiting(): boolean {
    return this.#sent < this.#items.length;
  }

  /** True while items are looked at one by one. */
  get careful(): boolean {
    return this.chunks[0]?.careful ?? this.#sent < this.#careful;
  }

  /** The item whose result comes next. */
  get item(): number {
    return this.#done;
  }

  /** Bytes of the item that is to be sent next. */
  get nextLength(): number {
    return this.#records.textLength(this.#items[this.#sent]!);
  }

  /** Decides the next item without a process. None has any in hand. */
  decide(outcome: number): void {
    this.results.decide(outcome);
    this.#skipped = 0;
    this.#sent = ++this.#done;
  }

  /** The frame of the next chunk; null if the next item is too long. */
  chunk({ enabled, json, pause }: ChunkOptions): Uint8Array<ArrayBuffer> | null {
    const careful = this.#sent < this.#careful;
    const [items, bytes] = this.#choose(careful || this.#skipped !== 0 ? 1 : MAX_CHUNK);
    if (bytes > MAX_ITEM) return null;
    const frame = this.#frame(FRAME_HEADER + CHUNK.text + bytes);
    const text = frame.subarray(FRAME_HEADER + CHUNK.text);
    const count = this.#records.pack(this.#indices, items, text, bytes, this.#offsets);
    const length = CHUNK.text + this.#offsets[count]!;
    const view = new DataView(frame.buffer);
    view.setUint32(0, length, true);
    view.setUint32(4, FrameKind.chunk, true);
    const word = (at: number, value: number) => view.setUint32(FRAME_HEADER + at, value, true);
    word(CHUNK.number, ++this.#number);
    word(CHUNK.careful, careful ? 1 + pause : 0);
    word(CHUNK.enabled, enabled);
    word(CHUNK.skipped, this.#skipped);
    word(CHUNK.form, JSON_FORMS.indexOf(json));
    word(CHUNK.count, count);
    for (let at = 0; at <= count; at++) word(CHUNK.offsets + 4 * at, this.#offsets[at]!);
    this.chunks.push({ number: this.#number, first: this.#sent, count, careful, done: 0 });
    this.#sent += count;
    return frame.subarray(0, FRAME_HEADER + length);
  }

  /** The buffer of the last chunk is the process's, as it has not taken all of it yet. */
  giveAway(): void {
    this.#spare = null;
  }

  /** Takes in a result: it must be settled. @throws {RangeError} if it makes no sense */
  accept(payload: Uint8Array): void {
    const chunk = this.chunks[0];
    try {
      const { chunk: number, first, count } = this.results.take(payload);
      if (chunk === undefined || chunk.number !== number || chunk.done !== first) {
        throw new RangeError("a result that nobody asked for");
      }
      if (count === 0 || first + count > chunk.count) {
        throw new RangeError("results of too many items");
      }
      chunk.done += count;
      this.#done += count;
      this.#skipped = 0;
      if (chunk.done === chunk.count) this.chunks.shift();
    } catch (error) {
      this.results.clear();
      throw error;
    }
  }

  /** The process is gone, or another one takes over: what it had is to be sent again. @returns how many items */
  recall(): number {
    const items = this.#sent - this.#done;
    this.chunks.length = 0;
    this.#sent = this.#done;
    return items;
  }

  /** So many items from here on are sent one by one. */
  beCareful(items: number): void {
    this.#careful = Math.max(this.#careful, this.#done + items);
  }

  /** The next item is not given to a module. */
  skip(module: number): void {
    this.#skipped |= 1 << module;
  }

  /** Chooses the items of the next chunk. @returns how many, and bytes that they need */
  #choose(most: number): [count: number, bytes: number] {
    let [count, bytes] = [0, 2];
    for (; count < most && this.#sent + count < this.#items.length; count++) {
      const item = this.#items[this.#sent + count]!;
      const length = this.#records.textLength(item) + 1;
      if (count > 0 && bytes + length > CHUNK_BYTES) break;
      this.#indices[count] = item;
      bytes += length;
    }
    return [count, bytes];
  }

  /** A buffer of so many bytes, at least: the one of before, if nobody has it any more. */
  #frame(bytes: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare;
    if (spare !== null && spare.length >= bytes) return spare;
    const usual = FRAME_HEADER + CHUNK.text + CHUNK_BYTES + 4;
    const made = new Uint8Array(new ArrayBuffer(Math.max(bytes, usual)));
    if (bytes <= usual) this.#spare = made;
    return made;
  }
}
