/** Takes an event through filters, one after the other: in the plugin, in tests, in filter:try. @module */
import { type EventSelector, eventSelector, eventTopic } from "../janus/event_types.ts";
import {
  type Calls,
  isObject,
  MAX_TEXT,
  MESSAGE,
  NoAnswerError,
  readObject,
  writeObject,
} from "./chain.ts";
import type {
  AnyEventFilter,
  EventFilterContext,
  FilterResult,
  ModuleLog,
} from "./event_filter.ts";

/** The plugin's own topic, under which it tells of events that it dropped. */
const DROPPED = "dropped";

/** What a chain works with. */
export interface FilterChainParts {
  readonly calls: Calls;
  /** An event that a filter fails at goes on as it was before; or else it is dropped. */
  readonly pass: boolean;
  /** False if nobody needs topics: they are empty. */
  readonly topics: boolean;
}

/** An event as it goes out. */
export interface Message {
  readonly topic: string;
  readonly text: string;
}

/** What became of an event: messages, or it goes out as it came in, or a filter failed at it. */
export type FilterOutcome = readonly Message[] | "unchanged" | "failed";

/** An event between two filters. */
interface Item {
  /** What the next filter gets. */
  readonly event: object;
  /** The topic that a filter set. */
  readonly own: string | undefined;
  /** The one that it would go out under. */
  readonly topic: string;
  /** As it was passed on; null while it is as it came in. */
  readonly text: string | null;
}

/** What a filter passes on: at once, or later. */
type Passed = readonly Item[] | Promise<readonly Item[]>;

/** A filter in its place. */
interface Stage {
  readonly module: number;
  readonly filter: AnyEventFilter;
  readonly selectors: readonly EventSelector[];
  readonly log: ModuleLog;
}

/** The filters in their order. One event at a time. */
export class FilterChain {
  /** Writes JSON. */
  write: (event: object) => string = writeObject;
  readonly #parts: FilterChainParts;
  readonly #stages: Stage[] = [];
  /** Reads the event in hand anew, as it came in. */
  #read: () => object = () => ({});
  /** Its text, if that is known. */
  #original: string | undefined;
  #mask = 0;
  #failed = false;

  constructor(parts: FilterChainParts) {
    this.#parts = parts;
  }

  /** Adds a filter, which was checked, behind those that there are. */
  add(filter: AnyEventFilter, module: number, log: ModuleLog): void {
    const selectors = filter.events.map((name) => eventSelector(name)!);
    this.#stages.push({ module, filter, selectors, log });
  }

  /**
   * Takes an event through all filters.
   *
   * @param read gives it once more, for where a filter fails
   * @param mask a bit for each module that is to see it
   * @param original its text: if that is what comes out, it is unchanged
   * @returns a promise only if a filter gave one, or a pause is due
   */
  take(
    event: object,
    read: () => object,
    mask = -1,
    original?: string,
  ): FilterOutcome | Promise<FilterOutcome> {
    this.#read = read;
    this.#mask = mask;
    this.#original = original;
    this.#failed = false;
    return this.#from(0, [{ event, own: undefined, topic: "", text: null }]);
  }

