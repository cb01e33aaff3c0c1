/** All writers' messages, each one's in order; what is known of a writer is forgotten in time. @module */
import type { Received } from "./item.ts";
import { Order, type Sorted } from "./order.ts";

/** A leader change swaps few messages, and not for long. */
const HELD = 256;
const HELD_MS = 1000;
/** A run of a server that has ended is forgotten after this (ms) without a message of it. */
const GRACE_MS = 60_000;
/** So many runs of one server are kept besides its last one, and so many of all. */
const MOST_EACH = 3;
const MOST = 4096;

/** One run of a server. */
interface Run {
  readonly key: string;
  readonly instance: string;
  readonly order: Order<Received>;
  /** The last place in the stream that a message of it had. */
  place: number;
  /** When its last message came. */
  heard: number;
  /** It has said so. */
  gone: boolean;
}

/** Sorts messages of any number of servers. */
export class Writers {
  readonly #runs = new Map<string, Run>();
  /** Of each server; the one that was turned to last is the last. */
  readonly #servers = new Map<string, Run[]>();
  /** Those that hold something. */
  readonly #holding = new Set<Run>();
  /** Those that are to give what they hold, as they are forgotten. */
  readonly #ending: Run[] = [];
  /** When it was looked for runs that have ended long ago. */
  #tidied = 0;

  /** Takes a message. @returns false if it went out before */
  put(received: Received, now: number): boolean {
    const { item } = received;
    const key = `${item.instance}/${item.epoch}`;
    let run = this.#servers.get(item.instance)?.at(-1);
    if (run?.key !== key) run = this.#turnTo(key, item.instance, now);
    run.heard = now;
    if (item.kind === "gone") run.gone = true;
    const isNew = run.order.put(received, now, item.sequence > run.place);
    run.place = Math.max(run.place, item.sequence);
    if (isNew) this.#holding.add(run);
    return isNew;
  }

  /** What can go out now. */
  *take(now: number): Generator<Sorted<Received>> {
    for (let run = this.#ending.shift(); run !== undefined; run = this.#ending.shift()) {
      yield* run.order.take(Infinity);
    }
    for (const run of this.#holding) {
      yield* run.order.take(now);
      if (run.order.due === Infinity) this.#holding.delete(run);
    }
  }

  /** When something held has to go out, by the clock that `put` is given; infinite if nothing is held. */
  get due(): number {
    let due = this.#ending.length > 0 ? 0 : Infinity;
    for (const run of this.#holding) due = Math.min(due, run.order.due);
    return due;
  }

  /** What came, and has not gone out. */
  *held(): Generator<Received> {
    for (const run of [...this.#ending, ...this.#holding]) yield* run.order.held();
  }

  /** Nothing follows: all goes out with the next `take`. */
  end(): void {
    for (const run of this.#runs.values()) this.#forget(run);
  }

  #turnTo(key: string, instance: string, now: number): Run {
    let run = this.#runs.get(key);
    if (run === undefined) {
      this.#tidy(now);
      run = { key, instance, order: new Order(HELD, HELD_MS), place: 0, heard: now, gone: false };
      this.#runs.set(key, run);
    }
    const others = this.#servers.get(instance)?.filter((one) => one !== run) ?? [];
    this.#servers.set(instance, [...others, run]);
    others.slice(0, -MOST_EACH).forEach((one) => this.#forget(one));
    return run;
  }

  /** Makes room for one more. */
  #tidy(now: number): void {
    if (this.#runs.size >= MOST) {
      const oldest = [...this.#runs.values()].sort((a, b) => a.heard - b.heard);
      oldest.slice(0, MOST / 8).forEach((run) => this.#forget(run));
    }
    if (now - this.#tidied < GRACE_MS / 10) return;
    this.#tidied = now;
    for (const run of this.#runs.values()) {
      const hasEnded = run.gone || this.#servers.get(run.instance)?.at(-1) !== run;
      if (hasEnded && now - run.heard > GRACE_MS) this.#forget(run);
    }
  }

  #forget(run: Run): void {
    this.#runs.delete(run.key);
    const rest = this.#servers.get(run.instance)?.filter((one) => one !== run) ?? [];
    if (rest.length > 0) this.#servers.set(run.instance, rest);
    else this.#servers.delete(run.instance);
    if (this.#holding.delete(run)) this.#ending.push(run);
  }
}
