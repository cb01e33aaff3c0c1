/** How much memory the process may take: what strangers send can't be bounded otherwise. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { Log } from "../janus/log.ts";

const MIB = 1024 * 1024;
/** What libzmq may take for a connection. It takes some 90 KiB for one that is busy. */
const PER_CONNECTION = 128 * 1024;
/** Strangers can't fill memory faster than this (bytes a ms): until then there is no need to look. */
const FASTEST = 500 * MIB / 1000;
/** How often (ms) memory is looked at, at most and at least. */
const [OFTEN_MS, SELDOM_MS] = [20, 1000];
/** Strangers are cut off once so much of the limit is all that is left. */
const NEAR = 1 / 8;
/** How long (ms) memory may then be above the limit, until libzmq has given back what they held. */
const RELIEF_MS = 500;
/** How often (ms) it is said who was cut off, at most. */
const SAY_MS = 10_000;
/** So many addresses are named, those with most connections first. */
const NAMED = 20;

/** What a ceiling has to be asked for. */
export interface CeilingParts {
  readonly link: Pick<Link, "memory" | "connectionName" | "trim">;
  readonly log: Pick<Log, "warning">;
  /** MiB; 0 for no ceiling. */
  readonly limit: number;
  /** Descriptors of the open connections. */
  readonly connections: () => Iterable<number>;
  /** See `ConnectionGuard`. */
  readonly cutOversized?: (cutting: (fd: number) => void) => void;
  /** Bytes that the operator's own settings let wait. */
  readonly allowance?: () => number;
  /** What JavaScript takes, in bytes: it has a limit of its own. */
  readonly heap?: () => number;
}

/**
 * Watches what the process takes besides JavaScript's own memory. libzmq gathers a message of many
 * parts until the last one is there, and has no bound for that; nobody's connection can be told to be
 * the one that fills it, but those that have not said who they are. They are cut off. If that is not
 * enough, the process has to end, in order, before the machine runs out of memory.
 */
export class MemoryCeiling {
  readonly #parts: CeilingParts;
  #lookAt = 0;
  #reached = false;
  /** When (ms) somebody was cut off last. */
  #cutAt = -Infinity;
  /** Since when (ms) memory is above the limit; Infinity while it is not. */
  #aboveSince = Infinity;
  /** Who was cut off and is not in the log yet. */
  #cut: string[] = [];
  #sayAt = 0;

  constructor(parts: CeilingParts) {
    this.#parts = parts;
  }

  /** When (ms) it is to be asked again; Infinity while nobody is connected. */
  get deadline(): number {
    const { limit, connections } = this.#parts;
    if (limit > 0) { for (const _ of connections()) return this.#lookAt; }
    return Infinity;
  }

  /** True once the process is to be started anew. Says so, and who was connected. */
  reached(now: number): boolean {
    const { link, log, limit, connections, allowance } = this.#parts;
    if (this.#reached || limit === 0 || now < this.#lookAt) return this.#reached;
    const open = [...connections()];
    const allowed = limit * MIB + open.length * PER_CONNECTION + (allowance?.() ?? 0);
    const near = allowed - limit * MIB * NEAR;
    let taken = this.#taken(allowed);
    if (taken >= near && now - this.#cutAt <= RELIEF_MS) {
      link.trim();
      taken = this.#taken(allowed);
    }
    if (taken >= near) this.#cutOff(now);
    this.#say(now, taken);
    this.#lookAt = now + Math.min(SELDOM_MS, Math.max(OFTEN_MS, (near - taken) / FASTEST));
    this.#aboveSince = taken < allowed ? Infinity : Math.min(this.#aboveSince, now);
    if (taken < allowed) return false;
    if (now - Math.min(this.#cutAt, this.#aboveSince) < RELIEF_MS) return false;
    const names = open.map((fd) => link.connectionName(fd)).filter((name) => name !== null);
    log.warning(
      `The process has taken ${Math.round(taken / MIB)} MiB, ${open.length} connections included` +
        ` (runtime.max_memory = ${limit}): it is started anew. Connected: ${summary(names)}`,
    );
    return this.#reached = true;
  }

  /** Bytes besides JavaScript's. To ask V8 takes a millisecond: not while there is room for all of it. */
  #taken(allowed: number): number {
    const { link, heap = heapBytes } = this.#parts;
    const taken = link.memory();
    return taken > allowed / 2 ? taken - heap() : taken;
  }

  #cutOff(now: number): void {
    this.#parts.cutOversized?.((fd) => {
      this.#cutAt = now;
      this.#cut.push(this.#parts.link.connectionName(fd) ?? "gone");
    });
  }

  #say(now: number, taken: number): void {
    if (this.#cut.length === 0 || now < this.#sayAt) return;
    this.#sayAt = now + SAY_MS;
    this.#parts.log.warning(
      `The process has taken ${Math.round(taken / MIB)} MiB (runtime.max_memory =` +
        ` ${this.#parts.limit}): connections are cut that send much and have not said who they are:` +
        ` ${summary(this.#cut)}`,
    );
    this.#cut = [];
  }
}

function heapBytes(): number {
  const { heapTotal, external } = Deno.memoryUsage();
  return heapTotal + external;
}

/** Addresses without their ports, each with the number of its connections. */
function summary(names: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const name of names) {
    const address = name.replace(/^tcp:\/\/(.*):\d+$/, "$1");
    counts.set(address, (counts.get(address) ?? 0) + 1);
  }
  const most = [...counts].sort(([, one], [, other]) => other - one);
  const shown = most.slice(0, NAMED).map(([address, count]) => `${address} (${count})`);
  if (most.length > NAMED) shown.push(`${most.length - NAMED} more addresses`);
  return shown.join(", ") || "nobody";
}
