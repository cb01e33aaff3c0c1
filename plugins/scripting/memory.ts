/**
 * The memory that the host and a worker with operators' modules share: control words, what is handed
 * over, what came of it, log lines and counts. The host trusts nothing that it reads from there.
 *
 * @module
 */

/** Words of the control area. Who writes each is said; the other one only reads. */
export const Word = {
  /** Host: number of the command that is given; it is notified. */
  command: 0,
  /** Host: which command, see `Command`. */
  verb: 1,
  /** Worker: raised and notified whenever anything below has changed that the host waits for. */
  wake: 2,
  /** Worker: number of the last command that is done. */
  done: 3,
  /** Worker: see `WorkerState`. */
  state: 4,
  /** Worker: bytes of the description that it gives of its modules, in the output area. */
  described: 5,
  /** Worker: raised whenever a module is called. */
  calls: 6,
  /** Worker: the module that is at work, counted from 1; 0 if none is. */
  module: 7,
  /** Host: how many items are handed over. */
  count: 8,
  /** Host: the modules, a bit each, that are switched on. */
  enabled: 9,
  /** Host: the modules, a bit each, that the first item must not be given to. */
  skipped: 10,
  /** Worker: how many items' results stand in the output area, since the last command. */
  written: 11,
  /** Worker: 1 if the output area is full, and the items that are left wait for `resume`. */
  paused: 12,
  /** Log ring, running freely: bytes written by the worker, bytes read by the host, lines lost. */
  logHead: 13,
  logTail: 14,
  logLost: 15,
  /** Worker: the module that was at work when it ended by itself, from 1. */
  ender: 18,
  /** Host: how JSON is written, the place in `JSON_FORMS`. */
  form: 17,
  /** Worker: 1 if it wants to be replaced, as it holds too much memory. */
  full: 16,
  /** Worker: raised every few ms while a call awaits something, and its event loop turns. */
  turns: 19,
} as const;

export const CONTROL_WORDS = 32;

/** What the host may tell the worker. */
export const Command = { run: 1, resume: 2, teardown: 3 } as const;

/** How a worker does. */
export const WorkerState = {
  /** It loads its modules. */
  loading: 0,
  ready: 1,
  /** Its modules' teardown is done. */
  torndown: 2,
  /** It has ended by itself. */
  ended: 3,
} as const;

/** The largest item, and the most that one run may have, in bytes. */
export const INPUT_BYTES = 1 << 20;
/** What a worker can write without being read, and so the most that can come of one item. */
export const OUTPUT_BYTES = 4 << 20;
/** Items of one run, at most. */
export const MAX_ITEMS = 1024;
/** Modules of one plugin, at most: they have a bit each, and places in the counters. */
export const MAX_MODULES = 15;
export const LOG_BYTES = 1 << 16;

/** Counts that the worker keeps of each module. */
export const Tally = { given: 0, passed: 1, dropped: 2, errors: 3, microseconds: 4 } as const;
export const TALLIES = 5;

/** All of it; every part can be sent to a worker. */
export interface SharedMemory {
  readonly control: Int32Array<SharedArrayBuffer>;
  /** The items as one JSON array. */
  readonly input: Uint8Array<SharedArrayBuffer>;
  /** Where each item begins in it, and where the last one ends. */
  readonly offsets: Uint32Array<SharedArrayBuffer>;
  /**
   * For each item: its outcome; then, for each message, the lengths of topic and body, and both,
   * padded to 4 bytes.
   */
  readonly output: Uint8Array<SharedArrayBuffer>;
  readonly log: Uint8Array<SharedArrayBuffer>;
  readonly tallies: Float64Array<SharedArrayBuffer>;
}

/** Makes it. What is never written costs nothing. */
export function createMemory(): SharedMemory {
  return {
    control: new Int32Array(new SharedArrayBuffer(CONTROL_WORDS * 4)),
    input: new Uint8Array(new SharedArrayBuffer(INPUT_BYTES)),
    offsets: new Uint32Array(new SharedArrayBuffer((MAX_ITEMS + 1) * 4)),
    output: new Uint8Array(new SharedArrayBuffer(OUTPUT_BYTES)),
    log: new Uint8Array(new SharedArrayBuffer(LOG_BYTES)),
    tallies: new Float64Array(new SharedArrayBuffer(MAX_MODULES * TALLIES * 8)),
  };
}

/** What became of an item, where it is not the number of messages that it became. */
export const ItemOutcome = { unchanged: -1, failed: -2 } as const;

/** What became of a message that hooks have changed or stopped: stands for its topic. */
export const HookOutcome = { changed: "changed", refused: "refused", invalid: "invalid" } as const;

/** What a worker is told first. */
export interface WorkerInit {
  readonly memory: SharedMemory;
  readonly topics: boolean;
  readonly kind: ModuleKind;
  /** An item that a module fails at goes on without it; or else it is given up, as failed. */
  readonly pass: boolean;
  /** What becomes of such an item, in words. */
  readonly fate: string;
  /** Above so many bytes on JavaScript's heap it asks to be replaced. */
  readonly heap: number;
  /** How long (ms) a module may take to load and set up. */
  readonly setup: number;
}

/** What modules there are. */
export type ModuleKind = "filter" | "hook";

/** How JSON is written. */
export const JSON_FORMS = ["compact", "plain", "indented"] as const;
export type JsonForm = typeof JSON_FORMS[number];

/** What a worker says of a module once it is loaded, or that it is not. */
export type Description =
  | { readonly module: number; readonly name: string; readonly events: readonly string[] }
  | { readonly module: number; readonly problem: string };

/** Header of a line in the log ring: its bytes, level and module, as a 32-bit word each. */
export const LOG_HEADER = 12;

/** Rounds up to whole words. */
export function padded(length: number): number {
  return (length + 3) & ~3;
}
