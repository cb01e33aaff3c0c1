/** The socket, and what happens when a subscriber does not keep up. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { Errno, Flag, Option, PollEvent } from "../../ffi/zmq/constants.ts";
import { type Poller, sizeOf, type ThinSocket } from "../../ffi/zmq/thin.ts";
import { OwnPlace } from "./counters.ts";
import { patience } from "./patience.ts";
import type { PublisherSettings } from "./settings.ts";
import type { Subscribers } from "./subscribers.ts";

/** While a message is held it is tried again after this (ms), if nothing wakes us before. */
const RETRY_MS = 100;

/** A frame: the first `length` bytes of a buffer, or at an address. */
export type Bytes = Uint8Array<ArrayBuffer> | bigint;

/** However much was waited in vain, so long (ms) is waited: those that do read must not lose anything. */
const LEAST_MS = 250;
/** Of what was waited in vain, a millisecond is forgotten every so many. */
const FORGET = 10;

/** What became of a message: `held` means that it is tried again. */
export type SendResult = "sent" | "held" | "failed";

/**
 * Sends messages to all subscribers that want them, or holds one for a subscriber that does not
 * keep up. Only one is in hand at a time; its bytes must stay as they are while it is held.
 *
 * Facts of libzmq (4.3) that this rests on: with XPUB_NODROP a send gives EAGAIN while any
 * subscriber that wants the message is at its high-water mark, and nothing was sent; once a first
 * frame went, the others do. Without it, a subscriber that is full misses the message, and all that
 * follow until it has read some: neither does it block the others any more then.
 */
export class Outlet {
  readonly #socket: ThinSocket;
  readonly #link: Link;
  readonly #settings: PublisherSettings;
  readonly #subscribers: Subscribers;
  // The message in hand.
  #topic: Bytes = 0n;
  #topicLength = 0;
  #body: Bytes = 0n;
  #bodyLength = 0;
  #number: Uint8Array<ArrayBuffer> = new Uint8Array();
  #numberLength = 0;
  #first = 1;
  #last = 0;
  #heldSince = 0;
  /** How long (ms) was waited for those that did not read after all, as of `#vainAt`. */
  #vain = 0;
  #vainAt = 0;
  #forced = false;
  #retryAt = 0;
  #slot = -1;
  #wake = -1;
  #waking = false;

  constructor(
    socket: ThinSocket,
    link: Link,
    settings: PublisherSettings,
    subscribers: Subscribers,
  ) {
    this.#socket = socket;
    this.#link = link;
    this.#settings = settings;
    this.#subscribers = subscribers;
    socket.setInt(Option.XPUB_NODROP, 1);
    link.counters[OwnPlace.held_since] = 0;
  }

  /** True while a message waits for a subscriber. */
  get held(): boolean {
    return this.#heldSince !== 0;
  }

  /** True if somebody missed the message sent last as it did not keep up. */
  get forced(): boolean {
    return this.#forced;
  }

  /** Sets the topic of the next message; a length of 0 for none. */
  setTopic(topic: Bytes, length: number): void {
    this.#topic = topic;
    this.#topicLength = length;
  }

  /** Sets the last frame of the next message; a length of 0 for none. */
  setNumber(number: Uint8Array<ArrayBuffer>, length: number): void {
    this.#number = number;
    this.#numberLength = length;
  }

  /** Sets the numbers of the first and last event in the next message; a last below the first for none. */
  setEvents(first: number, last: number): void {
    this.#first = first;
    this.#last = last;
  }

  /** Sends a message with the topic and number that were set. */
  send(body: Bytes, length: number): SendResult {
    this.#body = body;
    this.#bodyLength = length;
    this.#forced = false;
    const result = this.#try();
    if (result !== "held") return result;
    // What a subscriber has read meanwhile counts only once libzmq has looked.
    this.#socket.events();
    const again = this.#try();
    if (again !== "held") return again;
    const now = Date.now();
    this.#heldSince = now;
    this.#link.counters[OwnPlace.held_since] = now;
    return this.retry(now, Infinity);
  }

  /** Sends a message unless that would have to wait. @returns whether it went */
  offer(body: Uint8Array<ArrayBuffer>): boolean {
    this.#body = body;
    this.#bodyLength = body.length;
    return this.#try() === "sent";
  }

