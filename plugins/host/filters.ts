/** The event filters: from the configuration to an engine that the publisher asks. @module */
import type { EventFiltering } from "../events/filtering.ts";
import { FilterEngine } from "../scripting/filter_engine.ts";
import type { Controllable } from "./controllable.ts";
import type { Parts } from "./isolate.ts";

/** The filters, as the event handler knows them. */
export interface Filters extends EventFiltering {
  /** Each filter by its name: `tweak` turns them on and off. */
  controllable(): Record<string, Controllable>;
  /** What `info` shows of each. */
  status(): unknown;
  /** Some are switched on or off, or JSON is to be written in another form. */
  apply(changes: Readonly<Record<string, boolean>>, json: FilterEngine["json"]): void;
}

/**
 * Starts the filters; null if none are configured.
 *
 * @param json the form that JSON is written in
 */
export function openFilters(
  parts: Parts<"eventhandler">,
  json: FilterEngine["json"],
): Filters | null {
  const { checked: { config }, folder, link, log, configured, changed } = parts;
  if (config.filters.modules.length === 0) return null;
  const engine = new FilterEngine({
    program: import.meta.url, // all of it is one file, which has `runModules` too
    folder: folder.startsWith("/") ? folder : Deno.realPathSync(folder),
    config: config.filters,
    json,
    topics: config.general.topics,
    maxHeap: config.runtime.max_heap,
    counters: link.counters,
    log,
    off: switchedOff(configured.filters),
    changed: () => void changed(),
  });
  return Object.assign(engine, {
    controllable: () =>
      Object.fromEntries(engine.names.map((name) => [name, { type: "boolean" } as const])),
    apply(changes: Readonly<Record<string, boolean>>, form: FilterEngine["json"]) {
      engine.json = form;
      engine.configure(changes);
    },
  });
}

/** The filters that Janus's admin has switched off. */
function switchedOff(filters: unknown): string[] {
  return Object.entries(filters ?? {}).flatMap(([name, on]) => on === false ? [name] : []);
}
