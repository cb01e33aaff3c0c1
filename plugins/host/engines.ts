/** Operators' modules: from the configuration to the engines that run them. @module */
import type { EventFiltering } from "../events/filtering.ts";
import { type EngineOptions, ModuleEngine } from "../scripting/engine.ts";
import { Hooks } from "../scripting/hooks.ts";
import { FILTERS } from "../scripting/kinds.ts";
import type { MessageHooks } from "../transport/hooking.ts";
import type { PluginKind } from "./config/schema.ts";
import type { LiveSetting } from "./live.ts";
import type { PluginContext } from "./plugin.ts";

type Json = ModuleEngine["json"];

/** What a plugin's status and settings have of its modules. */
export interface Modules {
  /** Each module by its name: `tweak` and `configure` switch them on and off. */
  controllable(): Record<string, LiveSetting>;
  /** What `info` shows of each. */
  status(): unknown;
  /** Some are switched on or off, or JSON is to be written in another form. */
  apply(changes: Readonly<Record<string, boolean>>, json: Json): void;
}

/** Starts the filters; null if none are configured. @param json the form that JSON is written in */
export function openFilters(
  parts: PluginContext<"eventhandler">,
  json: Json,
): (Modules & EventFiltering) | null {
  const { config } = parts.checked;
  if (config.filters.modules.length === 0) return null;
  const off = switchedOff(parts.configured.filters);
  const options = { config: config.filters, topics: config.general.topics, json, off };
  const engine = new ModuleEngine(FILTERS, { ...shared(parts), ...options });
  return Object.assign(engine, controls(engine));
}

/** Starts the hooks; null if none are configured. @param json the form that JSON is written in */
export function openHooks(
  parts: PluginContext<"transport">,
  json: Json,
): (Modules & MessageHooks) | null {
  const { config } = parts.checked;
  if (config.hooks.modules.length === 0) return null;
  const off = switchedOff(parts.configured.hooks);
  const options = { config: config.hooks, topics: true, json, off };
  const hooks = new Hooks({ ...shared(parts), ...options });
  return Object.assign(hooks, controls(hooks.engine));
}

function shared<K extends PluginKind>(
  parts: PluginContext<K>,
): Omit<EngineOptions, "config" | "topics" | "json" | "off"> {
  const { folder, link, log, changed } = parts;
  return {
    source: link.openCompanions("scripts"),
    folder,
    counters: link.counters,
    log,
    changed: () => void changed(),
  };
}

function controls(engine: ModuleEngine): Omit<Modules, "status"> {
  return {
    controllable: () =>
      Object.fromEntries(engine.names.map((name) => [name, { type: "boolean" } as const])),
    apply(changes, json) {
      engine.json = json;
      engine.configure(changes);
    },
  };
}

/** The modules that Janus's admin has switched off. */
function switchedOff(changes: unknown): string[] {
  return Object.entries(changes ?? {}).flatMap(([name, on]) => on === false ? [name] : []);
}
