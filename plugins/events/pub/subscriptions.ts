/** What each subscriber has subscribed to. @module */
import type { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import type { Message } from "../../../ffi/zmq/message.ts";
import { sizeOf } from "../../../ffi/zmq/thin.ts";

const UNSUBSCRIBED = 0;
const SUBSCRIBED = 1;
/** Of a topic as much is looked at: those that are alike so far, and as long, count as one. */
const TOPIC_BYTES = 256;
/** So many are kept, of all together: what is beyond is not counted. */
const MAX_TOPICS = 32_768;
/** No property of a message: subscribers that speak ZMTP 2 or older, all together. */
const NO_CONNECTION = -1;

/**
 * What a connection may send, in bytes at once and a second: libzmq takes 40 times as much for each
 * byte of a topic, and for a message that we have not read.
 */
const BURST = 512 * 1024;
const PER_SECOND = 64 * 1024;
/** And each message counts for so many bytes more. */
const MESSAGE = 32;

interface Allowance {
  readonly serial: number;
  /** What it may send now. */
  bytes: number;
  /** As of when (ms). */
  at: number;
}

interface Subscriber {
  /** Of its connection; 0 while that is not known. */
  serial: number;
  readonly topics: Set<string>;
}

/**
 * Counts subscriptions: each topic of each subscriber once. What libzmq tells does not add up by
 * itself: every subscription to a topic, but one unsubscription; and any number of those, if a peer
 * likes. So they are kept, and those of a connection that ends go with it.
 */
export class Subscriptions {
  readonly #monitor: ConnectionMonitor;
  readonly #byFd = new Map<number, Subscriber>();
  /** Descriptors that were heard from since the last {@linkcode settle}. */
  readonly #heard = new Set<number>();
  readonly #allowances = new Map<number, Allowance>();
  readonly #head = new Uint8Array(new ArrayBuffer(TOPIC_BYTES));
  readonly #latin1 = new TextDecoder("latin1");
  #count = 0;

  constructor(monitor: ConnectionMonitor) {
    this.#monitor = monitor;
  }

  /** Subscriptions, now. */
  get count(): number {
    return this.#count;
  }

  /** Subscribers that have one, now. */
  get subscribers(): number {
    return this.#byFd.size;
  }

  /**
   * Takes in what was received from a subscriber.
   *
   * @returns its connection's descriptor, if that sends more than any subscriber has reason to; else -1
   */
  take(message: Message, now: number): number {
    const { size } = message;
    const fd = message.sourceDescriptor();
    this.#monitor.hear(fd);
    if (size > 0) this.#note(message, size, fd);
    return this.#allows(fd, size + MESSAGE, now) ? -1 : fd;
  }

  #allows(fd: number, bytes: number, now: number): boolean {
    const serial = this.#monitor.serial(fd);
    let allowance = this.#allowances.get(fd);
    if (allowance?.serial !== serial) {
      this.#allowances.set(fd, allowance = { serial, bytes: BURST, at: now });
    }
    const grown = (now - allowance.at) * PER_SECOND / 1000;
    allowance.bytes = Math.min(BURST, allowance.bytes + grown) - bytes;
    allowance.at = now;
    return allowance.bytes >= 0;
  }

  #note(message: Message, size: number, fd: number): void {
    const { library } = message;
    const length = Math.min(size, TOPIC_BYTES);
    library.symbols.memcpy(this.#head, message.data(), sizeOf(length));
    const kind = this.#head[0];
    if (kind !== SUBSCRIBED && kind !== UNSUBSCRIBED) return;
    const topic = `${size} ${this.#latin1.decode(this.#head.subarray(1, length))}`;
    if (kind === SUBSCRIBED) this.#add(fd, topic);
    else this.#remove(fd, topic);
  }

  /**
   * Lets go of connections that have ended; after all of them have been read from the monitor.
   */
  settle(): void {
    const monitor = this.#monitor;
    if (this.#heard.size === 0 && !monitor.hasClosed) return;
    for (const fd of this.#heard) {
      const subscriber = this.#byFd.get(fd);
      if (subscriber !== undefined) subscriber.serial = monitor.serial(fd);
    }
    const closed = monitor.takeClosed().map(({ fd }) => fd);
    for (const fd of closed) {
      if (!monitor.isOpen(fd, this.#allowances.get(fd)?.serial ?? 0)) this.#allowances.delete(fd);
    }
    for (const fd of [...this.#heard, ...closed]) {
      const subscriber = this.#byFd.get(fd);
      if (subscriber === undefined || fd === NO_CONNECTION) continue;
      // The kernel gives a descriptor to the next connection at once.
      if (monitor.isOpen(fd, subscriber.serial)) continue;
      this.#count -= subscriber.topics.size;
      this.#byFd.delete(fd);
    }
    this.#heard.clear();
  }

  #add(fd: number, topic: string): void {
    let subscriber = this.#byFd.get(fd);
    if (subscriber === undefined) {
      this.#byFd.set(fd, subscriber = { serial: 0, topics: new Set() });
    }
    this.#heard.add(fd);
    if (subscriber.topics.has(topic) || this.#count === MAX_TOPICS) return;
    subscriber.topics.add(topic);
    this.#count++;
  }

  #remove(fd: number, topic: string): void {
    const subscriber = this.#byFd.get(fd);
    if (subscriber === undefined || !subscriber.topics.delete(topic)) return;
    this.#count--;
    if (subscriber.topics.size === 0) this.#byFd.delete(fd);
  }
}
