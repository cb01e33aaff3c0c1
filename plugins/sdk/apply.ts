/** Calls one filter for one event: the same in the plugin and in tests of filters. @module */
import type {
  AnyEventFilter,
  EventFilterContext,
  FilterResult,
  ModuleLog,
} from "./event_filter.ts";

/** An event on its way, with the topic that a filter gave it. */
export interface Passed {
  readonly event: object;
  /** Undefined for the standard one. */
  readonly topic: string | undefined;
}

/** Gives an event to a filter. @returns what it passes on, in order; a promise if it is asynchronous */
export function applyFilter(
  filter: AnyEventFilter,
  { event, topic }: Passed,
  log: ModuleLog,
): Passed[] | Promise<Passed[]> {
  const emitted: Passed[] = [];
  const ctx: EventFilterContext = {
    log,
    topic,
    emit: (more, its) => void emitted.push({ event: asEvent(more), topic: its }),
  };
  const result = filter.filter(event as never, ctx);
  if (!(result instanceof Promise)) return passed(result, ctx.topic, emitted);
  return result.then((settled) => passed(settled, ctx.topic, emitted));
}

function passed(result: FilterResult, topic: string | undefined, emitted: Passed[]): Passed[] {
  if (result === null || result === undefined) return emitted;
  if (!Array.isArray(result)) {
    const one = { event: asEvent(result), topic };
    return emitted.length === 0 ? [one] : [...emitted, one];
  }
  return [...emitted, ...result.map((event) => ({ event: asEvent(event), topic }))];
}

function asEvent(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new TypeError(
    `Cannot publish ${Array.isArray(value) ? "an array" : String(value)}: a filter returns` +
      " an event (an object), several in an array, or nothing",
  );
}
