/** The page: all its parts, and what they share. @module */
import type { VNode } from "preact";
import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { CallCourse, Frame, LeftOut } from "../wire.ts";
import { Call } from "./call.tsx";
import { follow } from "./course.ts";
import { Feed, type FeedState } from "./feed.ts";
import { clock, count, duration, many, plain } from "./format.ts";
import { type Place, readPlace, writePlace } from "./place.ts";
import { Problem } from "./marks.tsx";
import { NARROW, useMedia } from "./hooks.ts";
import { type Counts, Order, treeRows } from "./rows.ts";
import { keyOf, Store, type TailEntry } from "./store.ts";
import { serverLevel, Strip } from "./strip.tsx";
import { Tail } from "./tail.tsx";
import { Tree } from "./tree.tsx";

/** The page. */
export function App(): VNode {
  const [store] = useState(() => new Store());
  const [version, setVersion] = useState(0);
  const [feed, setFeed] = useState<FeedState>({ kind: "connecting" });
  const [place, setPlace] = usePlace();
  const [toggled, setToggled] = useState<ReadonlySet<string>>(new Set());
  const [paused, setPaused] = useState<readonly TailEntry[] | null>(null);
  const { call } = place;
  const [course, problem, followFrame] = useCourse(call);
  const filter = useRef<HTMLInputElement>(null);

  useEffect(() => {
    const frame = (frame: Frame) => {
      if (!store.apply(frame)) return false;
      setVersion((before) => before + 1);
      followFrame.current(frame);
      return true;
    };
    new Feed({ frame, state: setFeed }).start();
  }, []);

  const brief = useMedia(NARROW);
  const order = useOrder(store, `${place.filter}/${place.troubled}/${brief}`);
  const { rows, counts } = useMemo(() => {
    const view = { filter: place.filter, troubled: place.troubled, toggled, brief };
    return treeRows(store, view, order());
  }, [version, place.filter, place.troubled, toggled, brief]);
  useEffect(() => {
    document.title = `${counts.bad > 0 ? `✖ ${counts.bad} bad · ` : ""}Janus monitor`;
  }, [counts.bad]);

  const toggle = useCallback((key: string) => {
    setToggled((before) => {
      const next = new Set(before);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const serverName = (id: number) =>
    store.servers.length > 1 ? store.server(id)?.name ?? `${id}` : null;
  const close = () => {
    setPlace({ ...place, call: null });
    document.querySelector<HTMLElement>(".tree")?.focus();
  };
  const pause = () => setPaused(paused === null ? store.tail : null);
  useKeys((event) => {
    const typing = event.target instanceof HTMLInputElement;
    if (event.key === "Escape") {
      if (typing && place.filter !== "") setPlace({ ...place, filter: "" });
      else if (call !== null) close();
      else if (place.filter !== "") setPlace({ ...place, filter: "" });
      else if (typing) filter.current?.blur();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    else if (event.key === "/") {
      event.preventDefault();
      filter.current?.focus();
    } else if (event.key === "p") pause();
  });

  return (
    <div
      class={`page is-${feed.kind}${call === null ? "" : " with-call"}`}
    >
      <Top feed={feed} counts={counts} store={store} />
      <LeftOutNotes leftOut={store.leftOut} />
      <Strip store={store} />
      <main>
        <section class="calls" aria-label="Calls">
          <header>
            <h2>Calls</h2>
            <input
              ref={filter}
              type="search"
              aria-label="Filter of the tree"
              placeholder="Filter: id, plugin, room, loss…"
              title="/"
              value={place.filter}
              maxLength={200}
              onInput={(event) => setPlace({ ...place, filter: event.currentTarget.value })}
            />
            <button
              type="button"
              aria-pressed={place.troubled}
              onClick={() => setPlace({ ...place, troubled: !place.troubled })}
            >
              Only trouble
            </button>
            <span class="quiet" role="status">
              {place.filter !== "" || place.troubled
                ? `${count(counts.shown)} of ${many(store.handles.size, "handle")}`
                : many(store.handles.size, "handle")}
            </span>
          </header>
          <Tree
            rows={rows}
            shown={call === null ? null : `h${keyOf(call.server, call.handle)}`}
            now={store.time}
            serverName={serverName}
            staleSince={(id) => store.staleSince(id)}
            toggle={toggle}
            open={(server, handle) => setPlace({ ...place, call: { server, handle } })}
          />
          {rows.length === 0 && <p class="empty">{emptyText(feed, store, place)}</p>}
        </section>
        {call !== null && (
          <Call
            course={course}
            handle={store.handles.get(keyOf(call.server, call.handle))}
            problem={problem}
            server={store.server(call.server)}
            stale={store.staleSince(call.server)}
            now={store.time}
            close={close}
          />
        )}
        <Tail
          store={store}
          entries={store.tail}
          call={call}
          serverName={serverName}
          paused={paused}
          pause={pause}
        />
      </main>
    </div>
  );
}

function Top({ feed, counts, store }: { feed: FeedState; counts: Counts; store: Store }): VNode {
  const away = store.servers.filter((server) => serverLevel(server, store) === 2).length;
  return (
    <header class="top">
      <h1>Janus monitor</h1>
      <p class="sum" role="status">
        {away > 0 && <span class="value2">✖ {many(away, "server")} with problems</span>}
        <span class={counts.bad > 0 ? "value2" : "quiet"}>
          {counts.bad > 0 && "✖ "}
          {many(counts.bad, "bad call")}
        </span>
        <span class={counts.look > 0 ? "value1" : "quiet"}>
          {counts.look > 0 && "▲ "}
          {count(counts.look)} worth a look
        </span>
      </p>
      {store.redacted && <span class="quiet">addresses and names are hidden</span>}
      <Connection feed={feed} time={store.time} />
    </header>
  );
}

function Connection({ feed, time }: { feed: FeedState; time: number }): VNode {
  if (feed.kind === "live") {
    return (
      <span class="live">
        <span aria-hidden="true">●</span> live {clock(time)}
      </span>
    );
  }
  if (feed.kind === "connecting") return <span class="quiet" role="status">connecting…</span>;
  return (
    <div class="lost" role="alert">
      <b>✖ Connection to the monitor lost</b> at {clock(feed.since)}. What is shown is as of then.
      {" "}
      {feed.problem} It is tried again and again.
    </div>
  );
}

function LeftOutNotes({ leftOut }: { leftOut: LeftOut }): VNode | null {
  const { courses, sessions, handles } = leftOut;
  const notes = [
    courses > 0 ? `no curve is kept of ${many(courses, "call")}` : "",
    sessions > 0 ? `${many(sessions, "session")} are not shown` : "",
    handles > 0 ? `${many(handles, "handle")} are not shown` : "",
  ].filter((note) => note !== "");
  if (notes.length === 0) return null;
  return <Problem level={1}>There is more than the monitor keeps: {notes.join("; ")}.</Problem>;
}

function emptyText(feed: FeedState, store: Store, { filter, troubled }: Place): string {
  if (store.began === null) return feed.kind === "lost" ? "" : "Loading…";
  if (filter !== "" && store.handles.size > 0) return "Nothing matches the filter. Esc clears it.";
  if (troubled && store.handles.size > 0) return "No call has trouble.";
  const away = store.servers.filter(({ events }) => events.state !== "up");
  if (away.length > 0) {
    const names = away.map(({ name }) => plain(name, 40)).join(", ");
    return `None are known: ${names} ${away.length === 1 ? "is" : "are"} not connected.`;
  }
  const ago = duration(store.time - store.began);
  return `No sessions. The monitor has been watching for ${ago}.`;
}

/** Milliseconds for which rows stay where they are. */
const SORT_MS = 3000;
/** Somebody reads in the tree, or is about to click. (A finger leaves no pointer behind.) */
const IN_USE = ".tree:focus-within, .tree:hover";

/** The order of rows, which is held for some seconds, and while somebody is among them. */
function useOrder(store: Store, view: string): () => Order {
  const [order] = useState(() => new Order());
  const last = useRef({ view, time: -Infinity });
  return () => {
    const { view: before, time } = last.current;
    const used = document.querySelector(IN_USE);
    const busy = used !== null &&
      (matchMedia("(hover: hover)").matches || used.matches(":focus-within"));
    order.held = view === before && (busy || store.time - time < SORT_MS);
    if (!order.held) last.current = { view, time: store.time };
    return order;
  };
}

/** Takes keys wherever the focus is, unless another part has taken them. */
function useKeys(take: (event: KeyboardEvent) => void): void {
  const latest = useRef(take);
  latest.current = take;
  useEffect(() => {
    const listen = (event: KeyboardEvent) => latest.current(event);
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, []);
}

/** What the address says, kept in it. */
function usePlace(): [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const read = () => setPlace(readPlace(location.hash));
    addEventListener("hashchange", read);
    return () => removeEventListener("hashchange", read);
  }, []);
  const go = (next: Place) => {
    const url = location.pathname + location.search + writePlace(next);
    // The browser's way back closes a call; it does not take back each letter of the filter.
    const other = next.call?.handle !== place.call?.handle ||
      next.call?.server !== place.call?.server;
    history[other ? "pushState" : "replaceState"](null, "", url);
    setPlace(next);
  };
  useEffect(() => {
    const back = () => setPlace(readPlace(location.hash));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);
  return [place, go];
}

type Follow = { current: (frame: Frame) => void };

interface CourseState {
  readonly key: string;
  readonly course: CallCourse | null;
  readonly problem: string | null;
}

/** The course of the call that is open, kept up to date by the frames. */
function useCourse(call: Place["call"]): [CallCourse | null, string | null, Follow] {
  const [state, setState] = useState<CourseState>({ key: "", course: null, problem: null });
  const latest = useRef(state);
  const fetching = useRef<AbortController | null>(null);
  const key = call === null ? "" : keyOf(call.server, call.handle);
  const keep = (next: CourseState) => setState(latest.current = next);

  const load = async () => {
    // One at a time: on a slow connection there would be no end of beginnings.
    if (call === null || fetching.current !== null) return;
    const controller = fetching.current = new AbortController();
    const before = latest.current.key === key ? latest.current.course : null;
    try {
      const query = new URLSearchParams({ server: `${call.server}`, handle: call.handle });
      const response = await fetch(`api/call?${query}`, { signal: controller.signal });
      if (response.ok) keep({ key, course: await response.json() as CallCourse, problem: null });
      else keep({ key, course: before, problem: goneText(response.status, before) });
    } catch {
      // The connection is lost, which is said elsewhere; it is fetched again when it is back.
      if (!controller.signal.aborted) keep({ key, course: before, problem: null });
    } finally {
      if (fetching.current === controller) fetching.current = null;
    }
  };
  useEffect(() => {
    load();
    return () => {
      fetching.current?.abort();
      fetching.current = null;
    };
  }, [key]);

  const followFrame = useRef<(frame: Frame) => void>(() => {});
  followFrame.current = (frame) => {
    const { course, problem } = latest.current;
    if (key === "" || latest.current.key !== key) return;
    if (frame.kind === "tick") {
      // What is gone does not come back by itself.
      if (problem !== null) return;
      const next = course === null ? null : follow(course, frame);
      if (next !== null) return keep({ key, course: next, problem });
    }
    load();
  };
  const mine = state.key === key;
  return [mine ? state.course : null, mine ? state.problem : null, followFrame];
}

function goneText(status: number, before: CallCourse | null): string {
  if (status !== 404) return `The monitor refuses to show it: HTTP ${status}.`;
  return before === null
    ? "There is no such handle, or not any more."
    : "The handle is gone; this is what was last known of it.";
}
