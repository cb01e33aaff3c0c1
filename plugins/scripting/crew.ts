/**
 * The workers: one at work, perhaps one that is being loaded to replace it, and those that tear down.
 * Starts them, notices how they end, and sees to changed files.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { addTallies } from "./counters.ts";
import { readLog } from "./log_ring.ts";
import { type Description, WorkerState } from "./memory.ts";
import { ModuleWorker, type WorkerOptions } from "./module_worker.ts";
import type { OperatorModule } from "./modules.ts";
import { Sources } from "./sources.ts";
import { LineLimit } from "./line_limit.ts";

/** Files are looked at so often (ms), and sooner where a change waits to be complete. */
const LOOK_MS = 250;
const SETTLE_MS = 80;
/** The worker sees to it itself that modules don't take too long to load, unless it can't (ms). */
const GRACE_MS = 500;
const TEARDOWN_MS = 1000;
/** While something is under way it is looked at so often (ms). */
const BUSY_MS = 20;

/** What a crew is made from. */
export interface CrewParts {
  readonly modules: readonly OperatorModule[];
  readonly readable: readonly string[];
  readonly worker: Omit<WorkerOptions, "modules">;
  readonly counters: Float64Array;
  readonly log: Log;
  /** "filter" or "hook". */
  readonly noun: string;
  /** Told when what is known of the modules has changed. */
  readonly changed: () => void;
}

/** A worker that loads. */
interface Loading {
  readonly worker: ModuleWorker;
  calls: number;
  since: number;
}

/** Sees to the workers. */
export class Crew {
  readonly sources: Sources;
  readonly #parts: CrewParts;
  /** The one that is given items; null while there is none that could be. */
  #current: ModuleWorker | null = null;
  #loading: Loading | null = null;
  /** The modules whose files have changed since `#current` was loaded; null if it is no reload. */
  #changed: ReadonlySet<number> | null = null;
  readonly #retiring: { readonly worker: ModuleWorker; readonly until: number }[] = [];
  #looked = 0;
  /** The first of all has been loaded. */
  #begun = false;
  readonly #limit: LineLimit;
  #stuck = false;

  constructor(parts: CrewParts) {
    this.#parts = parts;
    const { modules, readable, log } = parts;
    this.sources = new Sources(modules.map(({ path }) => path), readable);
    this.#limit = new LineLimit(log);
    for (const module of modules) {
      module.recall(this.sources);
      if (module.aside) {
        log.warning(
          `${this.#title(module)} is set aside still: it is used again once its file changes`,
        );
      }
    }
  }

  /** The worker that can be given items. */
  get current(): ModuleWorker | null {
    return this.#current;
  }

  /**
   * A thread is left that runs for ever, as Deno (2.9) cannot end it: the process is to be started
   * anew, unless that would lose an older version that goes on for one that is refused.
   */
  get spent(): boolean {
    return this.#stuck && this.#parts.modules.every(({ refused }) => refused === null);
  }

  /** The one that is being loaded. */
  get loading(): ModuleWorker | null {
    return this.#loading?.worker ?? null;
  }

  /** False until it is known, for the first time, what the modules want. */
  get begun(): boolean {
    return this.#begun;
  }

  /** False if there is nothing that could be loaded: everything passes. */
  get able(): boolean {
    return this.#current !== null || this.#loading !== null || this.#loadable().length > 0;
  }

