/** Takes an event through the filters, one after the other. @module */
import { type EventSelector, eventTopic } from "../../janus/event_types.ts";
import { parseJson } from "../../janus/json.ts";
import { applyFilter, type Passed } from "../../sdk/apply.ts";
import type { AnyEventFilter, ModuleLog } from "../../sdk/event_filter.ts";
import { ItemOutcome, type SharedMemory, TALLIES, Tally, Word } from "../memory.ts";

/** A filter that is at work. */
export interface LoadedFilter {
  /** Its place among the modules, counted from 0. */
  readonly module: number;
  readonly filter: AnyEventFilter;
  readonly selectors: readonly EventSelector[];
  readonly log: ModuleLog;
}

/** What a chain works with. */
export interface ChainParts {
  readonly filters: readonly LoadedFilter[];
  readonly memory: SharedMemory;
  /** An event that a filter fails at goes on without it; or else it is dropped. */
  readonly pass: boolean;
  readonly topics: boolean;
  /** Told of what a filter has thrown. */
  readonly failed: (module: number, error: unknown) => void;
}

/** A message as it goes out. */
export interface Message {
  /** Empty if topics are off. */
  readonly topic: string;
  readonly body: string;
}

/** Messages, or one of `ItemOutcome`. */
export type ItemResult = readonly Message[] | number;

/** An event on its way through the chain. */
interface Item {
  readonly event: object;
  readonly topic: string | undefined;
  /** The event as JSON, before the next filter touches it; null while it is as Janus wrote it. */
  readonly text: string | null;
}

/** The filters in their order. One event at a time. */
export class Chain {
  /** Writes JSON. */
  write: (value: object) => string = JSON.stringify;
  readonly #parts: ChainParts;
  /** Parses the event in hand anew, as Janus wrote it. */
  #parse: () => object = () => ({});
  #mask = 0;
  #dropped = false;

  constructor(parts: ChainParts) {
    this.#parts = parts;
  }

  /**
   * Takes an event through all filters.
   *
   * @param parse gives it once more, for where a filter fails
   * @param mask a bit for each module that is to see it
   * @returns a promise only if a filter gave one
   */
  take(event: object, parse: () => object, mask: number): ItemResult | Promise<ItemResult> {
    this.#parse = parse;
    this.#mask = mask;
    this.#dropped = false;
    return this.#from(0, [{ event, topic: undefined, text: null }]);
  }

  #from(stage: number, items: readonly Item[]): ItemResult | Promise<ItemResult> {
    const { filters } = this.#parts;
    for (let at = stage; at < filters.length; at++) {
      const passed = this.#stage(filters[at]!, items);
      if (passed instanceof Promise) return passed.then((more) => this.#from(at + 1, more));
      items = passed;
    }
    return this.#finish(items);
  }

  #stage(loaded: LoadedFilter, items: readonly Item[]): readonly Item[] | Promise<readonly Item[]> {
    // Nearly always there is one.
    if (items.length === 1) return this.#give(loaded, items[0]!);
    const passed: Item[] = [];
    for (let at = 0; at < items.length; at++) {
      const one = this.#give(loaded, items[at]!);
      if (one instanceof Promise) {
        return this.#stageSlowly(loaded, passed, one, items.slice(at + 1));
      }
      passed.push(...one);
    }
    return passed;
  }

  async #stageSlowly(
    loaded: LoadedFilter,
    passed: Item[],
    first: Promise<readonly Item[]>,
    rest: readonly Item[],
  ): Promise<readonly Item[]> {
    passed.push(...await first);
    for (const item of rest) passed.push(...await this.#give(loaded, item));
    return passed;
  }

  /** Gives an event to a filter, if it wants it. */
  #give(loaded: LoadedFilter, item: Item): readonly Item[] | Promise<readonly Item[]> {
    if ((this.#mask & 1 << loaded.module) === 0 || !wants(loaded, item.event)) return [item];
    const { control, tallies } = this.#parts.memory;
    const begun = performance.now();
    tallies[loaded.module * TALLIES + Tally.given]!++;
    Atomics.store(control, Word.module, loaded.module + 1);
    Atomics.add(control, Word.calls, 1);
    try {
      const result = applyFilter(loaded.filter, item, loaded.log);
      if (!(result instanceof Promise)) return this.#done(loaded, item, begun, result);
      return result.then(
        (passed) => this.#done(loaded, item, begun, passed),
        (error) => this.#failed(loaded, item, begun, error),
      );
    } catch (error) {
      return this.#failed(loaded, item, begun, error);
    }
  }

  #done(
    loaded: LoadedFilter,
    item: Item,
    begun: number,
    results: readonly Passed[],
  ): readonly Item[] {
    const { tallies } = this.#parts.memory;
    const place = loaded.module * TALLIES;
    let passed: Item[];
    try {
      // At once: that it can be written is the filter's business too.
      passed = results.map(({ event, topic }) => ({ event, topic, text: this.write(event) }));
    } catch (error) {
      return this.#failed(loaded, item, begun, error);
    }
    // The same object may be among them twice.
    if (passed.length > 1) {
      passed = passed.map(({ topic, text }) => ({ event: read(text!), topic, text }));
    }
    if (passed.length === 0) tallies[place + Tally.dropped]!++;
    else tallies[place + Tally.passed]! += passed.length;
    this.#end(place, begun);
    return passed;
  }

  #failed(loaded: LoadedFilter, item: Item, begun: number, error: unknown): readonly Item[] {
    const { memory: { tallies }, failed, pass } = this.#parts;
    const place = loaded.module * TALLIES;
    tallies[place + Tally.errors]!++;
    this.#end(place, begun);
    failed(loaded.module, error);
    if (!pass) {
      this.#dropped = true;
      return [];
    }
    // The filter may have changed half of it.
    const { topic, text } = item;
    return [{ event: text === null ? this.#parse() : read(text), topic, text }];
  }

  #end(place: number, begun: number): void {
    const { control, tallies } = this.#parts.memory;
    tallies[place + Tally.microseconds]! += (performance.now() - begun) * 1000;
    Atomics.store(control, Word.module, 0);
  }

  #finish(items: readonly Item[]): ItemResult {
    if (items.length === 0) return this.#dropped ? ItemOutcome.failed : [];
    if (items[0]!.text === null) return ItemOutcome.unchanged; // then it is the only one
    const { topics } = this.#parts;
    return items.map(({ event, topic, text }) => ({
      topic: topics ? topic ?? eventTopic(event) : "",
      body: text!,
    }));
  }
}

function read(text: string): object {
  return parseJson(text) as object;
}

function wants({ selectors }: LoadedFilter, event: object): boolean {
  const { type, subtype = 0 } = event as { type?: unknown; subtype?: unknown };
  for (const selector of selectors) {
    if (selector.type !== null && selector.type !== type) continue;
    if (selector.subtype === null || selector.subtype === subtype) return true;
  }
  return false;
}
