/** A call's course, as it is drawn: what came from `/api/call`, and what has come since. @module */
import {
  type CallCourse,
  type Column,
  COLUMNS,
  type HandleState,
  type MediumCourse,
  type Tick,
} from "../wire.ts";

/** Seconds that are kept, as the monitor does. */
export const COURSE_SECONDS = 600;

/** Values for a curve: null where it has a gap, undefined where it goes on from point to point. */
export type Curve = (number | null | undefined)[];

/** A time in which nothing came: seconds, both ends are the points beside it. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/**
 * Adds what a tick tells of a call.
 *
 * @returns the course with it; null if it has to be fetched anew, as more than points has changed
 */
export function follow(course: CallCourse, tick: Tick): CallCourse | null {
  const { server, id } = course.handle;
  if (tick.handles.some((handle) => handle.server === server && handle.id === id)) return null;
  const points = tick.points.filter(([at, handle]) => at === server && handle === id);
  const second = Math.floor(tick.time / 1000);
  const count = lengthOf(course);
  const wanted = Math.max(count, second - course.first + 1);
  // Time passes even if nothing comes: that is what a gap shows.
  const media = course.media.map((medium, place) => {
    const point = points.find(([, , index]) => index === place)?.[3];
    return extend(medium, wanted, point, second - course.first);
  });
  const cut = Math.max(0, wanted - COURSE_SECONDS);
  return {
    ...course,
    time: tick.time,
    first: course.first + cut,
    media: cut === 0 ? media : media.map((medium) => withoutFirst(medium, cut)),
  };
}

/** Seconds that a course has. */
export function lengthOf({ media }: CallCourse): number {
  return media[0]?.columns.rtt.length ?? 0;
}

function extend(
  medium: MediumCourse,
  length: number,
  point: readonly (number | null)[] | undefined,
  at: number,
): MediumCourse {
  return mapColumns(medium, (values, column) => {
    const longer = [...values];
    while (longer.length < length) longer.push(null);
    if (point !== undefined && at >= 0) longer[at] = point[COLUMNS.indexOf(column)] ?? null;
    return longer;
  });
}

function withoutFirst(medium: MediumCourse, count: number): MediumCourse {
  return mapColumns(medium, (values) => values.slice(count));
}

function mapColumns(
  medium: MediumCourse,
  change: (values: readonly (number | null)[], column: Column) => readonly (number | null)[],
): MediumCourse {
  const columns = Object.fromEntries(
    COLUMNS.map((column) => [column, change(medium.columns[column], column)]),
  ) as Record<Column, readonly (number | null)[]>;
  return { ...medium, columns };
}

/** Seconds from one point to the next that are no gap, by the seconds between two statistics. */
function longest(period: number | null): number {
  // They come a little early or late.
  return Math.floor((period ?? 1) * 1.5) + 1;
}

/** A column as a curve: points near enough to each other are joined. */
export function curveOf(values: readonly (number | null)[], period: number | null): Curve {
  const most = longest(period);
  const curve: Curve = [...values];
  let before = -Infinity;
  for (let index = 0; index < curve.length; index++) {
    if (curve[index] === null) continue;
    if (index - before <= most) curve.fill(undefined, before + 1, index);
    before = index;
  }
  return curve;
}

/** The times in which nothing came for any medium, though there was something before. */
export function gapsOf(course: CallCourse, period: number | null): Gap[] {
  const most = longest(period);
  const gaps: Gap[] = [];
  const count = lengthOf(course);
  let before: number | null = null;
  for (let index = 0; index < count; index++) {
    const came = course.media.some(({ columns }) =>
      columns.kbps_in[index] !== null || columns.rtt[index] !== null ||
      columns.loss_in[index] !== null
    );
    if (!came) continue;
    if (before !== null && index - before > most) {
      gaps.push({ from: course.first + before, to: course.first + index });
    }
    before = index;
  }
  const last = endOf(course.handle, course.first + count - 1);
  if (before !== null && last - (course.first + before) > most + 1) {
    gaps.push({ from: course.first + before, to: last });
  }
  return gaps;
}

/** After its end nothing is missing. */
function endOf({ ended }: HandleState, last: number): number {
  return ended === null ? last : Math.min(last, Math.floor(ended / 1000));
}
