/** The course of media over ten minutes, in memory of a fixed size. @module */
import { COURSE_SECONDS, MAX_COURSES, MAX_MEDIA_COURSES } from "./limits.ts";
import { COLUMNS } from "./wire.ts";

const WIDTH = COLUMNS.length;

/** A value a second of each column; NaN where nothing came. Half precision does for a curve. */
export class Course {
  readonly #values = new Float16Array(COURSE_SECONDS * WIDTH);
  /** The second that was written last. */
  #last = -Infinity;

  /** Begins anew. */
  reset(): void {
    this.#last = -Infinity;
  }

  /** Writes the values of a second. An earlier one than the last is too late. */
  write(second: number, values: ArrayLike<number>): void {
    if (second < this.#last) return;
    if (second - this.#last >= COURSE_SECONDS) this.#values.fill(NaN);
    else for (let gap = this.#last + 1; gap < second; gap++) this.#clear(gap);
    this.#last = second;
    const at = (second % COURSE_SECONDS) * WIDTH;
    for (let column = 0; column < WIDTH; column++) this.#values[at + column] = values[column]!;
  }

  /** A column's values from a second on, so many; null where there is none. */
  read(column: number, first: number, count: number): (number | null)[] {
    return Array.from({ length: count }, (_, index) => {
      const second = first + index;
      if (second > this.#last || second <= this.#last - COURSE_SECONDS) return null;
      const value = this.#values[(second % COURSE_SECONDS) * WIDTH + column]!;
      return Number.isNaN(value) ? null : value;
    });
  }

  #clear(second: number): void {
    const at = (second % COURSE_SECONDS) * WIDTH;
    this.#values.fill(NaN, at, at + WIDTH);
  }
}

/** All courses: memory that is not used any more is used again, and there is only so much of it. */
export class Courses {
  readonly #free: Course[] = [];
  readonly #handles: number;
  readonly #media: number;
  #made = 0;
  #granted = 0;

  /** @param handles whose course is kept, at most @param media of these */
  constructor(handles: number = MAX_COURSES, media: number = MAX_MEDIA_COURSES) {
    this.#handles = handles;
    this.#media = media;
  }

  /** Whether there is room for one more handle; gives it to it. */
  grant(): boolean {
    if (this.#granted >= this.#handles) return false;
    this.#granted++;
    return true;
  }

  /** A handle needs none any more. */
  revoke(): void {
    this.#granted--;
  }

  /** A course for one more medium; null if there are too many. */
  take(): Course | null {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    if (this.#made >= this.#media) return null;
    this.#made++;
    return new Course();
  }

  /** Gives one back. */
  give(course: Course): void {
    course.reset();
    this.#free.push(course);
  }
}
