/** One API's ROUTER socket: requests come in, replies and events go out. @module */
import { Flag as RecordFlag, Up } from "../../ffi/bridge/layout.ts";
import type { Link } from "../../ffi/bridge/link.ts";
import { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { Errno, Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
import { type ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { ErrorCode, errorReply } from "../janus/errors.ts";
import { Counter } from "./counters.ts";
import { EnvelopeReader } from "./envelope.ts";
import {
  hasOwnId,
  identityText,
  type Peer,
  type PeerIds,
  peerKey,
  type PeerState,
  PeerTable,
} from "./peers.ts";
import type { Uplink } from "./uplink.ts";

/** Requests taken from the socket before Janus's own records have their turn. */
const BUDGET = 64;
/** A request beyond any reason is cut off by libzmq, and with it the peer's connection. */
const HARD_LIMIT = 64 * 1024 * 1024;
const EMPTY = new Uint8Array(new ArrayBuffer(0));

/** Sets up a router's socket: options before it is used, then where it is. */
export interface RouterSite {
  configure(socket: ThinSocket): void;
  /** Binds or connects it, and returns the endpoints. */
  open(socket: ThinSocket): readonly string[];
  /** Told of handshakes that failed (`MonitorEvent`, and its value). */
  handshakeFailed(event: number, value: number): void;
}

/** How a router listens. */
export interface RouterOptions {
  readonly site: RouterSite;
  readonly admin: boolean;
  /** Bytes. */
  readonly maxMessageSize: number;
  /** Whether Janus's event handlers are told of peers that come and go. */
  readonly notify: boolean;
}

/** What became of a message: `absent` if its peer has no connection, `full` if it reads too slowly. */
export type SendResult = "sent" | "absent" | "full";

/** What the routers of a transport share. */
export interface RouterShared {
  readonly context: ThinContext;
  readonly link: Link;
  readonly uplink: Uplink;
  readonly ids: PeerIds;
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
  readonly #options: RouterOptions;
  readonly #shared: RouterShared;
  readonly #reader: EnvelopeReader;
  readonly #flags: number;
  /** What correlated requests are answered with, until they are. */
  readonly #correlations = new Map<number, Uint8Array<ArrayBuffer>>();
  #requests = 0;

  /** Opens the socket. @throws {ZmqError} EADDRINUSE, EACCES, ... */
  constructor(options: RouterOptions, shared: RouterShared) {
    this.#options = options;
    this.#shared = shared;
    this.admin = options.admin;
    this.#flags = options.admin ? RecordFlag.admin : 0;
    this.peers = new PeerTable(shared.ids);
    const socket = this.socket = new ThinSocket(shared.context, SocketType.ROUTER);
    socket.setInt(Option.ROUTER_MANDATORY, 1);
    // A client that reconnects under its own routing id before we notice that it went.
    socket.setInt(Option.ROUTER_HANDOVER, 1);
    options.site.configure(socket);
    const limit = Math.max(HARD_LIMIT, options.maxMessageSize * 4);
    socket.setInt64(Option.MAXMSGSIZE, BigInt(limit));
    this.monitor = new ConnectionMonitor(
      shared.context,
      socket,
      (event, value) => options.site.handshakeFailed(event, value),
    );
    this.endpoint = options.site.open(socket).join(", ");
    this.#reader = new EnvelopeReader(socket);
  }

  /** Reads requests; true if there may be more. */
  receive(): boolean {
    for (let i = 0; i < BUDGET; i++) {
      if (this.#shared.uplink.blocked) return false;
      if (!this.#reader.read()) {
        this.#dropClosed();
        return false;
      }
      this.#take();
    }
    return true;
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
    const { frames } = peer;
    if (socket.send(frames[0]!, Flag.SNDMORE | Flag.DONTWAIT) < 0) {
      return socket.library.errno() === Errno.EAGAIN ? "full" : "absent";
    }
    // Once the peer's pipe took the first frame, it takes the others.
    for (let i = 1; i < frames.length; i++) socket.send(frames[i]!, Flag.SNDMORE);
    const correlation = this.#correlations.size > 0 ? this.#correlations.get(request) : undefined;
    if (correlation !== undefined) socket.send(correlation, Flag.SNDMORE);
    this.forget(request);
    if (request === 0 ? peer.delimiter : request % 2 === 1) socket.send(EMPTY, Flag.SNDMORE);
    return "sent";
  }

  /** A request will get no reply any more. */
  forget(request: number): void {
    if (this.#correlations.size > 0) this.#correlations.delete(request);
  }

  /** Takes over a peer that an earlier isolate had. */
  restore(id: number, state: PeerState, sessions: number): Peer {
    const peer = this.peers.restore(id, state, sessions);
    this.#count();
    return peer;
  }

  /** Ends a peer: Janus frees its sessions. */
  drop(peer: Peer): void {
    const { uplink } = this.#shared;
    this.peers.remove(peer);
    this.#count();
    this.#shared.link.counters[Counter.sessions]! -= peer.sessions;
    if (this.#options.notify) this.#notify(peer, { event: "disconnected" });
    uplink.push(Up.peerGone, this.#flags, peer.id, 0, "");
  }

  /** Closes the socket; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.#reader.close();
    this.monitor.close();
    this.socket.setInt(Option.LINGER, linger);
    this.socket.close();
  }

  /** One message from the reader becomes a request, or is answered here. */
  #take(): void {
    const { body, delimiter, correlation, valid } = this.#reader;
    const { link, uplink } = this.#shared;
    const peer = this.#peer();
    if (peer === null) return;
    peer.delimiter = delimiter;
    const request = ++this.#requests * 2 + (delimiter ? 1 : 0);
    if (correlation !== null) this.#correlations.set(request, correlation);
    const { maxMessageSize } = this.#options;
    if (!valid) {
      this.#refuse(peer, request, ErrorCode.invalid_json, "A request is JSON text in one frame");
    } else if (body.size > maxMessageSize) {
      const reason = `The request of ${body.size} bytes is larger than ` +
        `limits.max_message_size (${maxMessageSize})`;
      this.#refuse(peer, request, ErrorCode.unknown, reason);
    } else {
      const copy = () => body.copy();
      uplink.pushPointer(Up.request, this.#flags, peer.id, request, body.data(), body.size, copy);
      link.counters[Counter.received]!++;
    }
  }

  /** The peer that the message in hand is from. */
  #peer(): Peer | null {
    const { routingId, routingIdSize, hops, body, delimiter } = this.#reader;
    const fd = body.sourceDescriptor();
    const key = peerKey(routingId, routingIdSize, hops);
    let peer = this.peers.byKey(key);
    if (peer === undefined) {
      const frames = [routingId.slice(0, routingIdSize), ...hops];
      const opened = this.peers.open(key, frames, { delimiter, pushable: this.#pushable() });
      if (opened === null) return null;
      peer = opened;
      this.#announce(peer);
    } else if (peer.fd === fd) {
      return peer;
    } else {
      peer.pushable = this.#pushable();
    }
    // Its connection was accepted before its first message came: the monitor knows by now.
    this.monitor.read();
    this.#replace(peer, fd);
    this.peers.attach(peer, fd, this.monitor.serial(fd));
    return peer;
  }

  /** Whether the sender of the message in hand can take messages that it did not ask for. */
  #pushable(): boolean {
    const { body, delimiter, hops } = this.#reader;
    // Behind a proxy nobody tells, but without a delimiter it can't be a REQ.
    return hops.length > 0 ? !delimiter : body.gets("Socket-Type") !== "REQ";
  }

  /** One connection has one routing id: whoever had another one there is gone. */
  #replace(peer: Peer, fd: number): void {
    const outer = peerKey(peer.frames[0]!, peer.frames[0]!.length, []);
    for (const other of [...this.peers.onConnection(fd)]) {
      if (peerKey(other.frames[0]!, other.frames[0]!.length, []) !== outer) this.drop(other);
    }
  }

  #announce(peer: Peer): void {
    const state: PeerState = {
      frames: peer.frames.map((frame) => frame.toHex()),
      delimiter: peer.delimiter,
      pushable: peer.pushable,
    };
    this.#shared.uplink.push(Up.peerOpened, this.#flags, peer.id, 0, JSON.stringify(state));
    this.#count();
    if (!this.#options.notify) return;
    const ip = this.#reader.body.gets("Peer-Address") ?? "";
    const identity = hasOwnId(peer) ? { identity: identityText(peer) } : {};
    this.#notify(peer, {
      event: "connected",
      admin_api: this.#options.admin,
      ip,
      ...identity,
    });
  }

  #notify(peer: Peer, event: Record<string, unknown>): void {
    this.#shared.uplink.push(Up.notify, this.#flags, peer.id, 0, JSON.stringify(event));
  }

  /**
   * Drops the peers of connections that have ended. Only once the socket is read empty: what they
   * sent before they went would make them known again.
   */
  #dropClosed(): void {
    if (!this.monitor.hasClosed) return;
    for (const { fd, serial } of this.monitor.takeClosed()) {
      for (const peer of [...this.peers.onConnection(fd)]) {
        // A later serial is a new connection under the same descriptor.
        if (peer.serial <= serial) this.drop(peer);
      }
    }
  }

  #refuse(peer: Peer, request: number, code: number, reason: string): void {
    this.#shared.link.counters[Counter.errors]!++;
    this.sendBytes(peer, request, new TextEncoder().encode(errorReply(code, reason)));
    this.forget(request);
  }

  #count(): void {
    const place = this.#options.admin ? Counter.admin_peers : Counter.peers;
    this.#shared.link.counters[place] = this.peers.size;
  }
}
