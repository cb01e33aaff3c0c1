/**
 * Names of Janus's event types and subtypes, and the topic that an event is published under.
 *
 * Source: `JANUS_EVENT_TYPE_*` and `JANUS_EVENT_SUBTYPE_*` in Janus's `events/eventhandler.h`; the
 * labels are those of `janus_events_edit_events_mask` in its `events.c`.
 *
 * @module
 */
import type { ServerEvent } from "./events.ts";

/** Each type's label, with the number (one bit) that Janus has for it. */
export const EVENT_TYPES = {
  sessions: 1,
  handles: 2,
  external: 4,
  jsep: 8,
  webrtc: 16,
  media: 32,
  plugins: 64,
  transports: 128,
  core: 256,
} as const;

/** EventSubtypes of those types that have some, with Janus's numbers. */
export const EVENT_SUBTYPES = {
  webrtc: { ice: 1, lcand: 2, rcand: 3, pair: 4, dtls: 5, state: 6 },
  media: { state: 1, slowlink: 2, stats: 3 },
  core: { startup: 1, shutdown: 2 },
} as const;

/** The label of an event type. */
export type EventLabel = keyof typeof EVENT_TYPES;

/** The subtypes of each type that has some. */
export type EventSubtypes = typeof EVENT_SUBTYPES;

/** Names events: all, those of a type (`"media"`), those of a subtype (`"media.slowlink"`). */
export type EventName =
  | "all"
  | EventLabel
  | { [L in keyof EventSubtypes]: `${L}.${keyof EventSubtypes[L] & string}` }[keyof EventSubtypes];

/** The shape of the events with a name; a union for several names. */
export type EventOf<N extends EventName> = N extends "all" ? ServerEvent
  : N extends EventLabel ? Extract<ServerEvent, { readonly type: typeof EVENT_TYPES[N] }>
  : N extends `${infer L extends keyof EventSubtypes}.${infer S}`
    ? S extends keyof EventSubtypes[L] ? Extract<
        ServerEvent,
        { readonly type: typeof EVENT_TYPES[L]; readonly subtype: EventSubtypes[L][S] }
      >
    : never
  : never;

/** The labels, in the order of their bits. */
export const EVENT_LABELS = Object.keys(EVENT_TYPES) as readonly EventLabel[];

/** What events are meant: a type's number, and the subtype's; null stands for any. */
export interface EventSelector {
  readonly type: number | null;
  readonly subtype: number | null;
}

const SELECTORS: ReadonlyMap<string, EventSelector> = new Map([
  ["all", { type: null, subtype: null }],
  ...EVENT_LABELS.flatMap((label): [string, EventSelector][] => {
    const type = EVENT_TYPES[label];
    const subtypes = Object.entries(label in EVENT_SUBTYPES ? EVENT_SUBTYPES[label as never] : {});
    return [
      [label, { type, subtype: null }],
      ...subtypes.map(([name, subtype]): [string, EventSelector] => [
        `${label}.${name}`,
        { type, subtype: subtype as number },
      ]),
    ];
  }),
]);

/** Every name there is. */
export const EVENT_NAMES = [...SELECTORS.keys()] as readonly EventName[];

/** What a name means; undefined if there is no such name. */
export function eventSelector(name: string): EventSelector | undefined {
  return SELECTORS.get(name);
}

/** What names of events mean, for people: `all events`; `media.slowlink, webrtc (ice, lcand, ...)`. */
export function eventsInWords(names: readonly EventName[]): string {
  if (names.includes("all")) return "all events";
  return [...new Set(names)].map((name) => {
    const subtypes: object = name in EVENT_SUBTYPES ? EVENT_SUBTYPES[name as never] : {};
    const all = Object.keys(subtypes).join(", ");
    return all === "" ? name : `${name} (${all})`;
  }).join(", ");
}

/** Where Janus's number of a type stands in {@linkcode EVENT_LABELS}; -1 for an unknown type. */
export function typeIndex(type: number): number {
  const index = 31 - Math.clz32(type);
  return type === 1 << index && index < EVENT_LABELS.length ? index : -1;
}

/** Names of subtypes, by type and subtype. */
const SUBTYPE_NAMES: ReadonlyMap<number, readonly string[]> = new Map(
  Object.entries(EVENT_SUBTYPES).map(([label, subtypes]): [number, string[]] => {
    const names: string[] = [];
    for (const [name, subtype] of Object.entries(subtypes)) names[subtype] = `${label}.${name}`;
    return [EVENT_TYPES[label as EventLabel], names];
  }),
);

/**
 * The first two parts of a topic, with their dots: `media.stats.`; `sessions.-.` for a type without
 * subtypes, and numbers for what is not known here.
 */
export function topicHead(type: number, subtype: number): string {
  const known = SUBTYPE_NAMES.get(type)?.[subtype];
  if (known !== undefined) return `${known}.`;
  const label = EVENT_LABELS[typeIndex(type)] ?? String(type);
  return `${label}.${subtype === 0 ? "-" : subtype}.`;
}

/**
 * The topic that an event is published under, `type.subtype.session.plugin`: subscribers select by
 * any prefix of it. A part that an event has not is `-`; the last one, empty. The plugin is that of
 * handles' and plugins' events; transports' events, and sessions' that one created, have the
 * transport there.
 *
 * ```ts
 * import { eventTopic } from "./event_types.ts";
 *
 * const handle = { emitter: "", timestamp: 0, session_id: 12, handle_id: 34 };
 * console.log(eventTopic({ ...handle, type: 64, event: { plugin: "janus.plugin.echotest", data: {} } }));
 * // plugins.-.12.janus.plugin.echotest
 * ```
 */
export function eventTopic(event: object): string {
  const { type, subtype, session_id, event: body } = event as {
    readonly type?: unknown;
    readonly subtype?: unknown;
    readonly session_id?: unknown;
    readonly event?: unknown;
  };
  const session = session_id === undefined ? "-" : String(session_id);
  return `${topicHead(Number(type), Number(subtype ?? 0))}${session}.${moduleOf(body)}`;
}

/** The plugin or transport that an event's body names, as the stub finds it; empty if none. */
function moduleOf(body: unknown): string {
  if (typeof body !== "object" || body === null) return "";
  const { plugin, transport } = body as { plugin?: unknown; transport?: unknown };
  if (typeof plugin === "string") return plugin;
  if (typeof transport === "string") return transport;
  if (typeof transport !== "object" || transport === null) return "";
  const { transport: name } = transport as { transport?: unknown };
  return typeof name === "string" ? name : "";
}
