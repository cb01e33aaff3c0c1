/** A transport between real sockets and a real link, with a Janus that does as it is told. */
import type { Link } from "../../../ffi/bridge/link.ts";
import { ConnectionMonitor } from "../../../ffi/zmq/connections.ts";
import { ContextOption, Option } from "../../../ffi/zmq/constants.ts";
import { Poller, ThinContext, type ThinSocket } from "../../../ffi/zmq/thin.ts";
import { Counter, type CounterName } from "../../../plugins/transport/counters.ts";
import type { MessageHooks } from "../../../plugins/transport/hooking.ts";
import { Down, Flag as RecordFlag, SessionFlag, Up } from "../../../plugins/transport/records.ts";
import type { RestoredPeer } from "../../../plugins/transport/peer_lifecycle.ts";
import { type TransportParts, TransportService } from "../../../plugins/transport/service.ts";
import type { TransportLimits, TransportSettings } from "../../../plugins/transport/settings.ts";
import { fail } from "../../assert.ts";
import type { JanusEnd, JanusLibrary, UpRecord } from "../../ffi/bridge/janus_end.ts";
import { plainSite } from "../plain_site.ts";
import { newSettings } from "./peer.ts";
import { type Frame, openSocket, PATIENCE_MS, sleep, takeFrames, texts } from "./sockets.ts";

type RouterPart = TransportParts["routers"][number];

const ROUTER: Omit<RouterPart, "site"> = {
  admin: false,
  named: false,
  bindSessions: false,
};

export interface HarnessOptions {
  router?: Partial<RouterPart>;
  sndhwm?: number;
  admin?: boolean;
  ringBytes?: number;
  events?: boolean;
  /** Milliseconds. */
  linger?: number;
  outbox?: number;
  limits?: Partial<TransportLimits>;
  /** Bytes. */
  backlog?: number;
  hooks?: MessageHooks;
  /** Of the transport's context. */
  ioThreads?: number;
}

/** A peer as Janus's side knows it. */
export interface KnownPeer {
  id: number;
  admin: boolean;
  state: NonNullable<RestoredPeer["state"]>;
  sessions: Set<bigint>;
}

export class TransportHarness {
  readonly end: JanusEnd;
  readonly log: string[] = [];
  /** Peers that were opened and are not gone. */
  readonly peers = new Map<number, KnownPeer>();
  readonly gone: number[] = [];
  /** Requests that `answer` did not answer. */
  readonly requests: UpRecord[] = [];
  readonly notified: unknown[] = [];
  /** Answers requests: text, or null to leave it in `requests`. */
  answer: (request: UpRecord) => string | null = ({ text }) => `re: ${text}`;
  /** Whether Janus takes what comes up. */
  taking = true;
  /** What `configure` was called with. */
  readonly configured: unknown[] = [];
  readonly settings: TransportSettings;
  link!: Link;
  service!: TransportService;
  readonly clients: ThinContext = newContext();
  readonly #sockets = new Set<ThinSocket>();
  readonly #watched = new Map<ThinSocket, ConnectionMonitor>();
  readonly #options: HarnessOptions;
  #context!: ThinContext;
  #finished = false;
  #poller!: Poller;

  constructor(library: JanusLibrary, options: HarnessOptions = {}) {
    this.end = library.open(options.ringBytes ?? 1 << 20);
    this.#options = options;
    const { events = false, linger = 0, outbox = 1000, limits } = options;
    this.settings = newSettings({ events, linger, outbox, limits });
    this.#open();
  }

