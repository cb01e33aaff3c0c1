/**
 * Event filters, which run in a worker: what the publisher sees of them. Hands runs of events over,
 * gathers what came of them, and whatever a filter does, gives an answer for each event.
 *
 * @module
 */
import type { Log } from "../janus/log.ts";
import { Count, Note, placeOf } from "./counters.ts";
import { Crew } from "./crew.ts";
import {
  INPUT_BYTES,
  ItemOutcome,
  type JsonForm,
  MAX_ITEMS,
  MAX_MODULES,
  type SharedMemory,
} from "./memory.ts";
import type { ModuleWorker, Permissions } from "./module_worker.ts";
import { MAX_STRIKES, OperatorModule } from "./modules.ts";
import { absolute } from "./paths.ts";
import { Results } from "./results.ts";

/** Events of one run have so many bytes at most, unless it is only one. */
const RUN_BYTES = 1 << 18;
/** How long (ms) one look at the worker lasts. */
const SLICE_MS = 5;
const SETUP_MS = 10_000;
/** A call that lasts longer (ms) has its memory watched. */
const SLOW_MS = 20;
/** How much of `runtime.max_heap` one call may take on top of what was used before. */
const CALL_SHARE = 0.35;
/** Between calls, modules may hold so much of it. */
const HOLD_SHARE = 0.5;

/** The records that events come in: the link's batch. */
export interface EventRecords {
  /** Bytes of an event's JSON. */
  textLength(index: number): number;
  sequence(index: number): number;
  /** Writes texts as one JSON array, and where each begins. @returns how many fit */
  pack(
    indices: Uint32Array<ArrayBuffer>,
    count: number,
    target: Uint8Array<ArrayBuffer>,
    capacity: number,
    offsets: Uint32Array<ArrayBuffer>,
  ): number;
}

