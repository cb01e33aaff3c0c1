/**
 * Takes runs of items through the modules: hands them to the worker, gathers what came of them, and
 * whatever a module does, has an answer for each item.
 *
 * @module
 */
import { Count, Note } from "./counters.ts";
import { INPUT_BYTES, ItemOutcome, MAX_ITEMS, type SharedMemory } from "./memory.ts";
import type { ModuleWorker } from "./module_worker.ts";
import { MAX_STRIKES, type OperatorModule } from "./modules.ts";
import { Results } from "./results.ts";
import type { ItemRecords, Run, RunnerParts } from "./runs.ts";

/** Items of one run have so many bytes at most, unless it is only one. */
const RUN_BYTES = 1 << 18;
/** How long (ms) one look at the worker lasts. */
const SLICE_MS = 5;
/** As long (ms) as one look may count. */
const LOOK_MS = 20;
/** A call that lasts longer (ms) has its memory watched. */
const SLOW_MS = 20;
/** How much of `runtime.max_heap` one call may take on top of what was used before. */
const CALL_SHARE = 0.35;

/** One run at a time: {@linkcode begin}, {@linkcode wait}, then {@linkcode next} for each item. */
export class Runner {
  readonly results = new Results();
  readonly #parts: RunnerParts;
  // C writes here: what threads share is filled from it.
  readonly #packed = new Uint8Array(new ArrayBuffer(INPUT_BYTES));
  readonly #offsets = new Uint32Array(new ArrayBuffer((MAX_ITEMS + 1) * 4));
  #run: Run | null = null;
  /** Until this record items are handled one by one: the last process died at one of them. */
  readonly #careful: number;
  /** The item that two processes in a row died at, and the module. */
  #poison = { module: -1, sequence: -1 };
  /** How often in a row a worker was lost, and it is not known why. */
  #lost = 0;
  #renewing = false;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
    this.#careful = this.#inquest();
  }

  /** What happened to the process before this one. @returns the last record of its run */
  #inquest(): number {
    const { counters } = this.#parts;
    if (counters[Note.inHand] === 0) return -1;
    const number = counters[Note.module]! - 1;
    const sequence = counters[Note.sequence]!;
    const module = this.#parts.modules[number];
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

  /** Takes items in hand. @returns how many, the first ones; at least 1 */
  begin(records: ItemRecords, indices: readonly number[]): number {
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
    this.results.reset();
    const run: Run = this.#run = {
      ...{
        records,
        indices: Uint32Array.from(indices.slice(0, count)),
        careful,
        done: 0,
        skipped: 0,
        stopped: false,
      },
      ...{ worker: null, stuck: 0, looked: now, calls: 0, turns: 0, memory: 0, begun: now },
    };
    const { counters } = this.#parts;
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
      const worker = run.worker ?? this.#parts.crew.loading;
      if (worker !== null) worker.wait(slice);
    }
  }

  /** The next item of the run. @returns how many messages it became, or an outcome */
  next(): number {
    const run = this.#run;
    if (run !== null && this.results.items === 0) {
      // More than the memory takes: the rest of it is made while it is waited for.
      this.results.reset();
      while (!this.wait(SLICE_MS));
    }
    const outcome = this.results.next();
    if (run !== null && this.results.items === 0 && run.done === run.indices.length) this.#end();
    return outcome;
  }

  /** What is due by time. */
  tick(now: number): void {
    const run = this.#run;
    const { crew } = this.#parts;
    if (crew.spent) this.#renew();
    if (run !== null) return this.#advance(run, now);
    if (crew.current?.ended) this.#stop(null, "ended the thread it runs on (Deno.exit?)", now);
    crew.tend(now, true);
  }

  /** The process ends as it should: whatever is in hand is the next one's. */
  leave(): void {
    this.#parts.counters[Note.inHand] = 0;
  }

  #renew(): void {
    if (this.#renewing || (this.#run !== null && this.#run.stopped)) return;
    this.#renewing = true;
    const { log, renew } = this.#parts;
    const what = "one of its threads runs for ever, and cannot be ended alone";
    if (renew !== null) {
      log.warning(`The process is started anew: ${what}`);
      return renew();
    }
    log.error(
      `The process (pid ${Deno.pid}) keeps a core busy: ${what}. Kill it when clients may reconnect`,
    );
  }

  /** True once all is gathered, or as much as the memory takes. */
  #readable(run: Run): boolean {
    return run.done === run.indices.length || !this.results.roomy;
  }

  #end(): void {
    this.#run = null;
    this.#lost = 0;
    this.#parts.counters[Note.inHand] = 0;
  }

  /** Does for the run what can be done now. */
  #advance(run: Run, now: number): void {
    const { worker } = run;
    if (worker === null) {
      this.#parts.crew.tend(now, true);
      this.#handOver(run, now);
    } else if (worker.done) {
      this.#gather(run, now);
    } else if (worker.ended) {
      this.#stop(run, "ended the thread it runs on (Deno.exit?)", now);
    } else {
      this.#watch(run, worker, now);
      if (now - run.begun > SLOW_MS) this.#parts.crew.tend(now, false);
    }
  }

  #handOver(run: Run, now: number): void {
    const worker = this.#parts.crew.current;
    while (run.done < run.indices.length && this.results.roomy) {
      if (worker === null) {
        if (this.#parts.crew.able) return; // one is being loaded
        this.results.add(ItemOutcome.unchanged);
        run.done++;
        continue;
      }
      const { records, indices, done, skipped } = run;
      const count = this.#pack(worker.memory, records, indices.slice(done));
      if (count === 0) {
        this.#tooLong(run);
        continue;
      }
      [run.worker, run.stuck, run.calls, run.memory] = [worker, 0, worker.calls, 0];
      run.looked = now;
      // Where one item is handled by itself, the next process must know whose fault it was.
      if (run.careful) this.#parts.counters[Note.module] = (this.#only()?.number ?? -1) + 1;
      worker.run(count, this.#enabled(), skipped, this.#parts.json());
      return;
    }
  }

  #pack(memory: SharedMemory, records: ItemRecords, indices: Uint32Array<ArrayBuffer>): number {
    const [packed, offsets] = [this.#packed, this.#offsets];
    const count = records.pack(indices, indices.length, packed, packed.length, offsets);
    memory.input.set(packed.subarray(0, offsets[count]));
    memory.offsets.set(offsets.subarray(0, count + 1));
    return count;
  }

  #enabled(): number {
    let mask = 0;
    for (const module of this.#parts.modules) {
      if (module.working && !this.#parts.isOff(module)) mask |= 1 << module.number;
    }
    return mask;
  }

  #tooLong(run: Run): void {
    const { item, noun, fate } = this.#parts;
    const bytes = run.records.textLength(run.indices[run.done]!);
    this.#parts.log.error(
      `One ${item} of ${bytes} bytes is too long for the ${noun}s (${INPUT_BYTES}): ${fate}`,
    );
    this.#giveUp(run);
  }

  /** The worker has done what it was told: takes the results over. */
  #gather(run: Run, now: number): void {
    const worker = run.worker!;
    if (!this.results.roomy) return; // they are read first
    const { written, paused } = worker;
    const left = run.indices.length - run.done;
    if (!this.#take(run, worker) || (!paused && written !== left) || (paused && written === 0)) {
      this.#stop(run, "has spoilt the memory that it shares", now);
      return;
    }
    this.#parts.crew.count(worker);
    if (!paused) {
      run.worker = null;
      this.#parts.counters[Note.inHand] = 0; // whatever happens now is not their fault
      return;
    }
    [run.stuck, run.looked] = [0, now];
    worker.resume();
  }

  #take(run: Run, worker: ModuleWorker): boolean {
    const { written } = worker;
    if (written < 0 || written > run.indices.length - run.done) return false;
    if (!this.results.take(worker.memory.output, written)) return false;
    if (written > 0) run.skipped = 0;
    run.done += written;
    return true;
  }

  /** Looks whether the worker gets on. */
  #watch(run: Run, worker: ModuleWorker, now: number): void {
    const { timeout } = this.#parts;
    const { calls } = worker;
    // Where this thread gets no turn, the worker hardly has one: a busy machine is not its fault.
    run.stuck += Math.min(now - run.looked, LOOK_MS);
    run.looked = now;
    if (run.careful || run.stuck >= SLOW_MS) this.#note(run, worker);
    if (calls !== run.calls) {
      [run.calls, run.stuck, run.memory] = [calls, 0, 0];
    } else if (run.stuck < timeout / 2) {
      run.turns = worker.turns;
    }
    if (run.stuck >= timeout) {
      const what = `did not return within ${timeout} ms (${this.#parts.section}.timeout)`;
      this.#stop(run, what, now, worker.turns === run.turns);
    } else if (run.stuck >= SLOW_MS) {
      const { rss } = Deno.memoryUsage();
      if (run.memory === 0) run.memory = rss;
      if (rss - run.memory > this.#parts.maxHeap * CALL_SHARE * 1024 * 1024) {
        this.#outgrown(run, worker, now);
      }
    }
  }

  /**
   * A call takes too much memory. Deno gives a thread that it is to end two seconds, in which this one
   * could take gigabytes, or reach V8's limit: only the whole process can be ended in time.
   */
  #outgrown(run: Run, worker: ModuleWorker, now: number): void {
    const { counters, die } = this.#parts;
    this.#note(run, worker);
    // The next process need not try it again.
    counters[Note.diedModule] = counters[Note.module]!;
    counters[Note.diedSequence] = counters[Note.sequence]!;
    const module = this.#parts.modules[worker.module];
    const title = module?.title ?? "that is not known";
    this.#parts.log.error(
      `The ${this.#parts.noun} ${title} takes too much memory (runtime.max_heap) in one call: the process ends, and a new one starts`,
    );
    die();
    this.#stop(run, "took too much memory", now);
  }

  /** For the next process, should this one die of it. */
  #note(run: Run, worker: ModuleWorker): void {
    const { counters } = this.#parts;
    const at = Math.min(run.done + worker.written, run.indices.length - 1);
    if (worker.module >= 0) counters[Note.module] = worker.module + 1;
    counters[Note.sequence] = run.records.sequence(run.indices[at]!);
  }

  /** Ends the worker: a module has to be stopped, or has taken it down. */
  #stop(run: Run | null, what: string, now: number, stuck = false): void {
    const worker = this.#parts.crew.current;
    if (run !== null) run.stopped = true;
    if (run !== null && worker !== null && run.worker === worker) {
      this.#take(run, worker); // what was done before is good
      run.worker = null;
    }
    const number = this.#parts.crew.lose(stuck);
    const module = this.#parts.modules[number] ?? this.#only();
    if (module !== undefined) {
      if (run !== null) module.count(Count.errors);
      this.#strike(
        module,
        run === null ? what : `${what}; ${this.#parts.fate}`,
      );
      if (run !== null && run.done < run.indices.length) this.#skip(run, module.number);
    } else {
      this.#parts.log.error(`A ${this.#parts.noun}, it is not known which, ${what}`);
      if (run !== null && run.done < run.indices.length) this.#giveUp(run);
      if (++this.#lost >= MAX_STRIKES) {
        for (const one of this.#parts.modules) this.#strike(one, what);
      }
    }
    this.#parts.crew.tend(now, true);
  }

  /** The only module that is at work, if it is only one. */
  #only(): OperatorModule | undefined {
    const working = this.#parts.modules.filter((module) =>
      module.working && !this.#parts.isOff(module)
    );
    return working.length === 1 ? working[0] : undefined;
  }

  /** The module has failed at the next item of the run. */
  #skip(run: Run, module: number): void {
    if (!this.#parts.pass) this.#giveUp(run);
    else run.skipped |= 1 << module;
  }

  /** The next item of the run is given up. */
  #giveUp(run: Run): void {
    this.results.add(this.#parts.pass ? ItemOutcome.unchanged : ItemOutcome.failed);
    run.skipped = 0;
    run.done++;
  }

  #strike(module: OperatorModule, what: string): void {
    const { log, noun, aside } = this.#parts;
    const title = `${noun[0]!.toUpperCase()}${noun.slice(1)} ${module.title}`;
    if (module.strike(performance.now(), this.#parts.crew.sources)) {
      log.error(
        `${title} ${what}. It was the third time in a row: it is set aside, and ${aside}, until ${module.path} changes`,
      );
    } else log.error(`${title} ${what}. It is started again`);
    this.#parts.changed();
  }
}
