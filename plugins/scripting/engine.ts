/**
 * Runs operators' modules in a process of their own and gives them items: composed of the processes,
 * the batch in flight, the watchdog, and what follows where a process ends.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { Batch, type ItemRecords } from "./batch.ts";
import { addTallies } from "./counters.ts";
import { Faults } from "./faults.ts";
import { type Fates, type Kind, titleOf } from "./kinds.ts";
import { type ItemHolder, Lifecycle } from "./lifecycle.ts";
import { ModuleSet } from "./module_set.ts";
import { absolute } from "./paths.ts";
import type { CompanionSource } from "../companion/process.ts";
import type { ModuleProcess } from "./process.ts";
import { CompanionPolling, type Descriptors } from "../companion/polling.ts";
import { encodeFrame, type Frame } from "../companion/frames.ts";
import { FrameKind, ItemOutcome, type JsonForm, MAX_ITEM, MAX_MODULES } from "./protocol.ts";
import { Watchdog } from "./watchdog.ts";

/** A module has this long (ms) to load and set up. */
const SETUP_MS = 10_000;
/** Chunks that the process may have in hand, so that it need not wait for us. */
const WINDOW = 4;
/** Without work for so long (ms), a process is told that none comes for a while. */
const IDLE_MS = 20;
/** A process that has items is looked at so often (ms). */
const WATCH_MS = 100;

/** What the engine is made from. */
export interface EngineOptions {
  /** Who starts processes. */
  readonly source: CompanionSource;
  /** Paths that are not absolute are below it. */
  readonly folder: string;
  readonly config: {
    readonly modules: readonly string[];
    readonly timeout: number;
    readonly on_error: "pass" | "drop" | "refuse";
  };
  /** How JSON is written at first. */
  readonly json: JsonForm;
  readonly topics: boolean;
  /** Those that outlive the process. */
  readonly counters: Float64Array;
  readonly log: Log;
  /** Names of modules that are switched off from the start. */
  readonly off?: readonly string[];
  /** How long (ms) a module may take to load and set up, if not 10 s. */
  readonly setup?: number;
  /** How long (ms) a module is left out on trial, if not a minute. */
  readonly trial?: number;
  /** Told when `status` has changed. */
  readonly changed: () => void;
}

/** Modules of one kind, and the items that they are given. */
export class ModuleEngine implements ItemHolder {
  /** How JSON is written. */
  json: JsonForm;
  readonly #kind: Kind;
  readonly #options: EngineOptions;
  /** An item that a module fails at goes on without it; or else it is given up, as failed. */
  readonly #pass: boolean;
  readonly #fates: Fates;
  readonly #modules: ModuleSet;
  readonly #batch = new Batch();
  readonly #watchdog: Watchdog;
  readonly #faults: Faults;
  readonly #lifecycle: Lifecycle;
  readonly #polling: CompanionPolling;
  /** The process that blocks while it waits for more (`FrameKind.idle`). */
  #busy: ModuleProcess | null = null;

