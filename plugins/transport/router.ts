/** One API's ROUTER socket: requests come in, replies and events go out. @module */
import { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { Errno, Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
import { type Message, type ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { ErrorCode, errorReply } from "../janus/errors.ts";
import type { Account } from "./account.ts";
import { Arrivals } from "./arrivals.ts";
import { EnvelopeReader } from "./envelope.ts";
import { repeatedIn } from "./head.ts";
import {
  hasOwnId,
  outerKey,
  type Peer,
  type PeerIds,
  type PeerIntroduction,
  type PeerKey,
  peerKey,
  PeerTable,
} from "./peers.ts";
import { Strangers } from "./strangers.ts";

/** Requests, and milliseconds of work on them, before Janus's own records have their turn. */
const BUDGET = 64;
const BUDGET_MS = 3;
/** Reads of the monitor (3 ms each at most) for one message, where connections come and go in floods. */
const MONITOR_ROUNDS = 4;
/** After this long (ms) the ends of connections are noticed although there is always more to read. */
const NOTICE_MS = 250;
/** Request numbers, doubled, fit 53 bits: so many for each isolate, and for so many in turn. */
const REQUESTS = 2 ** 40;
const GENERATIONS = 2 ** 12;
const EMPTY = new Uint8Array(new ArrayBuffer(0));
/** After so long (ms) on a connection, a peer is no leftover of one before on the same descriptor. */
const CERTAIN_MS = 1000;

/** Sets up a router's socket: options before it is used, then where it is. */
export interface RouterSite {
  configure(socket: ThinSocket): void;
  /** Binds or connects it, and returns the endpoints. */
  open(socket: ThinSocket): readonly string[];
  /** Has each client with a name that is let in counted; its messages have the number as {@linkcode NUMBER}. */
  count?(letIn: (name: string) => number): void;
  /** Told of handshakes that failed (`MonitorEvent`, and its value). */
  handshakeFailed(event: number, value: number): void;
}

/** The property of messages that has the number of their connection. */
export const NUMBER = "X-Number";

/** How a router listens. */
export interface RouterOptions {
  readonly site: RouterSite;
  readonly admin: boolean;
  /** Whether clients have names, because they authenticate themselves. */
  readonly named: boolean;
  /** Of the isolate. */
  readonly generation: number;
}

/**
 * What became of a message: `absent` if its peer has no connection, `full` if it has to wait, as its
 * peer reads too slowly or could be somebody else by now.
 */
export type SendResult = "sent" | "absent" | "full";

/** What happens at a router's socket, for the transport to deal with. */
export interface RouterHandler {
  /** False while nothing more can be taken. */
  readonly open: boolean;
  /** Requests that may come at once. */
  readonly burst: number;
  /** A peer is heard for the first time. Text: why it is not to be let in. */
  admit(router: Router, introduction: PeerIntroduction, account: Account): Peer | string;
  /** A request is answered with an error, as its sender is not let in. */
  refused(): void;
  /** A message was dropped that names no connection. */
  stray(router: Router): void;
  /** Somebody with another name is there under a peer's routing id. */
  stranger(router: Router, owner: Peer, stranger: PeerIntroduction): void;
  /** Such a peer has no connection any more, through no fault of its own. */
  displaced(router: Router, peer: Peer): void;
  /** A peer that was away is heard again. */
  back(router: Router, peer: Peer): void;
  /** A request, whose bytes the message holds until the handler returns; null: it is none. */
  request(router: Router, peer: Peer, request: number, body: Message | null): void;
  /** The connection of a peer has ended. */
  away(router: Router, peer: Peer): void;
}

/** A ROUTER socket and its peers. */
export class Router {
  readonly socket: ThinSocket;
  readonly monitor: ConnectionMonitor;
  readonly peers: PeerTable;
  /** Which API it serves. */
  readonly admin: boolean;
  /** The endpoints with the ports that the system chose, if it did. */
  readonly endpoint: string;
  readonly #handler: RouterHandler;
  readonly #reader: EnvelopeReader;
  readonly #named: boolean;
  /** What correlated requests are answered with, until they are. */
  readonly #correlations = new Map<number, Uint8Array<ArrayBuffer>>();
  /** Peers whose connection has ended although the monitor did not say so, or not yet. */
  readonly #lost = new Set<Peer>();
  /** Both where clients have names, else null. */
  readonly #arrivals: Arrivals | null;
  readonly #strangers: Strangers | null;
  /** Since when (ms) connections have ended that were not noticed; Infinity if none has. */
  #endedAt = Infinity;
  #requests: number;

  /** Opens the socket. @throws {ZmqError} EADDRINUSE, EACCES, ... */
  constructor(options: RouterOptions, context: ThinContext, ids: PeerIds, handler: RouterHandler) {
    this.#handler = handler;
    this.#named = options.named;
    this.admin = options.admin;
    this.peers = new PeerTable(ids, options.admin);
    // Replies to an earlier isolate's requests may still come: they must not find one of ours.
    this.#requests = (options.generation % GENERATIONS) * REQUESTS;
    // libzmq makes routing ids up by counting from what rand() says, which nobody seeds. Who knows
    // the next one can choose it, and have libzmq abort, or take the place of a client that has it.
    context.library.symbols.srand(crypto.getRandomValues(new Uint32Array(1))[0]!);
    const socket = this.socket = new ThinSocket(context, SocketType.ROUTER);
    socket.setInt(Option.ROUTER_MANDATORY, 1);
    // A client that reconnects under its own routing id before we notice that it went. Without this
    // it would be heard never again. Whether it is the same is for us to see: its name tells.
    socket.setInt(Option.ROUTER_HANDOVER, 1);
    const arrivals = this.#arrivals = options.named ? new Arrivals() : null;
    if (arrivals !== null) options.site.count?.((name) => arrivals.letIn(name));
    options.site.configure(socket);
    this.monitor = new ConnectionMonitor(
      context,
      socket,
      (event, value) => options.site.handshakeFailed(event, value),
      arrivals === null ? null : () => arrivals.shookHands(),
    );
    const strangers = arrivals && new Strangers(arrivals, this.monitor, this.peers);
    this.#strangers = strangers;
    this.endpoint = options.site.open(socket).join(", ");
    this.#reader = new EnvelopeReader(socket);
  }

  /** True if peers are to be given up at the next {@linkcode receive}. */
  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** When (ms) {@linkcode receive} notices ends of connections at the latest; Infinity: there are none. */
  get deadline(): number {
    return this.#endedAt + NOTICE_MS;
  }

  /** Reads requests; true if there may be more. */
  receive(): boolean {
    const until = Date.now() + BUDGET_MS;
    let told = false;
    for (let i = 0; i < BUDGET && this.#handler.open && Date.now() < until; i++) {
      if (this.#reader.read()) {
        this.#take();
      } else if (told) {
        this.#noticeClosed();
        return false;
      } else {
        // Only now, for a request that comes alone not to wait for it.
        told = this.monitor.read();
        if (told && !this.#hasEnded) return false;
      }
    }
    // However much there is to read: libzmq's own thread waits for somebody who listens to it.
    if (!told) this.monitor.read();
    if (!this.#hasEnded) return this.#handler.open;
    const now = Date.now();
    this.#endedAt = Math.min(this.#endedAt, now);
    if (now >= this.deadline) this.#noticeClosed();
    return this.#handler.open;
  }

  /** Sends `length` bytes at an address: the reply to `request`, or asynchronous if that is 0. */
  send(peer: Peer, request: number, address: bigint, length: number): SendResult {
    const result = this.#sendEnvelope(peer, request);
    if (result === "sent") this.socket.sendAt(address, BigInt(length), 0);
    return result;
  }

  /** The same for bytes. */
  sendBytes(peer: Peer, request: number, bytes: Uint8Array<ArrayBuffer>): SendResult {
    const result = this.#sendEnvelope(peer, request);
    if (result === "sent") this.socket.send(bytes, 0);
    return result;
  }

  #sendEnvelope(peer: Peer, request: number): SendResult {
    const { socket } = this;
    const { frames, stranded, name, fd } = peer;
    // Whoever has its routing id by now may be somebody else: it is told by what it says first.
    if (stranded || (name !== null && fd < 0)) return "absent";
    if (this.#strangers?.mayHavePlaceOf(peer)) return "full";
    if (socket.send(frames[0]!, Flag.SNDMORE | Flag.DONTWAIT) < 0) {
      if (socket.library.errno() === Errno.EAGAIN) return "full";
      this.#lose(peer);
      return "absent";
    }
    // Once the peer's pipe took the first frame, it takes the others.
    for (let i = 1; i < frames.length; i++) socket.send(frames[i]!, Flag.SNDMORE);
    const correlation = this.#correlations.size > 0 ? this.#correlations.get(request) : undefined;
    if (correlation !== undefined) socket.send(correlation, Flag.SNDMORE);
    this.forget(request);
    if (request === 0 ? peer.delimiter : request % 2 === 1) socket.send(EMPTY, Flag.SNDMORE);
    return "sent";
  }

  /** A peer is not there under its routing id, though its connection is not known to have ended. */
  #lose(peer: Peer): void {
    const { fd, serial, name, attachedAt } = peer;
    if (fd < 0) return;
    this.monitor.read();
    // What it said last may have been read when another one had got its descriptor.
    const certain = Date.now() - attachedAt > CERTAIN_MS && this.monitor.isOpen(fd, serial);
    if (certain && name !== null && hasOwnId(peer)) this.#displace(peer);
    else this.#lost.add(peer);
    // Somebody had its place and has gone. It is not heard again before it has connected again.
    if (certain) this.monitor.cut(fd);
  }

  /** Somebody else has a peer's place: it is to come back, and has time to. */
  #displace(peer: Peer): void {
    this.#lost.delete(peer);
    this.peers.detach(peer);
    peer.awaited = true;
    this.#handler.displaced(this, peer);
  }

  /** A request will get no reply any more. */
  forget(request: number): void {
    if (this.#correlations.size > 0) this.#correlations.delete(request);
  }

  /** Closes the socket; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.#reader.close();
    this.monitor.close();
    this.socket.setInt(Option.LINGER, linger);
    this.socket.close();
  }

  /** One message from the reader becomes a request. */
  #take(): void {
    const { body, delimiter, correlation, valid } = this.#reader;
    const peer = this.#peer();
    if (peer === null) return;
    peer.delimiter = delimiter;
    const request = this.#number(delimiter);
    if (correlation !== null) this.#correlations.set(request, correlation);
    this.#handler.request(this, peer, request, valid ? body : null);
  }

  /** Requests are odd where a delimiter stood: their replies need no table to get one as well. */
  #number(delimiter: boolean): number {
    return ++this.#requests * 2 + (delimiter ? 1 : 0);
  }

  /** Reads on to the end of what the monitor has to tell, within reason. @returns whether that was it */
  #readMonitor(): boolean {
    for (let round = 0; round < MONITOR_ROUNDS; round++) {
      if (this.monitor.read()) return true;
    }
    return false;
  }

  /** The peer that the message in hand is from; null if it is not let in, and has been told. */
  #peer(): Peer | null {
    const { routingId, routingIdSize, hops, body } = this.#reader;
    const fd = body.sourceDescriptor();
    const name = this.#named ? body.gets("User-Id") : null;
    const key = peerKey(routingId, routingIdSize, hops, name);
    const known = this.peers.byKey(key);
    // libzmq makes an id up for one connection alone.
    if (known !== undefined && known.fd === fd && !hasOwnId(known)) return known;
    // Its connection was accepted before its first message came: the monitor knows by now. One with
    // an id of its own may have come back, and the new connection have got the old descriptor.
    if (this.#readMonitor() && !this.monitor.knows(fd)) {
      // Nothing would ever tell that it has gone.
      this.#handler.stray(this);
      return null;
    }
    const serial = this.monitor.serial(fd);
    if (name !== null) {
      if (!this.#arrivals!.empty) this.#arrivals!.heard(Number(body.gets(NUMBER)));
      const holders = this.peers.holders(routingId.subarray(0, routingIdSize), name);
      if (holders.length > 0) return this.#meetStranger(holders, key, name, fd, serial);
    }
    const account = this.peers.account(name, fd, serial, this.#handler.burst);
    const peer = known ?? this.#handler.admit(this, this.#introduction(key, name), account);
    if (typeof peer === "string") return this.#turnAway(peer, name, fd, serial);
    peer.heardAt = Date.now();
    if (peer.fd === fd && peer.serial === serial) return peer;
    if (known !== undefined) {
      peer.pushable = this.#pushable();
      peer.address = body.gets("Peer-Address") ?? "";
    }
    this.#doubt(peer, fd, serial);
    this.#lost.delete(peer);
    this.peers.attach(peer, fd, serial, account);
    if (known !== undefined) this.#handler.back(this, peer);
    return peer;
  }

  /**
   * The message in hand came under the routing id of others with another name. libzmq has let its
   * sender take their place; to hear them again, their client has to connect again.
   */
  #meetStranger(
    holders: readonly Peer[],
    key: PeerKey,
    name: string,
    fd: number,
    serial: number,
  ): null {
    for (const holder of holders) {
      const { fd: left, serial: of } = holder;
      if (left < 0) continue;
      this.#displace(holder);
      if (left !== fd && this.monitor.isOpen(left, of)) this.monitor.cut(left);
    }
    this.#handler.stranger(this, holders[0]!, this.#introduction(key, name));
    return this.#turnAway("This routing id is another client's", name, fd, serial);
  }

  #introduction(key: PeerKey, name: string | null): PeerIntroduction {
    const { routingId, routingIdSize, hops, body, delimiter } = this.#reader;
    return {
      key,
      frames: [routingId.slice(0, routingIdSize), ...hops],
      delimiter,
      pushable: this.#pushable(),
      name,
      address: body.gets("Peer-Address") ?? "",
    };
  }

  /** Tells somebody who is not let in, without remembering them. */
  #turnAway(reason: string, name: string | null, fd: number, serial: number): null {
    this.#strangers?.turnedAway(fd, serial);
    this.#handler.refused();
    const { routingId, routingIdSize, hops, correlation, delimiter, body, valid } = this.#reader;
    if (name !== null && this.#arrivals!.mayHaveTaken(name, Date.now())) return null;
    const repeated = repeatedIn(valid ? body : null);
    const text = encode(errorReply(ErrorCode.unknown, reason, repeated));
    const first = routingId.slice(0, routingIdSize);
    if (this.socket.send(first, Flag.SNDMORE | Flag.DONTWAIT) < 0) return null;
    for (const hop of hops) this.socket.send(hop, Flag.SNDMORE);
    if (correlation !== null) this.socket.send(correlation, Flag.SNDMORE);
    if (delimiter) this.socket.send(EMPTY, Flag.SNDMORE);
    this.socket.send(text, 0);
    return null;
  }

  /** Whether the sender of the message in hand can take messages that it did not ask for. */
  #pushable(): boolean {
    const { body, delimiter, hops } = this.#reader;
    // Behind a proxy nobody tells, but without a delimiter it can't be a REQ.
    return hops.length > 0 ? !delimiter : body.gets("Socket-Type") !== "REQ";
  }

  /**
   * One connection has one routing id. Who had another one on an earlier connection of the same
   * descriptor is gone, or has taken its id along to a new connection without a word.
   */
  #doubt(peer: Peer, fd: number, serial: number): void {
    const outer = outerKey(peer);
    for (const other of this.peers.onConnection(fd)) {
      // With the same serial one of the two was read too late to tell. It will get no reply: see send.
      if (other.serial < serial && outerKey(other) !== outer) this.#lost.add(other);
    }
  }

  /** True if connections have ended, as far as is known, that {@linkcode #noticeClosed} did not see. */
  get #hasEnded(): boolean {
    return this.monitor.hasClosed || this.#lost.size > 0;
  }

  /**
   * Notices connections that have ended: once the socket is read empty after the monitor has told, as
   * what a peer sent before it went makes it known again; or when that has taken too long.
   */
  #noticeClosed(): void {
    this.#endedAt = Infinity;
    for (const { fd, serial } of this.monitor.takeClosed()) {
      for (const peer of [...this.peers.onConnection(fd)]) {
        // A later serial is a new connection under the same descriptor.
        if (peer.serial <= serial) this.#leave(peer);
      }
    }
    for (const peer of this.#lost) if (peer.fd >= 0) this.#leave(peer);
    this.#lost.clear();
  }

  #leave(peer: Peer): void {
    this.peers.detach(peer);
    this.#handler.away(this, peer);
  }
}

function encode(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
