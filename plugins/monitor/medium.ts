/** A medium of a handle: what its cumulative statistics come to. @module */
import type { MediaStatistics } from "../janus/media_events.ts";
import type { Course } from "./course.ts";
import type { MediaTallies } from "./server_metrics.ts";
import { isPlausible, MOST_MILLISECONDS, mostCarried } from "./plausible.ts";
import { numberOf } from "./text.ts";
import type { MediumState, Point } from "./wire.ts";
import { COLUMNS } from "./wire.ts";

/** What is cumulative. The first ones never get less, unless all is counted from 0 again. */
const TRAFFIC = 4;
const TOTALS = [
  "packets-received",
  "packets-sent",
  "bytes-received",
  "bytes-sent",
  "lost",
  "lost-by-remote",
  "nacks-received",
  "nacks-sent",
  "retransmissions-received",
] as const;
const BYTES_IN = TOTALS.indexOf("bytes-received");
const BYTES_OUT = TOTALS.indexOf("bytes-sent");

/** The first statistics tell of this many seconds at most. */
const FIRST_SECONDS = 60;

const grown = new Float64Array(TOTALS.length);

/** A medium. */
export class Medium {
  readonly mid: string;
  readonly media: string;
  codec: string | null = null;
  receiving: boolean | null = null;
  slowIn = 0;
  slowOut = 0;
  /** When a link was slow last (ms). */
  slowInAt = -Infinity;
  slowOutAt = -Infinity;
  course: Course | null = null;
  /** The latest values, in the order of the columns. */
  readonly point = new Float64Array(COLUMNS.length).fill(NaN);
  /** There is a new point since the last tick. */
  moved = false;
  readonly #tallies: MediaTallies;
  readonly #totals = new Float64Array(TOTALS.length);
  /** When the last statistics were made (us, Janus's clock); 0 if there were none. */
  #made = 0;
  /** When they came (s); 0 if none did. */
  #came = 0;
  /** False if what was counted before the monitor came is not known yet. */
  #counted: boolean;

  /** @param counted true if all its statistics are counted from 0 on */
  constructor(mid: string, media: string, tallies: MediaTallies, counted: boolean) {
    this.mid = mid;
    this.media = media;
    this.#tallies = tallies;
    this.#counted = counted;
  }

  /**
   * Takes statistics in. Those with a number that cannot be are left out.
   *
   * @param made when they were made (us)
   * @param second when they came
   * @returns the seconds since the ones before; 0 if there were none
   */
  take(statistics: MediaStatistics, made: number, second: number): number {
    const since = this.#came === 0 ? FIRST_SECONDS : second - this.#came;
    if (!this.#grow(statistics, since)) {
      this.#tallies.implausible.value++;
      return 0;
    }
    this.#came = second;
    const seconds = this.#made === 0 ? 0 : Math.max(0, (made - this.#made) / 1e6);
    this.#counted = true;
    this.#made = made;
    if (statistics.media !== "data") this.#quality(statistics);
    this.#count();
    const { point } = this;
    point[5] = seconds > 0 ? grown[2]! * 8 / 1000 / seconds : NaN;
    point[6] = seconds > 0 ? grown[3]! * 8 / 1000 / seconds : NaN;
    this.course?.write(second, point);
    this.moved = true;
    return seconds;
  }

  /** As a page gets it. */
  show(): MediumState {
    const { mid, media, codec, receiving, slowIn, slowOut } = this;
    return {
      mid,
      media,
      codec,
      receiving,
      slow_in: slowIn,
      slow_out: slowOut,
      point: this.showPoint(),
    };
  }

  /** The latest point. */
  showPoint(): Point {
    return Array.from(this.point, (value) => Number.isNaN(value) ? null : shorten(value));
  }

  /** @returns false if a number cannot be */
  #grow(statistics: MediaStatistics, since: number): boolean {
    const totals = this.#totals;
    let again = false;
    for (let i = 0; i < TOTALS.length; i++) {
      const value: unknown = statistics[TOTALS[i]! as "packets-received"];
      if (!isPlausible(value)) return false;
      grown[i] = numberOf(value);
      if (i < TRAFFIC && grown[i]! < totals[i]!) again = true;
    }
    if (this.#counted) {
      const [bytes, packets] = [mostCarried("bytes", since), mostCarried("packets", since)];
      for (let i = 0; i < TOTALS.length; i++) {
        const most = i === BYTES_IN || i === BYTES_OUT ? bytes : packets;
        if (grown[i]! - (again ? 0 : totals[i]!) > most) return false;
      }
    }
    for (let i = 0; i < TOTALS.length; i++) {
      const total = grown[i]!;
      const before = again ? 0 : totals[i]!;
      grown[i] = this.#counted ? Math.max(0, total - before) : 0;
      // A packet that comes late is lost no more: it must not be counted once more when another is.
      totals[i] = Math.max(before, total);
    }
    return true;
  }

  #quality(statistics: Exclude<MediaStatistics, { media: "data" }>): void {
    const { point } = this;
    const [received, sent] = [grown[0]!, grown[1]!];
    const [lost, lostThere] = [grown[4]!, grown[5]!];
    const rtt = this.#milliseconds(statistics.rtt);
    const [jitter, jitterThere] = [statistics["jitter-local"], statistics["jitter-remote"]];
    point[0] = rtt > 0 ? rtt : NaN;
    point[1] = received > 0 ? this.#milliseconds(jitter) : NaN;
    point[2] = sent > 0 && rtt > 0 ? this.#milliseconds(jitterThere) : NaN;
    point[3] = received + lost > 0 ? lost / (received + lost) : NaN;
    // What the peer says was lost is among what was sent.
    point[4] = sent > 0 ? Math.min(1, lostThere / sent) : NaN;
    if (typeof statistics.codec === "string") this.codec = statistics.codec.slice(0, 32);
  }

  #milliseconds(value: unknown): number {
    const number = numberOf(value);
    if (isPlausible(value) && number >= 0 && number <= MOST_MILLISECONDS) return number;
    this.#tallies.implausible.value++;
    return NaN;
  }

  #count(): void {
    const { point } = this;
    const tallies = this.#tallies;
    tallies.packetsIn.value += grown[0]!;
    tallies.packetsOut.value += grown[1]!;
    tallies.bytesIn.value += grown[2]!;
    tallies.bytesOut.value += grown[3]!;
    tallies.lostLocal.value += grown[4]!;
    tallies.lostRemote.value += grown[5]!;
    tallies.nacksIn.value += grown[6]!;
    tallies.nacksOut.value += grown[7]!;
    tallies.retransmissionsIn.value += grown[8]!;
    // What is not known is no number, and left out.
    tallies.rtt.observe(point[0]! / 1000);
    tallies.jitterLocal.observe(point[1]! / 1000);
    tallies.jitterRemote.observe(point[2]! / 1000);
    tallies.lossLocal.observe(point[3]!);
    tallies.lossRemote.observe(point[4]!);
  }
}

/** A number with as many digits as a curve can show. */
function shorten(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000;
}
