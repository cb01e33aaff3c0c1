/** What differs between filters and hooks. @module */
import {
  type EventName,
  type EventSelector,
  eventSelector,
  eventsInWords,
} from "../janus/event_types.ts";
import type { ModuleKind } from "./protocol.ts";

/** What becomes of an item, in words. */
export interface Fates {
  /** One that a module fails at, and one that ended the modules' process. */
  readonly failed: string;
  readonly ended: string;
  /** Those that a disabled module does not see. */
  readonly disabled: string;
}

/** A kind of modules. */
export interface Kind {
  readonly noun: ModuleKind;
  /** The group of the configuration. */
  readonly section: string;
  /** What a module is given. */
  readonly item: string;
  /** Where `on_error` lets items pass, and where it stops them. */
  readonly passing: Fates;
  readonly stopping: Fates;
  /** True if a module may say that it wants this. */
  knows(wanted: string): boolean;
  /** What a module wants, for people. */
  inWords(wanted: readonly string[]): string;
  /** True if who wants this wants such an item: its type and subtype; for hooks 1 for a reply, 0 for a request. */
  wants(wanted: string, type: number, subtype: number): boolean;
}

/** Event filters. */
export const FILTERS: Kind = {
  noun: "filter",
  section: "filters",
  item: "event",
  passing: {
    failed: "the event passes unchanged",
    ended: "the event passes without it",
    disabled: "events go past it",
  },
  stopping: {
    failed: "the event is dropped",
    ended: "the event is dropped",
    disabled: "events go past it",
  },
  knows: (wanted) => eventSelector(wanted) !== undefined,
  inWords: (wanted) => eventsInWords(wanted as readonly EventName[]),
  wants(wanted, type, subtype) {
    const selector: EventSelector = eventSelector(wanted)!;
    return (selector.type ?? type) === type && (selector.subtype ?? subtype) === subtype;
  },
};

/** Hooks of the transport. */
export const HOOKS: Kind = {
  noun: "hook",
  section: "hooks",
  item: "message",
  passing: {
    failed: "the message passes unchanged",
    ended: "the message passes without it",
    disabled: "messages go past it",
  },
  stopping: {
    failed: "a request is refused, a reply passes",
    ended: "a request is refused, a reply passes",
    disabled: "requests are refused",
  },
  knows: (wanted) => wanted === "onRequest" || wanted === "onReply",
  inWords: (wanted) =>
    wanted.map((one) => one === "onReply" ? "replies" : "requests").join(" and "),
  wants: (wanted, reply) => wanted === (reply === 1 ? "onReply" : "onRequest"),
};

/** What messages call a module, or all of a kind. */
export function titleOf({ noun }: Kind, module?: { readonly title: string }): string {
  const capital = noun[0]!.toUpperCase() + noun.slice(1);
  return module === undefined ? `${capital}s` : `${capital} ${module.title}`;
}
