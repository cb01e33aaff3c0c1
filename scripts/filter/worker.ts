/**
 * Runs filters for filter:try, in a Worker that has the permissions that the plugin would give. Its
 * first module imports this one, and the filters by fixed names: Deno reads such modules without
 * asking for the Worker's own permission.
 */
import { stripVTControlCharacters } from "node:util";
import { parseJson, stringifyJson } from "../../plugins/janus/json.ts";
import { applyFilter, type Passed } from "../../plugins/sdk/apply.ts";
import { checkEventFilter, checkNames } from "../../plugins/sdk/check.ts";
import type { AnyEventFilter, ModuleLog } from "../../plugins/sdk/event_filter.ts";
import { isWanted } from "../../plugins/sdk/test_filter.ts";
import type { LoggedLine } from "../../plugins/sdk/test_log.ts";
import type { FilterError, FilterOutcome, FromWorker, ToWorker } from "./messages.ts";

const scope = self as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: (event: MessageEvent<ToWorker>) => void;
};

/** Frames of these files say nothing about the filter. */
const OURS = ["plugins/sdk/apply.ts", "plugins/sdk/check.ts", "scripts/filter/worker.ts"]
  .map((path) => new URL(`../../${path}`, import.meta.url).href);

interface Loaded {
  readonly filter: AnyEventFilter;
  readonly log: ModuleLog;
}

/** Modules of filters, and what imports them, in order. */
export type Modules = readonly (readonly [
  url: string,
  get: () => Promise<{ readonly default?: unknown }>,
])[];

const chain: Loaded[] = [];

function logOf(filter: string): ModuleLog {
  const write = (level: LoggedLine["level"]) => (text: string) =>
    scope.postMessage({ kind: "log", filter, line: { level, text: String(text) } });
  return {
    error: write("error"),
    warning: write("warning"),
    info: write("info"),
    verbose: write("verbose"),
  };
}

async function load(modules: Modules): Promise<FromWorker> {
  for (const [module, get] of modules) {
    try {
      const { default: value } = await get();
      const filter = checkEventFilter(value);
      checkNames([...chain.map((loaded) => loaded.filter), filter]);
      const log = logOf(filter.name);
      await filter.setup?.({ log });
      chain.push({ filter, log });
    } catch (error) {
      return { kind: "failed", error: describe(module, error) };
    }
  }
  return { kind: "loaded", names: chain.map(({ filter }) => filter.name) };
}

async function run(text: string): Promise<FilterOutcome> {
  const errors: FilterError[] = [];
  let wanted = false;
  let microseconds = 0;
  let current: Passed[] = [{ event: parseJson(text) as object, topic: undefined }];
  for (const { filter, log } of chain) {
    const next: Passed[] = [];
    for (const passed of current) {
      if (!isWanted(filter, passed.event)) {
        next.push(passed);
        continue;
      }
      wanted = true;
      // What a filter did to the event before it failed must not be passed on.
      const untouched = stringifyJson(passed.event);
      const began = performance.now();
      try {
        // What a filter passes on is JSON: the next one gets it as such.
        for (const { topic, text } of await applyFilter(filter, passed, log, stringifyJson)) {
          next.push({ event: parseJson(text) as object, topic });
        }
      } catch (error) {
        errors.push(describe(filter.name, error));
        next.push({ event: parseJson(untouched) as object, topic: passed.topic });
      } finally {
        microseconds += (performance.now() - began) * 1000;
      }
    }
    current = next;
  }
  const passed = current.map(({ event, topic }) => ({ text: stringifyJson(event), topic }));
  return { wanted, passed, errors, microseconds };
}

function describe(filter: string, error: unknown): FilterError {
  if (!(error instanceof Error)) return { filter, message: String(error), places: [] };
  const places = [...(error.stack ?? "").matchAll(/\(?(file:\/\/[^()\s]+:\d+:\d+)\)?$/gm)]
    .map(([, place]) => place!)
    .filter((place) => !OURS.some((ours) => place.startsWith(`${ours}:`)));
  // Deno's own loader has the place, and colours, in its messages.
  const message = stripVTControlCharacters(`${error.name}: ${error.message}`);
  return { filter, message, places: places.filter((place) => !message.includes(place)) };
}

async function handle(message: ToWorker, modules: Modules): Promise<FromWorker> {
  switch (message.kind) {
    case "load":
      return await load(modules);
    case "event":
      return { kind: "outcome", ...await run(message.text) };
    case "end":
      for (const { filter } of chain.toReversed()) await filter.teardown?.();
      return { kind: "ended" };
  }
}

/** Answers what the Worker is asked. */
export function serveFilters(modules: Modules): void {
  scope.onmessage = async ({ data }) => {
    try {
      scope.postMessage(await handle(data, modules));
    } catch (error) {
      // No event, or a teardown that throws.
      scope.postMessage({ kind: "failed", error: describe("", error) });
    }
  };
  // What a filter left behind without waiting for it.
  addEventListener("error", (event) => {
    event.preventDefault();
    scope.postMessage({ kind: "failed", error: describe("Not waited for", event.error) });
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    scope.postMessage({ kind: "failed", error: describe("Not waited for", event.reason) });
  });
}
