/**
 * The processes: one at work, perhaps one that loads to replace it, and those that tear down. Starts
 * them, hears them, notices how they end, and sees to changed files.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { LoadDiagnosis } from "./diagnosis.ts";
import type { Faults } from "./faults.ts";
import { type Kind, titleOf } from "./kinds.ts";
import { LineLimit } from "./line_limit.ts";
import type { OperatorModule } from "./operator_module.ts";
import type { CompanionSource } from "../companion/process.ts";
import { ModuleProcess } from "./process.ts";
import type { Frame } from "../companion/frames.ts";
import { type CompanionInit, FrameKind } from "./protocol.ts";

/** A process sees to it itself that modules don't take too long to load, unless it can't (ms). */
const GRACE_MS = 500;
const TEARDOWN_MS = 1100;
/** While something is under way it is looked at so often (ms). */
const BUSY_MS = 50;
/** A process that can't be started is tried again after this (ms), and twice as long each time. */
const RETRY_MS = 100;
const RETRY_MAX_MS = 5000;
/** Frames of one process at a time, at most: the loop has more to do. */
const FRAMES = 256;

/** Who has the items that the processes are given. */
export interface ItemHolder {
  /** No process has items. */
  readonly idle: boolean;
  /** All that was answered is taken. */
  readonly settled: boolean;
  /** A frame about items, of the process at work. @throws {RangeError} if it makes no sense */
  frame(frame: Frame, now: number): void;
  /** The process at work has ended. */
  lost(process: ModuleProcess, now: number): void;
  /** What is known of the modules has changed. */
  changed(): void;
}

/** What a lifecycle is made from. */
export interface LifecycleOptions {
  readonly kind: Kind;
  readonly modules: readonly OperatorModule[];
  readonly source: CompanionSource;
  readonly init: Omit<CompanionInit, "modules">;
  readonly log: Log;
  readonly faults: Faults;
}

/** Sees to the processes. */
export class Lifecycle {
  /** All that there are. */
  readonly processes: ModuleProcess[] = [];
  /** The supervisor may have something to tell. */
  news = true;
  /** False until it is known, for the first time, what the modules want. */
  begun = false;
  readonly #options: LifecycleOptions;
  readonly #items: ItemHolder;
  readonly #limit: LineLimit;
  /** The one that has the items, and the one that is to take over from it. */
  #working: ModuleProcess | null = null;
  #next: ModuleProcess | null = null;
  /** The modules whose files have changed since the one at work was loaded; null if it is no reload. */
  #changed: Set<number> | null = null;
  #heard = -Infinity;
  #closing = false;
  readonly #loading = new LoadDiagnosis();
  #retryMs = RETRY_MS;
  #retryAt = 0;

  constructor(options: LifecycleOptions, items: ItemHolder) {
    this.#options = options;
    this.#items = items;
    this.#limit = new LineLimit(options.log);
    options.source.onNews = () => void (this.news = true);
  }

  /** The process that has what is in hand. */
  get working(): ModuleProcess | null {
    return this.#working;
  }

  /** The process that can be given items; null while another one is about to take over. */
  get ready(): ModuleProcess | null {
    return this.#next?.state === "ready" ? null : this.#working;
  }

  /** False if there is nothing that could be loaded: everything passes. */
  get able(): boolean {
    return this.#options.modules.some(({ loadable }) => loadable);
  }

  /** True if more of a process may be read: an answer stays where it is until it is taken. */
  reads(process: ModuleProcess): boolean {
    return process !== this.#working || this.#items.idle || this.#items.settled;
  }

