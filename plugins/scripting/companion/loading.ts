/** Loads operators' modules, and has them tear down. @module */
import { checkNames } from "../../sdk/check.ts";
import type { ModuleLog } from "../../sdk/event_filter.ts";
import { toFileUrl } from "../paths.ts";
import type { CompanionInit, Description } from "../protocol.ts";
import { describe, ModuleError } from "./report.ts";
import type { Script, Scripts } from "./scripts.ts";
import { MAX_FILE, type Sources } from "./sources.ts";

/** All of them have so long (ms) to tear down: the host waits a little longer. */
const TEARDOWN_MS = 900;
/** What is said of a module that can't be loaded, in UTF-16 units. */
const MAX_PROBLEM = 1000;

/** Loads the modules in their order. */
export class Modules {
  readonly #init: CompanionInit;
  readonly #scripts: Scripts;
  readonly #sources: Sources;
  readonly #used = new Map<number, Script>();

  constructor(init: CompanionInit, scripts: Scripts, sources: Sources) {
    this.#init = init;
    this.#sources = sources;
    this.#scripts = scripts;
  }

  /** Loads one and sets it up. @returns what it is, or what is wrong with it */
  async load(module: number, log: ModuleLog): Promise<Description> {
    const { setup, modules } = this.#init;
    const { path } = modules[module]!;
    // No other one may take the name of one that was loaded before.
    const taken = new Set(modules.flatMap(({ name }, at) => at === module ? [] : name ?? []));
    for (const { name } of this.#used.values()) taken.add(name);
    try {
      const { script, wants, use } = await within(setup, "load and set up", async () => {
        if (!Deno.statSync(path).isFile) throw new TypeError(`${path} is no file`);
        const long = this.#sources.tooLong(module);
        if (long !== undefined) throw new RangeError(`${long} is longer than ${MAX_FILE} bytes`);
        const candidate = this.#scripts.check((await import(toFileUrl(path))).default);
        checkNames([...[...taken].map((name) => ({ name })), candidate.script]);
        await candidate.script.setup?.({ log });
        return candidate;
      });
      use(module, log);
      this.#used.set(module, script);
      return { module, name: script.name, events: [...wants] };
    } catch (error) {
      return { module, problem: describe(error).slice(0, MAX_PROBLEM) };
    }
  }

  /** Has them tear down, the last one first. @param next told of each, before its turn */
  async teardown(
    next: (module: number) => void,
    failed: (module: number, error: unknown) => void,
  ): Promise<void> {
    const end = performance.now() + TEARDOWN_MS;
    for (const [module, script] of [...this.#used].reverse()) {
      next(module);
      const ms = Math.max(1, Math.round(end - performance.now()));
      await within(ms, "tear down", async () => await script.teardown?.())
        .catch((error) => failed(module, error));
    }
  }
}

/** Runs something that may take so long and no longer. @throws {ModuleError} */
async function within<T>(ms: number, what: string, run: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ModuleError(`it took more than ${ms} ms to ${what}`)), ms);
  });
  try {
    return await Promise.race([run(), late]);
  } finally {
    clearTimeout(timer);
  }
}
