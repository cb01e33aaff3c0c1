/**
 * Whose turn it is where checks take long: those who have not failed go first, and failures cost their
 * address time. So a flood of guesses holds up nobody but those who share its address and have not been
 * right before. Everything here is bounded. @module
 */

/** Checks that wait at a time, of all and of an address that has failed; then some are turned away. */
const [MAX_WAITING, MAX_FAILED_WAITING] = [512, 8];
/** Who waits longer than this (ms) is turned away: its handshake is about to end anyway. */
const MAX_AGE_MS = 8000;
/** Addresses and names whose failures are remembered; then the oldest are forgotten. */
const MAX_REMEMBERED = 4096;
/** In this time (ms) half of the failures is forgotten. */
const HALF_LIFE_MS = 30_000;
/** So many failures are free; then the next check waits this long (ms), twice as long each time. */
const [FREE_FAILURES, FIRST_DELAY_MS, LAST_DELAY_MS] = [3, 100, 2000];

/** Who asks for a check. */
export interface Asker {
  /** As libzmq gives it. */
  readonly address: string;
  readonly name: string;
}

interface Waiting<T> {
  readonly place: string;
  readonly pair: string;
  readonly since: number;
  readonly job: T;
}

/** Where an address belongs: who has one of a network's IPv6 addresses has them all, a local user any process. */
export function placeOf(address: string): string {
  const local = /^localhost:(\d+):/.exec(address);
  if (local !== null) return `user ${local[1]}`;
  if (!address.includes(":") || address.includes(".")) return address.replace(/^.*:/, "");
  const [head = "", tail = ""] = address.split("%")[0]!.split("::");
  const groups = head.split(":").filter((group) => group !== "");
  const last = tail.split(":").filter((group) => group !== "");
  const missing = address.includes("::") ? 8 - groups.length - last.length : 0;
  return [...groups, ...Array(Math.max(0, missing)).fill("0"), ...last].slice(0, 4).join(":");
}

/** Failures by whom they are of, which fade. */
class Failures {
  readonly #counts = new Map<string, { count: number; at: number }>();

  of(key: string, now: number): number {
    const known = this.#counts.get(key);
    return known === undefined ? 0 : known.count * 2 ** ((known.at - now) / HALF_LIFE_MS);
  }

  add(key: string, now: number): void {
    const count = this.of(key, now) + 1;
    this.#counts.delete(key); // to be the newest
    this.#counts.set(key, { count, at: now });
    if (this.#counts.size > MAX_REMEMBERED) this.#counts.delete(this.#counts.keys().next().value!);
  }

  /** When the next check may be made. */
  readyAt(key: string): number {
    const known = this.#counts.get(key);
    if (known === undefined || known.count <= FREE_FAILURES) return 0;
    const doubled = FIRST_DELAY_MS * 2 ** (known.count - FREE_FAILURES - 1);
    return known.at + Math.min(doubled, LAST_DELAY_MS);
  }
}

/** Jobs that wait for their turn. */
export class Turns<T> {
  readonly #waiting = new Map<string, Waiting<T>[]>();
  #size = 0;
  readonly #places = new Failures();
  readonly #pairs = new Failures();
  /** Names that were right before, with their places. */
  readonly #good = new Set<string>();

  /** How many wait. */
  get size(): number {
    return this.#size;
  }

  /** Adds a job. @returns those that are turned away for want of room, which may be this one */
  add(asker: Asker, job: T, now: number): T[] {
    const place = placeOf(asker.address);
    const waiting = { place, pair: `${place} ${asker.name}`, since: now, job };
    const own = this.#waiting.get(place);
    if (own === undefined) this.#waiting.set(place, [waiting]);
    else own.push(waiting);
    this.#size++;
    const away = this.#trim(place, now);
    if (this.#size > MAX_WAITING) away.push(...this.#remove(this.#worst(this.#all(), now)));
    return away;
  }

  /** The next job whose time has come; null if there is none. */
  take(now: number): T | null {
    let best: Waiting<T> | null = null;
    let least = Infinity;
    for (const each of this.#all()) {
      if (this.#readyAt(each) > now) continue;
      const failures = this.#failures(each, now);
      const earlier = failures === least && best !== null && each.since < best.since;
      if (failures < least || earlier) [best, least] = [each, failures];
    }
    return best === null ? null : this.#remove(best)[0] ?? null;
  }

  /** Milliseconds until there is something to take, or to turn away; -1 if nothing waits. */
  due(now: number): number {
    let due = -1;
    for (const each of this.#all()) {
      const at = Math.max(0, Math.min(this.#readyAt(each), each.since + MAX_AGE_MS) - now);
      if (due < 0 || at < due) due = at;
    }
    return due;
  }

  /** Takes out those that have waited for too long. */
  expire(now: number): T[] {
    return [...this.#all()].filter(({ since }) => now - since >= MAX_AGE_MS)
      .flatMap((each) => this.#remove(each));
  }

  /** Notes that a check came to nothing. @returns those that are turned away for it */
  fail({ address, name }: Asker, now: number): T[] {
    const place = placeOf(address);
    this.#places.add(place, now);
    this.#pairs.add(`${place} ${name}`, now);
    return this.#trim(place, now);
  }

  /** Notes that a check was passed. */
  pass({ address, name }: Asker): void {
    const pair = `${placeOf(address)} ${name}`;
    this.#good.delete(pair); // to be the newest
    this.#good.add(pair);
    if (this.#good.size > MAX_REMEMBERED) this.#good.delete(this.#good.values().next().value!);
  }

  *#all(): Generator<Waiting<T>> {
    for (const each of this.#waiting.values()) yield* each;
  }

  /** Who was right before answers for its own failures alone, not for its neighbours'. */
  #failures({ place, pair }: Waiting<T>, now: number): number {
    return this.#pairs.of(pair, now) + (this.#good.has(pair) ? 0 : this.#places.of(place, now));
  }

  #readyAt({ place, pair }: Waiting<T>): number {
    return this.#good.has(pair) ? this.#pairs.readyAt(pair) : this.#places.readyAt(place);
  }

  /** Of an address that has failed, few may wait. */
  #trim(place: string, now: number): T[] {
    const own = this.#waiting.get(place) ?? [];
    const away: T[] = [];
    while (own.length > MAX_FAILED_WAITING && this.#places.of(place, now) >= 0.5) {
      away.push(...this.#remove(this.#worst(own, now)));
    }
    return away;
  }

  /** The one with the most failures; of those the newest of where most wait. */
  #worst(among: Iterable<Waiting<T>>, now: number): Waiting<T> {
    let worst: Waiting<T> | null = null;
    let most = [-1, 0];
    for (const each of among) {
      const [failures, beside] = [this.#failures(each, now), this.#waiting.get(each.place)!.length];
      if (failures < most[0]! || (failures === most[0] && beside < most[1]!)) continue;
      [worst, most] = [each, [failures, beside]];
    }
    return worst!;
  }

  #remove(waiting: Waiting<T>): T[] {
    const own = this.#waiting.get(waiting.place) ?? [];
    own.splice(own.indexOf(waiting), 1);
    if (own.length === 0) this.#waiting.delete(waiting.place);
    this.#size--;
    return [waiting.job];
  }
}
