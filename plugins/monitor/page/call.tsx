/** One call over time. @module */
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type {
  CallCourse,
  CandidateState,
  Column,
  Description,
  HandleState,
  Mark,
  ServerState,
} from "../wire.ts";
import { Chart, type Line, markLevel, markText } from "./chart.tsx";
import { curveOf, gapsOf, lengthOf } from "./course.ts";
import {
  bitrate,
  clock,
  dayAndClock,
  duration,
  millis,
  NOTHING,
  percent,
  plain,
} from "./format.ts";
import { plainLines } from "./format.ts";
import { colorsOf } from "./colors.ts";
import { Legend } from "./legend.tsx";
import { Fact, Problem } from "./marks.tsx";
import { endText, PHASES, REASONS } from "./rows.ts";
import { HandleName } from "./tree_cells.tsx";
import { useMedia } from "./hooks.ts";

/** What the panel is told. */
export interface CallProps {
  /** Null while it is fetched. */
  readonly course: CallCourse | null;
  /** As it is by the last frame; undefined if it is gone. */
  readonly handle: HandleState | undefined;
  readonly problem: string | null;
  readonly server: ServerState | undefined;
  /** Since when nobody knows what it is doing (ms); null while that is known. */
  readonly stale: number | null;
  /** The monitor's time (ms). */
  readonly now: number;
  readonly close: () => void;
}

const CHARTS: readonly {
  readonly title: string;
  readonly columns: readonly Column[];
  readonly least: number;
  readonly format: (value: number) => string;
}[] = [
  { title: "Round-trip time", columns: ["rtt"], least: 50, format: millis },
  { title: "Jitter", columns: ["jitter_in", "jitter_out"], least: 20, format: millis },
  { title: "Loss", columns: ["loss_in", "loss_out"], least: 0.05, format: percent },
  { title: "Bitrate", columns: ["kbps_in", "kbps_out"], least: 64, format: bitrate },
];

const RANGES = [1, 3, 10] as const;
/** A young call is not drawn wider than this. */
const LEAST_SECONDS = 20;

/** The panel of a call. */
export function Call({ course, handle, problem, server, stale, now, close }: CallProps): VNode {
  const title = useRef<HTMLHeadingElement>(null);
  const shown = handle ?? course?.handle;
  const key = shown === undefined ? "" : `${shown.server}/${shown.id}`;
  useEffect(() => title.current?.focus(), [key]);
  return (
    <section class="call" aria-label="Call">
      <header>
        <h2 ref={title} tabIndex={-1}>
          {shown === undefined ? "Call" : <HandleName handle={shown} />}
        </h2>
        <button type="button" class="close" onClick={close} title="Close (Esc)">
          Close <span aria-hidden="true">✕</span>
        </button>
      </header>
      <div class="body">
        {problem !== null && <Problem level={1}>{problem}</Problem>}
        {server !== undefined && stale !== null && (
          <Problem level={2}>
            No events come from {plain(server.name, 40)}: what is shown is as of {clock(stale)}.
          </Problem>
        )}
        {shown !== undefined && (
          <State handle={shown} server={server} now={stale ?? now} stale={stale !== null} />
        )}
        {course !== null && (
          <Course
            course={course}
            handle={shown ?? course.handle}
            period={server?.period ?? null}
          />
        )}
        {course === null && problem === null && <p class="quiet">Loading…</p>}
      </div>
    </section>
  );
}

function State(
  { handle, server, now, stale }: {
    handle: HandleState;
    server: ServerState | undefined;
    now: number;
    stale: boolean;
  },
): VNode {
  const { phase, ice, dtls, up, ended, ended_by, trouble, session, since, course } = handle;
  const words = trouble.reasons.map((one) => REASONS[one]).join(", ");
  const where = trouble.in > 0 && trouble.out > 0
    ? "both into and out of Janus"
    : trouble.in > 0
    ? "into Janus (↓)"
    : "out of Janus (↑)";
  const worst = Math.max(trouble.in, trouble.out);
  return (
    <>
      {worst > 0 && !stale && (
        <Problem level={worst === 2 ? 2 : 1}>
          {worst === 2 ? "Bad" : "Worth a look"} {where}: {words}.
        </Problem>
      )}
      {!course && (
        <Problem level={1}>
          No curve is kept of this call, as there are too many: the latest values are shown.
        </Problem>
      )}
      <dl class="facts">
        <Fact name="State">{PHASES[phase]}</Fact>
        <Fact name="ICE" level={ice === "failed" ? 2 : ice === "disconnected" ? 1 : 0}>
          {ice === null ? NOTHING : plain(ice, 20)}
        </Fact>
        <Fact name="DTLS" level={dtls === "failed" ? 2 : 0}>
          {dtls === null ? NOTHING : plain(dtls, 20)}
        </Fact>
        {up !== null && <Fact name="Up">{duration((ended ?? now) - up)}</Fact>}
        <Fact name="Attached" title={dayAndClock(since)}>{clock(since)}</Fact>
        {ended !== null && (
          <Fact name="Ended" title={dayAndClock(ended)}>
            {clock(ended)}
            {ended_by !== null && <span class="part">{endText(handle)}</span>}
          </Fact>
        )}
        {server !== undefined && <Fact name="Server">{plain(server.name, 40)}</Fact>}
        <Fact name="Session">
          <span class="id">{session}</span>
        </Fact>
      </dl>
    </>
  );
}

