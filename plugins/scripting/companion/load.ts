/** Loads operators' modules and checks what they are. @module */
import { EVENT_NAMES, eventSelector } from "../../janus/event_types.ts";
import type { AnyEventFilter, ModuleLog, SetupContext } from "../../sdk/event_filter.ts";
import { checkTransportHook } from "../../sdk/check.ts";
import type { TransportHook } from "../../sdk/transport_hook.ts";
import { ModuleError } from "./report.ts";

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

interface Settable {
  setup?(ctx: SetupContext): void | Promise<void>;
}

/**
 * Loads a module and sets it up.
 *
 * @param check says what it is
 * @param taken names that are in use
 * @param ms how long it may take
 * @throws {Error} saying where and why it cannot be used
 */
export function loadModule<M extends Settable>(
  load: () => Promise<unknown>,
  check: (value: unknown, taken: ReadonlySet<string>) => M,
  log: ModuleLog,
  taken: ReadonlySet<string>,
  ms: number,
): Promise<M> {
  return within(ms, "load and set up", async () => {
    const module = check((await load() as { default?: unknown }).default, taken);
    await module.setup?.({ log });
    return module;
  });
}

/** Checks a default export. @throws {Error} */
export function checkHook(value: unknown, taken: ReadonlySet<string>): TransportHook {
  let hook: TransportHook;
  try {
    hook = checkTransportHook(value);
  } catch (error) {
    throw new ModuleError(error instanceof Error ? error.message : String(error));
  }
  if (taken.has(hook.name)) throw new ModuleError(`another hook has its name, "${hook.name}"`);
  return hook;
}

/** Checks a default export. @throws {ModuleError} */
export function checkFilter(value: unknown, taken: ReadonlySet<string>): AnyEventFilter {
  const made = "export default defineEventFilter({ ... })";
  if (typeof value !== "object" || value === null) {
    throw new ModuleError(`it has no filter as its default export: ${made}`);
  }
  const { name, events, filter, setup, teardown } = value as Record<string, unknown>;
  if (typeof name !== "string" || !NAME.test(name)) {
    const what = name === undefined ? "missing" : JSON.stringify(name);
    throw new ModuleError(
      `its name is ${what}: up to 64 letters, digits and _ . -, the first a letter or digit`,
    );
  }
  if (taken.has(name)) throw new ModuleError(`another filter has its name, "${name}"`);
  if (!Array.isArray(events) || events.length === 0) {
    throw new ModuleError(`${name}.events must be a list of the events that it wants`);
  }
  for (const event of events) checkEvent(name, event);
  if (typeof filter !== "function") throw new ModuleError(`${name}.filter must be a function`);
  for (const [key, hook] of Object.entries({ setup, teardown })) {
    if (hook !== undefined && typeof hook !== "function") {
      throw new ModuleError(`${name}.${key} must be a function`);
    }
  }
  return value as AnyEventFilter;
}

function checkEvent(filter: string, event: unknown): void {
  if (typeof event === "string" && eventSelector(event) !== undefined) return;
  const near = nearest(String(event));
  const hint = near === undefined ? `one of ${EVENT_NAMES.join(", ")}` : `did you mean "${near}"?`;
  throw new ModuleError(`${filter}.events: there is no event "${event}"; ${hint}`);
}

/** The event's name that differs least, if it is near enough. */
function nearest(text: string): string | undefined {
  const begun = EVENT_NAMES.find((name) => text.length > 2 && name.startsWith(text));
  if (begun !== undefined) return begun;
  const [best] = EVENT_NAMES.map((name) => ({ name, far: distance(text.toLowerCase(), name) }))
    .sort((one, other) => one.far - other.far);
  return best !== undefined && best.far <= Math.max(2, text.length / 3) ? best.name : undefined;
}

/** How many letters to put in, take out or change. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let i = 1; i <= one.length; i++) {
    const next = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = row[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, changed));
    }
    row = next;
  }
  return row[other.length]!;
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