  #title(module: OperatorModule | undefined): string {
    const { noun } = this.#parts;
    const capital = noun[0]!.toUpperCase() + noun.slice(1);
    return module === undefined ? `${capital}s` : `${capital} ${module.title}`;
  }

  #loadable(): OperatorModule[] {
    return this.#parts.modules.filter(({ loadable, number }) => {
      const refusal = loadable ? this.sources.refusal(number) : null;
      if (refusal !== null) this.#fail(number, refusal);
      return loadable && refusal === null;
    });
  }

  /**
   * Sees to everything but the run in hand.
   *
   * @param between no run is in hand, so that one worker may take over from another
   */
  tend(now: number, between: boolean): void {
    if (this.#loading !== null) this.#tendLoading(this.#loading, now, between);
    if (this.#current === null && this.#loading === null) this.#start(now);
    if (between && this.#current?.full === true) this.#replace(now);
    this.#look(now);
    this.#retire(now);
    this.#speak(this.#current, now);
    this.#limit.flush(now);
  }

  /** Milliseconds until {@linkcode tend} has something to do. */
  timeout(now: number): number {
    if (this.#loading !== null || this.#retiring.length > 0) return BUSY_MS;
    const due = this.#looked + (this.sources.unsettled ? SETTLE_MS : LOOK_MS);
    return Math.max(1, due - now);
  }

  #start(now: number): void {
    const modules = this.#loadable().map(({ number, url }) => ({ module: number, url }));
    if (modules.length === 0) {
      this.#begun = true;
      return;
    }
    try {
      const worker = new ModuleWorker({ ...this.#parts.worker, modules });
      this.#loading = { worker, calls: 0, since: now };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      for (const { module } of modules) this.#fail(module, text, true);
    }
  }

  #tendLoading(loading: Loading, now: number, between: boolean): void {
    const { worker } = loading;
    this.#speak(worker, now);
    if (worker.state === WorkerState.ready) {
      if (between || this.#current === null) this.#loaded(worker, now);
      return;
    }
    if (worker.calls !== loading.calls) {
      loading.calls = worker.calls;
      loading.since = now;
    }
    if (worker.ended) this.#loadEnded(worker, worker.failure ?? "it ended the thread it runs on");
    else {
      const { setup } = this.#parts.worker.init;
      if (now - loading.since < setup + GRACE_MS) return;
      this.#stuck = true;
      this.#loadEnded(worker, `it took more than ${setup} ms to load and set up`);
    }
  }

  /** A worker has said what its modules are. */
  #loaded(worker: ModuleWorker, now: number): void {
    const { modules } = this.#parts;
    const said = worker.describe();
    const changed = this.#changed;
    const bad = said.filter((one) => "problem" in one && modules[one.module]!.working);
    if (changed !== null && this.#current !== null && bad.length > 0) {
      this.#refuse(worker, bad);
      return;
    }
    this.#loading = this.#changed = null;
    const old = this.#current;
    this.#current = worker;
    for (const one of said) this.#describe(one);
    if (old !== null) {
      old.teardown();
      this.#retiring.push({ worker: old, until: now + TEARDOWN_MS });
    }
    if (changed !== null) {
      const names = modules.filter((one) => changed.has(one.number) && one.working)
        .map(({ title }) => title);
      if (names.length > 0) this.#parts.log.info(`Reloaded: ${names.join(", ")}`);
    }
    this.#begun = true;
    this.#parts.changed();
  }

  #describe(one: Description): void {
    const module = this.#parts.modules[one.module];
    if (module === undefined) return;
    if ("problem" in one) this.#fail(one.module, one.problem);
    else module.describe(one);
  }

  /** The new version of some module is no good: the old one goes on. */
  #refuse(worker: ModuleWorker, bad: readonly Description[]): void {
    this.#loading = this.#changed = null;
    worker.terminate();
    for (const one of bad) {
      const module = this.#parts.modules[one.module]!;
      if (!("problem" in one)) continue;
      module.refused = one.problem;
      this.#parts.log.error(
        `${
          this.#title(module)
        }: its new version is refused, the one before goes on: ${one.problem}`,
      );
    }
    this.#parts.changed();
  }

  /** A worker did not get as far as to say anything. */
  #loadEnded(worker: ModuleWorker, how: string): void {
    const module = worker.module;
    const changed = this.#changed;
    this.#loading = this.#changed = null;
    worker.terminate();
    if (changed !== null && this.#current !== null) {
      const bad = module >= 0 ? [module] : [...changed];
      this.#refuse(worker, bad.map((one) => ({ module: one, problem: how })));
      return;
    }
    for (const one of module >= 0 ? [module] : worker.modules) {
      this.#fail(one, how, true);
      if (this.#stuck) this.#parts.modules[one]!.shun(this.sources);
    }
    this.#parts.changed();
  }

  #fail(number: number, problem: string, dangerous = false): void {
    const module = this.#parts.modules[number]!;
    module.dangerous = dangerous;
    const said = module.failure === problem;
    module.describe({ module: number, problem });
    if (said) return;
    this.#parts.log.error(
      `${this.#title(module)} is not used, until its file changes: ${problem}`,
    );
    this.#parts.changed();
  }

  #replace(now: number): void {
    if (this.#loading !== null) return;
    this.#parts.log.warning(
      `${
        this.#title(undefined)
      } hold too much memory (runtime.max_heap): they are started anew, and lose what they remember`,
    );
    this.#start(now);
  }

  #look(now: number): void {
    if (now - this.#looked < (this.sources.unsettled ? SETTLE_MS : LOOK_MS)) return;
    this.#looked = now;
    const changed = this.sources.look();
    if (changed.length === 0) return;
    for (const number of changed) this.#parts.modules[number]!.renew();
    // What is being loaded may have read the old files.
    this.#loading?.worker.terminate();
    this.#loading = null;
    this.#changed = new Set([...this.#changed ?? [], ...changed]);
    const refused = changed.flatMap((module) => {
      const problem = this.sources.refusal(module);
      return problem !== null && this.#parts.modules[module]!.working ? [{ module, problem }] : [];
    });
    if (refused.length > 0 && this.#current !== null) {
      for (const one of refused) {
        const module = this.#parts.modules[one.module]!;
        this.#parts.log.error(
          `${
            this.#title(module)
          }: its new version is refused, the one before goes on: ${one.problem}`,
        );
        module.refused = one.problem;
      }
      this.#changed = null;
      return;
    }
    this.#start(now);
  }

  /**
   * The worker at work has died, or must.
   *
   * @param stuck a call does not return
   * @returns the module that was at work, -1 if unknown
   */
  lose(stuck: boolean): number {
    const worker = this.#current;
    if (worker === null) return -1;
    this.#stuck ||= stuck;
    this.#current = null;
    const module = worker.module;
    this.#part(worker);
    return module;
  }

  /** Takes over what a worker has counted. */
  count(worker: ModuleWorker): void {
    for (const module of worker.modules) {
      addTallies(this.#parts.counters, module, worker.takeTallies(module));
    }
  }

  #part(worker: ModuleWorker): void {
    worker.terminate();
    this.count(worker);
    this.#speak(worker, performance.now());
  }

  #retire(now: number): void {
    for (let at = this.#retiring.length - 1; at >= 0; at--) {
      const { worker, until } = this.#retiring[at]!;
      this.#speak(worker, now);
      if (worker.state === WorkerState.ready && now < until) continue;
      this.#stuck ||= worker.state === WorkerState.ready;
      this.#retiring.splice(at, 1);
      this.#part(worker);
    }
  }

  /** Passes on what a worker's modules have logged. */
  #speak(worker: ModuleWorker | null, now: number): void {
    if (worker === null) return;
    const { lines, lost } = readLog(worker.memory);
    for (const { level, module, text } of lines) {
      const title = this.#title(this.#parts.modules[module]);
      this.#limit.write(now, level, title, text);
    }
    if (lost > 0) this.#limit.lost(lost);
  }

  /** Has the modules tear down, and ends the workers; takes `ms` at most. */
  close(ms: number): void {
    this.#loading?.worker.terminate();
    const until = performance.now() + ms;
    const workers = this.#retiring.map(({ worker }) => worker);
    if (this.#current !== null) {
      this.#current.teardown();
      workers.push(this.#current);
    }
    for (const worker of workers) {
      while (worker.state === WorkerState.ready && performance.now() < until) {
        worker.wait(Math.max(1, until - performance.now()));
      }
      this.#part(worker);
    }
    this.#current = this.#loading = null;
    this.#retiring.length = 0;
  }
}
