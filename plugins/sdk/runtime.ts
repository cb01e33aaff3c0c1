/**
 * What modules can import at run time by the package's name: the values of `mod.ts` that need no
 * native code and no permission. `scripts/build.ts` bundles it into the plugins.
 *
 * @module
 */
export { EVENT_SUBTYPES, EVENT_TYPES, eventTopic } from "../janus/event_types.ts";
export { toJanusId } from "../janus/ids.ts";
export { defineEventFilter } from "./event_filter.ts";
export { mediaStatistics } from "./media_statistics.ts";
export { defineTransportHook } from "./transport_hook.ts";
