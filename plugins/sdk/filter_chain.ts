/** Takes an event through filters, one after the other: in the plugin, in tests, in filter:try. @module */
import { type EventSelector, eventSelector, eventTopic } from "../janus/event_types.ts";
import { type Calls, isObject, MAX_TEXT, MESSAGE, readObject, writeObject } from "./chain.ts";
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
  /** The one that a filter set. */
  readonly topic: string | undefined;
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
  #mask = 0;
  #dropped = false;
  /** The module that was called last. */
  #last = -1;

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
   * @returns a promise only if a filter gave one, or a pause is due
   */
  take(event: object, read: () => object, mask = -1): FilterOutcome | Promise<FilterOutcome> {
    this.#read = read;
    this.#mask = mask;
    this.#dropped = false;
    return this.#from(0, [{ event, topic: undefined, text: null }]);
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
    return this.#finish(items);
  }

  #giveAll(to: Stage, items: readonly Item[], from: number, passed: Item[]): Passed {
    for (let at = from; at < items.length; at++) {
      const some = this.#give(to, items[at]!);
      if (some instanceof Promise) {
        return some.then((more) => this.#giveAll(to, items, at + 1, passed.concat(more)));
      }
      for (const one of some) passed.push(one);
    }
    return passed;
  }

  /** Gives an event to a filter, if it wants it. */
  #give(to: Stage, item: Item): Passed {
    if ((this.#mask & 1 << to.module) === 0 || !wants(to, item.event)) return [item];
    this.#parts.calls.begin(this.#last = to.module);
    try {
      const passed = apply(to, item, this.write);
      if (!(passed instanceof Promise)) return this.#passed(passed);
      return passed.then((items) => this.#passed(items), (error) => this.#failed(to, item, error));
    } catch (error) {
      return this.#failed(to, item, error);
    }
  }

  #passed(items: readonly Item[]): Passed {
    this.#parts.calls.end(items.length);
    return this.#pause(items);
  }

  #failed(
    to: Stage,
    item: Item,
    error: unknown,
  ): Passed {
    const { calls, pass } = this.#parts;
    calls.fail(to.module, error);
    if (!pass) this.#dropped = true;
    // The filter may have changed half of it.
    const event = () => item.text === null ? this.#read() : readObject(item.text);
    return this.#pause(pass ? [{ ...item, event: event() }] : []);
  }

  #pause(items: readonly Item[]): Passed {
    const pause = this.#parts.calls.pause();
    return pause === null ? items : pause.then(() => items);
  }

  #finish(items: readonly Item[]): FilterOutcome {
    if (items.length === 0) return this.#dropped ? "failed" : [];
    if (items[0]!.text === null) return "unchanged"; // then it is the only one
    const { topics, calls, pass } = this.#parts;
    try {
      let length = 0;
      const messages = items.map(({ event, topic, text }): Message => {
        const message = { topic: topics ? topic ?? eventTopic(event) : "", text: text! };
        length += lengthOf(message);
        return message;
      });
      checkLength(length);
      return messages;
    } catch (error) {
      // Filters made too much of it together; or the type is no number, for one.
      calls.fail(this.#last, error);
      return pass ? "unchanged" : "failed";
    }
  }
}

/** Calls a filter. @throws whatever it does, and for what it must not pass on */
function apply(
  { filter, log }: Stage,
  { event, topic }: Item,
  write: (event: object) => string,
): Passed {
  const items: Item[] = [];
  let length = 0;
  let settled = false;
  const add = (event: object, topic: string | undefined, copy: boolean) => {
    const text = write(event);
    length += lengthOf({ topic, text });
    if (length <= MAX_TEXT) items.push({ event: copy ? readObject(text) : event, topic, text });
  };
  const ctx: EventFilterContext = {
    log,
    topic,
    emit(more, its) {
      if (settled) log.error("emit() came after the call that it belongs to: it is left out");
      else add(asEvent(more), asTopic(its), true);
    },
  };
  const finish = (result: FilterResult): readonly Item[] => {
    const own = asTopic(ctx.topic);
    if (Array.isArray(result)) { for (const one of result) add(asEvent(one), own, true); }
    else if (result !== null && result !== undefined) add(asEvent(result), own, false);
    settled = true;
    checkLength(length);
    return items;
  };
  const result = filter.filter(event as never, ctx);
  if (!(result instanceof Promise)) return finish(result);
  return result.then(finish).finally(() => settled = true);
}

function asEvent(value: unknown): object {
  if (isObject(value)) return value;
  throw new TypeError(
    `Cannot publish ${Array.isArray(value) ? "an array" : String(value)}: a filter returns` +
      " an event (an object), several in an array, or nothing",
  );
}

function asTopic(value: unknown): string | undefined {
  if (value === DROPPED) {
    throw new TypeError(`Cannot publish under the topic ${DROPPED}: it is the plugin's own`);
  }
  if (value === undefined || typeof value === "string") return value;
  throw new TypeError(`Cannot publish under a topic of type ${typeof value}: it is a string`);
}

function lengthOf({ topic, text }: { readonly topic: string | undefined; readonly text: string }) {
  return text.length + (topic?.length ?? 0) + MESSAGE;
}

function checkLength(length: number): void {
  if (length <= MAX_TEXT) return;
  throw new RangeError(`Cannot pass on more than ${MAX_TEXT} characters for one event`);
}

function wants({ selectors }: Stage, event: object): boolean {
  const { type, subtype = 0 } = event as { type?: unknown; subtype?: unknown };
  for (const selector of selectors) {
    if (selector.type !== null && selector.type !== type) continue;
    if (selector.subtype === null || selector.subtype === subtype) return true;
  }
  return false;
}
