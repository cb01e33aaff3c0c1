/** The PUB socket: numbers and groups, and what happens when a subscriber does not keep up. @module */
import type { Link } from "../../../ffi/bridge/link.ts";
import type { Poller, ThinContext } from "../../../ffi/zmq/thin.ts";
import type { Log } from "../../janus/log.ts";
import { Counter, DROP_LABELS, OwnPlace } from "../counters.ts";
import { dropIndex, type Drops } from "../drops.ts";
import { SinkMessage } from "../message.ts";
import { Position } from "../position.ts";
import type { SendResult, Sink } from "../sink.ts";
import { Group, groupBytes } from "./group.ts";
import { Holding } from "./holding.ts";
import type { PubSettings } from "./settings.ts";
import type { Ring } from "./patience.ts";
import { type PubSite, PubSocket } from "./socket.ts";
import { Subscribers } from "./subscribers.ts";

/** The topic under which drops are told. */
const DROPPED = new TextEncoder().encode("dropped");

/** A ring that is never full: what others wait for is no matter of this sink's. */
const NOBODYS: Ring = { used: 0, size: 1 };

/** What the sink is made of. */
export interface PubParts {
  readonly context: ThinContext;
  readonly link: Link;
  readonly log: Log;
  readonly site: PubSite;
  readonly settings: PubSettings;
  readonly drops: Drops;
  /** `zeromq.sndhwm`: how many messages wait in ZeroMQ for each subscriber. */
  readonly sndhwm: number;
  /** Whether what is in the ring waits for this sink alone. */
  readonly alone: boolean;
}

/**
 * Sends messages to all subscribers that want them, or holds one for a subscriber that does not
 * keep up.
 */
export class PubSink implements Sink {
  /** The endpoints with the ports that the system chose, if it did. */
  readonly endpoint: string;
  readonly position: Position;
  readonly backlog: number;
  readonly #parts: PubParts;
  readonly #link: Link;
  readonly #settings: PubSettings;
  readonly #socket: PubSocket;
  readonly #subscribers: Subscribers;
  readonly #holding: Holding;
  /** The last number that the process before this one handed to ZeroMQ, or was about to. */
  readonly #handedBefore: number;
  readonly #group: Group;
  readonly #groupMessage = new SinkMessage();
  readonly #dropMessage = new SinkMessage();
  /** The message that is held is the group. */
  #groupHeld = false;
  #failed = false;