  /** Takes in all that there is to be known, and does what is due. */
  update(now: number): void {
    if (this.news || now - this.#heard >= BUSY_MS) this.#hear(now);
    for (let at = this.processes.length - 1; at >= 0; at--) {
      const process = this.processes[at]!;
      process.flush();
      this.#read(process, now);
      if (process === this.#working || process === this.#next) continue;
      if (process.torndown || now >= process.until) this.#dispose(process, "is replaced");
    }
    if (this.#next !== null) this.#tryNext(this.#next, now);
    const wanted = this.#working === null || this.#changed !== null;
    if (wanted && this.#next === null && now >= this.#retryAt) this.#start(now);
    this.#limit.flush(now);
  }

  /** Milliseconds until {@linkcode update} has something to do, though nobody says anything. */
  timeout(now: number): number {
    if (this.processes.length > 1 || this.#next !== null) return BUSY_MS;
    return this.#working === null ? Math.max(1, this.#retryAt - now) : 1000;
  }

  /** Has the modules tear down, and ends the processes; takes `ms` at most. */
  close(ms: number): void {
    const end = performance.now() + ms;
    this.#closing = true;
    this.#working?.teardown();
    const leaves = (one: ModuleProcess) => one.leaving && !one.torndown && !one.silent;
    for (let now = performance.now(); now < end; now = performance.now()) {
      const leaving = this.processes.filter(leaves);
      if (leaving.length === 0) break;
      // What one says while another one is waited for is taken soon enough.
      leaving[0]!.wait(Math.min(end - now, BUSY_MS));
      for (const one of leaving) one.readable = true;
      this.update(performance.now());
    }
    for (const one of this.processes) this.#dispose(one, "is not needed any more");
  }

  /** Ends a process, and says whose teardown keeps it from that. */
  #dispose(process: ModuleProcess, verdict: string): void {
    const { leaving, torndown, progress, how } = process;
    const late = leaving && !torndown && process.verdict === null && how === null;
    const module = late && progress !== null ? this.#options.modules[progress.module] : undefined;
    if (module !== undefined) {
      this.#options.log.error(
        `${titleOf(this.#options.kind, module)}: its teardown did not end, and was stopped`,
      );
    }
    process.kill(verdict);
  }

  #hear(now: number): void {
    const { source } = this.#options;
    this.news = false;
    this.#heard = now;
    for (let news = source.news(); news !== null; news = source.news()) {
      const { id } = news;
      const process = this.processes.find((one) => one.id === id);
      if (news.what === "ended") {
        if (process !== undefined) process.how = news.how;
      } else if (process === undefined) news.socket.close();
      else process.started(news.socket);
    }
  }

  /** Takes what a process says, as far as it goes. */
  #read(process: ModuleProcess, now: number): void {
    for (let count = 0; count < FRAMES && (this.#closing || this.reads(process)); count++) {
      const frame = process.next();
      if (frame === null) return process.silent ? this.#ended(process, now) : undefined;
      this.#take(process, frame, now);
    }
  }

  #take(process: ModuleProcess, frame: Frame, now: number): void {
    const { kind, payload } = frame;
    const words = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const word = (at: number) => payload.length < at + 4 ? -1 : words.getInt32(at, true);
    switch (kind) {
      case FrameKind.log: {
        const title = titleOf(this.#options.kind, this.#options.modules[word(4)]);
        return this.#limit.write(now, word(0), title, payload.subarray(8));
      }
      case FrameKind.ready:
        if (process.state === "loading") return process.describe(payload, this.#options.kind);
        return process.accuse("ready twice");
      case FrameKind.changed:
        if (process === (this.#working ?? this.#next)) this.#reload(word(0), now);
        return;
      case FrameKind.farewell:
        process.ender = process.loads.has(word(0)) ? word(0) : -1;
        process.caller = word(4);
        return;
      case FrameKind.torndown:
        if (!process.leaving) return process.accuse("torn down, and nobody asked");
        process.torndown = true;
        return;
      case FrameKind.progress:
        process.progress = { chunk: word(0), item: word(4), module: word(8) };
        process.announced++;
        if (process === this.#next) process.until = now + this.#patience;
    }
    if (this.#closing) return; // what is in hand is nobody's any more
    try {
      if (process === this.#working) this.#items.frame(frame, now);
      else if (kind !== FrameKind.progress) process.accuse(`a frame of kind ${kind}`);
    } catch (error) {
      process.accuse(error instanceof Error ? error.message : String(error));
    }
  }

  // ---- loading ----

  get #patience(): number {
    return this.#options.init.setup + GRACE_MS;
  }

  #start(now: number): void {
    const { modules, source, init } = this.#options;
    const load = modules.map(({ path, loadable, name }) => ({ path, load: loadable, name }));
    const process = this.#next = new ModuleProcess(source, { ...init, modules: load });
    process.until = now + this.#patience;
    this.processes.push(process);
  }

  #tryNext(process: ModuleProcess, now: number): void {
    if (process.state === "ready") {
      if (this.#items.idle) this.#takeOver(process, now);
    } else if (now >= process.until) {
      process.kill(`it took more than ${this.#options.init.setup} ms to load and set up`);
    }
  }

  /** A process has said what its modules are. */
  #takeOver(process: ModuleProcess, now: number): void {
    const { modules, log, faults } = this.#options;
    const old = this.#working;
    const changed = this.#changed;
    this.#changed = this.#next = null;
    const bad = process.descriptions.filter((one) =>
      "problem" in one && modules[one.module]!.working
    );
    if (changed !== null && old !== null && bad.length > 0) {
      this.#dismiss(process, now);
      for (const one of bad) if ("problem" in one) faults.refuse(modules[one.module]!, one.problem);
      return;
    }
    this.#working = process;
    process.until = Infinity;
    this.#retryMs = RETRY_MS;
    this.#loading.succeeded();
    for (const one of process.descriptions) {
      if ("problem" in one) faults.fail(modules[one.module]!, one.problem);
      else modules[one.module]!.describe(one);
    }
    if (old !== null) this.#dismiss(old, now);
    const reloaded = modules.filter((one) => changed?.has(one.number) && one.working);
    if (reloaded.length > 0) {
      log.info(`Reloaded: ${reloaded.map(({ title }) => title).join(", ")}`);
    }
    this.begun = true;
    this.#items.changed();
  }

  #dismiss(process: ModuleProcess, now: number): void {
    process.until = now + TEARDOWN_MS;
    process.teardown();
  }

  #reload(mask: number, now: number): void {
    const { modules } = this.#options;
    const changed = modules.filter(({ number }) => (mask & 1 << number) !== 0);
    if (changed.length === 0) return;
    // Those that seemed to end processes may be used again: it may have been the old file of this one.
    for (const one of modules) if (one.dangerous || changed.includes(one)) one.renew();
    this.#changed = new Set([...this.#changed ?? [], ...changed.map(({ number }) => number)]);
    this.#restart(now); // what is being loaded may have read the old files
  }

  #restart(now: number): void {
    this.#next?.kill("is replaced");
    this.#start(now);
  }

  // ---- ends ----

  /** Nothing more comes of a process. */
  #ended(process: ModuleProcess, now: number): void {
    process.state = "ended";
    this.processes.splice(this.processes.indexOf(process), 1);
    if (process === this.#next) return this.#loadEnded(process, now);
    if (process !== this.#working) return;
    this.#working = null;
    if (this.#closing) return;
    this.#items.lost(process, now);
    const loads = this.#next?.loads;
    if (loads === undefined && !this.able) this.#retryLater(now); // it is for the files' sake
    else if (loads === undefined || [...loads].some((at) => !this.#options.modules[at]!.loadable)) {
      this.#restart(now);
    }
  }

  /** A process did not get as far as to say what its modules are. */
  #loadEnded(process: ModuleProcess, now: number): void {
    const { ender, progress, verdict, how, loads, cause } = process;
    const { modules, log, kind, faults } = this.#options;
    const old = this.#working;
    this.#next = null;
    const loading = progress !== null && loads.has(progress.module) ? progress.module : -1;
    const blamed = process.ran
      ? this.#loading.ended({ ender, loading, loads, late: verdict !== null })
      : null;
    const module = typeof blamed === "number" ? modules[blamed] : undefined;
    // The process before works with this version of the module, or it may be the kernel's doing.
    const isOutside = module !== undefined && ender >= 0 && ender !== loading &&
      old !== null && module.working && !this.#changed?.has(ender);
    const isKilled = module !== undefined && verdict === null && /by signal/.test(cause);
    if (isOutside) {
      faults.strike(module, `${cause}, outside of a call`, now);
      return this.#retryLater(now);
    }
    if (blamed === null || (isKilled && !module.strike(now))) {
      const what = cause.replace(/^it /, "");
      log.error(`The process of the ${kind.noun}s ${what}: it is started again`);
      return this.#retryLater(now);
    }
    const during = module !== undefined && blamed !== loading ? "others were" : "it was";
    const problem = verdict ?? `its process ${how} while ${during} loaded`;
    const reloads = this.#changed !== null && old !== null;
    const all = modules.filter(({ number }) =>
      loads.has(number) && (!reloads || this.#changed!.has(number))
    );
    const concerned = module === undefined ? all : [module];
    for (const one of concerned) {
      if (reloads && one.working) {
        this.#changed = null; // all go on as they are
        faults.refuse(one, problem);
      } else faults.fail(one, problem, true);
    }
    if (concerned.length === 0) this.#retryLater(now);
  }

  #retryLater(now: number): void {
    this.#retryAt = now + this.#retryMs;
    this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
  }
}
