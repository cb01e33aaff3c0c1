/**
 * The worker's side: loads operators' modules and gives them what the host hands over. It runs with
 * no permissions but those that the operator grants.
 *
 * @module
 */
import { setImmediate } from "node:timers";
import { eventSelector } from "../../janus/event_types.ts";
import { hasLongInteger, parseJson } from "../../janus/json.ts";
import { LogWriter } from "../log_ring.ts";
import {
  Command,
  type Description,
  ItemOutcome,
  JSON_FORMS,
  MAX_MODULES,
  OUTPUT_BYTES,
  type SharedMemory,
  Word,
  type WorkerInit,
  WorkerState,
} from "../memory.ts";
import { Chain, type ItemResult, type LoadedFilter } from "./chain.ts";
import { HookChain, type HookHead, type LoadedHook } from "./hook_chain.ts";
import { jsonWriter } from "./json_form.ts";
import { checkFilter, checkHook, loadModule, within } from "./load.ts";
import { OutputWriter } from "./output.ts";
import { describe, ErrorReport, moduleLog, redirectConsole } from "./report.ts";

/** How often (ms) a thread shows that it lives while a module awaits something. */
const TURN_MS = 5;
/** Timers and promises of modules have a turn so often (ms) at least. */
const YIELD_MS = 10;
/** After so long (ms) without work it waits without holding up timers; waking takes longer then. */
const IDLE_MS = 100;
const HEAP_MS = 1000;
const TEARDOWN_MS = 1000;
const WRITERS = JSON_FORMS.map(jsonWriter);

/** A module's number and how to load it: the imports must stand in the worker's own first module. */
export interface ModuleLoad {
  readonly module: number;
  readonly url: string;
  readonly load: () => Promise<unknown>;
}

/** Runs until it is ended. The first message to the worker is a `WorkerInit`. */
export function runModules(loads: readonly ModuleLoad[]): void {
  addEventListener("message", (event) => {
    const host = new Host((event as MessageEvent<WorkerInit>).data, loads);
    void host.run();
  }, { once: true });
}

/** Keeps the worker from ending while nothing is to be done. */
function stayAlive(): void {
  addEventListener("message", () => {});
}

class Host {
  readonly #init: WorkerInit;
  readonly #memory: SharedMemory;
  readonly #control: Int32Array<SharedArrayBuffer>;
  readonly #loads: readonly ModuleLoad[];
  readonly #writer: LogWriter;
  readonly #report: ErrorReport;
  readonly #output: OutputWriter;
  readonly #decoder = new TextDecoder();
  readonly #filters: LoadedFilter[] = [];
  readonly #hooks: LoadedHook[] = [];
  #chain!: Chain;
  #hookChain!: HookChain;
  #command = 0;
  #ended = false;
  #yielded = 0;
  #heapLooked = 0;
  #heavy = 0;

  constructor(init: WorkerInit, loads: readonly ModuleLoad[]) {
    this.#init = init;
    this.#memory = init.memory;
    this.#control = init.memory.control;
    this.#loads = loads;
    this.#writer = new LogWriter(init.memory);
    this.#report = new ErrorReport(this.#writer, init.fate);
    this.#output = new OutputWriter(init.memory);
  }

  async run(): Promise<void> {
    stayAlive();
    this.#guard();
    await this.#load();
    while (!this.#ended) {
      const verb = await this.#next();
      if (verb === Command.run) await this.#work();
      else if (verb === Command.teardown) return await this.#teardown();
      this.#done();
    }
  }

  /** Nothing that a module does may go unnoticed, or speak for us. */
  #guard(): void {
    const scope = globalThis as unknown as Record<string, unknown>;
    delete scope.postMessage;
    this.#disarm(scope.process as Record<string, unknown>, ["kill", "abort", "reallyExit"]);
    this.#disarm(Deno as unknown as Record<string, unknown>, ["kill"]);
    redirectConsole(this.#writer, () => this.#moduleAtWork());
    addEventListener("unload", () => {
      // What is called goes on for a while, but nothing that it does counts.
      this.#ended = true;
      Atomics.store(this.#control, Word.ender, this.#moduleAtWork() + 1);
      this.#state(WorkerState.ended);
    });
    addEventListener("unhandledrejection", (event) => {
      event.preventDefault();
      this.#late("a promise was rejected, and nobody took it", event.reason);
    });
    addEventListener("error", (event) => {
      event.preventDefault();
      this.#late("threw outside of a call", event.error);
    });
  }

  /** A process may always end itself, and with it would go all that is not a filter. */
  #disarm(owner: Record<string, unknown>, names: readonly string[]): void {
    for (const name of names) {
      const value = () => {
        throw new Deno.errors.NotCapable(`A filter may not call ${name}()`);
      };
      Object.defineProperty(owner, name, { value });
    }
  }

