/** What a row of the tree shows. @module */
import type { VNode } from "preact";
import { JITTER_MS, LOSS, RTT_MS, severity } from "../severity.ts";
import type { HandleState, MediumState, Severity } from "../wire.ts";
import { bitrate, clock, duration, many, millis, percent, plain, shortName } from "./format.ts";
import { Level } from "./marks.tsx";
import { endText, overMedia, PHASES, REASONS, type Row } from "./rows.ts";

/** The columns; `area` is the style's name of it. */
export const HEADINGS = [
  { name: "Session, handle, medium", area: "name", title: "" },
  { name: "State", area: "state", title: "What the PeerConnection is doing" },
  { name: "↓ in", area: "in", title: "How media reach Janus" },
  { name: "↑ out", area: "out", title: "How media reach the peer" },
  { name: "Why", area: "why", title: "What is wrong" },
  { name: "RTT", area: "rtt", title: "Round-trip time" },
  { name: "Jitter ↓ ↑", area: "jitter", title: "Jitter of what reaches Janus, and the peer" },
  { name: "Loss ↓", area: "loss-in", title: "Packets lost on the way to Janus" },
  { name: "Loss ↑", area: "loss-out", title: "Packets lost on the way to the peer" },
  { name: "Rate ↓", area: "rate-in", title: "Bitrate into Janus" },
  { name: "Rate ↑", area: "rate-out", title: "Bitrate out of Janus" },
  { name: "Age", area: "age", title: "Since it began" },
] as const;

interface RowProps {
  readonly row: Row;
  readonly now: number;
  readonly serverName: (id: number) => string | null;
  /** Since when nobody knows what it is doing; null while that is known. */
  readonly stale: number | null;
}

/** The cells of a row. */
export function RowCells(props: RowProps): VNode {
  const { row, now, stale } = props;
  switch (row.kind) {
    case "session":
      return <SessionCells {...props} row={row} />;
    case "handle":
      return <HandleCells row={row} now={stale ?? now} stale={stale} />;
    case "medium":
      return <MediumCells medium={row.medium} />;
  }
}

function Cell(
  { area, level = 0, title, children }: {
    area: typeof HEADINGS[number]["area"];
    level?: Severity;
    title?: string | undefined;
    children?: preact.ComponentChildren;
  },
): VNode {
  return <span class={`cell ${area} value${level}`} role="gridcell" title={title}>{children}</span>;
}

function Twisty({ open, any = true }: { open: boolean; any?: boolean }): VNode {
  return <span class="twisty" aria-hidden="true">{!any ? "" : open ? "▾" : "▸"}</span>;
}

function SessionCells(
  { row, now, serverName, stale }: RowProps & { readonly row: Row & { readonly kind: "session" } },
): VNode {
  const { session, handles, open } = row;
  const server = serverName(row.server);
  const bad = handles.filter(({ trouble }) => Math.max(trouble.in, trouble.out) === 2).length;
  return (
    <>
      <span class="cell name" role="rowheader">
        <Twisty open={open} any={handles.length > 0} />
        <span class="label">
          {server !== null && <b>{plain(server, 30)}</b>} session <span class="id">{row.id}</span>
          <span class="quiet">
            {session?.transport != null && `${shortName(session.transport)} · `}
            {many(handles.length, "handle")}
            {stale !== null && ` · as of ${clock(stale)}`}
          </span>
          {stale === null && !open && bad > 0 && <span class="value2">{bad} bad</span>}
        </span>
      </span>
      <Cell area="age">{session === null ? "" : duration((stale ?? now) - session.since)}</Cell>
    </>
  );
}

/** A handle's own name, and what else tells it from others. */
export function HandleName({ handle }: { handle: HandleState }): VNode {
  const { opaque_id: opaque, plugin, room, id } = handle;
  return (
    <>
      {opaque !== null && <bdi class="opaque">{plain(opaque, 60)}</bdi>}{" "}
      <span class={opaque === null ? "" : "quiet"}>{shortName(plugin) ?? "unknown plugin"}</span>
      {room !== null && (
        <span class="quiet">
          room <bdi>{plain(room, 30)}</bdi>
        </span>
      )}
      <span class="quiet id">{id}</span>
    </>
  );
}

