/** What follows for modules, and what is said, when their process ends. @module */
import type { Log } from "../janus/log.ts";
import type { Chunk } from "./batch.ts";
import { Diagnosis, type Finding } from "./diagnosis.ts";
import { type Fates, type Kind, titleOf } from "./kinds.ts";
import type { OperatorModule } from "./operator_module.ts";
import type { ModuleProcess } from "./process.ts";

/** What the process had in hand. */
export interface InHand {
  readonly chunk: Chunk | null;
  /** The number of its first item, in the batch, and how many there are. */
  readonly item: number;
  readonly items: number;
}

/** What faults are made from. */
export interface FaultsOptions {
  readonly kind: Kind;
  readonly fates: Fates;
  readonly modules: readonly OperatorModule[];
  readonly log: Log;
  /** How long (ms) a module is left out on trial, if not a minute. */
  readonly trial?: number | undefined;
  /** Told when what is known of a module has changed. */
  readonly changed: () => void;
}

/** Strikes modules, leaves them out, disables them. */
export class Faults {
  readonly #options: FaultsOptions;
  readonly #diagnosis: Diagnosis;

  constructor(options: FaultsOptions) {
    this.#options = options;
    this.#diagnosis = new Diagnosis(options.trial);
  }

  /** How long (ms) a process is to wait after each call. */
  get pause(): number {
    return this.#diagnosis.pause;
  }

  /** Another batch: its items are other ones. */
  forget(): void {
    this.#diagnosis.forget();
  }

  /** The process at work has ended. @returns whose fault it was, and so what becomes of what was in hand */
  ended(process: ModuleProcess, hand: InHand, now: number): Finding {
    const { modules, log, fates, kind: { noun, item, section } } = this.#options;
    const { progress, announced, cause, verdict } = process;
    // V8 and Deno end so where memory runs out.
    const memory = /signal (4|5|6|11) |code 133$/.test(cause);
    const how = memory ? `${cause} (out of memory, most likely: ${section}.max_memory)` : cause;
    const onTrial = this.#diagnosis.onTrial;
    const working = modules.filter(({ working }) => working);
    const finding = this.#diagnosis.ended({
      working,
      ...{ now, progress, announced, chunk: hand.chunk, item: hand.item },
      ender: modules[enderOf(process, hand.chunk === null)],
      alone: hand.items === 1 && verdict !== null,
      calls: hand.items * working.length,
    });
    if (finding.what === "call") {
      finding.module.countError();
      this.strike(finding.module, `${how}; ${fates.ended}`, now);
    } else if (finding.what === "outside") {
      this.strike(finding.module, `${how}, outside of a call`, now);
    } else if (hand.chunk === null) {
      log.error(`The process of the ${noun}s ${how}, outside of a call. It is started again`);
    } else {
      log.warning(
        `The process of the ${noun}s ${how}. A new one tries the ${hand.items} ${item}s in hand once more, one by one`,
      );
    }
    if (onTrial !== null && onTrial !== this.#diagnosis.onTrial && finding.what !== "hopeless") {
      onTrial.renew();
      this.#report(
        "info",
        onTrial,
        " is used again: without it, the process has ended all the same",
      );
    }
    if (finding.what === "trial") this.#leaveOut(finding);
    if (finding.what === "hopeless") this.#giveUp(finding);
    return finding;
  }

  /** The process had to be ended for a module. */
  strike(module: OperatorModule, what: string, now: number): void {
    const disabled = module.strike(now);
    const fate = disabled
      ? `It was the third time in a row: it is disabled, and ${this.#until(module)}`
      : "Its process is started again";
    this.#report("error", module, ` ${what}. ${fate}`);
  }

  /** The new version of a module is no good: the old one goes on. */
  refuse(module: OperatorModule, problem: string): void {
    module.refused = problem;
    this.#report(
      "error",
      module,
      `: its new version is refused, the one before goes on: ${problem}`,
    );
  }

  /** A module can't be used. @param dangerous trying again would end the others */
  fail(module: OperatorModule, problem: string, dangerous = false): void {
    const said = module.failure === problem;
    module.dangerous = dangerous;
    module.describe({ module: module.number, problem });
    if (!said) this.#report("error", module, ` is not used, until its file changes: ${problem}`);
  }

  /** What is due: whoever was left out for long enough stays so. */
  tick(now: number): void {
    const module = this.#diagnosis.convicted(now);
    if (module === null) return;
    const said = "is disabled: while it was left out, the process has not ended any more";
    this.#report("error", module, ` ${said}. So ${this.#until(module)}`);
  }

  #leaveOut({ module }: Finding & { readonly what: "trial" }): void {
    module.disable();
    const why = "as nobody can tell whose timers or promises end its process";
    const { disabled } = this.#options.fates;
    this.#report("warning", module, ` is left out on trial, ${why}. Meanwhile ${disabled}`);
  }

  #giveUp({ modules }: Finding & { readonly what: "hopeless" }): void {
    const why = "its process ends, whichever is left out";
    for (const module of modules) {
      module.disable();
      this.#report("error", module, ` is disabled, and ${this.#until(module)}: ${why}`);
    }
  }

  /** What becomes of items without a module, and until when. */
  #until({ path }: OperatorModule): string {
    return `${this.#options.fates.disabled}, until ${path} changes`;
  }

  #report(level: "error" | "warning" | "info", module: OperatorModule, what: string): void {
    this.#options.log[level](titleOf(this.#options.kind, module) + what);
    this.#options.changed();
  }
}

/** The module that has ended a process by itself, outside of its calls; -1 if unknown. */
function enderOf({ ender, caller, loads }: ModuleProcess, idle: boolean): number {
  if (ender >= 0 && (idle || ender !== caller)) return ender;
  return idle && loads.size === 1 ? [...loads][0]! : -1;
}
