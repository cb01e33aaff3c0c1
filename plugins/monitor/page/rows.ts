/** The tree as rows: sessions, their handles, and the media of these; the worst first. @module */
import type { HandleState, MediumState, SessionState, Severity, TroubleReason } from "../wire.ts";
import { plain } from "./format.ts";
import { keyOf, type Store } from "./store.ts";

/** A row of the tree. */
export type Row =
  | {
    readonly kind: "session";
    readonly key: string;
    readonly server: number;
    /** Null if only its handles are known. */
    readonly session: SessionState | null;
    readonly id: string;
    readonly severity: Severity;
    readonly handles: readonly HandleState[];
    readonly open: boolean;
  }
  | {
    readonly kind: "handle";
    readonly key: string;
    readonly handle: HandleState;
    readonly severity: Severity;
    readonly open: boolean;
  }
  | {
    readonly kind: "medium";
    readonly key: string;
    readonly handle: HandleState;
    readonly medium: MediumState;
  };

/** What is shown of the tree. */
export interface TreeView {
  /** Words that must all occur. */
  readonly filter: string;
  /** Only what is bad, or worth a look. */
  readonly troubled: boolean;
  /** Keys of sessions that are closed, and of handles that are open. */
  readonly toggled: ReadonlySet<string>;
  /** There is little room: a session of one handle has no row of its own. */
  readonly brief: boolean;
}

/** How many handles there are of each severity. */
export interface Counts {
  readonly bad: number;
  readonly look: number;
  readonly fine: number;
  /** Those that the filter leaves. */
  readonly shown: number;
}

/** The worse direction; what is not known any more is not bad. */
export function severityOf({ trouble, server }: HandleState, store: Store): Severity {
  return store.staleSince(server) === null ? Math.max(trouble.in, trouble.out) as Severity : 0;
}

/** How a call ended. */
export function endText({ ended_by, reason }: HandleState): string {
  const because = reason === null || reason === "" ? "" : ` ${plain(reason, 60)}`;
  switch (ended_by) {
    case null:
      return "";
    case "hangup":
      return `ended: hangup${because}`;
    case "detached":
      return "ended: detached";
    case "gone":
      return "client gone";
    case "lost":
      return "lost with the server";
    case "unseen":
      return "ended unseen";
  }
}

/** What a reason is called. */
export const REASONS: Readonly<Record<TroubleReason, string>> = {
  ice: "ICE",
  dtls: "DTLS",
  slow_link: "slow link",
  loss: "loss",
  rtt: "RTT",
  jitter: "jitter",
  stalled: "no media",
};

/** What a phase is called. */
export const PHASES = { none: "no call", setup: "setup", up: "up", over: "over" } as const;

/** How far up calls of a phase stand. */
const ORDER = { setup: 0, up: 1, none: 2, over: 3 } as const;

/** Keeps rows where they are: who reads one, or is about to click, must not lose it. */
export class Order {
  /** False while rows may move. */
  held = false;
  #places = new Map<string, number>();

  /** Sorts, or keeps the order of before with what is new at the end. */
  sort<T>(items: readonly T[], keyOf: (item: T) => string, compare: (a: T, b: T) => number): T[] {
    const place = (item: T) => this.#places.get(keyOf(item)) ?? Infinity;
    return [...items].sort((a, b) => {
      const [before, after] = this.held ? [place(a), place(b)] : [0, 0];
      return before === after ? compare(a, b) : before - after;
    });
  }

  /** Remembers where rows are. */
  keep(rows: readonly Row[]): void {
    this.#places = new Map(rows.map(({ key }, index) => [key, index]));
  }
}

interface Group {
  readonly server: number;
  readonly id: string;
  readonly handles: HandleState[];
  severity: Severity;
}

