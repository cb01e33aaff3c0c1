/** What `info` of both plugins tells, checked, as the Admin API is at the other end of a wire. @module */
import { DROP_LABELS } from "../janus/places.ts";
import { MAX_LABEL } from "./limits.ts";
import type { ServerMetrics } from "./server_metrics.ts";
import { clip, memberOf, numberOf, textOf } from "./text.ts";
import type { FilterState, PluginState } from "./wire.ts";

/** The plugins, as labels have them. */
export type PluginLabel = "transport" | "eventhandler";

/** Filters and hooks that are shown; a plugin has no more. */
const MAX_FILTERS = 15;
const MAX_CAUSES = 32;

/** Reads what `info` told. Null if it makes no sense. */
export function readPluginInfo(info: unknown): PluginState | null {
  const state = textOf(memberOf(info, "state"), MAX_LABEL);
  if (state === undefined) return null;
  const counter = (name: string) => numberOf(memberOf(memberOf(info, "counters"), name));
  const ring = (name: string) => numberOf(memberOf(memberOf(info, "ring"), name));
  const held = numberOf(memberOf(info, "held_since"));
  return {
    state,
    version: textOf(memberOf(info, "version"), MAX_LABEL) ?? "",
    restarts: numberOf(memberOf(info, "restarts")),
    uptime: numberOf(memberOf(info, "uptime")),
    began: numberOf(memberOf(info, "began")) || null,
    ring_used: ring("used"),
    ring_size: ring("size"),
    peers: counter("subscribers") + counter("peers"),
    cut_off: numberOf(memberOf(info, "cut_off")),
    held_since: held > 0 ? held : null,
    filters: readFilters(memberOf(info, "filters") ?? memberOf(info, "hooks")),
  };
}

function readFilters(list: unknown): FilterState[] {
  if (!Array.isArray(list)) return [];
  return list.slice(0, MAX_FILTERS).map((one) => ({
    name: textOf(memberOf(one, "name"), MAX_LABEL) || clip(lastPart(memberOf(one, "module"))),
    state: textOf(memberOf(one, "state"), MAX_LABEL) ?? "",
    events: numberOf(memberOf(one, "events")),
    errors: numberOf(memberOf(one, "errors")),
    microseconds: numberOf(memberOf(one, "microseconds")),
  }));
}

/** A module that has not told its name yet goes by its file's. */
function lastPart(path: unknown): string {
  return typeof path === "string" ? path.slice(path.lastIndexOf("/") + 1) : "";
}

/** Drops by cause, and within a cause by type. */
export type Drops = ReadonlyMap<string, ReadonlyMap<string, number>>;

/** Reads drops, as `info` and the messages about them have them: `{cause: {type: count}}`. */
export function readDrops(dropped: unknown): Drops {
  const found = new Map<string, Map<string, number>>();
  if (typeof dropped !== "object" || dropped === null) return found;
  for (const [cause, types] of Object.entries(dropped).slice(0, MAX_CAUSES)) {
    const counts = new Map<string, number>();
    for (const type of DROP_LABELS) {
      // What cannot be is left out where it is counted.
      if (Object.hasOwn(types ?? {}, type)) counts.set(type, Number(memberOf(types, type)));
    }
    found.set(cause.slice(0, MAX_LABEL), counts);
  }
  return found;
}

/** Brings the metrics of a plugin up to date. */
export function tallyPlugin(
  metrics: ServerMetrics,
  plugin: PluginLabel,
  state: PluginState | null,
  now: number,
): void {
  metrics.cell("janus_zeromq_up", plugin).value = state?.state === "running" ? 1 : 0;
  if (state === null) return;
  metrics.cell("janus_zeromq_restarts_total", plugin).value = state.restarts;
  metrics.cell("janus_zeromq_ring_bytes", plugin).value = state.ring_used;
  if (plugin === "eventhandler") {
    const held = state.held_since === null ? 0 : Math.max(0, now - state.held_since) / 1000;
    metrics.cell("janus_zeromq_subscribers", plugin).value = state.peers;
    metrics.cell("janus_zeromq_cut_off", plugin).value = state.cut_off;
    metrics.cell("janus_zeromq_held_seconds", plugin).value = held;
    for (const { name, events, errors, microseconds } of state.filters) {
      metrics.cell("janus_zeromq_filter_errors_total", name).value = errors;
      metrics.cell("janus_zeromq_filter_seconds_total", name).value = events * microseconds / 1e6;
    }
  }
}
