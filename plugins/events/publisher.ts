/** The event handler: what Janus tells goes out on a PUB socket. @module */
import { Down } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { Errno, Flag, Option, PollEvent, SocketType } from "../../ffi/zmq/constants.ts";
import { type Poller, type ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import { Counter, EXPECTED_PLACE } from "./counters.ts";

/** After a restart, subscribers get this long (ms) to subscribe again before publishing goes on. */
const RETURN_MS = 1000;
const UNSUBSCRIBED = 0;
const SUBSCRIBED = 1;
/** Topics are as long as their subscribers like; only the first byte is of interest. */
const TOPIC_BYTES = 256;

/** Sets up the publisher's socket: options before it is used, then where it is. */
export interface PublisherSite {
  configure(socket: ThinSocket): void;
  /** Binds or connects it, and returns the endpoints. */
  open(socket: ThinSocket): readonly string[];
  /** Told of handshakes that failed (`MonitorEvent`, and its value). */
  handshakeFailed(event: number, value: number): void;
}

/** What the publisher is made of. */
export interface PublisherParts {
  readonly context: ThinContext;
  readonly link: Link;
  readonly log: Log;
  readonly site: PublisherSite;
}

/** Publishes events, one frame each. */
export class PublisherService {
  /** The endpoints with the ports that the system chose, if it did. */
  readonly endpoint: string;
  readonly #link: Link;
  readonly #log: Log;
  // XPUB is PUB that also tells of its subscribers.
  readonly #socket: ThinSocket;
  readonly #monitor: ConnectionMonitor;
  readonly #topic = new Uint8Array(new ArrayBuffer(TOPIC_BYTES));
  /** How many subscriptions there were before the restart, and until when they are waited for. */
  readonly #expected: number;
  #returnDeadline = Infinity;
  #failed = false;

  /** Opens the socket. @throws {ZmqError} with the endpoint, if it can't be bound */
  constructor({ context, link, log, site }: PublisherParts) {
    this.#link = link;
    this.#log = log;
    const socket = this.#socket = new ThinSocket(context, SocketType.XPUB);
    socket.setInt(Option.XPUB_VERBOSER, 1);
    site.configure(socket);
    this.#monitor = new ConnectionMonitor(
      context,
      socket,
      (event, value) => site.handshakeFailed(event, value),
    );
    this.endpoint = site.open(socket).join(", ");
    const { counters } = link;
    this.#expected = Math.max(counters[Counter.subscriptions]!, counters[EXPECTED_PLACE]!);
    counters[EXPECTED_PLACE] = this.#expected;
    counters[Counter.subscriptions] = 0;
    counters[Counter.subscribers] = 0;
    if (this.#expected > 0) this.#returnDeadline = Date.now() + RETURN_MS;
  }

  /** Adds the sockets to the loop's poller. */
  watch(poller: Poller): void {
    poller.add(this.#socket, PollEvent.IN);
    poller.add(this.#monitor.socket, PollEvent.IN);
  }

  /** Before the loop waits: nothing to change. */
  prepare(): void {}

  /** False while the events in the ring wait for the subscribers of before. */
  get ready(): boolean {
    return this.#returnDeadline === Infinity;
  }

  /** Handles what Janus has sent. */
  drain(stopping: boolean): number {
    return stopping || this.ready ? this.#link.each((index) => this.record(index)) : 0;
  }

  /** Handles one record of Janus's. */
  record(index: number): void {
    const link = this.#link;
    if (link.kind(index) !== Down.event) return;
    link.counters[Counter.received]!++;
    const length = BigInt(link.textLength(index));
    if (this.#socket.sendAt(link.textAddress(index), length, Flag.DONTWAIT) >= 0) {
      link.counters[Counter.sent]!++;
      return;
    }
    this.#fail(this.#socket.library.errno());
  }

  /** Takes in subscriptions and connections; never more to do. */
  receive(): boolean {
    const { counters } = this.#link;
    while (this.#socket.recv(this.#topic, Flag.DONTWAIT) > 0) {
      if (this.#topic[0] === SUBSCRIBED) counters[Counter.subscriptions]!++;
      else if (this.#topic[0] === UNSUBSCRIBED) counters[Counter.subscriptions]!--;
    }
    this.#monitor.read();
    this.#monitor.takeClosed();
    counters[Counter.subscribers] = this.#monitor.open;
    if (!this.ready && counters[Counter.subscriptions]! >= this.#expected) this.#publish();
    return false;
  }

  /** Milliseconds until {@linkcode tick} has something to do; -1 if it has not. */
  timeout(now: number): number {
    return this.ready ? -1 : Math.max(0, this.#returnDeadline - now);
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    if (now >= this.#returnDeadline) this.#publish();
  }

  /** Closes the socket; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.#monitor.close();
    this.#socket.setInt(Option.LINGER, linger);
    this.#socket.close();
  }

  /** The subscribers of before are back, or had time enough. */
  #publish(): void {
    this.#returnDeadline = Infinity;
    this.#link.counters[EXPECTED_PLACE] = 0;
  }

  #fail(errno: number): void {
    const { counters } = this.#link;
    counters[Counter.dropped]!++;
    counters[Counter.errors]!++;
    if (this.#failed || errno === Errno.EAGAIN) return;
    this.#failed = true;
    this.#log.error(`Cannot publish: ${this.#socket.library.strerror(errno)}`);
  }
}
