/** Whose fault it was that the modules' process has ended. @module */
import type { Chunk } from "./batch.ts";
import type { OperatorModule } from "./operator_module.ts";
import type { Progress } from "./process.ts";

/** How long (ms) is waited after each call, where it is looked for whose fault it was: ever longer. */
const PAUSES = [2, 50, 250];
/** All pauses together take so long (ms) at most: items wait. */
const ALL_PAUSES_MS = 10_000;
/** A process may end so often in a row before it is known whose fault it is. */
const MAX_LOSSES = 10;
/** Without that for so long (ms), what was before does not count. */
const UNKNOWN_MS = 60_000;
/** Without an end for so long (ms), the module on trial was the one. */
const TRIAL_MS = 60_000;
/** Processes that may end in a row while they load, where nobody can tell for whom. */
const MAX_LOADS = 3;

/** What is known of the end. */
export interface Evidence {
  readonly now: number;
  /** The module that has ended the process outside of its calls, if the process has said so. */
  readonly ender: OperatorModule | undefined;
  /** What was in hand first; null if nothing was. */
  readonly chunk: Chunk | null;
  /** The number of the item in hand, in its batch. */
  readonly item: number;
  /** Calls that it takes to try all items in hand once more. */
  readonly calls: number;
  /**
   * True if only one item was in hand and we ended the process ourselves, for what it did with that item.
   * One that ends by itself may do so for an item before, as when it runs out of memory.
   */
  readonly alone: boolean;
  /** The call that was announced last, and how many were. */
  readonly progress: Progress | null;
  readonly announced: number;
  /** The modules that were at work. */
  readonly working: readonly OperatorModule[];
}

/** Which module has ended the process, as far as that is known. */
export type Finding =
  /** This one has, in a call or outside of one. */
  | { readonly what: "call" | "outside"; readonly module: OperatorModule }
  /** Nobody knows yet: what was in hand is to be tried again, one by one. */
  | { readonly what: "unknown" }
  /** Nobody knows: this one is to be left out, to see whether processes still end. */
  | { readonly what: "trial"; readonly module: OperatorModule }
  /** Each of them was left out once, and processes still ended. */
  | { readonly what: "hopeless"; readonly modules: readonly OperatorModule[] };

/** Remembers the ends whose cause is not known yet. */
export class Diagnosis {
  /** How long (ms) a process is to wait after each call, for timers and promises of that call to run. */
  pause = 0;
  readonly #trialMs: number;
  /** Ends in a row, and those of them without a suspect. */
  #losses = 0;
  #unknown = 0;
  #lastAt = -Infinity;
  #suspected: { readonly module: OperatorModule; readonly item: number } | null = null;
  /** The module that is left out, and those that were. */
  #trial: { readonly module: OperatorModule; readonly since: number } | null = null;
  readonly #tried = new Set<OperatorModule>();

  constructor(trialMs = TRIAL_MS) {
    this.#trialMs = trialMs;
  }

  /** Another batch: its items are other ones. */
  forget(): void {
    this.#suspected = null;
  }

