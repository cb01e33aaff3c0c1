/** An event handler between a real link and real subscribers. */
import type { Link } from "../../../ffi/bridge/link.ts";
import { Option, SocketType } from "../../../ffi/zmq/constants.ts";
import { openLibrary, Poller, ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import {
  Counter,
  type CounterName,
  DROP_LABELS,
  DROP_PLACES,
  type DropCause,
} from "../../../plugins/events/counters.ts";
import type { EventFiltering } from "../../../plugins/events/filtering.ts";
import { Drops } from "../../../plugins/events/drops.ts";
import type { PubSettings } from "../../../plugins/events/pub/settings.ts";
import { PubSink } from "../../../plugins/events/pub/sink.ts";
import { Down } from "../../../plugins/events/records.ts";
import { EventService } from "../../../plugins/events/service.ts";
import type { Sink } from "../../../plugins/events/sink.ts";
import { fail } from "../../assert.ts";
import { type DownFields, type JanusEnd, JanusLibrary } from "../../ffi/bridge/janus_end.ts";
import { plainSite } from "../plain_site.ts";
import { openSocket, PATIENCE_MS, takeFrames, texts } from "../transport/sockets.ts";

/** What the kernel keeps for a socket that is not read. */
const UNREAD_BYTES = 16_384;

openLibrary();
const janus = new JanusLibrary();

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What a fixture may be given, besides settings. */
export interface FixtureOptions extends Partial<PubSettings> {
  readonly sndhwm?: number;
  readonly filtering?: EventFiltering | null;
  readonly ringBytes?: number;
  /** Further sinks, made anew for each process. */
  readonly more?: (link: Link) => readonly Sink[];
}

/** What may be said of an event. */
export interface EventFields extends DownFields {
  readonly name?: string;
}

/** A publisher between a real link and real subscribers. */
export class EventsFixture implements Disposable {
  readonly end: JanusEnd;
  readonly log: string[] = [];
  readonly clients = new ThinContext();
  link!: Link;
  service!: EventService;
  pub!: PubSink;
  readonly #sockets = new Set<ThinSocket>();
  #context!: ThinContext;
  #poller!: Poller;
  #finished = false;

  readonly settings: Mutable<PubSettings>;
  readonly sndhwm: number;
  readonly more: (link: Link) => readonly Sink[];
  filtering: EventFiltering | null;
  /** How many sockets and descriptors have ended the last wait. */
  woken = 0;
  /** What the service was told to configure. */
  readonly configured: unknown[] = [];

  constructor(options: FixtureOptions = {}) {
    const { sndhwm = 1000, filtering = null, ringBytes, more, ...settings } = options;
    this.sndhwm = sndhwm;
    this.more = more ?? (() => []);
    this.filtering = filtering;
    this.end = janus.open(ringBytes);
    this.settings = {
      topics: false,
      sequence: false,
      grouping: 0,
      grouping_linger: 100,
      queue: { policy: "wait", max_wait: 5000 },
      ...settings,
    };
    this.#open("tcp://127.0.0.1:*");
  }

  #open(endpoint: string): void {
    this.link = this.end.attach();
    this.#context = new ThinContext();
    this.service = this.make(this.#context, endpoint);
    this.#poller = new Poller(4);
    this.service.watch(this.#poller);
  }

  /** A service, perhaps beside the fixture's own. */
  make(context: ThinContext, endpoint: string): EventService {
    const { link, settings, filtering, sndhwm } = this;
    const say = (text: string) => void this.log.push(text);
    const log = { error: say, warning: say, info: say, verbose: say };
    const drops = new Drops(link, log);
    const site = plainSite(endpoint, { sndhwm });
    this.pub = new PubSink({ context, link, log, site, settings, drops, sndhwm, alone: true });
    return new EventService({
      ...{ link, log, filtering, drops, sinks: [this.pub, ...this.more(link)] },
      configure: (changes) => (this.configured.push(changes), "{}"),
    });
  }

  /** The process dies, and another one takes its place. */
  restart(): void {
    const { endpoint } = this.pub;
    this.#shut(0);
    this.end.renew();
    this.#open(endpoint);
  }

  finish(linger: number): void {
    this.#shut(linger);
    this.#finished = true;
  }

  #shut(linger: number): void {
    if (this.#finished) return;
    this.service.close(linger);
    this.#context.terminate();
    this.link.close();
  }

  /**
   * A subscriber; its subscription may be under way yet.
   *
   * @param unread nobody will read from it: the kernel takes no more for it as time goes by
   */
  subscribe(topic = "", type: number = SocketType.SUB, unread = false): ThinSocket {
    const socket = openSocket(this.clients, type);
    socket.setInt(Option.RCVHWM, this.sndhwm);
    if (unread) socket.setInt(Option.RCVBUF, UNREAD_BYTES);
    socket.connect(this.pub.endpoint);
    if (type === SocketType.SUB) socket.setBytes(Option.SUBSCRIBE, topic);
    this.#sockets.add(socket);
    return socket;
  }

  closeClient(socket: ThinSocket): void {
    this.#sockets.delete(socket);
    socket.close();
  }

  /** Janus tells of an event; `name` is the plugin or transport that it is of. */
  event(text: string, { name = "", ...fields }: EventFields = {}): boolean {
    const flags = new TextEncoder().encode(name).length;
    const all = { type: 1, session: 5n, ...fields, flags };
    return this.end.write(Down.event, name + text, all);
  }

  /**
   * One round of the process's loop.
   *
   * @param wait how long (ms) it waits at most, where it waits
   * @returns how many records it has handled
   */
  round(stopping = false, wait = 1): number {
    const { link, service } = this;
    const count = service.drain(stopping);
    service.receive();
    service.tick(Date.now());
    service.prepare(this.#poller);
    if (count === link.batch || (stopping && service.ready)) return count;
    const timeout = service.timeout(Date.now());
    this.woken = this.#poller.wait(
      service.ready ? 0 : timeout < 0 ? wait : Math.min(timeout, wait),
    );
    return count;
  }

  until(condition: () => boolean, what: string): void {
    const end = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (Date.now() > end) fail(`${what} did not happen: ${JSON.stringify(this.counters())}`);
      this.round();
    }
  }

  /** The next message's frames. */
  receive(socket: ThinSocket): string[] {
    let message: ReturnType<typeof takeFrames> = null;
    this.until(() => (message = takeFrames(socket)) !== null, "an event");
    return texts(message)!;
  }

  counter(name: CounterName): number {
    return this.end.counter(Counter[name]);
  }

  counters(): number[] {
    return Object.values(Counter).map((place) => this.end.counter(place));
  }

  /** What was dropped for a cause, by label; those that are not 0. */
  dropped(cause: DropCause): Record<string, number> {
    const counts = DROP_LABELS.map((label, i): [string, number] => [
      label,
      this.end.counter(DROP_PLACES[cause] + i),
    ]);
    return Object.fromEntries(counts.filter(([, count]) => count > 0));
  }

  [Symbol.dispose](): void {
    this.#shut(0);
    for (const socket of this.#sockets) socket.close();
    this.clients.terminate();
    this.end.close();
  }
}
