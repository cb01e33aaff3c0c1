/** Who is connected, who came back after a restart, and who does not read. @module */
import type { Link } from "../../../ffi/bridge/link.ts";
import type { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import { Flag } from "../../../ffi/zmq/constants.ts";
import { Message, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import type { Log } from "../../janus/log.ts";
import { Counter, OwnPlace } from "../counters.ts";
import { patience, type Ring } from "./patience.ts";
import type { PubSettings } from "./settings.ts";
import { Subscriptions } from "./subscriptions.ts";

/** After a restart, subscribers get this long (ms) to connect again before publishing goes on. */
const RETURN_MS = 1000;
/**
 * And this long at least: libzmq connects again after 100 to 200 ms, and who comes for the first
 * time meanwhile is not one of those that are waited for.
 */
const RETURN_MIN_MS = 300;
/** So long (ms) subscriptions are taken in before events have their turn. */
const BUDGET_MS = 3;
/** How often (ms) those that do not read are looked at, to see whether they do again. */
const CHECK_MS = 100;
/** How often (ms) it is said that some do not keep up, where nobody can say which. */
const SAY_MS = 1000;
/** Lines about single subscribers in that time, at most. */
const LINES = 10;

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
  readonly #ring: Ring;
  readonly #log: Log;
  readonly #socket: ThinSocket;
  readonly #monitor: ConnectionMonitor;
  readonly #settings: PubSettings;
  readonly #message: Message;
  readonly #subscriptions: Subscriptions;
  /** How many there were before the restart, and since when they are waited for. */
  readonly #expected: { readonly subscriptions: number; readonly subscribers: number };
  #waitsSince = -Infinity;
  /** By descriptor. */
  readonly #cutOff = new Map<number, CutOff>();
  #checkAt = 0;
  #sayAt = 0;
  /** Lines about single ones, since when (ms). */
  #lines = 0;
  #linesAt = 0;
  /** Serial of the connection that was ended last. */
  #ended = -1;

  constructor(
    link: Link,
    log: Log,
    socket: ThinSocket,
    monitor: ConnectionMonitor,
    settings: PubSettings,
    ring: Ring,
  ) {
    this.#link = link;
    this.#ring = ring;
    this.#log = log;
    this.#socket = socket;
    this.#monitor = monitor;
    this.#settings = settings;
    this.#message = new Message(socket.library);
    this.#subscriptions = new Subscriptions(monitor);
    const { counters } = link;
    const { expected, expected_subscribed, subscribed, cut_off } = OwnPlace;
    const subscriptions = Math.max(counters[Counter.subscriptions]!, counters[expected]!);
    const subscribers = Math.max(counters[subscribed]!, counters[expected_subscribed]!);
    this.#expected = { subscriptions, subscribers };
    counters[expected] = subscriptions;
    counters[expected_subscribed] = subscribers;
    for (const place of [Counter.subscriptions, Counter.subscribers, subscribed, cut_off]) {
      counters[place] = 0;
    }
    if (subscriptions > 0) this.#waitsSince = Date.now();
  }

  /** False while those known before a restart are waited for. */
  get back(): boolean {
    return this.#waitsSince === -Infinity;
  }

  /** How many are cut off, now. */
  get cutOff(): number {
    return this.#cutOff.size;
  }

  /** Takes in subscriptions and connections; true if there may be more. */
  receive(): boolean {
    const { counters } = this.#link;
    const subscriptions = this.#subscriptions;
    // What has ended is out of the way of what comes under its descriptor.
    if (this.#monitor.read()) subscriptions.settle();
    const until = Date.now() + BUDGET_MS;
    let more = false;
    // Some subscribe and unsubscribe without end: events must go out all the same.
    for (let now = until - BUDGET_MS; !more; more = (now = Date.now()) >= until) {
      if (this.#message.recv(this.#socket, Flag.DONTWAIT) < 0) break;
      const fd = subscriptions.take(this.#message, now);
      if (fd >= 0) this.#end(fd, now);
    }
    if (this.#monitor.read()) subscriptions.settle();
    else more = true;
    counters[Counter.subscribers] = this.#monitor.open;
    counters[Counter.subscriptions] = subscriptions.count;
    counters[OwnPlace.subscribed] = subscriptions.subscribers;
    return more;
  }

  /** Somebody subscribes without end, which takes memory and time of everybody's. */
  #end(fd: number, now: number): void {
    const serial = this.#monitor.serial(fd);
    if (!this.#monitor.isOpen(fd, serial) || this.#ended === serial) return;
    this.#ended = serial;
    const name = this.#link.connectionName(fd) ?? "that is gone";
    this.#say(now, `Subscriber ${name} subscribes without end: its connection is ended`);
    this.#monitor.cut(fd);
  }

  /** Says something of one of them, of so many a second. */
  #say(now: number, text: string, level: "warning" | "info" = "warning"): void {
    if (now - this.#linesAt >= SAY_MS) {
      if (this.#lines > LINES) {
        this.#log.warning(`${this.#lines - LINES} lines about other subscribers were left out`);
      }
      this.#linesAt = now;
      this.#lines = 0;
    }
    if (this.#lines++ < LINES) this.#log[level](text);
  }

  /** Those known before the restart are back, or had time enough. */
  stopWaiting(): void {
    this.#waitsSince = -Infinity;
    this.#link.counters[OwnPlace.expected] = 0;
    this.#link.counters[OwnPlace.expected_subscribed] = 0;
  }

  /**
   * How long (ms) those known before the restart get, as things stand. A SUB subscribes again when its program next
   * looks at it, and not before: one that is connected and has not is one that does not keep up.
   */
  get #patience(): number {
    const { count, subscribers } = this.#subscriptions;
    const expected = this.#expected;
    const complete = subscribers >= expected.subscribers && count >= expected.subscriptions;
    const least = complete ? RETURN_MIN_MS : RETURN_MS;
    // Who is new may have made up the number.
    const silent = this.#monitor.open > subscribers;
    return silent ? Math.max(least, patience(this.#ring, this.#settings)) : least;
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
      this.#say(now, `Subscriber ${name} does not read: events go on without it`);
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
    const back = this.back ? Infinity : this.#waitsSince + this.#patience;
    return Math.max(0, Math.min(back, check, this.#monitor.deadline) - now);
  }

  /** What is due by time. */
  tick(now: number): void {
    if (!this.back && now >= this.#waitsSince + this.#patience) this.stopWaiting();
    if (this.#cutOff.size === 0 || now < this.#checkAt) return;
    this.#checkAt = now + CHECK_MS;
    const open = new Set(this.#monitor.descriptors);
    const sent = this.#link.counters[Counter.sent]!;
    for (const [fd, { name, serial, from }] of this.#cutOff) {
      const gone = !open.has(fd) || this.#monitor.serial(fd) !== serial;
      if (!gone && this.#link.connectionFull(fd)) continue;
      this.#cutOff.delete(fd);
      const how = gone ? "is gone" : "reads again";
      this.#say(now, `Subscriber ${name} ${how}, ${sent - from} events later`, "info");
    }
    this.#link.counters[OwnPlace.cut_off] = this.#cutOff.size;
  }
}
