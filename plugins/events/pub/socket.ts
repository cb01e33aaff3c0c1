/** The PUB socket and its frames. @module */
import type { Link } from "../../../ffi/bridge/link.ts";
import { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import { Errno, Flag, Option, PollEvent, SocketType } from "../../../ffi/zmq/constants.ts";
import { type Poller, sizeOf, type ThinContext, ThinSocket } from "../../../ffi/zmq/thin.ts";
import { OwnPlace } from "../counters.ts";
import type { Bytes, SinkMessage } from "../message.ts";
import type { SendResult } from "../sink.ts";
import { NumberText } from "./number_text.ts";
import type { PubSettings } from "./settings.ts";

/**
 * libzmq takes in all subscriptions that are there, without a stop: there are never more than so many. (With
 * one, a handshake of CURVE can leave no room for the first.)
 */
const SUBSCRIPTIONS = 2;

/** Sets up the socket: options before it is used, then where it is. */
export interface PubSite {
  configure(socket: ThinSocket): void;
  /** Binds or connects it, and returns the endpoints. */
  open(socket: ThinSocket): readonly string[];
  /** Told of handshakes that failed (`MonitorEvent`, and its value). */
  handshakeFailed(event: number, value: number): void;
}

/**
 * An XPUB socket, which is PUB that also tells of its subscribers.
 *
 * Facts of libzmq (4.3) that this rests on: with XPUB_NODROP a send gives EAGAIN while any
 * subscriber that wants the message is at its high-water mark, and nothing was sent; once a first
 * frame went, the others do. Without it, a subscriber that is full misses the message, and all that
 * follow until it has read some: neither does it block the others any more then.
 */
export class PubSocket {
  /** The endpoints with the ports that the system chose, if it did. */
  readonly endpoint: string;
  readonly raw: ThinSocket;
  readonly monitor: ConnectionMonitor;
  readonly #settings: PubSettings;
  readonly #link: Link;
  readonly #numbers = new NumberText();
  #slot = -1;
  #wake = -1;
  #waking = false;

  /** Opens it. @throws {ZmqError} with the endpoint, if it can't be bound */
  constructor(context: ThinContext, link: Link, site: PubSite, settings: PubSettings) {
    this.#settings = settings;
    this.#link = link;
    const socket = this.raw = new ThinSocket(context, SocketType.XPUB);
    socket.setInt(Option.XPUB_VERBOSER, 1);
    socket.setInt(Option.XPUB_NODROP, 1);
    site.configure(socket);
    socket.setInt(Option.RCVHWM, SUBSCRIPTIONS);
    const failed = (event: number, value: number) => site.handshakeFailed(event, value);
    this.monitor = new ConnectionMonitor(context, socket, failed);
    this.endpoint = site.open(socket).join(", ");
  }

  /**
   * Sends a message of events. Says beforehand which ones ZeroMQ gets, and if it does not take them,
   * that it has not: who is killed in between can't say any more, and no event may go out twice.
   */
  send(message: SinkMessage): SendResult {
    const { counters } = this.#link;
    counters[OwnPlace.handed_over] = message.last;
    const result = this.sendFrames(message);
    if (result !== "sent") counters[OwnPlace.handed_over] = message.number - 1;
    return result;
  }

  /** Sends one without those subscribers that are full: they are left out until they have read. */
  force(message: SinkMessage): SendResult {
    this.raw.setInt(Option.XPUB_NODROP, 0);
    const result = this.send(message);
    this.raw.setInt(Option.XPUB_NODROP, 1);
    return result === "held" ? "failed" : result;
  }

  /** Has libzmq look at what subscribers have read: else it does not count. */
  look(): void {
    this.raw.events();
  }

  /** Sends a message's frames: topic, body, number. */
  sendFrames(message: SinkMessage): SendResult {
    const { topic, topicLength, bodyLength } = message;
    const body = message.bodyIn(this.#link);
    const { topics, sequence } = this.#settings;
    const withTopic = topics && topicLength > 0;
    const more = Flag.DONTWAIT | Flag.SNDMORE;
    if (withTopic && this.#frame(topic, topicLength, more) < 0) return this.#refused();
    if (this.#frame(body, bodyLength, sequence ? more : Flag.DONTWAIT) < 0) {
      if (withTopic) throw this.#halfSent();
      return this.#refused();
    }
    if (!sequence) return "sent";
    const length = this.#numbers.write(message.number);
    if (this.#frame(this.#numbers.bytes, length, Flag.DONTWAIT) < 0) throw this.#halfSent();
    return "sent";
  }

  #frame(bytes: Bytes, length: number, flags: number): number {
    return typeof bytes === "bigint"
      ? this.raw.sendAt(bytes, sizeOf(length), flags)
      : this.raw.sendPart(bytes, length, flags);
  }

  #halfSent(): Error {
    return this.raw.library.error("Cannot send the rest of a message");
  }

  #refused(): SendResult {
    const errno = this.raw.library.transferErrno();
    return errno === Errno.EAGAIN || errno === Errno.EINTR ? "held" : "failed";
  }

  /** Adds the socket to the poller, its monitor, and what wakes us when a subscriber has read. */
  watch(poller: Poller): void {
    this.#slot = poller.add(this.raw, PollEvent.IN);
    // The socket's own descriptor: a poll for POLLOUT is always ready, as XPUB may always drop.
    this.#wake = poller.add(this.raw.getInt(Option.FD), 0);
    poller.add(this.monitor.socket, PollEvent.IN);
  }

  /** Before the loop waits. @param held a message waits for a subscriber */
  prepare(poller: Poller, held: boolean): void {
    if (this.#waking === held) return;
    this.#waking = held;
    // Only one of the two: who asks the socket what has changed takes the descriptor's word away.
    poller.modify(this.#slot, held ? 0 : PollEvent.IN);
    poller.modify(this.#wake, held ? PollEvent.IN : 0);
  }

  close(linger: number): void {
    this.monitor.close();
    this.raw.setInt(Option.LINGER, linger);
    this.raw.close();
  }
}
