/** The order of one writer's messages, by number: sorts what was swapped, and finds what is missing. @module */

/** What takes the numbers from `first` to `last`. */
export interface Numbered {
  readonly first: number;
  readonly last: number;
  /** Tells it from others of the same numbers; -1 if it has none, and is a double of any. */
  readonly mark: number;
}

/** Numbers that nothing explains. */
export interface Gap {
  readonly first: number;
  readonly last: number;
}

/** What comes out, in order; `gap` is what is missing before it. */
export interface Sorted<T> {
  readonly item: T;
  readonly gap: Gap | null;
}

/** Of so many numbers it is known what went out under them. */
const RECENT = 1024;

/** Sorts within a window bounded in count and time. */
export class Order<T extends Numbered> {
  readonly #count: number;
  readonly #time: number;
  readonly #held: { readonly item: T; readonly since: number }[] = [];
  #gaps: Gap[] = [];
  #next: number | null = null;
  /** Marks of what went out, by number. */
  readonly #recent: number[] = [];

  /** @param count messages held at most @param time milliseconds that one is held at most */
  constructor(count: number, time: number) {
    this.#count = count;
    this.#time = time;
  }

  /** What is held. */
  *held(): Generator<T> {
    for (const { item } of this.#held) yield item;
  }

  /** When something held has to go out, by the clock that `put` is given; infinite if nothing is held. */
  get due(): number {
    return Math.min(Infinity, ...this.#held.map(({ since }) => since + this.#time));
  }

  /**
   * Takes a message.
   *
   * @param isLater it stands in the stream behind all that came before: it was not delivered yet
   * @returns false if it went out before
   */
  put(item: T, now: number, isLater: boolean): boolean {
    if (this.#next === null) {
      this.#next = item.first;
      // What is delivered again, or was swapped, may come after the first that was seen.
      this.#gaps = [{ first: 0, last: item.first - 1 }];
    }
    const same = ({ item: { first, last, mark } }: { readonly item: T }) =>
      first === item.first && last === item.last && isDouble(mark, item.mark);
    // Not out yet, so it must not count as read.
    if (this.#held.some(same)) return true;
    if (item.last < this.#next && !this.#fills(item) && !this.#isOther(item, isLater)) return false;
    this.#held.push({ item, since: now });
    this.#held.sort((a, b) => a.item.first - b.item.first);
    return true;
  }

  /** What can go out now. */
  *take(now: number): Generator<Sorted<T>> {
    for (let head = this.#held[0]; head !== undefined; head = this.#held[0]) {
      const next = this.#next ?? head.item.first;
      const waits = head.item.first > next && this.#held.length <= this.#count && now < this.due;
      if (waits) return;
      this.#held.shift();
      const gap = head.item.first > next ? { first: next, last: head.item.first - 1 } : null;
      if (gap !== null) this.#gaps = [...this.#gaps.slice(-99), gap];
      this.#next = Math.max(next, head.item.last + 1);
      this.#recent[head.item.last % RECENT] = head.item.mark;
      yield { item: head.item, gap };
    }
  }

  /** Whether something else went out under its number: after a crash, filters may make other events. */
  #isOther({ first, last, mark }: T, isLater: boolean): boolean {
    if (first !== last) return false;
    if (first < this.#next! - RECENT) return isLater && mark !== -1;
    return !isDouble(this.#recent[first % RECENT] ?? -1, mark);
  }

  /** Whether it belongs into a gap that was told: it comes late, but it is no double. */
  #fills({ first, last }: T): boolean {
    const gap = this.#gaps.find((one) => one.first <= first && last <= one.last);
    if (gap === undefined) return false;
    this.#gaps = this.#gaps.flatMap((one) =>
      one !== gap
        ? [one]
        : [{ first: gap.first, last: first - 1 }, { first: last + 1, last: gap.last }]
          .filter((rest) => rest.first <= rest.last)
    );
    return true;
  }
}

function isDouble(one: number, other: number): boolean {
  return one === other || one === -1 || other === -1;
}
