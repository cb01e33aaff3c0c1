/** What tests of filters and of hooks have in common. @module */
import type { Calls } from "./chain.ts";
import type { ModuleLog, SetupContext } from "./event_filter.ts";
import { moduleLog } from "./module_log.ts";

/** A line that a filter or a hook under test wrote to the log. */
export interface LoggedLine {
  /** How important it is. */
  readonly level: "error" | "warning" | "info" | "verbose";
  /** What it says. */
  readonly text: string;
}

interface Module {
  setup?(ctx: SetupContext): void | Promise<void>;
  teardown?(): void | Promise<void>;
}

/** Modules that are set up, and torn down in reverse order. */
export class TestModules implements AsyncDisposable {
  readonly lines: LoggedLine[] = [];
  readonly log: ModuleLog = moduleLog((level, text) => this.lines.push({ level, text }));
  readonly #ready: Module[] = [];
  #open = true;
  #last: Promise<unknown> = Promise.resolve();

  /** Those before one that can't be set up are torn down. @throws what its setup does */
  async setUp(modules: readonly Module[]): Promise<void> {
    try {
      for (const module of modules) {
        await module.setup?.({ log: this.log });
        this.#ready.push(module);
      }
    } catch (error) {
      await this[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Gives them something to do once all before is done, as the plugin does. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(() => {
      if (this.#open) return work();
      throw new TypeError("Cannot ask filters or hooks any more: they are torn down");
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** @throws the first error of a teardown, after all */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    const errors: unknown[] = [];
    for (const module of this.#ready.toReversed()) {
      try {
        await module.teardown?.();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}

/** Calls of which only the failures matter. */
export function failures(fail: (error: unknown) => void): Calls {
  return { begin() {}, end() {}, fail: (_module, error) => fail(error), pause: () => null };
}
