/** One API's ROUTER socket: how it is set up, and what is sent through it. @module */
import type { Link } from "../../ffi/bridge/link.ts";
import { ConnectionMonitor } from "../../ffi/zmq/connections.ts";
import { Errno, Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
import { type ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { EnvelopeReader, isDelimited } from "./envelope.ts";
import { hasOwnId, type Peer } from "./peer.ts";
import type { PeerTable } from "./peer_table.ts";
import { Strangers } from "./strangers.ts";

type Frame = Uint8Array<ArrayBuffer>;

const EMPTY: Frame = new Uint8Array(new ArrayBuffer(0));
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
}

/**
 * What became of a message: `absent` if its peer has no connection, `full` if it has to wait, as its
 * peer reads too slowly or could be somebody else by now.
 */
export type SendResult = "sent" | "absent" | "full";

/** A ROUTER socket. */
export class Router {
  readonly socket: ThinSocket;
  /** Of what comes in. */
  readonly reader: EnvelopeReader;
  readonly monitor: ConnectionMonitor;
  readonly peers: PeerTable;
  /** The endpoints with the ports that the system chose, if it did. */
  readonly endpoint: string;
  /** Null where clients have no names. */
  readonly strangers: Strangers | null;
  readonly #link: Link;
  /** What correlated requests are answered with, until they are. */
  readonly #correlations = new Map<number, Frame>();

  /** Opens the socket. @throws {ZmqError} EADDRINUSE, EACCES, ... */
  constructor(
    { site, named }: RouterOptions,
    { context, link, peers }: { context: ThinContext; link: Link; peers: PeerTable },
  ) {
    this.peers = peers;
    this.#link = link;
    // libzmq makes routing ids up by counting from what rand() says, which nobody seeds. Who knows
    // the next one can choose it, and have libzmq abort, or take the place of a client that has it.
    context.library.symbols.srand(crypto.getRandomValues(new Uint32Array(1))[0]!);
    const socket = this.socket = new ThinSocket(context, SocketType.ROUTER);
    this.reader = new EnvelopeReader(socket);
    socket.setInt(Option.ROUTER_MANDATORY, 1);
    // A client that reconnects under its own routing id before we notice that it went. Without this
    // it would be heard never again. Whether it is the same is for us to see: its name tells.
    socket.setInt(Option.ROUTER_HANDOVER, 1);
    const strangers = this.strangers = named ? new Strangers(peers) : null;
    if (strangers !== null) site.count?.((name) => strangers.letIn(name));
    site.configure(socket);
    this.monitor = new ConnectionMonitor(
      context,
      socket,
      (event, value) => site.handshakeFailed(event, value),
      strangers && (() => strangers.shookHands()),
    );
    this.endpoint = site.open(socket).join(", ");
  }

  /** A request is correlated: its reply takes this along. */
  correlate(request: number, correlation: Frame): void {
    this.#correlations.set(request, correlation);
  }

  /** A request will get no reply any more. */
  abandon(request: number): void {
    if (this.#correlations.size > 0) this.#correlations.delete(request);
  }

  /**
   * Sends the reply to `request`, or an asynchronous message if that is 0.
   *
   * @param what bytes, or the index of a record whose payload it is
   */
  send(peer: Peer, request: number, what: Frame | number): SendResult {
    // Whoever has its routing id by now may be somebody else: it is told by what it says first.
    if (peer.stranded || (peer.name !== null && peer.fd < 0)) return "absent";
    if (this.strangers?.mayHavePlaceOf(peer, this.monitor)) return "full";
    const correlation = this.#correlations.size > 0 ? this.#correlations.get(request) : null;
    const delimiter = request === 0 ? peer.delimiter : isDelimited(request);
    if (!this.#sendFrames(peer.frames, correlation ?? null, delimiter)) {
      const errno = this.socket.library.transferErrno();
      if (errno === Errno.EAGAIN || errno === Errno.EINTR) return "full";
      this.#lose(peer);
      return "absent";
    }
    this.abandon(request);
    if (typeof what !== "number") this.socket.send(what, 0);
    else this.socket.sendAt(this.#link.address(what), BigInt(this.#link.length(what)), 0);
    return "sent";
  }

  /** Sends what stands before a body. @returns false if it can't be sent: see {@linkcode Library.errno} */
  #sendFrames(ids: readonly Frame[], correlation: Frame | null, delimiter: boolean): boolean {
    const { socket } = this;
    if (socket.send(ids[0]!, Flag.SNDMORE | Flag.DONTWAIT) < 0) return false;
    // Once the peer's pipe took the first frame, it takes the others.
    for (let i = 1; i < ids.length; i++) socket.send(ids[i]!, Flag.SNDMORE);
    if (correlation !== null) socket.send(correlation, Flag.SNDMORE);
    if (delimiter) socket.send(EMPTY, Flag.SNDMORE);
    return true;
  }

  /** A peer is not there under its routing id, though its connection is not known to have ended. */
  #lose(peer: Peer): void {
    const { fd, serial, name, attachedAt } = peer;
    if (fd < 0) return;
    this.monitor.read();
    // What it said last may have been read when another one had got its descriptor.
    const certain = Date.now() - attachedAt > CERTAIN_MS && this.monitor.isOpen(fd, serial);
    if (certain && name !== null && hasOwnId(peer)) this.peers.displace(peer);
    else this.peers.lose(peer);
    // Somebody had its place and has gone. It is not heard again before it has connected again.
    if (certain) this.monitor.cut(fd);
  }

  /** Answers the message in hand, whose sender is no peer; not where somebody else could get the answer. */
  answer(name: string | null, bytes: Frame): void {
    const { ids, correlation, delimiter, body } = this.reader;
    const fd = body.sourceDescriptor();
    this.strangers?.turnedAway(fd, this.monitor.serial(fd));
    if (name !== null && this.strangers!.mayHaveTaken(name, Date.now())) return;
    if (this.#sendFrames(ids, correlation, delimiter)) this.socket.send(bytes, 0);
  }

  /** Closes the socket; what is queued is sent for as long as `linger` (ms) says. */
  close(linger: number): void {
    this.reader.close();
    this.monitor.close();
    this.socket.setInt(Option.LINGER, linger);
    this.socket.close();
  }
}
