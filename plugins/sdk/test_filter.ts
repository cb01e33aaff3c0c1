/** Tests of event filters, without Janus and without ZeroMQ. @module */
import { eventTopic } from "../janus/event_types.ts";
import { stringifyJson } from "../janus/json.ts";
import { readObject } from "./chain.ts";
import { checkEventFilter, checkNames } from "./check.ts";
import type { AnyEventFilter } from "./event_filter.ts";
import { FilterChain } from "./filter_chain.ts";
import { failures, type LoggedLine, TestModules } from "./test_modules.ts";

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
  readonly #modules: TestModules;
  readonly #chain: FilterChain;
  /** What the filters wrote to the log. */
  readonly log: readonly LoggedLine[];
  /** Whatever was passed on up to now, in order. */
  readonly passed: readonly PublishedEvent[] = [];
  /** What the filters threw, where `onError` is not `"throw"`. */
  readonly errors: readonly unknown[] = [];

  /** Not to be called: {@linkcode testFilter} does it, and sets the filters up. */
  constructor(
    filters: readonly AnyEventFilter[],
    modules: TestModules,
    { onError = "throw" }: TestFilterOptions,
  ) {
    this.#modules = modules;
    this.log = modules.lines;
    this.#chain = new FilterChain({
      calls: failures((error) => {
        if (onError === "throw") throw error;
        (this.errors as unknown[]).push(error);
      }),
      pass: onError === "pass",
      topics: true,
    });
    for (const [at, filter] of filters.entries()) this.#chain.add(filter, at, modules.log);
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
    return await this.#modules.run(() => this.#send(event)) as E[];
  }

  /** {@linkcode send}s events one after the other. @returns all that is passed on */
  async sendAll<E extends object>(events: Iterable<E>): Promise<E[]> {
    const passed: E[] = [];
    for (const event of events) passed.push(...await this.send(event));
    return passed;
  }

  async #send(event: object): Promise<object[]> {
    const text = stringifyJson(event);
    const read = () => readObject(text);
    const outcome = await this.#chain.take(read(), read);
    const messages = outcome === "unchanged"
      ? [{ topic: eventTopic(read()), text }]
      : outcome === "failed"
      ? []
      : outcome;
    const published = messages.map(({ topic, text }) => ({ topic, event: readObject(text) }));
    (this.passed as PublishedEvent[]).push(...published);
    return published.map(({ event }) => event);
  }

  /** Tears the filters down, the last one first. What they throw fails the test. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#modules[Symbol.asyncDispose]();
  }
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
  const modules = new TestModules();
  await modules.setUp(filters);
  return new FilterTest(filters, modules, with_options ? first as TestFilterOptions : {});
}
