/** What filters and hooks differ in: what a module is, and how an item goes through them. @module */
import { hasLongInteger, parseJson } from "../../janus/json.ts";
import { type Calls, writeObject } from "../../sdk/chain.ts";
import { checkEventFilter, checkTransportHook } from "../../sdk/check.ts";
import type { AnyEventFilter, ModuleLog } from "../../sdk/event_filter.ts";
import { FilterChain, type FilterOutcome } from "../../sdk/filter_chain.ts";
import { HookChain, type HookHead, type HookOutcome } from "../../sdk/hook_chain.ts";
import type { TransportHook } from "../../sdk/transport_hook.ts";
import { type CompanionInit, JSON_FORMS, type JsonForm } from "../protocol.ts";
import type { Chunk } from "./chunk.ts";

/** What a module exports. */
export type Script = AnyEventFilter | TransportHook;

/** A module that can be used. */
export interface Candidate {
  readonly script: Script;
  /** What it wants, in its own words. */
  readonly wants: readonly string[];
  /** Has it take part: once it is set up. */
  readonly use: (module: number, log: ModuleLog) => void;
}

/** What came of an item. */
export type Outcome = FilterOutcome | HookOutcome;

/** Modules of one kind. */
export interface Scripts {
  /** Looks at what a module exports. @throws {TypeError} saying what is wrong with it */
  check(value: unknown): Candidate;
  /** Begins a chunk. @returns what takes an item of it through the modules */
  begin(chunk: Chunk): (at: number) => Outcome | Promise<Outcome>;
}

/** Ways to write JSON. Janus indents by three blanks; a line's end is only ever between two tokens. */
const WRITERS: Record<JsonForm, (value: object) => string> = {
  compact: writeObject,
  plain: (value) => writeObject(value, 1).replace(/,\n */g, ", ").replace(/\n */g, ""),
  indented: (value) => writeObject(value, 3),
};

/** Filters of events. */
export function filters(calls: Calls, { pass, topics }: CompanionInit): Scripts {
  const chain = new FilterChain({ calls, pass, topics });
  return {
    check(value) {
      const script = checkEventFilter(value);
      const use: Candidate["use"] = (module, log) => chain.add(script, module, log);
      return { script, wants: script.events, use };
    },
    begin(chunk) {
      chain.write = WRITERS[JSON_FORMS[chunk.form]!];
      const events = parseAll(chunk);
      return (at) => {
        const text = chunk.item(at);
        const read = () => parse(text);
        return chain.take(events?.[at] ?? read(), read, chunk.mask(at), text);
      };
    },
  };
}

/** Hooks of the transport. */
export function hooks(calls: Calls, { pass }: CompanionInit): Scripts {
  const chain = new HookChain({ calls, pass });
  return {
    check(value) {
      const script = checkTransportHook(value);
      const wants = (["onRequest", "onReply"] as const).filter((one) => script[one] !== undefined);
      return { script, wants, use: (module, log) => chain.add(script, module, log) };
    },
    begin(chunk) {
      chain.write = WRITERS[JSON_FORMS[chunk.form]!];
      return (at) => {
        // By itself: what a client's message has in it must not be taken for a part of another one.
        const text = chunk.item(at);
        const end = text.indexOf("\n"); // there is none in the head
        const head: HookHead = JSON.parse(text.slice(0, end));
        return chain.take(head, text.slice(end + 1), chunk.mask(at));
      };
    },
  };
}

/** All events at once, which is faster; null if they have to be parsed one by one. */
function parseAll(chunk: Chunk): object[] | null {
  const { text } = chunk;
  // One event with a long id would make all of them slow.
  if (hasLongInteger(text)) return null;
  try {
    const events: unknown = JSON.parse(text);
    return Array.isArray(events) && events.length === chunk.count ? events : null;
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
