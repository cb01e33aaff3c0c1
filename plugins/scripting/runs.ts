/** What runs of items are made of. @module */
import type { Log } from "../janus/log.ts";
import type { Crew } from "./crew.ts";
import type { JsonForm } from "./memory.ts";
import type { ModuleWorker } from "./module_worker.ts";
import type { OperatorModule } from "./modules.ts";

/** What items come in: the link's batch. */
export interface ItemRecords {
  /** Bytes of an item's JSON. */
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

/** What a runner is made from. */
export interface RunnerParts {
  readonly crew: Crew;
  readonly modules: readonly OperatorModule[];
  readonly counters: Float64Array;
  readonly log: Log;
  /** "filter" or "hook": what a module is, and what it is given. */
  readonly noun: string;
  readonly item: string;
  /** The group of the configuration. */
  readonly section: string;
  /** Milliseconds for one call. */
  readonly timeout: number;
  /** An item that a module fails at goes on without it; or else it is given up, as failed. */
  readonly pass: boolean;
  /** What becomes of such an item, in words. */
  readonly fate: string;
  /** What becomes of items without a module that is set aside, in words. */
  readonly aside: string;
  /** In MiB. */
  readonly maxHeap: number;
  /** True for a module that is switched off. */
  readonly isOff: (module: OperatorModule) => boolean;
  /** How JSON is written now. */
  readonly json: () => JsonForm;
  /** Ends the process at once. */
  readonly die: () => void;
  /** Has the process end in order, and another one take over; null where that would cost too much. */
  readonly renew: (() => void) | null;
  /** Told when what is known of the modules has changed. */
  readonly changed: () => void;
}

/** The run in hand. */
export interface Run {
  readonly records: ItemRecords;
  readonly indices: Uint32Array<ArrayBuffer>;
  /** Events whose results were gathered. */
  done: number;
  /** A module was stopped at one of its items, which must not be given to it again. */
  stopped: boolean;
  /** Modules, a bit each, that the item at `done` is not given to. */
  skipped: number;
  /** It is a single item, since the last process died at it or near it. */
  readonly careful: boolean;
  /** The worker that has it. */
  worker: ModuleWorker | null;
  /**
   * For how long (ms) the same call is under way, when it was looked at last, which one it is, and
   * what the process used when it was found to be slow.
   */
  stuck: number;
  looked: number;
  calls: number;
  /** The worker's count of turns when half of the time that a call may take was over. */
  turns: number;
  memory: number;
  begun: number;
}