  #late(what: string, error: unknown): void {
    this.#report.late(this.#moduleIn(error instanceof Error ? error.stack : ""), what, error);
  }

  #moduleAtWork(): number {
    const module = Atomics.load(this.#control, Word.module) - 1;
    return module >= 0 ? module : this.#moduleIn(new Error().stack);
  }

  /** The module that a stack speaks of; the only one there is, if it speaks of none. */
  #moduleIn(stack = ""): number {
    const found = this.#loads.find(({ url }) => stack.includes(url));
    return found?.module ?? (this.#loads.length === 1 ? this.#loads[0]!.module : -1);
  }

  async #load(): Promise<void> {
    const descriptions: Description[] = [];
    const taken = new Set<string>();
    for (const { module, load } of this.#loads.slice(0, MAX_MODULES)) {
      Atomics.store(this.#control, Word.module, module + 1);
      Atomics.add(this.#control, Word.calls, 1);
      try {
        const { name, events } = await this.#loadOne(module, load, taken);
        taken.add(name);
        descriptions.push({ module, name, events });
      } catch (error) {
        descriptions.push({ module, problem: describe(error) });
      }
      if (this.#ended) return;
    }
    Atomics.store(this.#control, Word.module, 0);
    const { pass, topics } = this.#init;
    const failed = (module: number, error: unknown) => this.#report.failed(module, error);
    const shared = { memory: this.#memory, pass, failed };
    this.#chain = new Chain({ ...shared, filters: this.#filters, topics });
    this.#hookChain = new HookChain({ ...shared, hooks: this.#hooks });
    const text = new TextEncoder().encode(JSON.stringify(descriptions));
    this.#memory.output.set(text.subarray(0, this.#memory.output.length));
    Atomics.store(this.#control, Word.described, text.length);
    this.#state(WorkerState.ready);
  }

  async #loadOne(
    module: number,
    load: () => Promise<unknown>,
    taken: ReadonlySet<string>,
  ): Promise<{ name: string; events: readonly string[] }> {
    const log = moduleLog(this.#writer, module);
    const { kind, setup } = this.#init;
    if (kind === "hook") {
      const hook = await loadModule(load, checkHook, log, taken, setup);
      this.#hooks.push({ module, hook, log });
      const events = [
        ...(hook.onRequest === undefined ? [] : ["onRequest"]),
        ...(hook.onReply === undefined ? [] : ["onReply"]),
      ];
      return { name: hook.name, events };
    }
    const filter = await loadModule(load, checkFilter, log, taken, setup);
    const selectors = filter.events.map((name) => eventSelector(name)!);
    this.#filters.push({ module, filter, selectors, log });
    return filter;
  }

  #state(state: number): void {
    if (this.#ended && state !== WorkerState.ended) return;
    Atomics.store(this.#control, Word.state, state);
    this.#wake();
  }

  #wake(): void {
    Atomics.add(this.#control, Word.wake, 1);
    Atomics.notify(this.#control, Word.wake);
  }

  #done(): void {
    if (this.#ended) return;
    Atomics.store(this.#control, Word.done, this.#command);
    this.#wake();
  }

  /** Waits for the next command. Fast while they keep coming; else timers run as they are due. */
  async #next(): Promise<number> {
    const control = this.#control;
    const begun = performance.now();
    for (;;) {
      const now = performance.now();
      if (now - this.#yielded >= YIELD_MS) {
        await new Promise<void>((resolve) => setImmediate(resolve));
        this.#yielded = performance.now();
        this.#report.flush();
        this.#watchHeap(this.#yielded);
      }
      if (Atomics.load(control, Word.command) !== this.#command) break;
      if (now - begun < IDLE_MS) Atomics.wait(control, Word.command, this.#command, YIELD_MS);
      else {
        const waited = Atomics.waitAsync(control, Word.command, this.#command, 1000);
        if (waited.async) await waited.value;
      }
    }
    this.#command = Atomics.load(control, Word.command);
    return Atomics.load(control, Word.verb);
  }

  async #work(): Promise<void> {
    const count = Atomics.load(this.#control, Word.count);
    const enabled = Atomics.load(this.#control, Word.enabled);
    const skipped = Atomics.load(this.#control, Word.skipped);
    const hooks = this.#init.kind === "hook";
    const events = hooks ? null : this.#parseAll(count);
    this.#output.reset();
    const write = WRITERS[Atomics.load(this.#control, Word.form)] ?? WRITERS[0]!;
    this.#chain.write = this.#hookChain.write = write;
    for (let at = 0; at < count; at++) {
      const mask = at === 0 ? enabled & ~skipped : enabled;
      const result = hooks
        ? this.#takeMessage(at, mask)
        : this.#chain.take(events?.[at] ?? this.#parse(at), () => this.#parse(at), mask);
      const settled = result instanceof Promise ? await this.#turning(result) : result;
      if (this.#ended) return;
      if (!this.#output.write(settled)) await this.#pause(settled);
    }
  }

  /** Shows that the thread lives while something is awaited. */
  async #turning<T>(result: Promise<T>): Promise<T> {
    const timer = setInterval(() => Atomics.add(this.#control, Word.turns, 1), TURN_MS);
    try {
      return await result;
    } finally {
      clearInterval(timer);
    }
  }

  /** Lets the host read what there is, and goes on behind it. */
  async #pause(result: ItemResult): Promise<void> {
    if (Atomics.load(this.#control, Word.written) > 0) {
      Atomics.store(this.#control, Word.paused, 1);
      this.#done();
      await this.#next();
      Atomics.store(this.#control, Word.paused, 0);
      this.#output.reset();
      if (this.#output.write(result)) return;
    }
    const limit = `Cannot publish more than ${OUTPUT_BYTES} bytes for one ${
      this.#init.kind === "hook" ? "message" : "event"
    }`;
    const module = this.#loads.length === 1 ? this.#loads[0]!.module : -1;
    this.#report.failed(module, new RangeError(limit));
    this.#output.write(this.#init.pass ? ItemOutcome.unchanged : ItemOutcome.failed);
  }

  async #teardown(): Promise<void> {
    const all = [
      ...this.#filters.map(({ module, filter }) => ({ module, made: filter })),
      ...this.#hooks.map(({ module, hook }) => ({ module, made: hook })),
    ];
    for (const { module, made } of all.reverse()) {
      Atomics.store(this.#control, Word.module, module + 1);
      try {
        await within(TEARDOWN_MS, "tear down", async () => await made.teardown?.());
      } catch (error) {
        this.#report.late(module, "its teardown failed", error);
      }
    }
    this.#state(WorkerState.torndown);
  }

  /** What grows without end meets its limit here, rather than V8's, which ends the whole process. */
  #watchHeap(now: number): void {
    if (now - this.#heapLooked < HEAP_MS) return;
    this.#heapLooked = now;
    const { heapUsed, external } = Deno.memoryUsage();
    // Twice in a row: the first may be garbage.
    this.#heavy = heapUsed + external > this.#init.heap ? this.#heavy + 1 : 0;
    if (this.#heavy < 2) return;
    Atomics.store(this.#control, Word.full, 1);
    this.#wake();
  }

  /**
   * A message of a client's is parsed by itself: what it has in it must not be taken for a part of
   * another one.
   */
  #takeMessage(at: number, mask: number): Promise<ItemResult> {
    const text = this.#decoder.decode(this.#bytes(at));
    const end = text.indexOf("\n"); // there is none in the head
    const head: HookHead = JSON.parse(text.slice(0, end));
    return this.#hookChain.take(head, text.slice(end + 1), mask);
  }

  #bytes(at: number): Uint8Array {
    const { input, offsets } = this.#memory;
    return input.subarray(offsets[at]!, offsets[at + 1]! - 1);
  }

  /** All events at once, which is faster; null if they have to be parsed one by one. */
  #parseAll(count: number): object[] | null {
    const { input, offsets } = this.#memory;
    const text = this.#decoder.decode(input.subarray(0, offsets[count]!));
    // One event with a long id would make all of them slow.
    if (hasLongInteger(text)) return null;
    try {
      const events: unknown = JSON.parse(text);
      return Array.isArray(events) && events.length === count ? events : null;
    } catch {
      return null;
    }
  }

  #parse(at: number): object {
    try {
      return parseJson(this.#decoder.decode(this.#bytes(at))) as object;
    } catch {
      return {}; // no filter wants it
    }
  }
}
