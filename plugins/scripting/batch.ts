/**
 * Items on their way through the modules: hands them to the process in runs, a few ahead, takes in what
 * came of them, and whatever a module does, has an answer for each item.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { addTallies } from "./counters.ts";
import type { Crew } from "./crew.ts";
import type { OperatorModule } from "./modules.ts";
import type { ModuleProcess, Progress } from "./process.ts";
import {
  encodeFrame,
  type Frame,
  FRAME_HEADER,
  FrameKind,
  ItemOutcome,
  JSON_FORMS,
  type JsonForm,
  MAX_ITEM,
  MAX_RUN,
  RUN,
} from "./protocol.ts";
import { Results } from "./results.ts";

/** Runs that the process may have in hand, so that it need not wait for us. */
const WINDOW = 4;
/** Items of one run have so many bytes at most, unless it is only one. */
const RUN_BYTES = 1 << 16;
/** As long (ms) as one look may count: where this thread gets no turn, the process hardly has one. */
const LOOK_MS = 120;
/** Without work for so long (ms), a process is told that none comes for a while. */
const IDLE_MS = 20;
/** A process that does not answer is looked at so often (ms). */
const WATCH_MS = 100;

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

/** What a batch needs to know. */
export interface BatchParts {
  readonly modules: readonly OperatorModule[];
  readonly counters: Float64Array;
  readonly log: Log;
  /** "filter" or "hook": what a module is; and what it is given. */
  readonly noun: string;
  readonly item: string;
  /** The group of the configuration. */
  readonly section: string;
  /** Milliseconds for one call. */
  readonly timeout: number;
  /** An item that a module fails at goes on without it; or else it is given up, as failed. */
  readonly pass: boolean;
  /** What becomes of such an item, in words. */
  readonly fate: string;
  /** What becomes of items without a module that is set aside, in words. */
  readonly aside: string;
  readonly isOff: (module: OperatorModule) => boolean;
  readonly json: () => JsonForm;
  readonly changed: () => void;
}

interface Run {
  readonly number: number;
  /** Its first item, in the batch. */
  readonly first: number;
  readonly count: number;
  readonly careful: boolean;
  done: number;
}

/** How long (ms) is waited after each call, where it is looked for whose fault it was: ever longer. */
const PAUSES = [2, 50, 250];
/** A process may end so often in a row before it is known whose fault it is. */
const MAX_LOSSES = 10;
/** Without that for so long (ms), what was before does not count. */
const UNKNOWN_MS = 60_000;

const NOTHING: ItemRecords = { textLength: () => 0, pack: () => 0 };

/** One batch at a time: {@linkcode open}, then {@linkcode take} for each item. */
export class Batch {
  readonly results = new Results();
  /** Set once; the two know each other. */
  crew!: Crew;
  readonly #parts: BatchParts;
  readonly #offsets = new Uint32Array(new ArrayBuffer(4 * (MAX_RUN + 1)));
  #records = NOTHING;
  #indices: readonly number[] = [];
  /** Items that were taken, whose results are here or taken, and that the process has or had. */
  #taken = 0;
  #done = 0;
  #sent = 0;
  /** The item that was taken last may still be read: what came of it must stay where it is. */
  #inUse = false;
  readonly #runs: Run[] = [];
  #number = 0;
  /** The process that blocks while it waits for more (`FrameKind.idle`). */
  #busy: ModuleProcess | null = null;
  #spare: Uint8Array<ArrayBuffer> | null = null;
  /** Up to this item they are handled one by one: a process ended with them in hand. */
  #careful = 0;
  /** How long (ms) the process waits after each call then. */
  #pause = 0;
  /** How often in a row a process ended and nobody knows whose fault it was, and when (ms) it was last. */
  #unknown = 0;
  #losses = 0;
  #unknownAt = -Infinity;
  /** The module that was at work when a process ended last, and at which item. */
  #suspected: { readonly module: OperatorModule; readonly item: number } | null = null;
  /** Modules, a bit each, that the next item is not given to. */
  #skipped = 0;
  #stuck = 0;
  #looked = 0;

  constructor(parts: BatchParts) {
    this.#parts = parts;
  }

