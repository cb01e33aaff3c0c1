/** Whose fault it was that the modules' process has ended. @module */
import type { Chunk } from "./batch.ts";
import type { OperatorModule } from "./modules.ts";
import type { Progress } from "./process.ts";

/** How long (ms) is waited after each call, where it is looked for whose fault it was: ever longer. */
const PAUSES = [2, 50, 250];
/** A process may end so often in a row before it is known whose fault it is. */
const MAX_LOSSES = 10;
/** Without that for so long (ms), what was before does not count. */
const UNKNOWN_MS = 60_000;

/** What is known of the end. */
export interface Evidence {
  readonly now: number;
  /** What was in hand first. */
  readonly chunk: Chunk;
  /** The number of the item in hand, in its batch. */
  readonly item: number;
  /** It was the only one, and it was us who ended the process: one that runs out of memory may have been filled before. */
  readonly alone: boolean;
  /** The call that was announced last, and how many were. */
  readonly progress: Progress | null;
  readonly announced: number;
  /** The modules that were at work. */
  readonly working: readonly OperatorModule[];
}

/**
 * Who it was; or else what was in hand is to be given to the next process, one by one, and without those
 * that are to be disabled after so many ends in a row.
 */
export type Finding =
  | { readonly guilty: OperatorModule }
  | { readonly disable: readonly OperatorModule[]; readonly losses: number };

/** Remembers the ends whose cause is not known yet. */
export class Diagnosis {
  /** How long (ms) a process is to wait after each call, which shows what the call has left behind. */
  pause = 0;
  /** Ends in a row, and those of them without a suspect. */
  #losses = 0;
  #unknown = 0;
  #lastAt = -Infinity;
  #suspected: { readonly module: OperatorModule; readonly item: number } | null = null;

  /** Another batch: its items are other ones. */
  forget(): void {
    this.#suspected = null;
  }

  /** A process has ended with something in hand. */
  ended(evidence: Evidence): Finding {
    const { now, progress, working } = evidence;
    const suspect = suspectOf(evidence);
    if (suspect !== undefined && this.#isConfirmed(suspect, evidence)) {
      this.#unknown = this.#losses = 0;
      return { guilty: suspect };
    }
    if (now - this.#lastAt > UNKNOWN_MS) this.#unknown = this.#losses = 0;
    this.#lastAt = now;
    this.#losses++;
    // A suspicion is looked into as it came up.
    if (suspect === undefined) {
      this.pause = PAUSES[Math.min(this.#unknown++, PAUSES.length - 1)]!;
    }
    const losses = this.#losses;
    if (this.#unknown <= PAUSES.length && losses < MAX_LOSSES) return { disable: [], losses };
    // Somebody's timers or promises: most likely of the one that was called last.
    const last = working.filter(({ number }) => number === progress?.module);
    this.#unknown = this.#losses = 0;
    return { disable: last.length > 0 ? last : working, losses };
  }

  /**
   * Another module may have left something behind: so it was the first call of all, or the same one has
   * ended two processes.
   */
  #isConfirmed(module: OperatorModule, { item, working, announced }: Evidence): boolean {
    const before = this.#suspected;
    this.#suspected = { module, item };
    const again = before !== null && before.module === module && before.item === item;
    return again || working.length === 1 || announced === 1;
  }
}

/** The module that was at work, as far as that is known. */
function suspectOf(
  { chunk, alone, progress, working }: Evidence,
): OperatorModule | undefined {
  if (!chunk.careful && !alone) return undefined;
  const said = progress?.chunk === chunk.number && progress.item === chunk.done
    ? working.find(({ number }) => number === progress.module)
    : undefined;
  return said ?? (working.length === 1 ? working[0] : undefined);
}
