/**
 * Operators' modules: loads them, takes items through them, tells how they do. What the kinds of
 * modules have in common.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { Count, placeOf } from "./counters.ts";
import { Crew } from "./crew.ts";
import { type JsonForm, MAX_MODULES, type ModuleKind } from "./memory.ts";
import type { Permissions } from "./module_worker.ts";
import { OperatorModule } from "./modules.ts";
import { absolute } from "./paths.ts";
import { Runner } from "./runner.ts";
import type { ItemRecords } from "./runs.ts";

const SETUP_MS = 10_000;
/** Between calls, modules may hold so much of `runtime.max_heap`. */
const HOLD_SHARE = 0.5;

/** What the engine is made from. */
export interface EngineOptions {
  /** URL of the module that exports `runModules`. */
  readonly program: string;
  /** Paths that are not absolute are below it. */
  readonly folder: string;
  readonly config: {
    readonly modules: readonly string[];
    readonly timeout: number;
    readonly on_error: "pass" | "drop" | "refuse";
    readonly permissions: Permissions;
  };
  /** How JSON is written at first. */
  readonly json: JsonForm;
  readonly topics: boolean;
  /** In MiB. */
  readonly maxHeap: number;
  /** Those that outlive the process. */
  readonly counters: Float64Array;
  readonly log: Log;
  /** Names of modules that are switched off from the start. */
  readonly off?: readonly string[];
  /** How long (ms) a module may take to load and set up, if not 10 s. */
  readonly setup?: number;
  /** Ends the process at once: another one will go on. */
  readonly die: () => void;
  /** Has the process end in order, and another one take over; null where that would cost too much. */
  readonly renew: (() => void) | null;
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

/** Modules of one kind, and the runs that they are given. */
export class ModuleEngine {
  readonly modules: readonly OperatorModule[];
  readonly crew: Crew;
  /** How JSON is written. */
  json: JsonForm;
  readonly #runner: Runner;
  readonly #off: Set<string>;
  readonly #options: EngineOptions;
  #made = false;

  constructor(options: EngineOptions, { kind, section, item, fate, aside }: EngineKind) {
    this.#options = options;
    this.#off = new Set(options.off);
    this.json = options.json;
    const { config, counters, folder, log, maxHeap } = options;
    const paths = [...new Set(config.modules.map((path) => absolute(path, folder)))];
    if (paths.length > MAX_MODULES) {
      log.error(`Only the first ${MAX_MODULES} of ${paths.length} ${section}.modules are used`);
    }
    this.modules = paths.slice(0, MAX_MODULES)
      .map((path, number) => new OperatorModule(number, path, counters));
    const shared = { counters, log, noun: kind, changed: () => this.changed() };
    const pass = config.on_error === "pass";
    this.crew = new Crew({
      ...shared,
      modules: this.modules,
      readable: config.permissions.read,
      worker: {
        program: options.program,
        permissions: config.permissions,
        init: {
          kind,
          topics: options.topics,
          pass,
          fate,
          setup: options.setup ?? SETUP_MS,
          heap: maxHeap * HOLD_SHARE * 1024 * 1024,
        },
      },
    });
    this.#runner = new Runner({
      ...shared,
      ...{ crew: this.crew, modules: this.modules, timeout: config.timeout, pass, maxHeap },
      ...{ section, item, aside, fate: pass ? `the ${item} passes without it` : fate },
      isOff: (module) => this.isOff(module),
      json: () => this.json,
      die: options.die,
      renew: options.renew,
    });
    this.crew.tend(performance.now(), true);
    this.#made = true;
  }

  /** Takes items in hand. @returns how many, the first ones; at least 1 */
  begin(records: ItemRecords, indices: readonly number[]): number {
    return this.#runner.begin(records, indices);
  }

  /** Waits for what is in hand, `ms` at most. @returns true once it can be read */
  wait(ms: number): boolean {
    return this.#runner.wait(ms);
  }

  /** The next item of the run. @returns how many messages it became, or an outcome */
  next(): number {
    return this.#runner.next();
  }

  /** The next message of that item: the fields below speak of it. */
  message(): void {
    this.#runner.results.message();
  }

  get memory(): Uint8Array<SharedArrayBuffer> {
    return this.#runner.results.memory;
  }
  get topicOffset(): number {
    return this.#runner.results.topicOffset;
  }
  get topicLength(): number {
    return this.#runner.results.topicLength;
  }
  get bodyOffset(): number {
    return this.#runner.results.bodyOffset;
  }
  get bodyLength(): number {
    return this.#runner.results.bodyLength;
  }

  /** Milliseconds until {@linkcode tick} has something to do. */
  timeout(): number {
    return this.crew.timeout(performance.now());
  }

  /** What is due by time: changed files, log lines, the workers' own troubles. */
  tick(): void {
    this.#runner.tick(performance.now()); // the wall clock may be set
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
    this.#runner.leave();
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
