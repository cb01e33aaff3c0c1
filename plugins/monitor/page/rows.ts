/** The tree as rows: sessions, their handles, and the media of these; the worst first. @module */
import type { HandleState, MediumState, SessionState, Severity, TroubleReason } from "../wire.ts";
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
}

/** How many handles there are of each severity. */
export interface Counts {
  readonly bad: number;
  readonly look: number;
  readonly fine: number;
  /** Those that the filter leaves. */
  readonly shown: number;
}

/** The worse direction. */
export function severityOf({ trouble }: HandleState): Severity {
  return Math.max(trouble.in, trouble.out) as Severity;
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
const ORDER = { setup: 0, up: 1, over: 2, none: 3 } as const;

interface Group {
  readonly server: number;
  readonly id: string;
  readonly handles: HandleState[];
  severity: Severity;
}

/** The rows that a view has, and the counts. */
export function treeRows(store: Store, view: TreeView): { rows: Row[]; counts: Counts } {
  const words = view.filter.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const groups = new Map<string, Group>();
  const counts = [0, 0, 0];
  let shown = 0;
  for (const handle of store.handles.values()) {
    const severity = severityOf(handle);
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
  for (const [key, group] of [...groups].sort(([, a], [, b]) => compareGroups(a, b))) {
    pushGroup(rows, key, group, store, view);
  }
  return { rows, counts: { fine: counts[0]!, look: counts[1]!, bad: counts[2]!, shown } };
}

/** Sessions without a handle. */
function addEmpty(store: Store, groups: Map<string, Group>): void {
  for (const [key, { server, id }] of store.sessions) {
    if (!groups.has(key)) groups.set(key, { server, id, handles: [], severity: 0 });
  }
}

function pushGroup(rows: Row[], key: string, group: Group, store: Store, view: TreeView): void {
  const { server, id, severity, handles } = group;
  const session = store.sessions.get(key) ?? null;
  const rowKey = `s${key}`;
  const open = !view.toggled.has(rowKey);
  rows.push({ kind: "session", key: rowKey, server, session, id, severity, handles, open });
  if (!open) return;
  for (const handle of handles.sort(compareHandles)) {
    const handleKey = `h${keyOf(handle.server, handle.id)}`;
    const shown = view.toggled.has(handleKey);
    rows.push({ kind: "handle", key: handleKey, handle, open: shown });
    if (!shown) continue;
    for (const medium of handle.media) {
      const mediumKey = `m${keyOf(handle.server, handle.id)}/${medium.mid}/${medium.media}`;
      rows.push({ kind: "medium", key: mediumKey, handle, medium });
    }
  }
}

function compareGroups(a: Group, b: Group): number {
  return b.severity - a.severity || phaseOf(a) - phaseOf(b) || a.server - b.server ||
    compareIds(a.id, b.id);
}

function phaseOf({ handles }: Group): number {
  return handles.reduce((least, { phase }) => Math.min(least, ORDER[phase]), 4);
}

function compareHandles(a: HandleState, b: HandleState): number {
  return severityOf(b) - severityOf(a) || ORDER[a.phase] - ORDER[b.phase] ||
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
    handle.reason,
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
