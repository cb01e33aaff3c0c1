/** Loads operators' modules and checks what they are. @module */
import type { ModuleLog, SetupContext } from "../../sdk/event_filter.ts";
import { checkNames } from "../../sdk/check.ts";
import { ModuleError } from "./report.ts";

interface Settable {
  readonly name: string;
  setup?(ctx: SetupContext): void | Promise<void>;
}

/**
 * Loads a module and sets it up.
 *
 * @param check says what it is
 * @param taken names that are in use: they must be told apart
 * @param ms how long it may take
 * @throws {Error} saying where and why it cannot be used
 */
export function loadModule<M extends Settable>(
  load: () => Promise<unknown>,
  check: (value: unknown) => M,
  log: ModuleLog,
  taken: ReadonlySet<string>,
  ms: number,
): Promise<M> {
  return within(ms, "load and set up", async () => {
    const module = check((await load() as { default?: unknown }).default);
    checkNames([...[...taken].map((name) => ({ name })), module]);
    await module.setup?.({ log });
    return module;
  });
}

/** Runs something that may take so long and no longer. @throws {ModuleError} */
export async function within<T>(ms: number, what: string, run: () => Promise<T>): Promise<T> {
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
