/** The tree of sessions, handles and media. @module */
import type { VNode } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { NARROW, useMedia } from "./hooks.ts";
import { levelOf, type Row } from "./rows.ts";
import { HEADINGS, RowCells } from "./tree_cells.tsx";
import { reveal, Windowed } from "./windowed.tsx";

/** What the tree is told, and tells. */
export interface TreeProps {
  readonly rows: readonly Row[];
  /** The handle whose call is open, as the key of its row. */
  readonly shown: string | null;
  readonly now: number;
  /** Names of servers, if there are several. */
  readonly serverName: (id: number) => string | null;
  /** Since when nobody knows what a server's calls are doing; null while that is known. */
  readonly staleSince: (id: number) => number | null;
  readonly toggle: (key: string, open?: boolean) => void;
  readonly open: (server: number, handle: string) => void;
}

const HEADER = 26;

/** The tree. */
export function Tree(
  { rows, shown, now, serverName, staleSince, toggle, open }: TreeProps,
): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(null);
  /** Where the active row was, for when it is gone. */
  const place = useRef(0);
  const rowHeight = useMedia(NARROW) ? 44 : 26;
  let index = rows.findIndex(({ key }) => key === active);
  if (index < 0) index = Math.min(place.current, rows.length - 1);
  place.current = Math.max(0, index);
  const current = rows[index];

  const go = (to: number) => {
    const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
    if (next === undefined) return;
    setActive(next.key);
    reveal(scroller.current!, rows.indexOf(next), rowHeight, HEADER);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || current === undefined) return;
    const page = Math.max(1, Math.floor(scroller.current!.clientHeight / rowHeight) - 2);
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(rows.length - 1),
      PageDown: () => go(index + page),
      PageUp: () => go(index - page),
      ArrowRight: () => unfold(current),
      ArrowLeft: () => fold(current),
      Enter: () => choose(current),
      " ": () => choose(current),
    };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    move();
  };
  const unfold = (row: Row) => {
    if (row.kind === "medium") return;
    if (row.open) go(index + 1);
    else toggle(row.key);
  };
  const fold = (row: Row) => {
    if (row.kind !== "medium" && row.open) toggle(row.key);
    else go(rows.findLastIndex((other, at) => at < index && levelOf(other) < levelOf(row)));
  };
  const choose = (row: Row) => {
    if (row.kind === "session") toggle(row.key);
    else open(row.handle.server, row.handle.id);
  };
  // A link opens a call that may stand far below.
  useLayoutEffect(() => {
    const at = rows.findIndex(({ key }) => key === shown);
    if (at < 0 || active !== null) return;
    setActive(shown);
    reveal(scroller.current!, at, rowHeight, HEADER);
  }, [shown, rows.length > 0]);

  return (
    <div
      class="tree"
      role="treegrid"
      aria-label="Sessions, handles and media, the worst first"
      aria-rowcount={rows.length + 1}
      tabIndex={0}
      ref={scroller}
      aria-activedescendant={current === undefined ? undefined : rowId(current.key)}
      onKeyDown={onKeyDown}
      // The line at which one starts is the one that can be seen.
      onFocus={() => active === null && current !== undefined && setActive(current.key)}
    >
      <div class="row heading" role="row" aria-rowindex={1}>
        {HEADINGS.map(({ name, area, title }) => (
          <span key={area} class={`cell ${area}`} role="columnheader" title={title}>{name}</span>
        ))}
      </div>
      <Windowed
        items={rows}
        rowHeight={rowHeight}
        scroller={scroller}
        render={(row, at) => {
          const stale = staleSince(row.kind === "session" ? row.server : row.handle.server);
          return (
            <div
              key={row.key}
              id={rowId(row.key)}
              class={classOf(row, {
                active: row.key === current?.key,
                shown: row.key === shown,
                stale: stale !== null,
              })}
              role="row"
              aria-level={levelOf(row)}
              aria-rowindex={at + 2}
              aria-expanded={row.kind === "medium" ? undefined : row.open}
              aria-selected={row.key === shown}
              onClick={(event) => {
                setActive(row.key);
                const twisty = (event.target as Element).closest(".twisty") !== null;
                if (twisty && row.kind !== "medium") toggle(row.key);
                else choose(row);
              }}
            >
              <RowCells row={row} now={now} serverName={serverName} stale={stale} />
            </div>
          );
        }}
      />
    </div>
  );
}

function rowId(key: string): string {
  return `row-${key}`;
}

function classOf(row: Row, more: Readonly<Record<string, boolean>>): string {
  const worst = row.kind === "medium" ? 0 : row.severity;
  const over = row.kind !== "session" &&
    (row.handle.phase === "over" || row.handle.phase === "none");
  const ended = row.kind === "handle" && row.handle.phase === "over";
  const names = Object.entries({ over, ended, ...more }).filter(([, is]) => is).map(([name]) =>
    name
  );
  return ["row", row.kind, `worst${worst}`, ...names].join(" ");
}
