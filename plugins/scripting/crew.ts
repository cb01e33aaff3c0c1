/**
 * The processes: one at work, perhaps one that loads to replace it, and those that tear down. Starts
 * them, notices how they end, and sees to changed files.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { LineLimit } from "./line_limit.ts";
import type { OperatorModule } from "./modules.ts";
import { type CompanionSource, ModuleProcess } from "./process.ts";
import { type CompanionInit, type Description, type Frame, FrameKind } from "./protocol.ts";

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

/** What a crew is made from. */
export interface CrewParts {
  readonly modules: readonly OperatorModule[];
  readonly source: CompanionSource;
  readonly init: Omit<CompanionInit, "modules">;
  readonly log: Log;
  /** "filter" or "hook". */
  readonly noun: string;
  /** Told when what is known of the modules has changed. */
  readonly changed: () => void;
  /** The process at work has ended, or another one takes over from it. */
  readonly lost: (process: ModuleProcess, now: number) => void;
  /** A frame of the process at work that is about items. @returns false if it must wait */
  readonly item: (process: ModuleProcess, frame: Frame, now: number) => boolean;
  /** True while the process at work has items in hand. */
  readonly inHand: () => boolean;
  /** True if all that it has answered was taken. */
  readonly settled: () => boolean;
}

/** Sees to the processes. */
export class Crew {
  readonly #parts: CrewParts;
  /** The one that is given items; null while there is none that could be. */
  #current: ModuleProcess | null = null;
  #next: { readonly process: ModuleProcess; since: number } | null = null;
  readonly #retiring = new Map<ModuleProcess, number>();
  /** Frames that wait until what came before them was taken. */
  readonly #waiting = new Map<ModuleProcess, Frame>();
  /** The modules whose files have changed since `#current` was loaded; null if it is no reload. */
  #changed: Set<number> | null = null;
  #begun = false;
  #closing = false;
  #retryMs = RETRY_MS;
  #retryAt = 0;
  readonly #limit: LineLimit;

  constructor(parts: CrewParts) {
    this.#parts = parts;
    this.#limit = new LineLimit(parts.log);
  }

  /** The process that has what is in hand. */
  get holder(): ModuleProcess | null {
    return this.#current;
  }

  /** The process that can be given items; null while another one is about to take over. */
  get current(): ModuleProcess | null {
    return this.#next?.process.state === "ready" ? null : this.#current;
  }

  /** False until it is known, for the first time, what the modules want. */
  get begun(): boolean {
    return this.#begun;
  }

  /** False if there is nothing that could be loaded: everything passes. */
  get able(): boolean {
    return this.#parts.modules.some(({ loadable }) => loadable);
  }

