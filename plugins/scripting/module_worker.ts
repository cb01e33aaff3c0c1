/** A worker with operators' modules, as the host sees it. @module */
import {
  Command,
  createMemory,
  type Description,
  JSON_FORMS,
  type JsonForm,
  MAX_MODULES,
  OUTPUT_BYTES,
  type SharedMemory,
  TALLIES,
  Word,
  type WorkerInit,
  WorkerState,
} from "./memory.ts";

/** What modules may do, as the configuration has it. */
export interface Permissions {
  readonly net: readonly string[];
  readonly read: readonly string[];
  readonly env: readonly string[];
}

/** What a worker is made from. */
export interface WorkerOptions {
  /** URL of the module that exports `runModules`. */
  readonly program: string;
  readonly modules: readonly { readonly module: number; readonly url: string }[];
  readonly permissions: Permissions;
  readonly init: Omit<WorkerInit, "memory">;
}

/** One worker, from its start to its end. */
export class ModuleWorker {
  readonly memory: SharedMemory = createMemory();
  /** The modules that it was told to load, by number. */
  readonly modules: ReadonlySet<number>;
  /** Why it could not even begin. */
  failure: string | null = null;
  readonly #worker: Worker;
  readonly #url: string;
  readonly #taken = new Float64Array(MAX_MODULES * TALLIES);
  #command = 0;
  #wake = 0;
  #open = true;

  /** Starts it. @throws {Deno.errors.NotCapable} if it is to have what the process has not */
  constructor({ program, modules, permissions, init }: WorkerOptions) {
    this.modules = new Set(modules.map(({ module }) => module));
    // Modules are loaded with the process's right to read files if their imports stand here; what
    // they then do is done with the worker's own.
    const loads = modules.map(({ module, url }) => {
      const quoted = JSON.stringify(url);
      return `{ module: ${module}, url: ${quoted}, load: () => import(${quoted}) }`;
    });
    const text = `import { runModules } from ${JSON.stringify(program)};\n` +
      `runModules([${loads.join(",\n")}]);\n`;
    this.#url = URL.createObjectURL(new Blob([text], { type: "application/javascript" }));
    this.#worker = new Worker(this.#url, {
      type: "module",
      name: "modules",
      deno: { permissions: granted(permissions) },
    });
    // What the modules say by messages is not heard.
    this.#worker.onerror = (event) => {
      event.preventDefault();
      this.failure ??= event.message;
    };
    this.#worker.postMessage({ ...init, memory: this.memory } satisfies WorkerInit);
  }

  #word(word: number): number {
    return Atomics.load(this.memory.control, word);
  }

  get state(): number {
    return this.#word(Word.state);
  }

  /** It has ended by itself, or never began. */
  get ended(): boolean {
    return this.failure !== null || this.state === WorkerState.ended;
  }

  /** It has done what it was told. */
  get done(): boolean {
    return this.#word(Word.done) === this.#command;
  }

  get paused(): boolean {
    return this.#word(Word.paused) === 1;
  }

  get full(): boolean {
    return this.#word(Word.full) === 1;
  }

  /** Raised whenever a module is called. */
  get calls(): number {
    return this.#word(Word.calls);
  }

  /** Raised while a module awaits something; one that never returns lets nothing raise it. */
  get turns(): number {
    return this.#word(Word.turns);
  }

  /** The module at work, counted from 0; -1 if none is. */
  get module(): number {
    const ended = this.state === WorkerState.ended;
    const module = this.#word(ended ? Word.ender : Word.module) - 1;
    return this.modules.has(module) ? module : -1;
  }

  /** How many items' results there are, since the last command. */
  get written(): number {
    return this.#word(Word.written);
  }

  /** What it says of its modules. */
  describe(): Description[] {
    const length = this.#word(Word.described);
    if (length < 0 || length > OUTPUT_BYTES) return [];
    try {
      // A copy: text is not decoded from shared memory everywhere.
      return JSON.parse(new TextDecoder().decode(this.memory.output.slice(0, length)));
    } catch {
      return [];
    }
  }

  /** Hands over the items that stand in its memory. */
  run(count: number, enabled: number, skipped: number, json: JsonForm): void {
    const { control } = this.memory;
    Atomics.store(control, Word.count, count);
    Atomics.store(control, Word.enabled, enabled);
    Atomics.store(control, Word.skipped, skipped);
    Atomics.store(control, Word.form, JSON_FORMS.indexOf(json));
    Atomics.store(control, Word.written, 0);
    this.#tell(Command.run);
  }

  /** Has it go on: its results are read. */
  resume(): void {
    Atomics.store(this.memory.control, Word.written, 0);
    this.#tell(Command.resume);
  }

  /** Has it tear down its modules. */
  teardown(): void {
    this.#tell(Command.teardown);
  }

  #tell(verb: number): void {
    const { control } = this.memory;
    Atomics.store(control, Word.verb, verb);
    this.#command = (this.#command + 1) | 0; // as the word has it, weeks later
    Atomics.store(control, Word.command, this.#command);
    Atomics.notify(control, Word.command);
  }

  /** Waits until it has something to say, `ms` at most. */
  wait(ms: number): void {
    Atomics.wait(this.memory.control, Word.wake, this.#wake, ms);
    this.#wake = this.#word(Word.wake);
  }

  /** What it has counted since the last time, of one module. */
  takeTallies(module: number): Float64Array {
    const from = module * TALLIES;
    const now = this.memory.tallies.slice(from, from + TALLIES);
    const taken = this.#taken.subarray(from, from + TALLIES);
    const grown = now.map((value, at) => Math.max(0, value - taken[at]!) || 0);
    taken.set(now);
    return grown;
  }

  /** Ends it, whatever it does. Idempotent. */
  terminate(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#worker.terminate();
    URL.revokeObjectURL(this.#url);
  }
}

function granted({ net, read, env }: Permissions): Deno.PermissionOptions {
  const some = (list: readonly string[]) => list.length > 0 ? [...list] : false;
  return {
    net: some(net),
    read: some(read),
    env: some(env),
    ffi: false,
    import: false,
    run: false,
    sys: false,
    write: false,
  };
}
