/** Who is connected, who came back after a restart, and who does not read. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import type { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { Flag } from "../../ffi/zmq/constants.ts";
import type { ThinSocket } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import { Counter, OwnPlace } from "./counters.ts";

/** After a restart, subscribers get this long (ms) to subscribe again before publishing goes on. */
const RETURN_MS = 1000;
const UNSUBSCRIBED = 0;
const SUBSCRIBED = 1;
/** Topics are as long as their subscribers like; only the first byte is of interest. */
const TOPIC_BYTES = 256;
/** So long (ms) subscriptions are taken in before events have their turn. */
const BUDGET_MS = 3;
/** How often (ms) those that do not read are looked at, to see whether they do again. */
const CHECK_MS = 100;
/** How often (ms) it is said that some do not keep up, where nobody can say which. */
const SAY_MS = 1000;

/** A subscriber that events go on without. */
interface CutOff {
  readonly name: string;
  readonly serial: number;
  /** How many were published when it was cut off. */
  readonly from: number;
}

/** The subscribers of a publisher's socket. */
export class Subscribers {
  readonly #link: Link;
  readonly #log: Log;
  readonly #socket: ThinSocket;
  readonly #monitor: ConnectionMonitor;
  readonly #topic = new Uint8Array(new ArrayBuffer(TOPIC_BYTES));
  /** How many subscriptions there were before the restart, and until when they are waited for. */
  readonly #expected: number;
  #returnDeadline = Infinity;
  /** By descriptor. */
  readonly #cutOff = new Map<number, CutOff>();
  #checkAt = 0;
  #sayAt = 0;

  constructor(link: Link, log: Log, socket: ThinSocket, monitor: ConnectionMonitor) {
    this.#link = link;
    this.#log = log;
    this.#socket = socket;
    this.#monitor = monitor;
    const { counters } = link;
    this.#expected = Math.max(counters[Counter.subscriptions]!, counters[OwnPlace.expected]!);
    counters[OwnPlace.expected] = this.#expected;
    counters[Counter.subscriptions] = 0;
    counters[Counter.subscribers] = 0;
    counters[OwnPlace.cut_off] = 0;
    if (this.#expected > 0) this.#returnDeadline = Date.now() + RETURN_MS;
  }

  /** False while those of before a restart are waited for. */
  get back(): boolean {
    return this.#returnDeadline === Infinity;
  }

  /** How many are cut off, now. */
  get cutOff(): number {
    return this.#cutOff.size;
  }

  /** Takes in subscriptions and connections; true if there may be more. */
  receive(): boolean {
    const { counters } = this.#link;
    const until = Date.now() + BUDGET_MS;
    let more = false;
    // Some subscribe and unsubscribe without end: events must go out all the same.
    for (let size; !more && (size = this.#socket.recv(this.#topic, Flag.DONTWAIT)) >= 0;) {
      if (size > 0 && this.#topic[0] === SUBSCRIBED) counters[Counter.subscriptions]!++;
      else if (size > 0 && this.#topic[0] === UNSUBSCRIBED) counters[Counter.subscriptions]!--;
      more = Date.now() >= until;
    }
    this.#monitor.read();
    this.#monitor.takeClosed();
    counters[Counter.subscribers] = this.#monitor.open;
    if (!this.back && counters[Counter.subscriptions]! >= this.#expected) this.stopWaiting();
    return more;
  }

  /** Those of before are back, or had time enough. */
  stopWaiting(): void {
    this.#returnDeadline = Infinity;
    this.#link.counters[OwnPlace.expected] = 0;
  }

  /** Events go on without those that do not read: finds out who that is, and says so. */
  cut(now: number): void {
    let found = false;
    for (const fd of this.#monitor.descriptors) {
      if (this.#cutOff.has(fd)) found = true;
      if (this.#cutOff.has(fd) || !this.#link.connectionFull(fd)) continue;
      found = true;
      const name = this.#link.connectionName(fd) ?? "that is gone";
      const from = this.#link.counters[Counter.sent]!;
      this.#cutOff.set(fd, { name, serial: this.#monitor.serial(fd), from });
      this.#log.warning(`Subscriber ${name} does not read: events go on without it`);
    }
    this.#checkAt = now + CHECK_MS;
    this.#link.counters[OwnPlace.cut_off] = this.#cutOff.size;
    if (found || now < this.#sayAt) return;
    this.#sayAt = now + SAY_MS;
    this.#log.warning("A subscriber does not keep up: events go on without it for a while");
  }

  /** Milliseconds until {@linkcode tick} has something to do; Infinity if it has not. */
  timeout(now: number): number {
    const check = this.#cutOff.size === 0 ? Infinity : this.#checkAt;
    return Math.max(0, Math.min(this.#returnDeadline, check) - now);
  }

  /** What is due by time. */
  tick(now: number): void {
    if (now >= this.#returnDeadline) this.stopWaiting();
    if (this.#cutOff.size === 0 || now < this.#checkAt) return;
    this.#checkAt = now + CHECK_MS;
    const open = new Set(this.#monitor.descriptors);
    const sent = this.#link.counters[Counter.sent]!;
    for (const [fd, { name, serial, from }] of this.#cutOff) {
      const gone = !open.has(fd) || this.#monitor.serial(fd) !== serial;
      if (!gone && this.#link.connectionFull(fd)) continue;
      this.#cutOff.delete(fd);
      const how = gone ? "is gone" : "reads again";
      this.#log.info(`Subscriber ${name} ${how}, ${sent - from} events later`);
    }
    this.#link.counters[OwnPlace.cut_off] = this.#cutOff.size;
  }
}
