/** Event filters: what operators write to drop, change and add events. @module */
import type { EventName, EventOf } from "../janus/event_types.ts";

/** Writes lines to Janus's log, under the module's name. */
export interface ModuleLog {
  /** Shown at Janus's `debug_level` 2 and more. */
  error(text: string): void;
  /** Shown at Janus's `debug_level` 3 and more. */
  warning(text: string): void;
  /** Shown at Janus's `debug_level` 4 and more, which is its default. */
  info(text: string): void;
  /** Shown at Janus's `debug_level` 5 and more. */
  verbose(text: string): void;
}

/** What a module is given once, before its first event or request. */
export interface SetupContext {
  /** Writes to Janus's log. */
  readonly log: ModuleLog;
}

/** What goes along with each event. */
export interface EventFilterContext {
  /** Writes to Janus's log. */
  readonly log: ModuleLog;
  /**
   * The topic for what is returned, where `general.topics` is on. Undefined, which it is at first,
   * stands for the standard one; a filter further down the chain finds what was set before. `dropped`
   * is the plugin's own, and an error.
   */
  topic: string | undefined;
  /** Passes one more event on, ahead of what is returned. It has the topic that is given here. */
  emit(event: OutgoingEvent, topic?: string): void;
}

/** What promises and lists have, and events have not. */
export interface NoPromiseNorList {
  /** A promise has it. */
  readonly then?: never;
  /** A list has it. */
  readonly [Symbol.iterator]?: never;
}

/** What a filter passes on: any object but a promise or a list. */
export type OutgoingEvent =
  | (object & NoPromiseNorList)
  | (NoPromiseNorList & { readonly [key: string]: unknown });

/**
 * What a filter answers: the event, or a changed one, to pass it on; several; or null (or an empty
 * array) to drop it. Undefined is no answer but a `return` that was forgotten: the filter has failed
 * at the event.
 */
export type FilterResult = OutgoingEvent | readonly OutgoingEvent[] | null;

/** A filter of whatever events: what runs filters takes these. */
export interface AnyEventFilter {
  /** What the log, `info` and `tweak` call it: letters, digits and `_ . -`. */
  readonly name: string;
  /** The events that it wants. All others pass by it, unparsed. */
  readonly events: readonly EventName[];
  /** Called once before the first event; one that throws is refused. */
  setup?(ctx: SetupContext): void | Promise<void>;
  /** Called for each event that it wants, in Janus's order. */
  filter(event: never, ctx: EventFilterContext): FilterResult | Promise<FilterResult>;
  /** Called once when the filter is replaced or Janus ends; it gets a second for that. */
  teardown?(): void | Promise<void>;
}

/** A filter of the events that `N` names. */
export interface EventFilter<N extends EventName = EventName> extends AnyEventFilter {
  /** The events that it wants. All others pass by it, unparsed. */
  readonly events: readonly N[];
  /**
   * Called for each event that it wants, in Janus's order. Integers beyond 2^53 (session ids that
   * a client chose) are bigints.
   */
  filter(event: EventOf<N>, ctx: EventFilterContext): FilterResult | Promise<FilterResult>;
}

/**
 * Makes an event filter: the default export of a module in `filters.modules`.
 *
 * @example
 * ```ts
 * import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
 *
 * export default defineEventFilter({
 *   name: "no-candidates",
 *   events: ["webrtc.lcand", "webrtc.rcand"],
 *   filter: () => null,
 * });
 * ```
 */
export function defineEventFilter<const N extends EventName>(
  filter: EventFilter<N>,
): EventFilter<N> {
  return filter;
}