  constructor(kind: Kind, options: EngineOptions) {
    const { config, counters, folder, log, topics, trial, source, setup = SETUP_MS } = options;
    this.#kind = kind;
    this.#options = options;
    this.#pass = config.on_error === "pass";
    this.#fates = this.#pass ? kind.passing : kind.stopping;
    this.json = options.json;
    const paths = [...new Set(config.modules.map((path) => absolute(path, folder)))];
    if (paths.length > MAX_MODULES) {
      log.error(
        `Only the first ${MAX_MODULES} of ${paths.length} ${kind.section}.modules are used`,
      );
    }
    this.#modules = new ModuleSet(kind, paths.slice(0, MAX_MODULES), counters, options.off);
    const modules = this.#modules.all;
    this.#watchdog = new Watchdog(config.timeout);
    const fate = this.#fates.failed;
    const init = { kind: kind.noun, topics, pass: this.#pass, fate, setup };
    const changed = () => this.changed();
    const faults = new Faults({ kind, fates: this.#fates, modules, log, trial, changed });
    this.#faults = faults;
    this.#lifecycle = new Lifecycle({ kind, modules, source, init, log, faults }, this);
    this.#polling = new CompanionPolling(this.#lifecycle);
  }

  // ---- items ----

  /** True if a module wants such items (`Kind.wants`); before that is known, true. */
  wants(type: number, subtype = 0): boolean {
    return this.#modules.wants(type, subtype);
  }

  /** True if a module that is switched on can't be asked. */
  get incomplete(): boolean {
    return this.#modules.incomplete;
  }

  /** Takes items in hand, all of them: those of before are done. */
  begin(records: ItemRecords, items: readonly number[]): void {
    this.#batch.open(records, items);
    this.#faults.forget();
    this.#send(performance.now());
  }

  /** The next item. @returns how many messages it became, or an outcome; null if it is not known yet */
  take(): number | null {
    const batch = this.#batch;
    batch.release();
    if (!batch.available) this.#advance(performance.now());
    return batch.take();
  }

  /** True if {@linkcode take} would give something. */
  get available(): boolean {
    const batch = this.#batch;
    return batch.available || (batch.waiting && this.idle && this.#deserted);
  }

  /** The next message of that item: the fields below speak of it. */
  message(): void {
    this.#batch.results.message();
  }

  get code(): number {
    return this.#batch.results.code;
  }
  get memory(): Uint8Array<ArrayBuffer> {
    return this.#batch.results.memory;
  }
  get topicOffset(): number {
    return this.#batch.results.topicOffset;
  }
  get topicLength(): number {
    return this.#batch.results.topicLength;
  }
  get bodyOffset(): number {
    return this.#batch.results.bodyOffset;
  }
  get bodyLength(): number {
    return this.#batch.results.bodyLength;
  }

  #advance(now: number): void {
    const { working } = this.#lifecycle;
    // It may be done with the next chunk already.
    if (working !== null && this.#batch.chunks.length > 1) working.readable = true;
    this.#lifecycle.update(now);
    this.#send(now);
    if (this.settled && this.available) this.#batch.decide(ItemOutcome.unchanged);
  }

  /** Nobody is there to ask, nor will be soon. */
  get #deserted(): boolean {
    return this.#lifecycle.ready === null ? !this.#lifecycle.able : this.#modules.enabled === 0;
  }

  /** Hands over as much as the process is to have. */
  #send(now: number): void {
    const batch = this.#batch;
    const process = this.#lifecycle.ready;
    if (process === null || this.#modules.enabled === 0) return;
    while (
      batch.waiting && !process.behind && batch.chunks.length < (batch.careful ? 1 : WINDOW)
    ) {
      const frame = batch.chunk({
        enabled: this.#modules.enabled,
        json: this.json,
        pause: this.#faults.pause,
      });
      if (frame === null) {
        if (this.settled && this.idle) this.#tooLong();
        return;
      }
      if (batch.chunks.length === 1) {
        this.#watchdog.heard(now);
        process.progress = null;
      }
      process.send(frame);
      this.#busy = process;
      if (process.behind) batch.giveAway();
    }
  }

  #tooLong(): void {
    const { item, noun } = this.#kind;
    const bytes = this.#batch.nextLength;
    this.#options.log.error(
      `One ${item} of ${bytes} bytes is too long for the ${noun}s (${MAX_ITEM}): ${this.#fates.ended}`,
    );
    this.#batch.decide(this.#pass ? ItemOutcome.unchanged : ItemOutcome.failed);
  }

  // ---- the loop ----

  /** Adds to a poller what tells of processes as such. */
  watch(poller: Descriptors): void {
    this.#polling.watch(poller, this.#options.source.fd);
  }

  /** Before a wait: has the poller wait for the processes. */
  prepare(poller: Descriptors): void {
    this.#polling.prepare(poller);
  }

  /** After a wait. @returns how many of the poller's items are ready that are the processes' */
  woken(poller: Descriptors): number {
    return this.#polling.woken(poller);
  }

  /** Milliseconds until {@linkcode tick} has something to do, though no descriptor tells. */
  timeout(): number {
    const now = performance.now();
    const idle = this.#busy === null ? Infinity : this.#watchdog.looked + IDLE_MS - now;
    return Math.min(this.#lifecycle.timeout(now), this.idle ? Math.max(1, idle) : WATCH_MS);
  }

  /** What is due: words of the processes, their troubles, changed files. */
  tick(): void {
    const now = performance.now(); // the wall clock may be set
    this.#lifecycle.update(now);
    this.#faults.tick(now);
    this.#watch(now);
    this.#send(now);
    const process = this.#busy;
    if (process === null || !this.idle || now - this.#watchdog.looked < IDLE_MS) return;
    this.#busy = null;
    if (process === this.#lifecycle.ready) process.send(encodeFrame(FrameKind.idle, []));
  }

  #watch(now: number): void {
    const process = this.#lifecycle.working;
    if (process === null || this.idle) return;
    // What is here and not taken holds it up, not the other way round.
    if (!this.settled) this.#watchdog.heard(now);
    if (!this.#watchdog.look(now)) return;
    const { timeout } = this.#options.config;
    process.kill(`did not return within ${timeout} ms (${this.#kind.section}.timeout)`);
  }

  // ---- what the processes do (ItemHolder) ----

  get idle(): boolean {
    return this.#batch.chunks.length === 0;
  }

  get settled(): boolean {
    return this.#batch.settled;
  }

  frame({ kind, payload }: Frame, now: number): void {
    this.#watchdog.heard(now);
    if (kind === FrameKind.progress) return;
    if (kind !== FrameKind.result || this.idle) throw new RangeError(`a frame of kind ${kind}`);
    this.#batch.accept(payload);
    addTallies(this.#options.counters, this.#batch.results);
  }

  lost(process: ModuleProcess, now: number): void {
    const batch = this.#batch;
    const [chunk = null] = batch.chunks;
    const items = batch.recall();
    const finding = this.#faults.ended(process, { chunk, item: batch.item, items }, now);
    if (finding.what === "call") {
      if (this.#pass) batch.skip(finding.module.number);
      else batch.decide(ItemOutcome.failed);
    } else if (finding.what !== "outside") batch.beCareful(items);
  }

  /** What is known of the modules has changed. */
  changed(): void {
    const modules = this.#modules;
    const first = this.#lifecycle.begun && !modules.known;
    modules.known = this.#lifecycle.begun;
    modules.update();
    this.#options.changed();
    const at_work = first ? modules.inWords() : null;
    if (at_work !== null) this.#options.log.info(`${titleOf(this.#kind)} at work: ${at_work}`);
  }

  // ---- the administrator ----

  /** Switches modules on and off by name; what is left out stays. */
  configure(modules: Readonly<Record<string, boolean>>): void {
    this.#modules.configure(modules);
    this.changed();
  }

  /** The names that {@linkcode configure} knows. */
  get names(): string[] {
    return this.#modules.names;
  }

  /** What `info` tells of the modules; numbers are read where they are asked for. */
  status(): Record<string, unknown>[] {
    return this.#modules.status();
  }

  /** Has the modules tear down; takes `ms` at most. */
  close(ms: number): void {
    this.#lifecycle.close(ms);
  }
}
