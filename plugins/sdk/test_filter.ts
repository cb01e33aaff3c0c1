/** Tests of event filters, without Janus and without ZeroMQ. @module */
import { eventSelector, eventTopic } from "../janus/event_types.ts";
import { parseJson, stringifyJson } from "../janus/json.ts";
import { applyFilter, type Passed } from "./apply.ts";
import { checkEventFilter, checkNames } from "./check.ts";
import type { AnyEventFilter } from "./event_filter.ts";
import { type LoggedLine, recordingLog, tearDown } from "./test_log.ts";

/** How {@linkcode testFilter} tests. */
export interface TestFilterOptions {
  /**
   * What becomes of an event that a filter fails at: `"throw"` (the default) fails the test by the
   * filter's own error, `"pass"` and `"drop"` do as `filters.on_error` has it in the plugin.
   */
  readonly onError?: "throw" | "pass" | "drop";
}

/** An event as subscribers get it. */
export interface PublishedEvent {
  /** The one that a filter set, else the standard one. */
  readonly topic: string;
  /** The event. */
  readonly event: object;
}

/** Filters under test, as {@linkcode testFilter} sets them up. */
export class FilterTest implements AsyncDisposable {
  readonly #filters: readonly AnyEventFilter[];
  readonly #on_error: "throw" | "pass" | "drop";
  #open = true;
  /** What the filters wrote to the log. */
  readonly log: readonly LoggedLine[];
  /** Whatever was passed on up to now, in order. */
  readonly passed: readonly PublishedEvent[] = [];
  /** What the filters threw, where `onError` is not `"throw"`. */
  readonly errors: readonly unknown[] = [];

  /** Not to be called: {@linkcode testFilter} does it, and sets the filters up. */
  constructor(
    filters: readonly AnyEventFilter[],
    options: TestFilterOptions,
    log: readonly LoggedLine[],
  ) {
    this.#filters = filters;
    this.#on_error = options.onError ?? "throw";
    this.log = log;
  }

  /**
   * Gives an event to the filters. Those that do not name it in their `events` are passed by, as in
   * the plugin. The filters get a copy, and what they pass on is copied as well: it went through
   * JSON, as it does on its way to subscribers.
   *
   * @returns what is passed on. It has the type of what went in, which is right for most filters;
   *   for those that make events of their own, {@linkcode passed} takes nothing for granted
   * @throws what a filter throws, unless `onError` is set
   */
  async send<E extends object>(event: E): Promise<E[]> {
    if (!this.#open) throw new TypeError("Cannot send an event: the filters are torn down");
    const published: PublishedEvent[] = [];
    for (const passed of await this.#run(copy(event))) {
      const topic = passed.topic ?? eventTopic(passed.event);
      published.push({ topic, event: copy(passed.event) });
    }
    (this.passed as PublishedEvent[]).push(...published);
    return published.map(({ event }) => event as E);
  }

  /** {@linkcode send}s events one after the other. @returns all that is passed on */
  async sendAll<E extends object>(events: Iterable<E>): Promise<E[]> {
    const passed: E[] = [];
    for (const event of events) passed.push(...await this.send(event));
    return passed;
  }

  async #run(event: object): Promise<Passed[]> {
    let run: Passed[] = [{ event, topic: undefined }];
    const log = recordingLog(this.log as LoggedLine[]);
    for (const filter of this.#filters) {
      const next: Passed[] = [];
      for (const passed of run) {
        if (!isWanted(filter, passed.event)) next.push(passed);
        else next.push(...await this.#apply(filter, passed, log));
      }
      run = next;
    }
    return run;
  }

  async #apply(
    filter: AnyEventFilter,
    passed: Passed,
    log: ReturnType<typeof recordingLog>,
  ): Promise<Passed[]> {
    if (this.#on_error === "throw") return await given(filter, passed, log);
    // What a filter did to the event before it failed must not be passed on.
    const untouched = copy(passed.event);
    try {
      return await given(filter, passed, log);
    } catch (error) {
      (this.errors as unknown[]).push(error);
      return this.#on_error === "pass" ? [{ event: untouched, topic: passed.topic }] : [];
    }
  }

  /** Tears the filters down, the last one first. What they throw fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await tearDown(this.#filters);
  }
}

/** True if a filter's `events` name this one. */
export function isWanted(filter: AnyEventFilter, event: object): boolean {
  const { type, subtype } = event as { readonly type?: unknown; readonly subtype?: unknown };
  return filter.events.some((name) => {
    const wanted = eventSelector(name);
    return wanted !== undefined && (wanted.type === null || wanted.type === type) &&
      (wanted.subtype === null || wanted.subtype === subtype);
  });
}

async function given(
  filter: AnyEventFilter,
  passed: Passed,
  log: ReturnType<typeof recordingLog>,
): Promise<Passed[]> {
  const written = await applyFilter(filter, passed, log, stringifyJson);
  return written.map(({ topic, text }) => ({ event: parseJson(text) as object, topic }));
}

function copy(event: object): object {
  return parseJson(stringifyJson(event)) as object;
}

/**
 * Sets filters up for a test; several make a chain, in this order. Leaving the block tears them
 * down. It needs no permission, no Janus and no ZeroMQ.
 *
 * @example
 * ```ts
 * import { defineEventFilter, sampleEvent, testFilter } from "@janus-zeromq/janus-zeromq";
 * import assert from "node:assert/strict";
 *
 * const quiet = defineEventFilter({
 *   name: "quiet",
 *   events: ["media.slowlink"],
 *   filter: (event) => event.event.lost_lastsec < 10 ? null : event,
 * });
 *
 * await using test = await testFilter(quiet);
 * const event = sampleEvent("media.slowlink", { event: { lost_lastsec: 3 } });
 * assert.deepEqual(await test.send(event), []);
 * ```
 *
 * @throws {TypeError} for what is no filter, and whatever a `setup` throws
 */
export function testFilter(...filters: readonly AnyEventFilter[]): Promise<FilterTest>;
/** The same, with options: `testFilter({ onError: "pass" }, filter)`. */
export function testFilter(
  options: TestFilterOptions,
  ...filters: readonly AnyEventFilter[]
): Promise<FilterTest>;
export async function testFilter(
  first: TestFilterOptions | AnyEventFilter,
  ...more: readonly AnyEventFilter[]
): Promise<FilterTest> {
  const with_options = !("filter" in first) && more.length > 0;
  const filters = (with_options ? more : [first, ...more]).map(checkEventFilter);
  checkNames(filters);
  const lines: LoggedLine[] = [];
  const ready: AnyEventFilter[] = [];
  try {
    for (const filter of filters) {
      await filter.setup?.({ log: recordingLog(lines) });
      ready.push(filter);
    }
  } catch (error) {
    await tearDown(ready);
    throw error;
  }
  return new FilterTest(filters, with_options ? first as TestFilterOptions : {}, lines);
}
