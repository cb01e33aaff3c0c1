/** What filters and hooks differ in: what a module is, and how an item goes through them. @module */
import { hasLongInteger, parseJson } from "../../janus/json.ts";
import type { Calls } from "../../sdk/chain.ts";
import { checkEventFilter, checkTransportHook } from "../../sdk/check.ts";
import type { ModuleLog, SetupContext } from "../../sdk/event_filter.ts";
import {
  chained,
  type ChainedFilter,
  FilterChain,
  type FilterOutcome,
} from "../../sdk/filter_chain.ts";
import {
  type ChainedHook,
  HookChain,
  type HookHead,
  type HookOutcome,
} from "../../sdk/hook_chain.ts";
import { type CompanionInit, JSON_FORMS } from "../protocol.ts";
import { jsonWriter } from "./json_form.ts";
import type { Run } from "./run.ts";

/** A module that can be used. */
export interface Script {
  readonly name: string;
  /** What it wants, in its own words. */
  readonly wants: readonly string[];
  /** Has it take part, once it is set up. */
  readonly use: () => void;
  setup?(ctx: SetupContext): void | Promise<void>;
  teardown?(): void | Promise<void>;
}

/** What came of an item. */
export type Outcome = FilterOutcome | HookOutcome;

/** Modules of one kind. */
export interface Scripts {
  /** What a module exports, if it is of this kind. @throws {TypeError} saying what is wrong with it */
  check(value: unknown, module: number, log: ModuleLog): Script;
  /** Begins a run. @returns what takes an item of it through the modules */
  begin(run: Run): (at: number) => Outcome | Promise<Outcome>;
}

const WRITERS = JSON_FORMS.map(jsonWriter);

/** Filters of events. */
export class Filters implements Scripts {
  readonly #filters: ChainedFilter[] = [];
  readonly #chain: FilterChain;

  constructor(calls: Calls, { pass, topics }: CompanionInit) {
    this.#chain = new FilterChain({ filters: this.#filters, calls, pass, topics });
  }

  check(value: unknown, module: number, log: ModuleLog): Script {
    const filter = checkEventFilter(value);
    const use = () => void this.#filters.push(chained(filter, module, log));
    return script(filter, filter.events, use);
  }

  begin(run: Run): (at: number) => FilterOutcome | Promise<FilterOutcome> {
    this.#chain.write = WRITERS[run.form] ?? WRITERS[0]!;
    const events = parseAll(run);
    return (at) => {
      const read = () => parse(run.item(at));
      return this.#chain.take(events?.[at] ?? read(), read, run.mask(at));
    };
  }
}

/** Hooks of the transport. */
export class Hooks implements Scripts {
  readonly #hooks: ChainedHook[] = [];
  readonly #chain: HookChain;

  constructor(calls: Calls, { pass }: CompanionInit) {
    this.#chain = new HookChain({ hooks: this.#hooks, calls, pass });
  }

  check(value: unknown, module: number, log: ModuleLog): Script {
    const hook = checkTransportHook(value);
    const wants = (["onRequest", "onReply"] as const).filter((one) => hook[one] !== undefined);
    return script(hook, wants, () => void this.#hooks.push({ module, hook, log }));
  }

  /**
   * Each message of a client's is parsed by itself: what it has in it must not be taken for a part of
   * another one.
   */
  begin(run: Run): (at: number) => Promise<HookOutcome> {
    this.#chain.write = WRITERS[run.form] ?? WRITERS[0]!;
    return (at) => {
      const text = run.item(at);
      const end = text.indexOf("\n"); // there is none in the head
      const head: HookHead = JSON.parse(text.slice(0, end));
      return this.#chain.take(head, text.slice(end + 1), run.mask(at));
    };
  }
}

function script(
  module: Pick<Script, "name" | "setup" | "teardown">,
  wants: readonly string[],
  use: () => void,
): Script {
  return {
    name: module.name,
    wants,
    use,
    setup: (ctx) => module.setup?.(ctx),
    teardown: () => module.teardown?.(),
  };
}

/** All events at once, which is faster; null if they have to be parsed one by one. */
function parseAll({ items, count }: Run): object[] | null {
  // One event with a long id would make all of them slow.
  if (hasLongInteger(items)) return null;
  try {
    const events: unknown = JSON.parse(items);
    return Array.isArray(events) && events.length === count ? events : null;
  } catch {
    return null;
  }
}

function parse(text: string): object {
  try {
    return parseJson(text) as object;
  } catch {
    return {}; // no filter wants it
  }
}
