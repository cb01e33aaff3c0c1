/** The modules of an engine: which are switched on, what they want, how they do. @module */
import { Count, placeOf } from "./counters.ts";
import type { Kind } from "./kinds.ts";
import { OperatorModule } from "./operator_module.ts";

/** What is told of one at most, in UTF-16 units: a process may name the same event often. */
const MAX_WORDS = 200;

/** Modules in their order. */
export class ModuleSet {
  readonly all: readonly OperatorModule[];
  /** Those that are switched on and at work, a bit each. */
  enabled = 0;
  /** False until it is known, for the first time, what they want. */
  known = false;
  readonly #kind: Kind;
  readonly #off: Set<string>;
  readonly #wanted = new Map<number, boolean>();

  /** @param off names of those that are switched off */
  constructor(
    kind: Kind,
    paths: readonly string[],
    counters: Float64Array,
    off: readonly string[] = [],
  ) {
    this.#kind = kind;
    this.#off = new Set(off);
    this.all = paths.map((path, number) => new OperatorModule(number, path, counters));
  }

  /** What is known of them has changed. */
  update(): void {
    this.#wanted.clear();
    this.enabled = this.all.reduce(
      (mask, one) => one.working && !this.#isOff(one) ? mask | 1 << one.number : mask,
      0,
    );
  }

  /** True if one of them wants such items (`Kind.wants`); before that is known, true. */
  wants(type: number, subtype: number): boolean {
    const key = type << 16 | subtype;
    let wanted = this.#wanted.get(key);
    if (wanted === undefined) {
      wanted = !this.known || this.all.some((module) =>
        (this.enabled & 1 << module.number) !== 0 &&
        module.wanted.some((one) => this.#kind.wants(one, type, subtype))
      );
      this.#wanted.set(key, wanted);
    }
    return wanted;
  }

  /** True if one that is switched on can't be asked. */
  get incomplete(): boolean {
    return this.all.some((module) => !module.working && !this.#isOff(module));
  }

  /** Switches some on and off by name; what is left out stays. */
  configure(modules: Readonly<Record<string, boolean>>): void {
    for (const [name, on] of Object.entries(modules)) {
      if (on) this.#off.delete(name);
      else this.#off.add(name);
    }
  }

  /** The names that {@linkcode configure} knows. */
  get names(): string[] {
    return this.all.flatMap(({ name }) => name ?? []);
  }

  /** What `info` tells; numbers are read where they are asked for. */
  status(): Record<string, unknown>[] {
    return this.all.map((module) => {
      const counter = (what: number) => ({ counter: placeOf(module.number, what) });
      const problem = module.failure ?? module.refused;
      return {
        name: module.name ?? "",
        module: module.path,
        state: this.#stateOf(module),
        ...(module.name === null ? {} : { gets: this.#getsOf(module) }),
        ...(problem === null ? {} : { problem: problem.slice(0, MAX_WORDS) }),
        events: counter(Count.events),
        passed: counter(Count.passed),
        dropped: counter(Count.dropped),
        errors: counter(Count.errors),
        timeouts: counter(Count.stopped),
        microseconds: counter(Count.microseconds),
      };
    });
  }

  /** Which are at work, in words; null if none is. */
  inWords(): string | null {
    const named = (on: boolean) =>
      this.all.filter((one) => one.working && this.#isOff(one) !== on)
        .map((one) => `${one.title} (${this.#getsOf(one)})`).join(", ");
    const [on, off] = [named(true), named(false)];
    if (on === "" && off === "") return null;
    return `${on === "" ? "none" : on}${off === "" ? "" : `; switched off: ${off}`}`;
  }

  #getsOf({ wanted }: OperatorModule): string {
    return this.#kind.inWords(wanted).slice(0, MAX_WORDS);
  }

  #stateOf(module: OperatorModule): string {
    if (module.disabled) return "disabled";
    if (module.failure !== null) return "failed";
    if (!module.working) return "loading";
    return this.#isOff(module) ? "off" : "on";
  }

  #isOff({ name }: OperatorModule): boolean {
    return name !== null && this.#off.has(name);
  }
}