  /** All that there are. */
  get processes(): ModuleProcess[] {
    return [
      ...(this.#current === null ? [] : [this.#current]),
      ...(this.#next === null ? [] : [this.#next.process]),
      ...this.#retiring.keys(),
    ];
  }

  /** True if a process has said something that is to be taken before anything else of it. */
  waits(process: ModuleProcess): boolean {
    return this.#waiting.has(process);
  }

  /** What messages call a module, or all of them. */
  title(module?: OperatorModule): string {
    const { noun } = this.#parts;
    const capital = noun[0]!.toUpperCase() + noun.slice(1);
    return module === undefined ? `${capital}s` : `${capital} ${module.title}`;
  }

  /** Takes in all that there is to be known, and does what is due. */
  tend(now: number): void {
    this.#hear();
    for (const process of this.processes) {
      process.flush();
      this.#read(process, now);
    }
    if (this.#next !== null) this.#tendNext(this.#next, now);
    const wanted = this.#current === null || this.#changed !== null;
    if (wanted && this.#next === null && now >= this.#retryAt) this.#start(now);
    for (const [process, until] of this.#retiring) {
      if (process.torndown || now >= until) process.kill("is replaced");
    }
    this.#limit.flush(now);
  }

  /** Milliseconds until {@linkcode tend} has something to do, though nobody says anything. */
  timeout(now: number): number {
    if (this.#next !== null || this.#retiring.size > 0) return BUSY_MS;
    return this.#current === null ? Math.max(1, this.#retryAt - now) : 1000;
  }

  /** Has the modules tear down, and ends the processes; takes `ms` at most. */
  close(ms: number): void {
    const end = performance.now() + ms;
    const process = this.#current;
    this.#closing = true;
    process?.teardown();
    while (process !== null && !process.torndown && !process.silent) {
      const now = performance.now();
      if (now >= end) break;
      process.wait(end - now);
      this.tend(performance.now());
    }
    for (const one of this.processes) one.kill("is not needed any more");
  }

  #hear(): void {
    for (let news = this.#parts.source.news(); news !== null; news = this.#parts.source.news()) {
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
    for (let count = 0; count < FRAMES; count++) {
      const frame = this.#waiting.get(process) ?? process.next();
      if (frame === null) break;
      this.#waiting.delete(process);
      if (!this.#take(process, frame, now)) {
        this.#waiting.set(process, frame);
        return;
      }
    }
    if (!process.silent) return;
    const free = this.#parts.settled() || !this.#parts.inHand();
    if (process !== this.#current || free) this.#ended(process, now);
  }

  /** @returns false if the frame must wait */
  #take(process: ModuleProcess, frame: Frame, now: number): boolean {
    const { kind, payload } = frame;
    const words = new DataView(payload.buffer, payload.byteOffset, payload.length);
    const word = (at: number) => payload.length < at + 4 ? -1 : words.getInt32(at, true);
    switch (kind) {
      case FrameKind.log:
        this.#limit.write(
          now,
          word(0),
          this.title(this.#parts.modules[word(4)]),
          payload.subarray(8),
        );
        return true;
      case FrameKind.ready:
        if (process.state === "loading") process.describe(payload);
        else process.accuse("ready twice");
        return true;
      case FrameKind.changed:
        if (process === (this.#current ?? this.#next?.process)) this.#reload(word(0), now);
        return true;
      case FrameKind.farewell:
        process.ender = process.loads.has(word(0)) ? word(0) : -1;
        return true;
      case FrameKind.torndown:
        process.torndown = true;
        return true;
      case FrameKind.progress:
        process.progress = { run: word(0), item: word(4), module: word(8) };
        process.announced++;
        if (this.#next?.process === process) this.#next.since = now;
    }
    if (this.#closing) return true; // what is in hand is nobody's any more
    if (process === this.#current) return this.#parts.item(process, frame, now);
    if (kind !== FrameKind.progress) process.accuse(`a frame of kind ${kind}`);
    return true;
  }

  // ---- loading ----

  #start(now: number): void {
    const { modules, source, init } = this.#parts;
    const process = new ModuleProcess(source, {
      ...init,
      modules: modules.map(({ path, loadable, name }) => ({ path, load: loadable, name })),
    });
    this.#next = { process, since: now };
  }

  #tendNext(next: { readonly process: ModuleProcess; since: number }, now: number): void {
    const { process, since } = next;
    if (process.state === "ready") {
      if (!this.#parts.inHand()) this.#takeOver(process, now);
    } else if (now - since > this.#parts.init.setup + GRACE_MS) {
      process.kill(`it took more than ${this.#parts.init.setup} ms to load and set up`);
    }
  }

  /** A process has said what its modules are. */
  #takeOver(process: ModuleProcess, now: number): void {
    const { modules } = this.#parts;
    const changed = this.#changed;
    const bad = process.descriptions.filter((one) =>
      "problem" in one && modules[one.module]!.working
    );
    this.#changed = this.#next = null;
    if (changed !== null && this.#current !== null && bad.length > 0) {
      this.#dismiss(process, now);
      for (const one of bad) if ("problem" in one) this.#refuse(one.module, one.problem);
      return;
    }
    const old = this.#current;
    this.#current = process;
    this.#retryMs = RETRY_MS;
    for (const one of process.descriptions) this.#describe(one);
    if (old !== null) {
      this.#dismiss(old, now);
      this.#parts.lost(old, now);
    }
    const reloaded = modules.filter((one) => changed?.has(one.number) && one.working);
    if (reloaded.length > 0) {
      this.#parts.log.info(`Reloaded: ${reloaded.map(({ title }) => title).join(", ")}`);
    }
    this.#begun = true;
    this.#parts.changed();
  }

  #dismiss(process: ModuleProcess, now: number): void {
    this.#retiring.set(process, now + TEARDOWN_MS);
    process.teardown();
  }

  #describe(one: Description): void {
    if ("problem" in one) this.#fail(one.module, one.problem);
    else this.#parts.modules[one.module]!.describe(one);
  }

  /** The new version of a module is no good: the old one goes on. */
  #refuse(number: number, problem: string): void {
    const module = this.#parts.modules[number]!;
    module.refused = problem;
    this.#parts.log.error(
      `${this.title(module)}: its new version is refused, the one before goes on: ${problem}`,
    );
    this.#parts.changed();
  }

  #fail(number: number, problem: string, dangerous = false): void {
    const module = this.#parts.modules[number]!;
    const said = module.failure === problem;
    module.dangerous = dangerous;
    module.describe({ module: number, problem });
    if (said) return;
    this.#parts.log.error(`${this.title(module)} is not used, until its file changes: ${problem}`);
    this.#parts.changed();
  }

  #reload(mask: number, now: number): void {
    const numbers = this.#parts.modules.map(({ number }) => number)
      .filter((number) => (mask & 1 << number) !== 0);
    if (numbers.length === 0) return;
    for (const number of numbers) this.#parts.modules[number]!.renew();
    this.#changed = new Set([...this.#changed ?? [], ...numbers]);
    // What is being loaded may have read the old files.
    const next = this.#next?.process;
    this.#next = null;
    if (next !== undefined) {
      this.#retiring.set(next, now);
      next.kill("is replaced");
    }
    this.#start(now);
  }

  // ---- ends ----

  /** Nothing more comes of a process. */
  #ended(process: ModuleProcess, now: number): void {
    process.state = "ended";
    this.#waiting.delete(process);
    if (this.#retiring.delete(process)) return;
    if (process === this.#next?.process) return this.#loadEnded(process, now);
    if (process !== this.#current) return;
    this.#current = null;
    if (this.#closing) return;
    this.#parts.lost(process, now);
    if (this.#next === null) this.#start(now);
  }

  /** A process did not get as far as to say what its modules are. */
  #loadEnded(process: ModuleProcess, now: number): void {
    const module = process.ender >= 0 ? process.ender : process.progress?.module ?? -1;
    const how = process.verdict ?? `its process ${process.how} while it was loaded`;
    const changed = this.#changed;
    this.#next = this.#changed = null;
    const guilty = process.loads.has(module) ? [module] : [];
    // No module has been called, or it may be somebody else's doing, such as the kernel's.
    const again = guilty.length === 0 ||
      (process.verdict === null && /by signal/.test(how) &&
        !this.#parts.modules[module]!.strike(now));
    if (again) {
      const what = guilty.length === 0 ? process.cause : how.replace(/^it(s process)? /, "");
      this.#parts.log.error(`The process of the ${this.#parts.noun}s ${what}: it is started again`);
      this.#retryAt = now + this.#retryMs;
      this.#retryMs = Math.min(2 * this.#retryMs, RETRY_MAX_MS);
      this.#changed = changed;
      return;
    }
    for (const one of guilty) {
      if (changed !== null && this.#current !== null) this.#refuse(one, how);
      else this.#fail(one, how, true);
    }
  }
}