  #open(endpoints?: TransportService["endpoints"]): void {
    this.link = this.end.attach();
    this.#context = newContext();
    this.#context.set(ContextOption.IO_THREADS, this.#options.ioThreads ?? 1);
    const log = (text: string) => void this.log.push(text);
    const router = { ...ROUTER, ...this.#options.router };
    const site = (endpoint = "tcp://127.0.0.1:*") => plainSite(endpoint, this.#options);
    const routers = [{ ...router, site: site(endpoints?.janus ?? undefined) }];
    if (this.#options.admin) {
      routers.push({ ...router, site: site(endpoints?.admin ?? undefined), admin: true });
    }
    this.service = new TransportService({
      context: this.#context,
      link: this.link,
      log: { error: log, warning: log, info: log, verbose: log },
      settings: this.settings,
      routers,
      restored: [...this.peers.values()].map(restored),
      backlog: this.#options.backlog ?? 1 << 26,
      hooks: this.#options.hooks ?? null,
      configure: (changes) => (this.configured.push(changes), "{}"),
    });
    this.#poller = new Poller(16);
    this.service.watch(this.#poller);
  }

  /** The process dies, and another one takes its place, on the same ports. */
  restart(): void {
    const { endpoints } = this.service;
    this.#shut();
    for (const monitor of this.#watched.values()) awaitEnd(monitor);
    this.end.renew();
    this.#open(endpoints);
  }

  /** The process ends; what is queued is sent for as long as `linger` (ms) says. */
  finish(linger: number): void {
    this.#shut(linger);
    this.#finished = true;
  }

  #shut(linger = 0): void {
    if (this.#finished) return;
    this.service.close(linger);
    this.#context.terminate();
    this.link.close();
  }

  /**
   * Opens a client's socket, connected to the Janus API or the Admin API. A slow one takes little
   * before it is read.
   */
  client(type: number, routingId?: string, admin = false, slow = false): ThinSocket {
    const socket = openSocket(this.clients, type, routingId);
    if (slow) {
      socket.setInt(Option.RCVHWM, 1);
      socket.setInt(Option.RCVBUF, 4096);
    }
    const { endpoints } = this.service;
    socket.connect((admin ? endpoints.admin : endpoints.janus)!);
    this.#sockets.add(socket);
    return socket;
  }

  /**
   * Lets {@linkcode restart} wait until a client has noticed: what it sends before, into a
   * connection that has ended, is lost.
   */
  watch(socket: ThinSocket): void {
    this.#watched.set(socket, new ConnectionMonitor(this.clients, socket));
  }

  closeClient(socket: ThinSocket): void {
    this.#watched.get(socket)?.close();
    this.#watched.delete(socket);
    this.#sockets.delete(socket);
    socket.close();
  }

  /** One round of the plugin's loop, and one of Janus's. */
  round(wait = 1): void {
    const { service } = this;
    service.drain();
    const more = service.receive();
    service.tick(Date.now());
    service.prepare(this.#poller);
    if (!more) this.#poller.wait(wait);
    if (this.taking) this.take();
  }

  /** Waits, without a round, until there is a request to read. */
  awaitRequest(): void {
    const end = Date.now() + PATIENCE_MS;
    // The first slot is that of the Janus API's socket.
    for (this.#poller.wait(1); this.#poller.ready(0) === 0; this.#poller.wait(1)) {
      if (Date.now() > end) fail("no request came");
    }
  }

  /** Runs until a condition holds, which it must. */
  until(condition: () => boolean, what: string): void {
    const end = Date.now() + PATIENCE_MS;
    while (!condition()) {
      if (Date.now() > end) fail(`${what} did not happen. Log: ${this.log.join("; ")}`);
      this.round();
    }
  }

  /** Runs for a while. */
  runFor(ms: number): void {
    for (const end = Date.now() + ms; Date.now() < end;) this.round();
  }

  /** The next message to a client, as text; it must come. */
  receive(client: ThinSocket): string[] {
    let message: Frame[] | null = null;
    this.until(() => (message = takeFrames(client)) !== null, "a message for the client");
    return texts(message)!;
  }

  /** Janus takes what was pushed up. */
  take(): void {
    for (const record of this.end.takeAll()) this.#handle(record);
  }

  #handle(record: UpRecord): void {
    if (record.kind === Up.ready) return; // what `configure` returned
    const known = this.peers.get(record.peer);
    if (record.kind === Up.peerOpened) {
      if (known !== undefined) fail(`peer ${record.peer} was opened twice`);
      const admin = (record.flags & RecordFlag.admin) !== 0;
      const state = JSON.parse(record.text);
      this.peers.set(record.peer, { id: record.peer, admin, state, sessions: new Set() });
      return;
    }
    if (known === undefined) fail(`record ${record.kind} of peer ${record.peer}, unknown`);
    if (record.kind === Up.peerGone) {
      this.peers.delete(record.peer);
      this.gone.push(record.peer);
    } else if (record.kind === Up.peerChanged) {
      known.state = JSON.parse(record.text);
    } else if (record.kind === Up.notify) {
      this.notified.push(JSON.parse(record.text));
    } else if (record.kind === Up.request) {
      const text = this.answer(record);
      if (text === null) this.requests.push(record);
      else this.reply(record, text);
    } else {
      fail(`unexpected record ${record.kind}`);
    }
  }

  /** Janus answers a request. */
  reply({ peer, request, flags }: UpRecord, text: string): void {
    this.end.write(Down.message, text, {
      peer,
      request: BigInt(request),
      flags: flags & RecordFlag.admin,
    });
  }

  /** Janus says something of its own accord, about a session or none. */
  push(peer: number, text: string, session = 0n): boolean {
    const flags = this.peers.get(peer)?.admin ? RecordFlag.admin : 0;
    return this.end.write(Down.message, text, { peer, session, flags });
  }

  /** A Janus session of a peer's begins. */
  beginSession(peer: number, session: bigint): void {
    this.#session(peer, session, SessionFlag.created);
  }

  /** A Janus session of a peer's is over, or another transport's now. */
  endSession(peer: number, session: bigint, why: "over" | "timeout" | "claimed" = "over"): void {
    const more = why === "over" ? 0 : SessionFlag[why];
    this.#session(peer, session, SessionFlag.over | more);
  }

  /** A peer claims a session, of another peer's or of another transport's. */
  claimSession(peer: number, session: bigint): void {
    const owner = [...this.peers.values()].find(({ sessions }) => sessions.has(session));
    if (owner !== undefined) this.endSession(owner.id, session, "claimed");
    this.#session(peer, session, SessionFlag.claimed);
  }

  #session(peer: number, session: bigint, what: number): void {
    const known = this.peers.get(peer)!;
    const flags = what | (known.admin ? RecordFlag.admin : 0);
    if ((what & SessionFlag.over) === 0) known.sessions.add(session);
    else known.sessions.delete(session);
    this.end.write(Down.session, "", { peer, session, flags });
  }

  /** Janus's admin wants something. */
  control(control: Record<string, unknown>): void {
    this.end.write(Down.control, JSON.stringify(control));
  }

  /** The peer that was opened last. */
  get newest(): KnownPeer {
    return [...this.peers.values()].at(-1) ?? fail("there is no peer");
  }

  counter(name: CounterName): number {
    return this.end.counter(Counter[name]);
  }

  [Symbol.dispose](): void {
    // Before its clients: libzmq 4.3 can wait for ever where peers end just as their ROUTER is closed.
    this.#shut();
    for (const monitor of this.#watched.values()) monitor.close();
    for (const socket of this.#sockets) socket.close();
    this.clients.terminate();
    this.end.close();
  }
}

function newContext(): ThinContext {
  const context = new ThinContext();
  context.set(ContextOption.MAX_SOCKETS, 4096);
  return context;
}

/** What the stub remembers, as the next process gets it. */
function restored({ id, admin, state, sessions }: KnownPeer): RestoredPeer {
  const text = JSON.stringify({ id, admin, state, sessions: [...sessions].map(String) });
  return JSON.parse(text);
}

/** Waits until a client's connection has ended. */
function awaitEnd(monitor: ConnectionMonitor): void {
  const end = Date.now() + PATIENCE_MS;
  for (monitor.read(); !monitor.hasClosed; monitor.read()) {
    if (Date.now() > end) fail("a client did not notice that its connection ended");
    sleep(1);
  }
  monitor.takeClosed();
}