function HandleCells(
  { row: { handle, open, severity: worst }, now, stale }: {
    row: Row & { readonly kind: "handle" };
    now: number;
    stale: number | null;
  },
): VNode {
  const { media, trouble, phase } = handle;
  const live = phase === "up" || phase === "setup";
  const known = live && stale === null;
  const of = (column: number, how: "most" | "sum") => live ? overMedia(media, column, how) : null;
  const [rtt, lossIn, lossOut] = [of(0, "most"), of(3, "most"), of(4, "most")];
  const [jitterIn, jitterOut] = [of(1, "most"), of(2, "most")];
  return (
    <>
      <span class="cell name" role="rowheader">
        <Twisty open={open} any={media.length > 0} />
        <span class="label">
          <HandleName handle={handle} />
        </span>
      </span>
      <Cell area="state">{PHASES[phase]}</Cell>
      <Cell area="in">{known && <Level level={trouble.in} of="Into Janus" />}</Cell>
      <Cell area="out">{known && <Level level={trouble.out} of="Out of Janus" />}</Cell>
      <Cell area="why" title={phase === "over" ? endText(handle) : undefined}>
        {stale !== null && live
          ? <span class="quiet">as of {clock(stale)}</span>
          : trouble.reasons.length > 0
          ? (
            <span class={`value${worst}`}>
              {trouble.reasons.map((reason) => REASONS[reason]).join(", ")}
            </span>
          )
          : phase === "over"
          ? <span class="quiet">{endText(handle)}</span>
          : !handle.course && <span class="quiet">no curve kept</span>}
      </Cell>
      {phase !== "over" && (
        <Values
          rtt={rtt}
          jitter={[jitterIn, jitterOut]}
          loss={[lossIn, lossOut]}
          rate={[of(5, "sum"), of(6, "sum")]}
        />
      )}
      <Cell area="age">{duration((handle.ended ?? now) - (handle.up ?? handle.since))}</Cell>
    </>
  );
}

function MediumCells({ medium }: { medium: MediumState }): VNode {
  const { mid, media, codec, receiving, slow_in: slowIn, slow_out: slowOut, point } = medium;
  const at = (column: number) => point[column] ?? null;
  return (
    <>
      <span class="cell name" role="rowheader">
        <span class="label">
          {plain(media, 30)}
          {codec !== null && <span class="quiet">{plain(codec, 20)}</span>}
          <span class="quiet">mid {plain(mid, 20)}</span>
        </span>
      </span>
      <Cell area="state">
        {receiving === null ? "" : receiving ? "arrives" : <span class="value2">no media</span>}
      </Cell>
      <Cell area="why">
        {slowIn + slowOut > 0 && <span class="quiet">slow links {slowIn}↓ {slowOut}↑</span>}
      </Cell>
      <Values
        rtt={at(0)}
        jitter={[at(1), at(2)]}
        loss={[at(3), at(4)]}
        rate={[at(5), at(6)]}
      />
    </>
  );
}

type Pair = readonly [into: number | null, out: number | null];

function Values(
  { rtt, jitter, loss, rate }: { rtt: number | null; jitter: Pair; loss: Pair; rate: Pair },
): VNode {
  const worse = Math.max(jitter[0] ?? 0, jitter[1] ?? 0);
  return (
    <>
      <Cell area="rtt" level={severity(rtt ?? 0, RTT_MS)}>{millis(rtt)}</Cell>
      <Cell area="jitter" level={severity(worse, JITTER_MS)}>
        {millis(jitter[0]).replace(" ms", "")} / {millis(jitter[1])}
      </Cell>
      <Cell area="loss-in" level={severity(loss[0] ?? 0, LOSS)}>{percent(loss[0])}</Cell>
      <Cell area="loss-out" level={severity(loss[1] ?? 0, LOSS)}>{percent(loss[1])}</Cell>
      <Cell area="rate-in">{bitrate(rate[0])}</Cell>
      <Cell area="rate-out">{bitrate(rate[1])}</Cell>
    </>
  );
}
