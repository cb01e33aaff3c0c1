/** The event handler: what Janus tells goes out on a PUB socket. @module */
import { Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { Option, PollEvent, SocketType } from "../../ffi/zmq/constants.ts";
import { type Poller, type ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import { Drops } from "./drops.ts";
import type { EventFiltering } from "./filtering.ts";
import { Outlet } from "./outlet.ts";
import { Pipeline } from "./pipeline.ts";
import type { PublisherSettings } from "./settings.ts";
import { Subscribers } from "./subscribers.ts";

/** With records in hand, the loop shows that it lives at least so often (ms): see `watchdog`. */
const ALIVE_MS = 250;
/** When Janus ends, what waits for filters or subscribers gets this long (ms). */
const STOP_MS = 600;
/** After that, each message gets no more than this (ms); and all together half as long again. */
const LAST_MS = 100;

/** And the filters, to tear down, what is left of this (ms). The stub waits for 1.5 s in all. */
const CLOSE_MS = 1100;

/**
 * libzmq takes in all subscriptions that are there, without a stop: there are never more than so many. (With
 * one, a handshake of CURVE can leave no room for the first.)
 */
const SUBSCRIPTIONS = 2;

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
  readonly settings: PublisherSettings;
  /** `zeromq.sndhwm`: how many messages wait in ZeroMQ for each subscriber. */
  readonly sndhwm: number;
  /** Null if there are no filters. */
  readonly filtering: EventFiltering | null;
  /** Janus's admin has changed settings. @returns what the stub must be told (`Up.ready`) */
  readonly configure: (changes: never) => string;
}

/** Publishes events, in Janus's order. */
export class PublisherService {
  /** The endpoints with the ports that the system chose, if it did. */
  readonly endpoint: string;
  readonly #link: Link;
  readonly #log: Log;
  readonly #settings: PublisherSettings;
  readonly #configure: PublisherParts["configure"];
  // XPUB is PUB that also tells of its subscribers.
  readonly #socket: ThinSocket;
  readonly #monitor: ConnectionMonitor;
  readonly #subscribers: Subscribers;
  readonly #outlet: Outlet;
  readonly #drops: Drops;
  readonly #pipeline: Pipeline;
  readonly #filtering: EventFiltering | null;
  #stopAt = Infinity;
  /** What Janus's side was to be told when the way up was full. */
  #untold: Uint8Array<ArrayBuffer> | null = null;

  /** Opens the socket. @throws {ZmqError} with the endpoint, if it can't be bound */
  constructor(parts: PublisherParts) {
    const { context, link, log, site, settings, filtering } = parts;
    this.#link = link;
    this.#log = log;
    this.#settings = settings;
    this.#configure = parts.configure;
    this.#filtering = filtering;
    const socket = this.#socket = new ThinSocket(context, SocketType.XPUB);
    socket.setInt(Option.XPUB_VERBOSER, 1);
    site.configure(socket);
    socket.setInt(Option.RCVHWM, SUBSCRIPTIONS);
    this.#monitor = new ConnectionMonitor(
      context,
      socket,
      (event, value) => site.handshakeFailed(event, value),
    );
    this.endpoint = site.open(socket).join(", ");
    const subscribers = this.#subscribers = new Subscribers(
      link,
      log,
      socket,
      this.#monitor,
      settings,
    );
    const outlet = this.#outlet = new Outlet(socket, link, settings, subscribers);
    const drops = this.#drops = new Drops(link, log);
    const control = (payload: Uint8Array) => this.#control(payload);
    this.#pipeline = new Pipeline({
      ...{ link, log, settings, filtering, outlet, subscribers, drops, control },
    });
    if (!subscribers.back) this.#sayLost(parts.sndhwm);
  }

  /** Adds the sockets to the loop's poller. */
  watch(poller: Poller): void {
    this.#outlet.watch(poller);
    poller.add(this.#monitor.socket, PollEvent.IN);
    this.#filtering?.watch(poller);
  }

  /** Before the loop waits. */
  prepare(poller: Poller): void {
    this.#outlet.prepare(poller);
    this.#filtering?.prepare(poller);
    if (this.#pipeline.inHand) this.#link.rest(true);
  }

  /** What filters have to say is not read by {@linkcode receive}. */
  woken(poller: Poller): number {
    return this.#filtering?.woken(poller) ?? 0;
  }

  /** A tenth of a millisecond is nothing to a subscriber, and much to Janus's event thread. */
  readonly patient = true;

  /** False while events wait for filters or for subscribers. */
  get ready(): boolean {
    return this.#open && !this.#pipeline.filtering;
  }

  /** False while events wait for subscribers: those of before a restart, or one that is full. */
  get #open(): boolean {
    return this.#subscribers.back && !this.#outlet.held;
  }

  /** Handles what Janus has sent, as far as it goes now. */
  drain(stopping: boolean): number {
    if (stopping) return this.#finish();
    if (!this.#subscribers.back) return 0;
    return this.#pipeline.advance();
  }

  /** Takes in subscriptions and connections; true if there may be more. */
  receive(): boolean {
    return this.#subscribers.receive();
  }

  /** Milliseconds until {@linkcode tick} has something to do; -1 if it has not. */
  timeout(now: number): number {
    const pipeline = this.#pipeline;
    if (pipeline.filtering && this.#open && this.#filtering?.available) return 0;
    const next = Math.min(
      pipeline.due - now,
      pipeline.inHand ? ALIVE_MS : Infinity,
      this.#outlet.timeout(now),
      this.#subscribers.timeout(now),
      this.#drops.timeout(now, this.#settings.topics && this.#open),
      this.#filtering?.timeout() ?? Infinity,
    );
    return next === Infinity ? -1 : Math.max(0, Math.ceil(next));
  }

  /** What is due by time rather than by message. */
  tick(now: number): void {
    this.#tell();
    this.#subscribers.tick(now);
    this.#filtering?.tick();
    if (this.#outlet.held) this.#goOn(now);
    if (!this.#outlet.held && now >= this.#pipeline.due) this.#pipeline.flush();
    this.#drops.say(now);
    if (!this.#settings.topics || !this.#open) return;
    const text = this.#drops.untold(now);
    if (text !== null) this.#drops.told(now, this.#pipeline.tell(text));
  }

  /** Descriptors of the connections that are open. */
  connections(): Iterable<number> {
    return this.#monitor.descriptors;
  }

  /** Closes the socket; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    const took = this.#stopAt === Infinity ? 0 : Date.now() + STOP_MS - this.#stopAt;
    this.#filtering?.close(Math.min(1000, Math.max(0, CLOSE_MS - took)));
    this.#monitor.close();
    this.#socket.setInt(Option.LINGER, linger);
    this.#socket.close();
  }

  /**
   * Tries what is held; if that goes, the rest of the batch too, as the loop would wait otherwise:
   * all that it looks at is whether there are further records.
   */
  #goOn(now: number): void {
    this.#pipeline.retry(now, this.#atMost(now));
    if (!this.#outlet.held) this.#pipeline.advance();
  }

  /** How long (ms) a message may be held. */
  #atMost(now: number): number {
    if (now < this.#stopAt) return Infinity;
    return now < this.#stopAt + STOP_MS / 2 ? LAST_MS : 0;
  }

  /** Janus ends: nothing is gathered any more. @returns 0 once all is done */
  #finish(): number {
    const now = Date.now();
    if (this.#stopAt === Infinity) this.#stopAt = now + STOP_MS;
    if (!this.#subscribers.back) this.#subscribers.stopWaiting();
    if (this.#outlet.held) this.#pipeline.retry(now, this.#atMost(now));
    const count = this.#pipeline.advance();
    if (!this.#pipeline.filtering && !this.#outlet.held) this.#pipeline.flush();
    if (count > 0 || !this.#pipeline.inHand) return count;
    if (now < this.#stopAt + STOP_MS / 2) return 1; // there is more to do
    this.#log.warning("Stopped before all events were through the filters");
    return 0;
  }

  #control(payload: Uint8Array): void {
    const { configure } = JSON.parse(new TextDecoder().decode(payload));
    if (configure === undefined) return;
    this.#untold = new TextEncoder().encode(this.#configure(configure as never));
    this.#tell();
  }

  /** Tells Janus's side what was changed: now, or when there is room (we are woken then). */
  #tell(): void {
    const ready = this.#untold;
    if (ready === null) return;
    if (this.#link.push(Up.ready, 0, 0, 0, ready, ready.length) === "pushed") this.#untold = null;
  }

  /** The isolate before this one had given ZeroMQ events, which end with their process. */
  #sayLost(sndhwm: number): void {
    const { number } = this.#pipeline;
    if (number === 0) return;
    this.#log.warning(
      `Events up to number ${number} were with ZeroMQ when the process before ended: a subscriber` +
        ` may have missed some of the last ${Math.min(number, sndhwm)} (zeromq.sndhwm)`,
    );
  }
}
