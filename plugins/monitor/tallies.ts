/** What is counted: counters, gauges and histograms, with labels of few values. @module */
import { LABEL_VALUES, MAX_LABEL } from "./limits.ts";
import { MOST_SECONDS } from "./plausible.ts";
import { visible } from "./text.ts";

/** One number. */
export interface Cell {
  value: number;
}

/** Numbers by how large they are. */
export class Spread {
  readonly bounds: readonly number[];
  /** Of each bound those that are no larger, but larger than the bound before; the last: the rest. */
  readonly counts: Float64Array;
  readonly #implausible: Cell;
  sum = 0;
  count = 0;

  /** @param implausible counts what cannot be */
  constructor(bounds: readonly number[], implausible: Cell = { value: 0 }) {
    this.bounds = bounds;
    this.#implausible = implausible;
    this.counts = new Float64Array(bounds.length + 1);
  }

  /** Takes a number in. What is none is left out, and so is what cannot be. */
  observe(value: number): void {
    if (Number.isNaN(value)) return;
    if (value < 0 || value > MOST_SECONDS) {
      this.#implausible.value++;
      return;
    }
    const { bounds } = this;
    let at = 0;
    while (at < bounds.length && value > bounds[at]!) at++;
    this.counts[at]!++;
    this.sum += value;
    this.count++;
  }
}

/** The values of one label: beyond the first ones they are `other`. */
export class LabelValues {
  readonly #known = new Set<string>();
  readonly #overflow: Cell;

  /** @param overflow counts how often a value was one too many */
  constructor(overflow: Cell) {
    this.#overflow = overflow;
  }

  /** The value that the label gets. */
  take(value: string): string {
    const text = visible(value.length > MAX_LABEL ? value.slice(0, MAX_LABEL) : value);
    if (this.#known.has(text)) return text;
    if (this.#known.size >= LABEL_VALUES) {
      this.#overflow.value++;
      return "other";
    }
    // A value that is called so by others counts as one of the rest.
    if (text !== "other") this.#known.add(text);
    return text;
  }
}

/** A series: the values of its labels, and what is counted of it. */
export interface Series<T> {
  readonly labels: readonly string[];
  readonly content: T;
}

/** The series of one metric. */
export class Family<T> {
  readonly #make: () => T;
  readonly #values: readonly LabelValues[];
  readonly #series = new Map<string, Series<T>>();

  /** @param labels how many there are */
  constructor(labels: number, overflow: Cell, make: () => T) {
    this.#make = make;
    this.#values = Array.from({ length: labels }, () => new LabelValues(overflow));
  }

  /** What is counted under these values. May be kept: it stays what it is. */
  at(...values: string[]): T {
    // Most often they are known; and whatever they are, a cap counts.
    const known = this.#series.get(values.join("\0"));
    if (known !== undefined) return known.content;
    const labels = values.map((value, index) => this.#values[index]!.take(value));
    const key = labels.join("\0");
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, series = { labels, content: this.#make() });
    return series.content;
  }

  /** Forgets all series: for gauges, which are reckoned anew. Which values are known stays. */
  clear(): void {
    this.#series.clear();
  }

  /** All series, in the order in which they came. */
  series(): IterableIterator<Series<T>> {
    return this.#series.values();
  }
}
