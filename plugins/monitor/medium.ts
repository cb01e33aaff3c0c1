/** A medium of a handle: what its cumulative statistics come to. @module */
import type { MediaStatistics } from "../janus/media_events.ts";
import type { Course } from "./course.ts";
import { RemoteLoss } from "./remote_loss.ts";
import type { MediaTallies } from "./server_metrics.ts";
import { isPlausible, MOST_MILLISECONDS, mostCarried } from "./plausible.ts";
import { JITTER_MS, LOSS, RTT_MS, severity } from "./severity.ts";
import { Steady } from "./steady.ts";
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
  /** How bad its latest statistics are. */
  readonly rtt = new Steady();
  readonly jitterIn = new Steady();
  readonly jitterOut = new Steady();
  readonly lossIn = new Steady();
  readonly lossOut = new Steady();
  readonly #tallies: MediaTallies;
  readonly #remote: RemoteLoss;
  /** The peer has reported of it. Until then Janus has zeros; for audio in one bundle with video it always has. */
  #reported = false;
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
    this.#remote = new RemoteLoss(counted);
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
    this.#count();
    if (statistics.media !== "data") this.#quality(statistics, made);
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
    if ("lost-by-remote" in statistics && !isPlausible(statistics["lost-by-remote"])) return false;
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
    if (again) this.#remote.reset();
    for (let i = 0; i < TOTALS.length; i++) {
      const total = grown[i]!;
      const before = again ? 0 : totals[i]!;
      grown[i] = this.#counted ? Math.max(0, total - before) : 0;
      // A packet that comes late is lost no more: it must not be counted once more when another is.
      totals[i] = Math.max(before, total);
    }
    return true;
  }

  #quality(statistics: Exclude<MediaStatistics, { media: "data" }>, made: number): void {
    const { point } = this;
    const [received, sent, lost] = [grown[0]!, grown[1]!, grown[4]!];
    const rtt = this.#milliseconds(statistics.rtt);
    const lostThere = numberOf(statistics["lost-by-remote"]);
    const jitterThere = this.#milliseconds(statistics["jitter-remote"]);
    this.#reported ||= rtt > 0 || lostThere > 0 || jitterThere > 0;
    point[0] = rtt > 0 ? rtt : NaN;
    point[1] = received > 0 ? this.#milliseconds(statistics["jitter-local"]) : NaN;
    point[2] = sent > 0 && this.#reported ? jitterThere : NaN;
    point[3] = received + lost > 0 ? lost / (received + lost) : NaN;
    point[4] = this.#lossThere(lostThere, made);
    this.rtt.take(severity(point[0]!, RTT_MS));
    this.jitterIn.take(severity(point[1]!, JITTER_MS));
    this.jitterOut.take(severity(point[2]!, JITTER_MS));
    this.lossIn.take(severity(point[3]!, LOSS));
    this.lossOut.take(severity(point[4]!, LOSS));
    const tallies = this.#tallies;
    // What is not known is no number, and left out.
    tallies.jitterLocal.observe(point[1]! / 1000);
    tallies.lossLocal.observe(point[3]!);
    if (this.#reported) {
      const { rtt, jitter, loss } = tallies.remote();
      rtt.observe(point[0]! / 1000);
      jitter.observe(point[2]! / 1000);
      loss.observe(point[4]!);
    }
    if (typeof statistics.codec === "string") this.codec = statistics.codec.slice(0, 32);
  }

  /** The share that was lost on the way to the peer. */
  #lossThere(total: number, made: number): number {
    const totals = this.#totals;
    // What did not reach Janus lacks at a peer that it was for, too, and is reported by it.
    const { lost, of } = this.#remote.take(total, totals[1]! + totals[4]!, made);
    if (!this.#reported || Number.isNaN(lost)) return NaN;
    this.#tallies.remote().lost.value += lost;
    return of > 0 ? Math.min(1, lost / of) : NaN;
  }

  #milliseconds(value: unknown): number {
    const number = numberOf(value);
    if (isPlausible(value) && number >= 0 && number <= MOST_MILLISECONDS) return number;
    this.#tallies.implausible.value++;
    return NaN;
  }

  #count(): void {
    const tallies = this.#tallies;
    tallies.packetsIn.value += grown[0]!;
    tallies.packetsOut.value += grown[1]!;
    tallies.bytesIn.value += grown[2]!;
    tallies.bytesOut.value += grown[3]!;
    tallies.lostLocal.value += grown[4]!;
    tallies.nacksIn.value += grown[5]!;
    tallies.nacksOut.value += grown[6]!;
    tallies.retransmissionsIn.value += grown[7]!;
  }
}

/** A number with as many digits as a curve can show. */
function shorten(value: number): number {
  return value >= 100 ? Math.round(value) : Math.round(value * 1000) / 1000;
}