function Course(
  { course, handle, period }: {
    course: CallCourse;
    handle: HandleState;
    period: number | null;
  },
): VNode {
  const [minutes, setMinutes] = useState<number>(3);
  const [pointed, setPointed] = useState<number | null>(null);
  const dark = useMedia("(prefers-color-scheme: dark)");
  const length = lengthOf(course);
  const last = course.first + length - 1;
  const from = Math.max(last - minutes * 60, Math.min(course.first, last - LEAST_SECONDS));
  // What happened in the last second lies behind its beginning.
  const range = [from, last + 1] as const;
  const times = useMemo(
    () => Array.from({ length }, (_, index) => course.first + index),
    [course.first, length],
  );
  const gaps = useMemo(() => gapsOf(course, period), [course, period]);
  const drawn = useMemo(
    () => CHARTS.map((chart) => ({ ...chart, lines: linesOf(course, chart.columns, period) })),
    [course, period],
  );
  const at = pointed !== null && pointed < length ? pointed : null;
  return (
    <>
      <div class="bar">
        <span id="range-label">Time shown</span>
        <div role="group" aria-labelledby="range-label" class="choice">
          {RANGES.map((one) => (
            <button
              type="button"
              key={one}
              aria-pressed={one === minutes}
              onClick={() => setMinutes(one)}
            >
              {one} min
            </button>
          ))}
        </div>
        <span class="quiet">
          {at === null ? "latest values" : `values at ${clock(times[at]! * 1000)}`}
          <span class="part">into Janus</span> <span class="solid" /> out of it{" "}
          <span class="dashed" />
        </span>
      </div>
      <Legend course={course} handle={handle} at={at} />
      <div class="charts" key={String(dark)}>
        {drawn.map(({ title, lines, least, format }, index) => (
          <Chart
            key={title}
            title={title}
            lines={lines}
            times={times}
            range={range}
            marks={course.marks}
            gaps={gaps}
            named={index === 0}
            least={least}
            format={format}
            point={setPointed}
          />
        ))}
      </div>
      {gaps.length > 0 && (
        <p class="gaps">
          Nothing came:{" "}
          {gaps.slice(-5).map(({ from, to }) => `${clock(from * 1000)} to ${clock(to * 1000)}`)
            .join(", ")}
        </p>
      )}
      <Marks marks={course.marks} />
      {course.pair !== null && <Candidates {...course.pair} />}
      <Jsep name="Remote (the peer's)" description={course.jsep.remote} />
      <Jsep name="Local (Janus's)" description={course.jsep.local} />
    </>
  );
}

function linesOf(course: CallCourse, columns: readonly Column[], period: number | null): Line[] {
  const colors = colorsOf(course.media);
  return course.media.flatMap(({ media, mid, columns: values }, place) =>
    columns.map((column) => ({
      name: `${media} ${mid} ${column}`,
      curve: curveOf(values[column], period),
      color: colors[place]!,
      dashed: column.endsWith("_out"),
    }))
  );
}

function Marks({ marks }: { marks: readonly Mark[] }): VNode {
  return (
    <section aria-label="What happened">
      <h3>What happened</h3>
      <ol class="marks">
        {[...marks].reverse().map((mark, index) => (
          <li key={marks.length - index} class={`value${markLevel(mark)}`}>
            <time title={dayAndClock(mark.time)}>{clock(mark.time)}</time> {markText(mark)}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Candidates({ local, remote }: { local: CandidateState; remote: CandidateState }): VNode {
  return (
    <section aria-label="Selected candidates">
      <h3>Selected candidates</h3>
      <dl class="facts">
        <Fact name="Local">
          <Candidate {...local} />
        </Fact>
        <Fact name="Remote">
          <Candidate {...remote} />
        </Fact>
      </dl>
    </section>
  );
}

function Candidate({ address, port, type, transport }: CandidateState): VNode {
  const shown = address === null ? "hidden" : plain(address, 64);
  const host = shown.includes(":") ? `[${shown}]` : shown;
  return (
    <>
      <span class="id">{address === null ? host : `${host}:${port}`}</span>
      <span class="part">{plain(type, 16)}</span>
      <span class="part">{plain(transport, 16)}</span>
    </>
  );
}

function Jsep(
  { name, description }: { name: string; description: Description | null },
): VNode | null {
  if (description === null) return null;
  const { type, sdp } = description;
  return (
    <details>
      <summary>JSEP · {name}: {plain(type, 20)}</summary>
      <pre tabIndex={0}>{plainLines(sdp, 40_000)}</pre>
    </details>
  );
}
