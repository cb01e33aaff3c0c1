/** The tail of events. @module */
import type { VNode } from "preact";
import { useMemo, useRef, useState } from "preact/hooks";
import { clock, count, many, plain, plainLines } from "./format.ts";
import { NARROW, useMedia } from "./hooks.ts";
import { gistOf, indentJson } from "./json_text.ts";
import type { Store, TailEntry } from "./store.ts";
import { reveal, Windowed } from "./windowed.tsx";

/** What the tail is told. */
export interface TailProps {
  readonly store: Store;
  readonly entries: readonly TailEntry[];
  /** The call that is open. */
  readonly call: { readonly server: number; readonly handle: string } | null;
  /** Names of servers, if there are several. */
  readonly serverName: (id: number) => string | null;
  readonly paused: readonly TailEntry[] | null;
  readonly pause: () => void;
}

/** Shown on demand: there are so many that nothing else would be seen. */
const STATISTICS = "media.stats";

/** The type of an event: its name without the subtype. */
function typeOf({ event: { name } }: TailEntry): string {
  return name.split(".")[0]!;
}

/** The tail. */
export function Tail({ store, entries, call, serverName, paused, pause }: TailProps): VNode {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [statistics, setStatistics] = useState(false);
  const [types, setTypes] = useState<readonly string[]>([]);
  const [only, setOnly] = useState(false);
  const [chosen, setChosen] = useState<TailEntry | null>(null);
  const seen = useMemo(() => [...new Set([...types, ...entries.map(typeOf)])].sort(), [entries]);
  if (seen.length !== types.length) setTypes(seen);
  const all = paused ?? entries;
  const shown = useMemo(() =>
    all.filter((entry) => {
      if (hidden.has(typeOf(entry))) return false;
      if (!statistics && entry.event.name === STATISTICS) return false;
      if (!only || call === null) return true;
      return entry.event.handle === call.handle && entry.event.server === call.server;
    }).reverse(), [all, hidden, statistics, only, call?.server, call?.handle]);
  const newer = paused === null ? 0 : entries.filter(({ key }) => key > (paused.at(-1)?.key ?? -1))
    .length;
  const toggle = (type: string) => {
    const next = new Set(hidden);
    if (!next.delete(type)) next.add(type);
    setHidden(next);
  };
  return (
    <section class="tail" aria-label="Events">
      <header>
        <h2>Events</h2>
        <button type="button" aria-pressed={paused !== null} onClick={pause} title="p">
          {paused === null ? "Pause" : "Resume"}
        </button>
        {call !== null && (
          <button type="button" aria-pressed={only} onClick={() => setOnly(!only)}>
            Only this call
          </button>
        )}
        <span class="quiet" role="status">
          {paused !== null ? `paused, ${many(newer, "newer event")}` : ""}
          {paused === null && store.skipped > 0 && (
            <span title="The tail is a sample: so many of each kind a second">
              {count(store.skipped)} left out
            </span>
          )}
        </span>
      </header>
      <div class="chips" role="group" aria-label="Types of events">
        {seen.map((type) => (
          <button
            type="button"
            key={type}
            class="chip"
            aria-pressed={!hidden.has(type)}
            onClick={() => toggle(type)}
          >
            {plain(type, 24)}
          </button>
        ))}
        <button
          type="button"
          class="chip"
          aria-pressed={statistics}
          title="Statistics of each medium, of which there are more than of all else"
          onClick={() => setStatistics(!statistics)}
        >
          {STATISTICS}
        </button>
      </div>
      {shown.length === 0 && all.length > 0 && (
        <p class="quiet none">
          {statistics
            ? "Nothing else has come."
            : `Nothing but statistics: ${STATISTICS} shows them.`}
        </p>
      )}
      <Entries entries={shown} chosen={chosen} choose={setChosen} serverName={serverName} />
      {chosen !== null && <Json entry={chosen} close={() => setChosen(null)} />}
    </section>
  );
}

function Entries(
  { entries, chosen, choose, serverName }: {
    entries: readonly TailEntry[];
    chosen: TailEntry | null;
    choose: (entry: TailEntry | null) => void;
    serverName: (id: number) => string | null;
  },
): VNode {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<number | null>(null);
  const rowHeight = useMedia(NARROW) ? 34 : 22;
  const index = Math.max(0, entries.findIndex(({ key }) => key === active));
  const current = entries[index];
  const go = (to: number) => {
    const next = entries[Math.max(0, Math.min(entries.length - 1, to))];
    if (next === undefined) return;
    setActive(next.key);
    reveal(scroller.current!, entries.indexOf(next), rowHeight);
    if (chosen !== null) choose(next);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || current === undefined) return;
    const page = Math.max(1, Math.floor(scroller.current!.clientHeight / rowHeight) - 1);
    const moves: Record<string, () => void> = {
      ArrowDown: () => go(index + 1),
      ArrowUp: () => go(index - 1),
      Home: () => go(0),
      End: () => go(entries.length - 1),
      PageDown: () => go(index + page),
      PageUp: () => go(index - page),
      Enter: () => choose(current),
      " ": () => choose(current),
    };
    const move = moves[event.key];
    if (move !== undefined) {
      event.preventDefault();
      move();
    } else if (event.key === "Escape" && chosen !== null) {
      event.stopPropagation();
      choose(null);
    }
  };
  return (
    <div
      class="entries"
      role="listbox"
      aria-label="Events, the newest first"
      tabIndex={0}
      ref={scroller}
      aria-activedescendant={current === undefined ? undefined : `event-${current.key}`}
      onKeyDown={onKeyDown}
    >
      <Windowed
        items={entries}
        rowHeight={rowHeight}
        scroller={scroller}
        anchor={({ key }) => key}
        render={(entry) => (
          <div
            key={entry.key}
            id={`event-${entry.key}`}
            class={`event${entry.key === current?.key ? " active" : ""}`}
            role="option"
            aria-selected={entry.key === chosen?.key}
            onClick={() => {
              setActive(entry.key);
              choose(entry.key === chosen?.key ? null : entry);
            }}
          >
            <Line entry={entry} server={serverName(entry.event.server)} />
          </div>
        )}
      />
    </div>
  );
}

function Line({ entry: { event }, server }: { entry: TailEntry; server: string | null }): VNode {
  const { time, name, session, handle, json } = event;
  return (
    <>
      <time>{clock(time)}</time>
      <b>{plain(name, 40)}</b>
      {server !== null && <span>{plain(server, 24)}</span>}
      <span class="id quiet">{shortId(handle ?? session)}</span>
      <span class="quiet gist">{plain(gistOf(json), 160)}</span>
    </>
  );
}

/** The end of an id, which tells it from others where there is little room. */
function shortId(id: string | null): string {
  return id === null ? "" : id.length > 6 ? `…${id.slice(-5)}` : id;
}

function Json({ entry: { event }, close }: { entry: TailEntry; close: () => void }): VNode {
  const { json, cut, name, time, number } = event;
  return (
    <div
      class="json"
      onKeyDown={(key) => {
        if (key.key !== "Escape") return;
        key.stopPropagation();
        close();
      }}
    >
      <header>
        <b>{plain(name, 40)}</b> {clock(time)}
        {number !== null && <span class="quiet">number {count(number)}</span>}
        {cut && <span class="value1">▲ too long: only its beginning is kept</span>}
        <button type="button" class="close" onClick={close} title="Esc">
          Close <span aria-hidden="true">✕</span>
        </button>
      </header>
      <pre tabIndex={0}>{plainLines(indentJson(json), 20_000)}</pre>
    </div>
  );
}