/** The rows that a view has, and the counts. */
export function treeRows(
  store: Store,
  view: TreeView,
  order = new Order(),
): { rows: Row[]; counts: Counts } {
  const words = view.filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const groups = new Map<string, Group>();
  const counts = [0, 0, 0];
  let shown = 0;
  for (const handle of store.handles.values()) {
    const severity = severityOf(handle, store);
    counts[severity]!++;
    if (view.troubled && severity === 0) continue;
    if (!matches(words, handle, store)) continue;
    shown++;
    const key = keyOf(handle.server, handle.session);
    let group = groups.get(key);
    if (group === undefined) {
      group = { server: handle.server, id: handle.session, handles: [], severity: 0 };
      groups.set(key, group);
    }
    group.handles.push(handle);
    group.severity = Math.max(group.severity, severity) as Severity;
  }
  if (words.length === 0 && !view.troubled) addEmpty(store, groups);
  const rows: Row[] = [];
  const compare = (a: Group, b: Group) => compareGroups(a, b, store);
  // A session without a row of its own is where its handle is.
  const keyed = (group: Group) =>
    isAlone(group, view) ? handleKey(group.handles[0]!) : sessionKey(group);
  for (const group of order.sort([...groups.values()], keyed, compare)) {
    pushGroup(rows, group, store, view, order);
  }
  order.keep(rows);
  return { rows, counts: { fine: counts[0]!, look: counts[1]!, bad: counts[2]!, shown } };
}

/** Sessions without a handle. */
function addEmpty(store: Store, groups: Map<string, Group>): void {
  for (const [key, { server, id }] of store.sessions) {
    if (!groups.has(key)) groups.set(key, { server, id, handles: [], severity: 0 });
  }
}

function pushGroup(rows: Row[], group: Group, store: Store, view: TreeView, order: Order): void {
  const { server, id, severity, handles } = group;
  const session = store.sessions.get(keyOf(server, id)) ?? null;
  const key = sessionKey(group);
  const alone = isAlone(group, view);
  const open = alone || !view.toggled.has(key);
  if (!alone) rows.push({ kind: "session", key, server, session, id, severity, handles, open });
  if (!open) return;
  const compare = (a: HandleState, b: HandleState) => compareHandles(a, b, store);
  for (const handle of order.sort(handles, handleKey, compare)) {
    const key = handleKey(handle);
    const open = view.toggled.has(key);
    rows.push({ kind: "handle", key, handle, severity: severityOf(handle, store), open });
    if (!open) continue;
    for (const medium of handle.media) {
      const mediumKey = `m${keyOf(handle.server, handle.id)}/${medium.mid}/${medium.media}`;
      rows.push({ kind: "medium", key: mediumKey, handle, medium });
    }
  }
}

function isAlone({ handles }: Group, { brief }: TreeView): boolean {
  return brief && handles.length === 1;
}

function sessionKey({ server, id }: Group): string {
  return `s${keyOf(server, id)}`;
}

function handleKey({ server, id }: HandleState): string {
  return `h${keyOf(server, id)}`;
}

function compareGroups(a: Group, b: Group, store: Store): number {
  return b.severity - a.severity || isStale(a, store) - isStale(b, store) ||
    phaseOf(a) - phaseOf(b) || a.server - b.server || compareIds(a.id, b.id);
}

function isStale({ server }: Group, store: Store): number {
  return store.staleSince(server) === null ? 0 : 1;
}

function phaseOf({ handles }: Group): number {
  return handles.reduce((least, { phase }) => Math.min(least, ORDER[phase]), 4);
}

function compareHandles(a: HandleState, b: HandleState, store: Store): number {
  return severityOf(b, store) - severityOf(a, store) || ORDER[a.phase] - ORDER[b.phase] ||
    a.since - b.since || compareIds(a.id, b.id);
}

/** Any order will do, as long as rows keep their places. */
function compareIds(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function matches(words: readonly string[], handle: HandleState, store: Store): boolean {
  if (words.length === 0) return true;
  const text = [
    handle.id,
    handle.session,
    handle.plugin,
    handle.opaque_id,
    handle.room === null ? null : `room ${handle.room}`,
    handle.phase,
    handle.ice,
    handle.dtls,
    endText(handle),
    store.server(handle.server)?.name,
    ...handle.trouble.reasons.map((reason) => REASONS[reason]),
    ...handle.media.flatMap(({ media, codec }) => [media, codec]),
  ].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The greatest of a handle's values, or their sum; null if there is none. */
export function overMedia(
  media: readonly MediumState[],
  column: number,
  how: "most" | "sum",
): number | null {
  let result: number | null = null;
  for (const { point } of media) {
    const value = point[column] ?? null;
    if (value === null) continue;
    result = result === null ? value : how === "sum" ? result + value : Math.max(result, value);
  }
  return result;
}

/** The level in the tree, from 1 on. */
export function levelOf({ kind }: Row): 1 | 2 | 3 {
  return kind === "session" ? 1 : kind === "handle" ? 2 : 3;
}
