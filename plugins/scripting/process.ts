/** One process with operators' modules, as the host sees it. @module */
import { encodeFrame } from "../companion/frames.ts";
import { CompanionProcess, type CompanionSource } from "../companion/process.ts";
import { readDescriptions } from "./descriptions.ts";
import type { Kind } from "./kinds.ts";
import { type CompanionInit, type Description, FrameKind, MAX_RESULT } from "./protocol.ts";

/** How a process does. */
export type ProcessState = "loading" | "ready" | "ended";

/** A call that it has announced. */
export interface Progress {
  readonly chunk: number;
  readonly item: number;
  readonly module: number;
}

/** A companion, and what it says of its modules. */
export class ModuleProcess extends CompanionProcess {
  /** The modules that it loads, by number. */
  readonly loads: ReadonlySet<number>;
  state: ProcessState = "loading";
  /** What it said of its modules. */
  descriptions: readonly Description[] = [];
  /** The call that it announced last; null if it is over, or there was none. */
  progress: Progress | null = null;
  /** How many calls it has announced. */
  announced = 0;
  /** The module that has ended it from inside, and the one at work then; -1 if unknown. */
  ender = -1;
  caller = -1;
  /** Its modules are to tear down, and have. */
  leaving = false;
  torndown = false;
  /** When (ms) whoever has started it has waited long enough. */
  until = Infinity;

  constructor(source: CompanionSource, init: CompanionInit) {
    super(source, encodeFrame(FrameKind.init, [], JSON.stringify(init)), MAX_RESULT);
    this.loads = new Set(init.modules.flatMap(({ load }, module) => load ? [module] : []));
  }

  /** It says what its modules are. */
  describe(payload: Uint8Array, kind: Kind): void {
    this.descriptions = readDescriptions(payload, this.loads, kind);
    this.state = "ready";
    this.progress = null;
  }

  /** Has its modules tear down; it ends then. */
  teardown(): void {
    this.leaving = true;
    this.progress = null; // from now on it tells of teardowns
    this.send(encodeFrame(FrameKind.teardown, []));
  }
}
