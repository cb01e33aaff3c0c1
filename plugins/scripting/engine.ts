/**
 * Operators' modules: loads them, takes items through them, tells how they do. What the kinds of
 * modules have in common.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { Batch, type ItemRecords } from "./batch.ts";
import { Count, placeOf } from "./counters.ts";
import { Crew } from "./crew.ts";
import { OperatorModule } from "./modules.ts";
import { absolute } from "./paths.ts";
import type { CompanionSource, ModuleProcess } from "./process.ts";
import { type JsonForm, MAX_MODULES, type ModuleKind } from "./protocol.ts";

const SETUP_MS = 10_000;
// As poll(2) and ZeroMQ have them.
const [IN, OUT] = [1, 2];

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
  /** Told when `status` has changed. */
  readonly changed: () => void;
}

/** What a kind of modules is called, and what becomes of what one fails at. */
export interface EngineKind {
  readonly kind: ModuleKind;
  /** The group of the configuration. */
  readonly section: string;
  readonly item: string;
  readonly fate: string;
  /** What becomes of items without a module that is set aside. */
  readonly aside: string;
}

/** Where descriptors are waited for: the loop's poller. */
export interface Descriptors {
  add(fd: number, events: number): number;
  modify(slot: number, events: number): void;
  remove(slot: number): void;
}

/** Modules of one kind, and the items that they are given. */
export class ModuleEngine {
  readonly modules: readonly OperatorModule[];
  readonly crew: Crew;
  /** How JSON is written. */
  json: JsonForm;
  readonly #batch: Batch;
  readonly #off: Set<string>;
  readonly #options: EngineOptions;
  readonly #slots = new Map<ModuleProcess, { readonly slot: number; events: number }>();
  #made = false;

  constructor(options: EngineOptions, { kind, section, item, fate, aside }: EngineKind) {
    this.#options = options;
    this.#off = new Set(options.off);
    this.json = options.json;
    const { config, counters, folder, log, topics } = options;
    const paths = [...new Set(config.modules.map((path) => absolute(path, folder)))];
    if (paths.length > MAX_MODULES) {
      log.error(`Only the first ${MAX_MODULES} of ${paths.length} ${section}.modules are used`);
    }
    const modules = this.modules = paths.slice(0, MAX_MODULES)
      .map((path, number) => new OperatorModule(number, path, counters));
    const shared = { modules, log, noun: kind, changed: () => this.changed() };
    const pass = config.on_error === "pass";
    const batch = this.#batch = new Batch({
      ...shared,
      ...{ counters, section, item, aside, pass, timeout: config.timeout },
      fate: pass ? `the ${item} passes without it` : fate,
      isOff: (module) => this.isOff(module),
      json: () => this.json,
    });
    const { setup = SETUP_MS } = options;
    this.crew = batch.crew = new Crew({
      ...shared,
      source: options.source,
      init: { kind, topics, pass, fate, setup },
      lost: (process, now) => batch.lost(process, now),
      item: (process, frame, now) => batch.frame(process, frame, now),
      inHand: () => batch.inHand,
      settled: () => batch.settled,
    });
    this.crew.tend(performance.now());
    this.#made = true;
  }

  /** Takes items in hand, all of them: those of before are done. */
  begin(records: ItemRecords, indices: readonly number[]): void {
    this.#batch.open(records, indices, performance.now());
  }

  /** The next item. @returns how many messages it became, or an outcome; null if it is not known yet */
  take(): number | null {
    return this.#batch.take(performance.now());
  }

  /** True if {@linkcode take} would give something. */
  get available(): boolean {
    return this.#batch.available;
  }

  /** The next message of that item: the fields below speak of it. */
  message(): void {
    this.#batch.results.message();
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

  /** Adds to a poller what tells of processes as such. */
  watch(poller: Descriptors): void {
    poller.add(this.#options.source.fd, IN);
  }

  /** Before a wait: has the poller wait for what the processes say, and for those that are behind. */
  prepare(poller: Descriptors): void {
    const processes = this.crew.processes;
    for (const [process, { slot }] of this.#slots) {
      if (process.fd >= 0 && processes.includes(process)) continue;
      poller.remove(slot);
      this.#slots.delete(process);
    }
    for (const process of processes) {
      if (process.fd < 0) continue;
      const waits = this.crew.waits(process) ? 0 : IN;
      const events = waits | (process.behind ? OUT : 0);
      const place = this.#slots.get(process);
      // An end that nobody reads would be ready for ever.
      if (place !== undefined && events !== 0) {
        if (place.events !== events) poller.modify(place.slot, place.events = events);
      } else if (place !== undefined) {
        poller.remove(place.slot);
        this.#slots.delete(process);
      } else if (events !== 0) {
        this.#slots.set(process, { slot: poller.add(process.fd, events), events });
      }
    }
  }

  /** Milliseconds until {@linkcode tick} has something to do, though no descriptor tells. */
  timeout(): number {
    const now = performance.now();
    return Math.min(this.crew.timeout(now), this.#batch.timeout(now));
  }

  /** What is due: words of the processes, their troubles, changed files. */
  tick(): void {
    const now = performance.now(); // the wall clock may be set
    this.crew.tend(now);
    this.#batch.tend(now);
  }

  /** Switches modules on and off by name; what is left out stays. */
  configure(modules: Readonly<Record<string, boolean>>): void {
    for (const [name, on] of Object.entries(modules)) {
      if (on) this.#off.delete(name);
      else this.#off.add(name);
    }
    this.changed();
  }

  /** The names that {@linkcode configure} knows. */
  get names(): string[] {
    return this.modules.flatMap(({ name }) => name ?? []);
  }

  /** What `info` tells of the modules; numbers are read where they are asked for. */
  status(): Record<string, unknown>[] {
    return this.modules.map((module) => {
      const counter = (what: number) => ({ counter: placeOf(module.number, what) });
      const problem = module.failure ?? module.refused;
      return {
        name: module.name ?? "",
        module: module.path,
        state: this.#stateOf(module),
        ...(problem === null ? {} : { problem: problem.slice(0, 200) }),
        events: counter(Count.events),
        passed: counter(Count.passed),
        dropped: counter(Count.dropped),
        errors: counter(Count.errors),
        timeouts: counter(Count.stopped),
        microseconds: counter(Count.microseconds),
      };
    });
  }

  /** Has the modules tear down; takes `ms` at most. */
  close(ms: number): void {
    this.crew.close(ms);
  }

  #stateOf(module: OperatorModule): string {
    if (module.aside) return "set aside";
    if (module.failure !== null) return "failed";
    if (!module.working) return "loading";
    return this.isOff(module) ? "off" : "on";
  }

  /** True if it is switched off. */
  isOff({ name }: OperatorModule): boolean {
    return name !== null && this.#off.has(name);
  }

  /** What is known of the modules has changed. */
  protected changed(): void {
    if (this.#made) this.#options.changed();
  }
}