  #from(stage: number, items: readonly Item[]): FilterOutcome | Promise<FilterOutcome> {
    for (let at = stage; at < this.#stages.length; at++) {
      const to = this.#stages[at]!;
      // Nearly always there is one.
      const passed = items.length === 1
        ? this.#give(to, items[0]!)
        : this.#giveAll(to, items, 0, []);
      if (passed instanceof Promise) return passed.then((more) => this.#from(at + 1, more));
      items = passed;
    }
    if (items.length === 0 && this.#failed) return "failed";
    if (items.length === 1) {
      const { own, text } = items[0]!;
      if (text === null || (text === this.#original && own === undefined)) return "unchanged";
    }
    return items as readonly Message[];
  }

  #giveAll(to: Stage, items: readonly Item[], from: number, passed: Item[]): Passed {
    for (let at = from; at < items.length; at++) {
      const some = this.#give(to, items[at]!);
      if (some instanceof Promise) {
        return some.then((more) => this.#giveAll(to, items, at + 1, passed.concat(more)));
      }
      for (const one of some) passed.push(one);
    }
    const length = passed.reduce((sum, { topic, text }) => sum + lengthOf(topic, text ?? ""), 0);
    if (length <= MAX_TEXT) return passed;
    this.#parts.calls.fail(to.module, tooMuch());
    return this.#without(items);
  }

  /** Gives an event to a filter, if it wants it. */
  #give(to: Stage, item: Item): Passed {
    if ((this.#mask & 1 << to.module) === 0 || !wants(to, item.event)) return [item];
    this.#parts.calls.begin(to.module);
    try {
      const passed = this.#call(to, item);
      if (!(passed instanceof Promise)) return this.#end(passed);
      return passed.then((items) => this.#end(items), (error) => this.#fail(to, item, error));
    } catch (error) {
      return this.#fail(to, item, error);
    }
  }

  #end(items: readonly Item[]): Passed {
    this.#parts.calls.end(items.length);
    return this.#pause(items);
  }

  #fail({ module }: Stage, item: Item, error: unknown): Passed {
    this.#parts.calls.fail(module, error);
    return this.#pause(this.#without([item]));
  }

  /** What a filter failed at. */
  #without(items: readonly Item[]): readonly Item[] {
    if (!this.#parts.pass) {
      this.#failed = true;
      return [];
    }
    // The filter may have changed half of it.
    const read = (text: string | null) => text === null ? this.#read() : readObject(text);
    return items.map((item) => ({ ...item, event: read(item.text) }));
  }

  #pause(items: readonly Item[]): Passed {
    const pause = this.#parts.calls.pause();
    return pause === null ? items : pause.then(() => items);
  }

  /** Calls a filter. @throws whatever it does, and for what it must not pass on */
  #call({ filter, log }: Stage, item: Item): Passed {
    const { write } = this;
    const { topics } = this.#parts;
    const items: Item[] = [];
    let length = 0;
    let settled = false;
    const add = (event: object, own: string | undefined, copy: boolean) => {
      const text = write(event);
      const topic = topics ? own ?? eventTopic(event) : "";
      length += lengthOf(topic, text);
      if (length > MAX_TEXT) return;
      items.push({ event: copy ? readObject(text) : event, own, topic, text });
    };
    const ctx: EventFilterContext = {
      log,
      topic: item.own,
      emit(more, its) {
        if (settled) log.error("emit() came after the call that it belongs to: it is left out");
        else add(asEvent(more), asTopic(its), true);
      },
    };
    const finish = (result: FilterResult | undefined): readonly Item[] => {
      if (result === undefined) throw new NoAnswerError(filter.name);
      const own = asTopic(ctx.topic);
      if (Array.isArray(result)) {
        for (const one of result) add(asEvent(one), own, true);
      } else if (result !== null) add(asEvent(result), own, false);
      settled = true;
      if (length <= MAX_TEXT) return items;
      throw tooMuch();
    };
    const result = filter.filter(item.event as never, ctx);
    if (!(result instanceof Promise)) return finish(result);
    return result.then(finish).finally(() => settled = true);
  }
}

function asEvent(value: unknown): object {
  if (isObject(value)) return value;
  throw new TypeError(
    `Cannot publish ${Array.isArray(value) ? "an array" : String(value)}: a filter returns` +
      " an event (an object), several in an array, or null",
  );
}

function asTopic(value: unknown): string | undefined {
  if (value === DROPPED) {
    throw new TypeError(`Cannot publish under the topic ${DROPPED}: it is the plugin's own`);
  }
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`Cannot publish under a topic of type ${typeof value}: it is a string`);
}

function lengthOf(topic: string, text: string): number {
  return text.length + topic.length + MESSAGE;
}

function tooMuch(): RangeError {
  return new RangeError(`Cannot pass on more than ${MAX_TEXT} characters for one event`);
}

function wants({ selectors }: Stage, event: object): boolean {
  const { type, subtype = 0 } = event as { type?: unknown; subtype?: unknown };
  for (const selector of selectors) {
    if (selector.type !== null && selector.type !== type) continue;
    if (selector.subtype === null || selector.subtype === subtype) return true;
  }
  return false;
}
