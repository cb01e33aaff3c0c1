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

/** An event as a filter passed it on. */
export interface Written {
  /** The filter's own object; null if it may have been changed since: then only `text` counts. */
  readonly event: object | null;
  readonly topic: string | undefined;
  /** As it was when it was passed on, in JSON. */
  readonly text: string;
}

/**
 * Gives an event to a filter.
 *
 * @param write writes JSON
 * @returns what it passes on, in order; a promise if it is asynchronous
 * @throws whatever the filter does, and what `write` does for what cannot be written
 */
export function applyFilter(
  filter: AnyEventFilter,
  { event, topic }: Passed,
  log: ModuleLog,
  write: (event: object) => string,
): Written[] | Promise<Written[]> {
  const emitted: Written[] = [];
  let settled = false;
  const ctx: EventFilterContext = {
    log,
    topic,
    emit(more, its) {
      if (settled) {
        return log.error("emit() came after the call that it belongs to: it is left out");
      }
      emitted.push({ event: null, topic: asTopic(its), text: write(asEvent(more)) });
    },
  };
  const finish = (result: FilterResult) => {
    settled = true;
    return passed(result, asTopic(ctx.topic), emitted, write);
  };
  const result = filter.filter(event as never, ctx);
  if (!(result instanceof Promise)) return finish(result);
  return result.then(finish).finally(() => settled = true);
}

function passed(
  result: FilterResult,
  topic: string | undefined,
  emitted: Written[],
  write: (event: object) => string,
): Written[] {
  if (result === null || result === undefined) return emitted;
  if (Array.isArray(result)) {
    for (const event of result) emitted.push({ event: null, topic, text: write(asEvent(event)) });
    return emitted;
  }
  const event = asEvent(result);
  const own = emitted.length === 0 ? event : null; // what was emitted may be the same object
  emitted.push({ event: own, topic, text: write(event) });
  return emitted;
}

function asEvent(value: unknown): object {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new TypeError(
    `Cannot publish ${Array.isArray(value) ? "an array" : String(value)}: a filter returns` +
      " an event (an object), several in an array, or nothing",
  );
}

function asTopic(value: unknown): string | undefined {
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`Cannot publish under a topic of type ${typeof value}: it is a string`);
}