  /** A process has ended. */
  ended(evidence: Evidence): Finding {
    const { now, ender } = evidence;
    const suspect = suspectOf(evidence);
    const guilty = suspect !== undefined && this.#isConfirmed(suspect, evidence);
    if (guilty || ender !== undefined) {
      this.#losses = this.pause = 0;
      this.#trial = null;
      this.#unknown = Math.max(0, this.#unknown - 1); // next time, the pause that was long enough comes first
      return ender === undefined
        ? { what: "call", module: suspect! }
        : { what: "outside", module: ender };
    }
    if (this.onTrial === null && now - this.#lastAt > UNKNOWN_MS) this.#forgive();
    this.#lastAt = now;
    this.#losses++;
    const usual = PAUSES[Math.min(this.#unknown, PAUSES.length - 1)]!;
    const most = Math.ceil(ALL_PAUSES_MS / Math.max(1, evidence.calls));
    this.pause = suspect === undefined ? Math.min(usual, most) : otherThan(this.pause);
    if (suspect === undefined) this.#unknown++;
    const waits = this.onTrial === null && this.#unknown <= PAUSES.length;
    if ((waits || suspect !== undefined) && this.#losses < MAX_LOSSES) return { what: "unknown" };
    return this.#tryNext(evidence);
  }

  /** The module that is left out; not if its file has changed meanwhile. */
  get onTrial(): OperatorModule | null {
    const module = this.#trial?.module;
    return module?.disabled ? module : null;
  }

  /** The module that was left out for long enough: without it, no process has ended. */
  convicted(now: number): OperatorModule | null {
    const module = this.onTrial;
    if (module === null || now - this.#trial!.since < this.#trialMs) return null;
    this.#forgive();
    return module;
  }

  /** Puts the next module on trial: first the one that was called last, whose timers may still have run. */
  #tryNext({ now, progress, working }: Evidence): Finding {
    const last = this.onTrial;
    const untried = working.filter((module) => !this.#tried.has(module));
    const module = untried.find(({ number }) => number === progress?.module) ?? untried.at(-1);
    if (module === undefined) {
      this.#forgive();
      return { what: "hopeless", modules: last === null ? working : [...working, last] };
    }
    this.pause = 0; // whose call it was matters no more: the end of the process decides
    this.#tried.add(module);
    this.#trial = { module, since: now };
    return { what: "trial", module };
  }

  #forgive(): void {
    this.#unknown = this.#losses = 0;
    this.#trial = null;
    this.#tried.clear();
  }

  /**
   * Whether a suspect is guilty. A process that ends in a call may have been ended by an earlier call of
   * another module, through a timer. Not so if there is no other module, or was no earlier call; nor if two
   * processes in a row have ended in this call, though the pauses between calls were different.
   */
  #isConfirmed(module: OperatorModule, { item, working, announced }: Evidence): boolean {
    const before = this.#suspected;
    this.#suspected = { module, item };
    const again = before !== null && before.module === module && before.item === item;
    return again || working.length === 1 || announced === 1;
  }
}

/** Remembers processes that have ended before they said what their modules are. */
export class LoadDiagnosis {
  /** The module that was being loaded at the end before. */
  #before = -1;
  #unknown = 0;
  /** Modules that were found to be at fault: from then on each end while one is loading is its own. */
  readonly #blamed = new Set<number>();

  /** A process has loaded its modules. */
  succeeded(): void {
    this.#before = -1;
    this.#unknown = 0;
    this.#blamed.clear();
  }

  /**
   * A process has ended. The module that was being loaded is to blame if it was the first one, since
   * timers of those before it may have ended the process otherwise; or if it was the one twice in a row.
   * If it took too long, it is to blame at once, as items wait.
   *
   * @param ender the module that has ended it, as it says itself; -1 if unknown
   * @param loading the one that was being loaded; -1 if none was
   * @param late it was ended by us
   * @returns a module; null if nobody can tell: then, after a few in a row, `hopeless`
   */
  ended(
    { ender, loading, late, loads }: {
      readonly ender: number;
      readonly loading: number;
      readonly late: boolean;
      readonly loads: ReadonlySet<number>;
    },
  ): number | "hopeless" | null {
    if (ender >= 0) return ender;
    const [first] = loads;
    const again = loading === this.#before || this.#blamed.has(loading);
    const blamed = late || again || loading === first;
    this.#before = loading;
    if (blamed && loading >= 0) {
      this.#blamed.add(loading);
      return loading;
    }
    if (++this.#unknown < MAX_LOADS) return null;
    this.#unknown = 0;
    return "hopeless";
  }
}

/**
 * Twice the pause, or half of it. If another module's timer has ended the process in a suspect's call, then
 * with this pause it ends it in the call of somebody else.
 */
function otherThan(pause: number): number {
  return pause < 200 ? Math.max(2, 2 * pause) : pause / 2;
}

/** The module that was at work, as far as that is known. */
function suspectOf(
  { chunk, alone, progress, working }: Evidence,
): OperatorModule | undefined {
  if (chunk === null || (!chunk.careful && !alone)) return undefined;
  const said = progress?.chunk === chunk.number && progress.item === chunk.done
    ? working.find(({ number }) => number === progress.module)
    : undefined;
  return said ?? (working.length === 1 ? working[0] : undefined);
}
