/** Whether time goes on in a recording: filters that count it do otherwise where it goes back. */

/** Janus's threads note the time a little before they hand an event over: so much (us) is nothing. */
const TOLERANCE = 100_000;

/** Looks at the times of a recording's events, and says on standard error where they go back. */
export class RecordedClock {
  readonly #path: string;
  #previous = -Infinity;
  #times = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /** The next event. @param line where it stands, counted from 1 */
  look(event: object, line: number): void {
    const { timestamp } = event as { readonly timestamp?: unknown };
    if (typeof timestamp !== "number") return;
    const back = this.#previous - timestamp;
    this.#previous = timestamp;
    if (back <= TOLERANCE || ++this.#times > 1) return;
    console.error(
      `${this.#path}:${line}: time goes back here, by ${
        span(back)
      }. Filters that count time do not do` +
        " what they do in a call: are these several recordings, or is one sorted otherwise?",
    );
  }

  /** There are no more. */
  end(): void {
    if (this.#times < 2) return;
    console.error(`${this.#path}: time goes back ${this.#times} times in all`);
  }
}

/** A time (us) in words. */
function span(time: number): string {
  const seconds = time / 1e6;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
