/** A call's media: which color is whose, and the numbers. @module */
import type { VNode } from "preact";
import { JITTER_MS, LOSS, RTT_MS, severity } from "../severity.ts";
import { type CallCourse, type Column, COLUMNS, type HandleState } from "../wire.ts";
import { colorsOf } from "./colors.ts";
import { bitrate, millis, percent, plain } from "./format.ts";

/** How a column is shown. */
const SHOWN: readonly {
  readonly column: Column;
  readonly name: string;
  readonly format: (value: number | null) => string;
  readonly limits: readonly [number, number];
}[] = [
  { column: "rtt", name: "RTT", format: millis, limits: RTT_MS },
  { column: "jitter_in", name: "Jitter ↓", format: millis, limits: JITTER_MS },
  { column: "jitter_out", name: "Jitter ↑", format: millis, limits: JITTER_MS },
  { column: "loss_in", name: "Loss ↓", format: percent, limits: LOSS },
  { column: "loss_out", name: "Loss ↑", format: percent, limits: LOSS },
  { column: "kbps_in", name: "Rate ↓", format: bitrate, limits: [Infinity, Infinity] },
  { column: "kbps_out", name: "Rate ↑", format: bitrate, limits: [Infinity, Infinity] },
];

/** The table. @param props.at the place that the pointer is at; null for the latest values */
export function Legend(
  { course, handle, at }: { course: CallCourse; handle: HandleState; at: number | null },
): VNode {
  const colors = colorsOf(course.media);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Media">
      <table class="legend">
        <thead>
          <tr>
            <th scope="col">Medium</th>
            {SHOWN.map(({ column, name }) => <th scope="col" key={column}>{name}</th>)}
            <th scope="col">Slow links</th>
          </tr>
        </thead>
        <tbody>
          {course.media.map(({ media, mid, codec, columns }, place) => {
            const state = handle.media[place];
            const value = (column: Column) =>
              at === null
                ? state?.point[COLUMNS.indexOf(column)] ?? null
                : columns[column][at] ?? null;
            return (
              <tr key={`${mid} ${media}`}>
                <th scope="row">
                  <span class={`swatch line${colors[place]}`} aria-hidden="true" />
                  {plain(media, 20)} <span class="quiet">{codec !== null && plain(codec, 12)}</span>
                  {state?.receiving === false && <span class="value2">no media</span>}
                </th>
                {SHOWN.map(({ column, name, format, limits }) => (
                  <td
                    key={column}
                    data-name={name}
                    class={`value${severity(value(column) ?? 0, limits)}`}
                  >
                    {format(value(column))}
                  </td>
                ))}
                <td data-name="Slow links">
                  {state === undefined ? "" : `${state.slow_in}↓ ${state.slow_out}↑`}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