/** What the engine is made from. */
export interface EngineOptions {
  /** URL of the module that exports `runModules`. */
  readonly program: string;
  /** Paths that are not absolute are below it. */
  readonly folder: string;
  readonly config: {
    readonly modules: readonly string[];
    readonly timeout: number;
    readonly on_error: "pass" | "drop";
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
  /** Names of filters that are switched off from the start. */
  readonly off?: readonly string[];
  /** How long (ms) a filter may take to load and set up, if not 10 s. */
  readonly setup?: number;
  /** Told when `status` has changed. */
  readonly changed: () => void;
}

/** The run in hand. */
interface Run {
  readonly records: EventRecords;
  readonly indices: Uint32Array<ArrayBuffer>;
  /** Events whose results were gathered. */
  done: number;
  /** Modules, a bit each, that the event at `done` is not given to. */
  skipped: number;
  /** It is a single event, since the last process died at it or near it. */
  readonly careful: boolean;
  /** The worker that has it. */
  worker: ModuleWorker | null;
  /** Since when (ms) the same call is under way, which one, and what the process used then. */
  since: number;
  calls: number;
  memory: number;
  begun: number;
}

/** The filters, as `EventFiltering` in `plugins/events/filtering.ts` has them. */
export class FilterEngine {
  readonly #options: EngineOptions;
  readonly #modules: readonly OperatorModule[];
  readonly #crew: Crew;
  readonly #results = new Results();
  // C writes here: what threads share is filled from it.
  readonly #packed = new Uint8Array(new ArrayBuffer(INPUT_BYTES));
  readonly #offsets = new Uint32Array(new ArrayBuffer((MAX_ITEMS + 1) * 4));
  readonly #off: Set<string>;
  /** How JSON is written. */
  json: JsonForm;
  readonly #wanted = new Map<number, boolean>();
  #run: Run | null = null;
  /** Until this record events are handled one by one: the last process died at one of them. */
  #careful: number;
  /** The event that two processes in a row died at, and the module. */
  #poison = { module: -1, sequence: -1 };
  /** How often in a row a worker was lost, and it is not known why. */
  #lost = 0;
  #made = false;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#off = new Set(options.off);
    this.json = options.json;
    const { config, counters, folder, log } = options;
    const paths = [...new Set(config.modules.map((path) => absolute(path, folder)))];
    if (paths.length > MAX_MODULES) {
      log.error(`Only the first ${MAX_MODULES} of ${paths.length} filters.modules are used`);
    }
    this.#modules = paths.slice(0, MAX_MODULES)
      .map((path, number) => new OperatorModule(number, path, counters));
    this.#crew = new Crew({
      modules: this.#modules,
      readable: config.permissions.read,
      worker: {
        program: options.program,
        permissions: config.permissions,
        init: {
          topics: options.topics,
          onError: config.on_error,
          setup: options.setup ?? SETUP_MS,
          heap: options.maxHeap * HOLD_SHARE * 1024 * 1024,
        },
      },
      counters,
      log,
      noun: "filter",
      changed: () => this.#changed(),
    });
    this.#careful = this.#inquest();
    this.#crew.tend(performance.now(), true);
    this.#made = true;
  }

  /** What happened to the process before this one. @returns the last record of its run */
  #inquest(): number {
    const { counters } = this.#options;
    if (counters[Note.inHand] === 0) return -1;
    const number = counters[Note.module]! - 1;
    const sequence = counters[Note.sequence]!;
    const module = this.#modules[number];
    const again = counters[Note.diedSequence] === sequence &&
      counters[Note.diedModule] === number + 1;
    counters[Note.inHand] = 0;
    counters[Note.diedModule] = number + 1;
    counters[Note.diedSequence] = sequence;
    if (again) this.#poison = { module: number, sequence };
    if (module !== undefined) {
      this.#strike(module, "the process ended while it was at work: out of memory, most likely");
    }
    return counters[Note.last]!;
  }

  /** True if a filter wants such events; before that is known, true. */
  wants(type: number, subtype: number): boolean {
    const key = type << 16 | subtype;
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) {
      wanted = !this.#crew.begun ||
        this.#modules.some((module) =>
          module.working && !this.#isOff(module) && module.wants(type, subtype)
        );
      this.#wanted.set(key, wanted);
    }
    return wanted;
  }

  /** Takes events in hand. @returns how many, the first ones; at least 1 */
  begin(records: EventRecords, indices: readonly number[]): number {
    const careful = records.sequence(indices[0]!) <= this.#careful;
    const most = careful ? 1 : Math.min(indices.length, MAX_ITEMS);
    let count = 0;
    let bytes = 0;
    while (count < most) {
      bytes += records.textLength(indices[count]!) + 1;
      if (count > 0 && bytes > RUN_BYTES) break;
      count++;
    }
    const now = performance.now();
    this.#results.reset();
    const run: Run = this.#run = {
      ...{
        records,
        indices: Uint32Array.from(indices.slice(0, count)),
        careful,
        done: 0,
        skipped: 0,
      },
      ...{ worker: null, since: now, calls: 0, memory: 0, begun: now },
    };
    const { counters } = this.#options;
    counters[Note.module] = 0;
    counters[Note.sequence] = records.sequence(indices[0]!);
    counters[Note.last] = records.sequence(indices[count - 1]!);
    counters[Note.inHand] = 1;
    const { module, sequence } = this.#poison;
    if (counters[Note.sequence] === sequence) {
      if (module >= 0) this.#skip(run, module);
      else this.#giveUp(run); // nobody knows whose fault it is
    }
    this.#advance(run, now);
    return count;
  }

  /** Waits for what is in hand, `ms` at most. @returns true once it can be read */
  wait(ms: number): boolean {
    const run = this.#run;
    if (run === null) return true;
    for (let now = performance.now(), end = now + ms;; now = performance.now()) {
      this.#advance(run, now);
      if (this.#readable(run)) return true;
      if (now >= end) return false;
      const slice = Math.min(SLICE_MS, end - now);
      const worker = run.worker ?? this.#crew.loading;
      if (worker !== null) worker.wait(slice);
    }
  }

  /** The next event of the run. @returns how many messages it became, or an outcome */
  next(): number {
    const run = this.#run;
    if (run !== null && this.#results.items === 0) {
      // More than the memory takes: the rest of it is made while it is waited for.
      this.#results.reset();
      while (!this.wait(SLICE_MS));
    }
    const outcome = this.#results.next();
    if (run !== null && this.#results.items === 0 && run.done === run.indices.length) this.#end();
    return outcome;
  }

  /** The next message of that event: the fields below speak of it. */
  message(): void {
    this.#results.message();
  }

  get memory(): Uint8Array<SharedArrayBuffer> {
    return this.#results.memory;
  }
  get topicOffset(): number {
    return this.#results.topicOffset;
  }
  get topicLength(): number {
    return this.#results.topicLength;
  }
  get bodyOffset(): number {
    return this.#results.bodyOffset;
  }
  get bodyLength(): number {
    return this.#results.bodyLength;
  }

  /** Milliseconds until {@linkcode tick} has something to do. */
  timeout(): number {
    return this.#crew.timeout(performance.now());
  }

  /** What is due by time: changed files, log lines, the workers' own troubles. */
  tick(): void {
    const now = performance.now(); // the wall clock may be set
    const run = this.#run;
    if (run !== null) return this.#advance(run, now);
    if (this.#crew.current?.ended) {
      this.#stop(null, "ended the thread it runs on (Deno.exit?)", now);
    }
    this.#crew.tend(now, true);
  }

  /** Switches filters on and off by name; what is left out stays. */
  configure(filters: Readonly<Record<string, boolean>>): void {
    for (const [name, on] of Object.entries(filters)) {
      if (on) this.#off.delete(name);
      else this.#off.add(name);
    }
    this.#changed();
  }

  /** The names that {@linkcode configure} knows. */
  get names(): string[] {
    return this.#modules.flatMap(({ name }) => name ?? []);
  }

  /** What `info` tells of the filters; numbers are read where they are asked for. */
  status(): Record<string, unknown>[] {
    return this.#modules.map((module) => {
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

  /** Has the filters tear down; takes `ms` at most. */
  close(ms: number): void {
    this.#crew.close(ms);
  }

  #stateOf(module: OperatorModule): string {
    if (module.aside) return "set aside";
    if (module.failure !== null) return "failed";
    if (!module.working) return "loading";
    return this.#isOff(module) ? "off" : "on";
  }

  #isOff({ name }: OperatorModule): boolean {
    return name !== null && this.#off.has(name);
  }

  #changed(): void {
    this.#wanted.clear();
    if (this.#made) this.#options.changed();
  }

  /** True once all is gathered, or as much as the memory takes. */
  #readable(run: Run): boolean {
    return run.done === run.indices.length || !this.#results.roomy;
  }

  #end(): void {
    this.#run = null;
    this.#lost = 0;
    this.#options.counters[Note.inHand] = 0;
  }

  /** Does for the run what can be done now. */
  #advance(run: Run, now: number): void {
    const { worker } = run;
    if (worker === null) {
      this.#crew.tend(now, true);
      this.#handOver(run, now);
    } else if (worker.done) {
      this.#gather(run, now);
    } else if (worker.ended) {
      this.#stop(run, "ended the thread it runs on (Deno.exit?)", now);
    } else {
      this.#watch(run, worker, now);
      if (now - run.begun > SLOW_MS) this.#crew.tend(now, false);
    }
  }

  #handOver(run: Run, now: number): void {
    const worker = this.#crew.current;
    while (run.done < run.indices.length && this.#results.roomy) {
      if (worker === null) {
        if (this.#crew.able) return; // one is being loaded
        this.#results.add(ItemOutcome.unchanged);
        run.done++;
        continue;
      }
      const { records, indices, done, skipped } = run;
      const count = this.#pack(worker.memory, records, indices.slice(done));
      if (count === 0) {
        this.#tooLong(run);
        continue;
      }
      [run.worker, run.since, run.calls, run.memory] = [worker, now, worker.calls, 0];
      // Where one event is handled by itself, the next process must know whose fault it was.
      if (run.careful) this.#options.counters[Note.module] = (this.#only()?.number ?? -1) + 1;
      worker.run(count, this.#enabled(), skipped, this.json);
      return;
    }
  }

  #pack(memory: SharedMemory, records: EventRecords, indices: Uint32Array<ArrayBuffer>): number {
    const [packed, offsets] = [this.#packed, this.#offsets];
    const count = records.pack(indices, indices.length, packed, packed.length, offsets);
    memory.input.set(packed.subarray(0, offsets[count]));
    memory.offsets.set(offsets.subarray(0, count + 1));
    return count;
  }

  #enabled(): number {
    let mask = 0;
    for (const module of this.#modules) {
      if (module.working && !this.#isOff(module)) mask |= 1 << module.number;
    }
    return mask;
  }

  #tooLong(run: Run): void {
    const bytes = run.records.textLength(run.indices[run.done]!);
    this.#options.log.error(
      `An event of ${bytes} bytes is too long for the filters (${INPUT_BYTES}): it ${this.#fate}`,
    );
    this.#giveUp(run);
  }

  /** The worker has done what it was told: takes the results over. */
  #gather(run: Run, now: number): void {
    const worker = run.worker!;
    if (!this.#results.roomy) return; // they are read first
    const { written, paused } = worker;
    const left = run.indices.length - run.done;
    if (!this.#take(run, worker) || (!paused && written !== left) || (paused && written === 0)) {
      this.#stop(run, "has spoilt the memory that it shares", now);
      return;
    }
    this.#crew.count(worker);
    if (!paused) {
      run.worker = null;
      return;
    }
    run.since = now;
    worker.resume();
  }

  #take(run: Run, worker: ModuleWorker): boolean {
    const { written } = worker;
    if (written < 0 || written > run.indices.length - run.done) return false;
    if (!this.#results.take(worker.memory.output, written)) return false;
    if (written > 0) run.skipped = 0;
    run.done += written;
    return true;
  }

  /** Looks whether the worker gets on. */
  #watch(run: Run, worker: ModuleWorker, now: number): void {
    const { timeout } = this.#options.config;
    const { calls } = worker;
    if (run.careful || now - run.since >= SLOW_MS) this.#note(run, worker);
    if (calls !== run.calls) {
      [run.calls, run.since, run.memory] = [calls, now, 0];
    } else if (now - run.since >= timeout) {
      this.#stop(run, `did not return within ${timeout} ms (filters.timeout)`, now);
    } else if (now - run.since >= SLOW_MS) {
      const { rss } = Deno.memoryUsage();
      if (run.memory === 0) run.memory = rss;
      if (rss - run.memory > this.#options.maxHeap * CALL_SHARE * 1024 * 1024) {
        this.#stop(run, "takes too much memory (runtime.max_heap)", now);
      }
    }
  }

  /** For the next process, should this one die of it. */
  #note(run: Run, worker: ModuleWorker): void {
    const { counters } = this.#options;
    const at = Math.min(run.done + worker.written, run.indices.length - 1);
    if (worker.module >= 0) counters[Note.module] = worker.module + 1;
    counters[Note.sequence] = run.records.sequence(run.indices[at]!);
  }

  /** Ends the worker: a filter has to be stopped, or has taken it down. */
  #stop(run: Run | null, what: string, now: number): void {
    const worker = this.#crew.current;
    if (run !== null && worker !== null && run.worker === worker) {
      this.#take(run, worker); // what was done before is good
      run.worker = null;
    }
    const number = this.#crew.lose();
    const module = this.#modules[number] ?? this.#only();
    if (module !== undefined) {
      if (run !== null) module.count(Count.errors);
      this.#strike(module, run === null ? what : `${what}; the event ${this.#fate}`);
      if (run !== null && run.done < run.indices.length) this.#skip(run, module.number);
    } else {
      this.#options.log.error(`A filter, it is not known which, ${what}`);
      if (run !== null && run.done < run.indices.length) this.#giveUp(run);
      if (++this.#lost >= MAX_STRIKES) { for (const one of this.#modules) this.#strike(one, what); }
    }
    this.#crew.tend(now, true);
  }

  /** The only module that is at work, if it is only one. */
  #only(): OperatorModule | undefined {
    const working = this.#modules.filter((module) => module.working && !this.#isOff(module));
    return working.length === 1 ? working[0] : undefined;
  }

  /** The module has failed at the next event of the run. */
  #skip(run: Run, module: number): void {
    if (this.#options.config.on_error === "drop") this.#giveUp(run);
    else run.skipped |= 1 << module;
  }

  /** The next event of the run is not filtered. */
  #giveUp(run: Run): void {
    const drop = this.#options.config.on_error === "drop";
    this.#results.add(drop ? ItemOutcome.failed : ItemOutcome.unchanged);
    run.skipped = 0;
    run.done++;
  }

  get #fate(): string {
    return this.#options.config.on_error === "drop" ? "is dropped" : "passes without it";
  }

  #strike(module: OperatorModule, what: string): void {
    const { log } = this.#options;
    const title = `Filter ${module.title}`;
    if (module.strike(performance.now(), this.#crew.sources)) {
      log.error(
        `${title} ${what}. It was the third time in a row: it is set aside, and events go past it, until ${module.path} changes`,
      );
    } else log.error(`${title} ${what}. It is started again`);
    this.#changed();
  }
}