  /** Opens the socket. @throws {ZmqError} with the endpoint, if it can't be bound */
  constructor(parts: PubParts) {
    const { context, link, log, site, settings } = this.#parts = parts;
    this.#link = link;
    this.#settings = settings;
    this.backlog = link.size / 2;
    this.position = new Position(link.counters, OwnPlace.position);
    const handed = link.counters[OwnPlace.handed_over]!;
    this.#handedBefore = Number.isSafeInteger(handed) ? handed : 0;
    const ring = parts.alone ? link : NOBODYS;
    const socket = this.#socket = new PubSocket(context, link, site, settings);
    this.endpoint = socket.endpoint;
    this.#subscribers = new Subscribers(link, log, socket.raw, socket.monitor, settings, ring);
    this.#holding = new Holding(link, settings, ring);
    this.#group = new Group(groupBytes(link.size), DROP_LABELS.length);
    if (!this.#subscribers.back) this.#sayLost();
  }

  get awaited(): boolean {
    return this.#socket.monitor.open > 0;
  }

  get topics(): boolean {
    return this.#settings.topics;
  }

  /** False while events wait for subscribers: those from before a restart, or one that is full. */
  get open(): boolean {
    return this.#subscribers.back && !this.#holding.held;
  }

  get underWay(): number {
    return this.#group.count;
  }

  // ---- messages ----

  send(message: SinkMessage): SendResult {
    if (!this.open) return "held";
    if (message.number <= this.#handedBefore) return "sent"; // the process ended before it could say so
    const { grouping } = this.#settings;
    if (this.#group.count > 0 && this.#group.count >= grouping && !this.flush()) return "held";
    return grouping >= 2 ? this.#gather(message) : this.#settled(message, this.#first(message));
  }

  retry(message: SinkMessage, now: number, atMost: number): SendResult {
    if (atMost === 0) this.#subscribers.stopWaiting();
    if (this.#groupHeld) this.#groupAgain(now, atMost);
    if (this.#groupHeld) return "held";
    if (!this.#holding.held) {
      const result = this.send(message);
      if (result !== "held" || atMost > 0) return result;
      if (this.#groupHeld) return this.retry(message, now, atMost);
    }
    return this.#settled(message, this.#again(message, now, atMost));
  }

  copyPending(): void {
    this.#group.pack(this.#link);
  }

  flush(): boolean {
    const group = this.#group, message = this.#groupMessage;
    if (group.count === 0) return true;
    if (!this.open) return false;
    group.pack(this.#link);
    message.number = group.first;
    message.last = group.last;
    message.body = group.bytes;
    message.bodyLength = group.length;
    const result = this.#first(message);
    this.#groupHeld = result === "held";
    if (result !== "held") this.#groupDone(result);
    return result !== "held";
  }

  /** Puts a message into the group. */
  #gather(message: SinkMessage): SendResult {
    const group = this.#group;
    if (!group.fits(message.bodyLength) && !this.flush()) return "held";
    if (group.count === 0) {
      group.first = message.number;
      group.deadline = Date.now() + this.#settings.grouping_linger;
    }
    const type = dropIndex(message.type);
    group.last = message.number;
    if (message.index >= 0) group.addRecord(message.index, message.bodyLength, type);
    else group.addText(this.#link, message.bodyBytes(this.#link), type);
    if (group.count >= this.#settings.grouping) this.flush();
    return "sent";
  }

  #groupAgain(now: number, atMost: number): void {
    const result = this.#again(this.#groupMessage, now, atMost);
    if (result !== "held") this.#groupDone(result);
  }

  #groupDone(result: SendResult): void {
    const group = this.#group;
    this.#counted(result, group.count);
    const missed = this.#missed;
    if (missed > 0) {
      for (const [type, count] of group.types.entries()) {
        if (count > 0) this.#parts.drops.add("slow_subscriber", type, count * missed);
      }
    }
    group.clear();
    this.#groupHeld = false;
  }

  #settled(message: SinkMessage, result: SendResult): SendResult {
    if (result === "held") return result;
    this.#counted(result, 1);
    const missed = this.#missed;
    if (missed > 0) this.#parts.drops.add("slow_subscriber", dropIndex(message.type), missed);
    return result;
  }

  /** How many subscribers missed what was sent last; as far as can be told. */
  get #missed(): number {
    const { cutOff } = this.#subscribers;
    return cutOff === 0 && this.#holding.forced ? 1 : cutOff;
  }

  #counted(result: SendResult, events: number): void {
    const { counters } = this.#link;
    if (result === "sent") {
      counters[Counter.sent]! += events;
      return;
    }
    counters[Counter.errors]! += events;
    if (this.#failed) return;
    this.#failed = true;
    this.#parts.log.error("Cannot publish: see the counter `errors`");
  }

  // ---- sending and holding ----

  /** Sends a message, or begins to hold it. */
  #first(message: SinkMessage): SendResult {
    this.#holding.forced = false;
    const result = this.#socket.send(message);
    if (result !== "held") return result;
    // What a subscriber has read meanwhile counts only once libzmq has looked.
    this.#socket.look();
    const again = this.#socket.send(message);
    if (again !== "held") return again;
    const now = Date.now();
    this.#holding.begin(now);
    return this.#again(message, now, Infinity);
  }

  /** Tries the message that is held. @param atMost the longest (ms) that it may be held now */
  #again(message: SinkMessage, now: number, atMost: number): SendResult {
    this.#socket.look();
    let result = this.#socket.send(message);
    if (result === "held") {
      if (this.#holding.goesOn(now, atMost)) return result;
      this.#subscribers.cut(now);
      this.#holding.forced = true;
      result = this.#socket.force(message);
    }
    this.#holding.end();
    return result;
  }

  // ---- in the loop ----

  watch(poller: Poller): void {
    this.#socket.watch(poller);
  }

  prepare(poller: Poller): void {
    this.#socket.prepare(poller, this.#holding.held);
  }

  /** Takes in subscriptions and connections; true if there may be more. */
  receive(): boolean {
    return this.#subscribers.receive();
  }

  timeout(now: number): number {
    const due = this.#group.count > 0 && !this.#groupHeld ? this.#group.deadline : Infinity;
    return Math.min(
      Math.max(0, due - now),
      this.#holding.timeout(now),
      this.#subscribers.timeout(now),
      this.#tells ? this.#parts.drops.tellTimeout(now) : Infinity,
    );
  }

  tick(now: number, atMost: number): void {
    this.#subscribers.tick(now);
    if (this.#groupHeld) this.#groupAgain(now, atMost);
    else if (this.#group.count > 0 && now >= this.#group.deadline) this.flush();
    if (!this.#tells) return;
    const text = this.#parts.drops.untold(now);
    if (text !== null) this.#parts.drops.told(now, this.#tell(text));
  }

  stopping(): void {
    this.#subscribers.stopWaiting();
  }

  connections(): Iterable<number> {
    return this.#socket.monitor.descriptors;
  }

  close(linger: number): void {
    this.#socket.close(linger);
  }

  get #tells(): boolean {
    return this.#settings.topics && this.open;
  }

  /** Tells of drops in-band, where that need not wait. @returns whether it went */
  #tell(text: string): boolean {
    const message = this.#dropMessage;
    message.topic = DROPPED;
    message.topicLength = DROPPED.length;
    message.body = new TextEncoder().encode(text);
    message.bodyLength = message.body.length;
    message.number = this.position.number;
    return this.#socket.sendFrames(message) === "sent";
  }

  /** What the process before this one had handed to ZeroMQ has ended with it. */
  #sayLost(): void {
    const number = Math.max(this.position.number, this.#handedBefore);
    if (number === 0) return;
    const { log, sndhwm } = this.#parts;
    log.warning(
      `Events up to number ${number} were with ZeroMQ when the process before ended: a subscriber` +
        ` may have missed some of the last ${Math.min(number, sndhwm)} (zeromq.sndhwm)`,
    );
  }
}
