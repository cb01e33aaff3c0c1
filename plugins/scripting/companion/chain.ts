/** Takes an event through the filters, one after the other. @module */
import { type EventSelector, eventTopic } from "../../janus/event_types.ts";
import { parseJson } from "../../janus/json.ts";
import { applyFilter, type Written } from "../../sdk/apply.ts";
import type { AnyEventFilter, ModuleLog } from "../../sdk/event_filter.ts";
import { ItemOutcome, MAX_TEXT, Tally } from "../protocol.ts";
import type { Calls } from "./calls.ts";

/** What a message counts for besides its text. */
const MESSAGE = 16;

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
  readonly calls: Calls;
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

/** Messages, one of `ItemOutcome`, or what a hook made of it: its text, or a refusal. */
export type ItemResult =
  | readonly Message[]
  | number
  | { readonly text: string }
  | { readonly code: number; readonly reason: string };

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
  /** The module that was called last. */
  #last = -1;

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
    this.#parts.calls.begin(this.#last = loaded.module);
    try {
      const result = applyFilter(loaded.filter, item, loaded.log, this.write);
      if (!(result instanceof Promise)) {
        return this.#parts.calls.after(this.#done(loaded, item, result));
      }
      return result.then(
        (passed) => this.#parts.calls.after(this.#done(loaded, item, passed)),
        (error) => this.#parts.calls.after(this.#failed(loaded, item, error)),
      );
    } catch (error) {
      return this.#parts.calls.after(this.#failed(loaded, item, error));
    }
  }

  #done(loaded: LoadedFilter, item: Item, written: readonly Written[]): readonly Item[] {
    const { calls } = this.#parts;
    let length = 0;
    for (const { topic, text } of written) length += text.length + (topic?.length ?? 0) + MESSAGE;
    if (length > MAX_TEXT) {
      const most = new RangeError(`Cannot pass on more than ${MAX_TEXT} characters for one event`);
      return this.#failed(loaded, item, most);
    }
    calls.end(written.length === 0 ? Tally.dropped : Tally.passed, Math.max(1, written.length));
    return written.map(({ event, topic, text }) => ({ event: event ?? read(text), topic, text }));
  }

  #failed(loaded: LoadedFilter, item: Item, error: unknown): readonly Item[] {
    const { calls, failed, pass } = this.#parts;
    calls.end(Tally.errors);
    failed(loaded.module, error);
    if (!pass) {
      this.#dropped = true;
      return [];
    }
    // The filter may have changed half of it.
    const { topic, text } = item;
    return [{ event: text === null ? this.#parse() : read(text), topic, text }];
  }

  #finish(items: readonly Item[]): ItemResult {
    if (items.length === 0) return this.#dropped ? ItemOutcome.failed : [];
    if (items[0]!.text === null) return ItemOutcome.unchanged; // then it is the only one
    const { topics, failed, pass } = this.#parts;
    try {
      return items.map(({ event, topic, text }) => ({
        topic: topics ? topic ?? eventTopic(event) : "",
        body: text!,
      }));
    } catch (error) {
      // A type that is no number, for one.
      failed(this.#last, error);
      return pass ? ItemOutcome.unchanged : ItemOutcome.failed;
    }
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
