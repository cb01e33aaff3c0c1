/** Whether what a module exports is a filter or a hook: the same in the plugin and in tests. @module */
import { EVENT_NAMES, eventSelector } from "../janus/event_types.ts";
import { isObject } from "./chain.ts";
import type { AnyEventFilter } from "./event_filter.ts";
import type { TransportHook } from "./transport_hook.ts";

/** What a filter or a hook may be called. */
export const MODULE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;

/** A filter, if it is one. @throws {TypeError} saying what is wrong with it */
export function checkEventFilter(value: unknown): AnyEventFilter {
  const filter = checkModule(value, "an event filter", "defineEventFilter");
  if (filter["filter"] === undefined) {
    throw new TypeError(
      isHook(filter)
        ? `${filter.name} is a hook: see testHook, and hooks.modules`
        : `Cannot use ${filter.name} as an event filter: filter must be a function, not undefined`,
    );
  }
  const { events } = filter;
  const known = `one of ${EVENT_NAMES.join(", ")}`;
  const problem = `Cannot use the filter ${filter.name}:`;
  if (typeof events === "string" && eventSelector(events) !== undefined) {
    throw new TypeError(`${problem} its events must be a list: write [${shown(events)}]`);
  }
  if (!Array.isArray(events) || events.length === 0) {
    throw new TypeError(`${problem} its events must be a list of ${known}`);
  }
  for (const name of events) {
    if (typeof name === "string" && eventSelector(name) !== undefined) continue;
    throw new TypeError(`${problem} events has ${shown(name)}, which is not ${known}`);
  }
  return value as AnyEventFilter;
}

/** A hook, if it is one. @throws {TypeError} saying what is wrong with it */
export function checkTransportHook(value: unknown): TransportHook {
  const hook = checkModule(value, "a transport hook", "defineTransportHook");
  if (!isHook(hook)) {
    if (hook["filter"] !== undefined) {
      throw new TypeError(`${hook.name} is a filter: see testFilter, and filters.modules`);
    }
    throw new TypeError(`Cannot use the hook ${hook.name}: it has neither onRequest nor onReply`);
  }
  return value as TransportHook;
}

/** Names must be told apart, in the log and in `tweak`. @throws {TypeError} if one is there twice */
export function checkNames(modules: readonly { readonly name: string }[]): void {
  const taken = new Set<string>();
  for (const { name } of modules) {
    if (taken.has(name)) throw new TypeError(`Cannot use two modules with the name "${name}"`);
    taken.add(name);
  }
}

interface NamedModule {
  readonly name: string;
  readonly [key: string]: unknown;
}

function isHook(module: NamedModule): boolean {
  return module["onRequest"] !== undefined || module["onReply"] !== undefined;
}

const FUNCTIONS = ["filter", "setup", "teardown", "onRequest", "onReply"];

function checkModule(
  value: unknown,
  what: string,
  maker: string,
): NamedModule {
  if (!isObject(value)) {
    const expected = `the module's default export must be ${maker}({ ... })`;
    throw new TypeError(`Cannot use ${shown(value)} as ${what}: ${expected}`);
  }
  const object = value as { readonly name?: unknown; readonly [key: string]: unknown };
  if (typeof object.name !== "string" || !MODULE_NAME.test(object.name)) {
    const allowed = "up to 64 letters, digits and _ . -, the first a letter or digit";
    throw new TypeError(`Cannot use ${what} with the name ${shown(object.name)}: ${allowed}`);
  }
  for (const key of FUNCTIONS) {
    if (object[key] === undefined || typeof object[key] === "function") continue;
    throw new TypeError(
      `Cannot use ${object.name} as ${what}: ${key} must be a function, not ${shown(object[key])}`,
    );
  }
  return object as NamedModule;
}

function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