  /** Takes items in hand, all of them. The batch before is done. */
  open(records: ItemRecords, indices: readonly number[], now: number): void {
    this.#records = records;
    this.#indices = indices;
    this.#taken =
      this.#done =
      this.#sent =
      this.#careful =
      this.#skipped =
        0;
    this.#inUse = false;
    this.#suspected = null;
    this.results.clear();
    this.send(now);
  }

  /** The next item. @returns its outcome, or the number of its messages; null if it is not known */
  take(now: number): number | null {
    this.#inUse = false;
    if (this.#taken === this.#done) this.#advance(now);
    if (this.#taken === this.#done) return null;
    this.#taken++;
    this.#inUse = true;
    return this.results.next();
  }

  /** True while the process has items. */
  get inHand(): boolean {
    return this.#runs.length > 0;
  }

  /** True if all that is known was taken, and is needed no more. */
  get settled(): boolean {
    return this.#taken === this.#done && !this.#inUse;
  }

  /** True if {@linkcode take} has something to give. */
  get available(): boolean {
    if (this.#taken < this.#done) return true;
    return this.#done < this.#indices.length && !this.inHand && this.#deserted;
  }

  /** Nobody is there to ask, nor will be soon. */
  get #deserted(): boolean {
    return this.crew.current === null ? !this.crew.able : this.#enabled() === 0;
  }

  /** Milliseconds until {@linkcode tend} has something to do. */
  timeout(now: number): number {
    if (this.inHand) return WATCH_MS;
    return this.#busy === null ? Infinity : Math.max(1, this.#looked + IDLE_MS - now);
  }

  /** Does what is due: looks whether the process gets on, hands over more. */
  tend(now: number): void {
    this.#watch(now);
    this.send(now);
    const process = this.#busy;
    if (process === null || this.inHand || now - this.#looked < IDLE_MS) return;
    this.#busy = null;
    if (process === this.crew.current) process.send(encodeFrame(FrameKind.idle, []));
  }

  #advance(now: number): void {
    this.crew.tend(now);
    this.send(now);
    if (this.settled && this.available) this.#decide(ItemOutcome.unchanged);
  }

  #decide(outcome: number): void {
    this.results.decide(outcome);
    this.#skipped = 0;
    this.#sent = ++this.#done;
  }

  // ---- runs ----

  /** Hands over as much as the process is to have. */
  send(now: number): void {
    const process = this.crew.current;
    while (
      process !== null && !this.#deserted && !process.behind && this.#sent < this.#indices.length &&
      this.#runs.length < (this.#runs[0]?.careful || this.#sent < this.#careful ? 1 : WINDOW)
    ) {
      if (this.#runs.length === 0) [this.#stuck, this.#looked, process.progress] = [0, now, null];
      if (this.#sendRun(process)) continue;
      if (this.settled && this.#runs.length === 0) this.#tooLong();
      return;
    }
  }

  /** @returns false if an item is too long */
  #sendRun(process: ModuleProcess): boolean {
    const careful = this.#sent < this.#careful;
    const indices = this.#choose(careful || this.#skipped !== 0 ? 1 : MAX_RUN);
    let bytes = 2;
    for (const index of indices) bytes += this.#records.textLength(index) + 1;
    if (bytes > MAX_ITEM) return false;
    const frame = this.#frame(FRAME_HEADER + RUN.text + bytes);
    const text = frame.subarray(FRAME_HEADER + RUN.text);
    const count = this.#records.pack(indices, indices.length, text, bytes, this.#offsets);
    const length = RUN.text + this.#offsets[count]!;
    const view = new DataView(frame.buffer);
    view.setUint32(0, length, true);
    view.setUint32(4, FrameKind.run, true);
    const word = (at: number, value: number) => view.setUint32(FRAME_HEADER + at, value, true);
    word(RUN.number, ++this.#number);
    word(RUN.careful, careful ? 1 + this.#pause : 0);
    word(RUN.enabled, this.#enabled());
    word(RUN.skipped, this.#skipped);
    word(RUN.form, JSON_FORMS.indexOf(this.#parts.json()));
    word(RUN.count, count);
    for (let at = 0; at <= count; at++) word(RUN.offsets + 4 * at, this.#offsets[at]!);
    this.#runs.push({ number: this.#number, first: this.#sent, count, careful, done: 0 });
    this.#sent += count;
    process.send(frame.subarray(0, FRAME_HEADER + length));
    this.#busy = process;
    if (process.behind) this.#spare = null;
    return true;
  }

  /** A buffer of so many bytes, at least: the one of before, if nobody has it any more. */
  #frame(bytes: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare;
    if (spare !== null && spare.length >= bytes) return spare;
    const usual = FRAME_HEADER + RUN.text + RUN_BYTES + 4;
    const made = new Uint8Array(new ArrayBuffer(Math.max(bytes, usual)));
    if (bytes <= usual) this.#spare = made;
    return made;
  }

  /** The items of the next run. */
  #choose(most: number): Uint32Array<ArrayBuffer> {
    let [count, bytes] = [0, 0];
    while (count < most && this.#sent + count < this.#indices.length) {
      bytes += this.#records.textLength(this.#indices[this.#sent + count]!) + 1;
      if (count > 0 && bytes > RUN_BYTES) break;
      count++;
    }
    return Uint32Array.from(this.#indices.slice(this.#sent, this.#sent + count));
  }

  #enabled(): number {
    let mask = 0;
    for (const module of this.#parts.modules) {
      if (module.working && !this.#parts.isOff(module)) mask |= 1 << module.number;
    }
    return mask;
  }

  #tooLong(): void {
    const { item, noun, fate, log, pass } = this.#parts;
    const bytes = this.#records.textLength(this.#indices[this.#sent]!);
    log.error(`One ${item} of ${bytes} bytes is too long for the ${noun}s (${MAX_ITEM}): ${fate}`);
    this.#decide(pass ? ItemOutcome.unchanged : ItemOutcome.failed);
  }

  // ---- what the process says ----

  /** A frame about items. @returns false if what came before has to be taken first */
  frame(process: ModuleProcess, { kind, payload }: Frame, now: number): boolean {
    this.#stuck = 0;
    this.#looked = now;
    if (kind === FrameKind.progress) return true;
    if (kind !== FrameKind.result || this.#runs.length === 0) {
      process.accuse(`a frame of kind ${kind}`);
      return true;
    }
    if (!this.settled) return false;
    try {
      this.#result(payload);
    } catch (error) {
      this.results.clear();
      process.accuse(error instanceof Error ? error.message : String(error));
    }
    return true;
  }

  #result(payload: Uint8Array): void {
    const run = this.#runs[0];
    const { run: number, first, count, tallies } = this.results.take(payload);
    if (run === undefined || run.number !== number || run.done !== first) {
      throw new RangeError("a result that nobody asked for");
    }
    if (count === 0 || first + count > run.count) throw new RangeError("results of too many items");
    run.done += count;
    this.#done += count;
    this.#skipped = 0;
    if (run.done === run.count) this.#runs.shift();
    addTallies(this.#parts.counters, tallies);
  }

  #watch(now: number): void {
    const process = this.crew.holder;
    if (process === null || !this.inHand) return;
    // What is here and not taken holds it up, not the other way round.
    if (!this.settled) [this.#stuck, this.#looked] = [0, now];
    this.#stuck += Math.min(now - this.#looked, LOOK_MS);
    this.#looked = now;
    const { timeout, section } = this.#parts;
    if (this.#stuck < timeout) return;
    process.kill(`did not return within ${timeout} ms (${section}.timeout)`);
    this.#stuck = -Infinity; // until it has ended
  }

  // ---- ends ----

  /** The process is gone, or another one has taken over. What it had in hand is given to the next. */
  lost(process: ModuleProcess, now: number): void {
    const run = this.#runs[0];
    const items = this.#sent - this.#done;
    // One that has run out of memory may have been filled by those before.
    const one = items === 1 && process.verdict !== null;
    this.#runs.length = 0;
    this.#sent = this.#done;
    this.#stuck = 0;
    if (process.how === null) return; // it was replaced, with nothing in hand
    const what = `${process.cause}${this.#hint(process.cause)}`;
    if (run === undefined) return this.#idle(process, what, now);
    const suspect = this.#suspect(run, process.progress, one);
    const guilty = this.#confirmed(suspect, process) ? suspect : undefined;
    if (guilty !== undefined) {
      this.#unknown = this.#losses = 0;
      guilty.countError();
      this.#strike(guilty, `${what}; ${this.#parts.fate}`, now);
      if (this.#parts.pass) this.#skipped |= 1 << guilty.number;
      else this.#decide(ItemOutcome.failed);
      return;
    }
    this.#lookCloser(what, items, process, suspect !== undefined, now);
  }

  /** Nobody knows who it was: what was in hand is given once more, one by one, and slowly if need be. */
  #lookCloser(
    what: string,
    items: number,
    { progress }: ModuleProcess,
    suspected: boolean,
    now: number,
  ): void {
    const { log, noun, item, modules } = this.#parts;
    if (now - this.#unknownAt > UNKNOWN_MS) this.#unknown = this.#losses = 0;
    this.#unknownAt = now;
    this.#losses++;
    // A suspicion is looked into as it came up.
    if (!suspected) this.#pause = PAUSES[Math.min(this.#unknown++, PAUSES.length - 1)]!;
    this.#careful = Math.max(this.#careful, this.#done + items);
    log.warning(
      `The process of the ${noun}s ${what}. A new one tries the ${items} ${item}s in hand once more, one by one`,
    );
    if (this.#unknown <= PAUSES.length && this.#losses < MAX_LOSSES) return;
    // Somebody's timers or promises: most likely of the one that was called last.
    const working = modules.filter((module) => module.working);
    const last = working.find(({ number }) => number === progress?.module);
    for (const module of last === undefined ? working : [last]) {
      module.setAside();
      const title = this.crew.title(module);
      log.error(
        `${title} is set aside, and ${this.#parts.aside}, until ${module.path} changes: its process ended` +
          ` ${this.#losses} times in a row, outside of a call that could be told`,
      );
    }
    this.#unknown = this.#losses = 0;
    this.#parts.changed();
  }

  /**
   * Whether it was the module that was at work. Another one may have left something behind: so its call
   * was the first of all, or it was the same one twice.
   */
  #confirmed(suspect: OperatorModule | undefined, process: ModuleProcess): boolean {
    if (suspect === undefined) return false;
    const working = this.#parts.modules.filter(({ working }) => working);
    const again = this.#suspected?.module === suspect && this.#suspected.item === this.#done;
    this.#suspected = { module: suspect, item: this.#done };
    return again || working.length === 1 || process.announced === 1;
  }

  /** The module that was at work, as far as that is known. */
  #suspect(run: Run, progress: Progress | null, one: boolean): OperatorModule | undefined {
    if (!run.careful && !one) return undefined;
    const { modules, isOff } = this.#parts;
    const working = modules.filter((module) => module.working && !isOff(module));
    const said = progress !== null && progress.run === run.number && progress.item === run.done
      ? working.find(({ number }) => number === progress.module)
      : undefined;
    return said ?? (working.length === 1 ? working[0] : undefined);
  }

  /** V8 and Deno end so where memory runs out. */
  #hint(how: string): string {
    const memory = /signal (4|5|6|11) |code 133$/.test(how);
    return memory ? ` (out of memory, most likely: ${this.#parts.section}.max_memory)` : "";
  }

  /** It ended of something that was no call: a timer, a promise. */
  #idle(process: ModuleProcess, what: string, now: number): void {
    const { modules, log, noun } = this.#parts;
    const only = process.loads.size === 1 ? [...process.loads][0]! : -1;
    const module = modules[process.ender >= 0 ? process.ender : only];
    if (module !== undefined) this.#strike(module, `${what}, outside of a call`, now);
    else log.error(`The process of the ${noun}s ${what}, outside of a call. It is started again`);
  }

  #strike(module: OperatorModule, what: string, now: number): void {
    const { log, aside } = this.#parts;
    const title = this.crew.title(module);
    if (module.strike(now)) {
      log.error(
        `${title} ${what}. It was the third time in a row: it is set aside, and ${aside}, until ${module.path} changes`,
      );
    } else log.error(`${title} ${what}. Its process is started again`);
    this.#parts.changed();
  }
}