  /** Tries the message that is held. @param atMost the longest (ms) that it may be held now */
  retry(now: number, atMost: number): SendResult {
    this.#socket.events();
    let result = this.#try();
    if (result === "held") {
      this.#retryAt = now + RETRY_MS;
      const patience = Math.min(atMost, this.#patience(now));
      if (now - this.#heldSince < patience) return result;
      this.#vain = this.#vainOf(now) + now - this.#heldSince;
      this.#vainAt = now;
      result = this.#force(now);
    }
    this.#heldSince = 0;
    this.#link.counters[OwnPlace.held_since] = 0;
    return result;
  }

  /** Adds the socket to the poller, and what wakes us when a subscriber has read. */
  watch(poller: Poller): void {
    this.#slot = poller.add(this.#socket, PollEvent.IN);
    // The socket's own descriptor: a poll for POLLOUT is always ready, as XPUB may always drop.
    this.#wake = poller.add(this.#socket.getInt(Option.FD), 0);
  }

  /** Before the loop waits. */
  prepare(poller: Poller): void {
    if (this.#waking === this.held) return;
    this.#waking = this.held;
    // Only one of the two: who asks the socket what has changed takes the descriptor's word away.
    poller.modify(this.#slot, this.held ? 0 : PollEvent.IN);
    poller.modify(this.#wake, this.held ? PollEvent.IN : 0);
  }

  /** Milliseconds until the message that is held is tried again; Infinity if there is none. */
  timeout(now: number): number {
    if (!this.held) return Infinity;
    const patience = this.#heldSince + this.#patience(now) - now;
    return Math.max(0, Math.min(this.#retryAt - now, patience));
  }

  /**
   * How long a message may be held. What was waited in vain counts for a while: those that come one
   * after another and never read must not hold up everybody for as long as each of them might.
   */
  #patience(now: number): number {
    const most = patience(this.#link, this.#settings);
    return Math.min(most, Math.max(LEAST_MS, this.#settings.queue.max_wait - this.#vainOf(now)));
  }

  #vainOf(now: number): number {
    return Math.max(0, this.#vain - (now - this.#vainAt) / FORGET);
  }

  /** Sends without those that are full: they are left out from now on until they have read. */
  #force(now: number): SendResult {
    this.#subscribers.cut(now);
    this.#forced = true;
    this.#socket.setInt(Option.XPUB_NODROP, 0);
    const result = this.#try();
    this.#socket.setInt(Option.XPUB_NODROP, 1);
    return result === "held" ? "failed" : result;
  }

  /**
   * Says beforehand which events ZeroMQ gets, and if it does not take them, that it has not: who is
   * killed in between can't say any more, and no event may go out twice.
   */
  #try(): SendResult {
    const { counters } = this.#link;
    counters[OwnPlace.given] = this.#last;
    const result = this.#sendFrames();
    if (result !== "sent") counters[OwnPlace.given] = this.#first - 1;
    return result;
  }

  #sendFrames(): SendResult {
    const last = this.#numberLength > 0 ? Flag.DONTWAIT | Flag.SNDMORE : Flag.DONTWAIT;
    if (this.#topicLength > 0) {
      const first = this.#frame(this.#topic, this.#topicLength, Flag.DONTWAIT | Flag.SNDMORE);
      if (first < 0) return this.#refused();
    }
    if (this.#frame(this.#body, this.#bodyLength, last) < 0) {
      if (this.#topicLength > 0) throw this.#halfSent();
      return this.#refused();
    }
    if (
      this.#numberLength > 0 &&
      this.#socket.sendPart(this.#number, this.#numberLength, Flag.DONTWAIT) < 0
    ) throw this.#halfSent();
    return "sent";
  }

  #frame(bytes: Bytes, length: number, flags: number): number {
    return typeof bytes === "bigint"
      ? this.#socket.sendAt(bytes, sizeOf(length), flags)
      : this.#socket.sendPart(bytes, length, flags);
  }

  #halfSent(): Error {
    return this.#socket.library.error("Cannot send the rest of a message");
  }

  #refused(): SendResult {
    return this.#socket.library.errno() === Errno.EAGAIN ? "held" : "failed";
  }
}
