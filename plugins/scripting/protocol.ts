/**
 * What the host and the modules' process say to each other over sockets: frames, each its payload's
 * length and its kind, both 32 bits, little-endian. The host trusts nothing that it reads.
 *
 * @module
 */

/** Kinds of frames. */
export const FrameKind = {
  /** Host, first of all: what to load, as JSON (`CompanionInit`). */
  init: 1,
  /** Host: items, see `CHUNK`. */
  chunk: 2,
  /** Host: tear down and end. */
  teardown: 3,
  /** Host: nothing more comes for a while; let timers run. */
  idle: 4,
  /** Companion: what its modules are, as JSON (`Description[]`). */
  ready: 16,
  /** Companion: what became of items, see `RESULT`. */
  result: 17,
  /** Companion: a module is called; 32 bits each: number of the chunk, item in it, module. */
  progress: 18,
  /** Companion: a log line; 32 bits each: level and module (-1 for none); then text. */
  log: 19,
  /** Companion: modules whose files have changed, 32 bits, a bit each. */
  changed: 20,
  /** Companion: it is about to end by itself; 32 bits each: the module that wants it, that at work, or -1. */
  farewell: 21,
  /** Companion: its modules are torn down. */
  torndown: 22,
} as const;

/** The largest item, and the most that one chunk may have, in bytes. */
export const MAX_ITEM = 1 << 20;
/** The most that can come of one item, and the largest payload of a companion's frame, in bytes. */
export const MAX_RESULT = 4 << 20;
/** Items of one chunk, at most. */
export const MAX_CHUNK = 64;
/** Modules of one plugin, at most: they have a bit each, and places in the counters. */
export const MAX_MODULES = 15;
/** A log line's text, at most, in UTF-16 units. */
export const MAX_LINE = 2000;

/**
 * Places in the payload of a chunk, in bytes. Behind `offsets`, which has one more than there are items,
 * comes the text: the items as one JSON array, of which item i is from `offsets[i]` up to the byte
 * before `offsets[i + 1] - 1`.
 */
export const CHUNK = {
  number: 0,
  /**
   * 0, or 1 more than how long (ms) the process waits after each call, which it announces before: what a
   * module has left behind, such as a timer, is to show while the call counts as its.
   */
  careful: 4,
  /** Modules, a bit each, that are switched on. */
  enabled: 8,
  /** Modules that the first item must not be given to. */
  skipped: 12,
  /** How JSON is written: the place in `JSON_FORMS`. */
  form: 16,
  count: 20,
  offsets: 24,
  text: 24 + 4 * (MAX_CHUNK + 1),
} as const;

/**
 * Places in the payload of a result, in bytes. Then come the tallies: `Tally` for each of `modules`
 * modules, as 64-bit floats. Then, for each item, its outcome, 32 bits; and where that is a number of
 * messages, for each of them the bytes of its topic, those of its body, and both, padded to 32 bits.
 * Where a hook has changed or refused it: the refusal's code, or 0; the bytes of the text or reason,
 * and that, padded.
 */
export const RESULT = {
  /** Of the chunk. */
  number: 0,
  /** The first of these items, in the chunk. */
  first: 4,
  count: 8,
  modules: 12,
  tallies: 16,
} as const;

/** What is counted of each module since the last result. */
export const Tally = { given: 0, passed: 1, dropped: 2, errors: 3, microseconds: 4 } as const;
export const TALLIES = 5;

/** What became of an item, where it is not the number of messages that it became; the last three are hooks'. */
export const ItemOutcome = {
  unchanged: -1,
  failed: -2,
  invalid: -3,
  changed: -4,
  refused: -5,
} as const;

/** What modules there are. */
export type ModuleKind = "filter" | "hook";

/** How JSON is written. */
export const JSON_FORMS = ["compact", "plain", "indented"] as const;
export type JsonForm = typeof JSON_FORMS[number];

/** A module as the companion is told of it. */
export interface ModuleSource {
  /** Absolute. */
  readonly path: string;
  /** False: it is only watched, as it is disabled or would take the others down. */
  readonly load: boolean;
  /** What it was called when it was loaded last, or null: no other one may take that name. */
  readonly name: string | null;
}

/** What a companion is told first. */
export interface CompanionInit {
  readonly kind: ModuleKind;
  readonly modules: readonly ModuleSource[];
  readonly topics: boolean;
  /** An item that a module fails at goes on without it; or else it is given up, as failed. */
  readonly pass: boolean;
  /** What becomes of such an item, in words. */
  readonly fate: string;
  /** How long (ms) a module may take to load and set up. */
  readonly setup: number;
}

/** What a companion says of a module once it is loaded, or that it is not. */
export type Description =
  | { readonly module: number; readonly name: string; readonly events: readonly string[] }
  | { readonly module: number; readonly problem: string };
