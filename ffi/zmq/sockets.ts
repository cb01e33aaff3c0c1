/**
 * One class per socket type.
 *
 * @module
 */
import { Option, SocketType } from "./constants.ts";
import type { MessageLike } from "./frames.ts";
import { nativeOf } from "./handles.ts";
import { DuplexSocket, type Message, ReceivingSocket, SendingSocket } from "./messaging.ts";
import type { WaitOptions } from "./waits.ts";
import { defineOptions, recall, remember } from "./option_access.ts";
import {
  CONFLATE,
  MATCHING,
  PROBE,
  PUBLISHER,
  REQUEST,
  ROUTER,
  ROUTING,
  STREAM,
  XPUBLISHER,
} from "./option_table.ts";
import type * as properties from "./options.ts";
import type { SocketOptions } from "./socket.ts";

/**
 * One end of an exclusive pair (`ZMQ_PAIR`): two sockets that both send and receive as they like.
 * Meant for `inproc`; it doesn't reconnect.
 */
export class Pair extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Pair>) {
    super(SocketType.PAIR, options);
  }
}

/** The options of a publisher are properties of it. */
export interface Publisher
  extends
    properties.PublisherProperties,
    properties.MatchingProperties,
    properties.ConflateProperties {}

/**
 * Sends each message to every subscriber that wants it (`ZMQ_PUB`). Never waits: what a
 * subscriber's queue can't take is dropped for that one, unless `noDrop` is set.
 *
 * @example
 * ```ts
 * import { Publisher, Subscriber } from "@janus-zeromq/zmq";
 *
 * await using publisher = new Publisher({ linger: 0 });
 * await publisher.bind("tcp://127.0.0.1:*");
 * await using subscriber = new Subscriber();
 * subscriber.connect(publisher.lastEndpoint!);
 * subscriber.subscribe("news");
 * // Until the subscription has arrived, what is published is dropped.
 * const sending = setInterval(() => publisher.send(["news", "all is well"]), 10);
 * const [topic, text] = await subscriber.receive();
 * console.log(`${topic}: ${text}`);
 * clearInterval(sending);
 * ```
 */
export class Publisher extends SendingSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Publisher>) {
    super(SocketType.PUB, options);
  }
}

/** The options of a subscriber are properties of it. */
export interface Subscriber extends properties.MatchingProperties, properties.ConflateProperties {}

/** Receives what publishers send on the topics that it is subscribed to (`ZMQ_SUB`). */
export class Subscriber extends ReceivingSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Subscriber>) {
    super(SocketType.SUB, options);
  }

  /** Subscribes to messages whose first frame starts with one of these; without any, to all. */
  subscribe(...prefixes: (string | Uint8Array)[]): void {
    for (const prefix of prefixes.length > 0 ? prefixes : [null]) {
      this.setStringOption(Option.SUBSCRIBE, prefix);
    }
  }

  /** Ends subscriptions; without any prefix, the one to all messages. */
  unsubscribe(...prefixes: (string | Uint8Array)[]): void {
    for (const prefix of prefixes.length > 0 ? prefixes : [null]) {
      this.setStringOption(Option.UNSUBSCRIBE, prefix);
    }
  }
}

/** The options of a request socket are properties of it. */
export interface Request
  extends properties.RoutingProperties, properties.ProbeProperties, properties.RequestProperties {}

/**
 * Sends requests and receives one reply to each, in turn (`ZMQ_REQ`).
 *
 * @example
 * ```ts
 * import { Reply, Request } from "@janus-zeromq/zmq";
 *
 * await using reply = new Reply();
 * await reply.bind("tcp://127.0.0.1:*");
 * await using request = new Request();
 * request.connect(reply.lastEndpoint!);
 *
 * await request.send("4");
 * const [number] = await reply.receive();
 * await reply.send(2 * Number(number));
 * const [result] = await request.receive();
 * console.log(result.toString()); // 8
 * ```
 */
export class Request extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Request>) {
    super(SocketType.REQ, options);
  }
}

/** The options of a reply socket are properties of it. */
export interface Reply extends properties.RoutingProperties {}

/** Receives requests and sends one reply to each, in turn (`ZMQ_REP`). */
export class Reply extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Reply>) {
    super(SocketType.REP, options);
  }
}

/** The options of a dealer are properties of it. */
export interface Dealer
  extends properties.RoutingProperties, properties.ProbeProperties, properties.ConflateProperties {}

/**
 * Sends to its peers in turn and receives from all of them (`ZMQ_DEALER`), with no rule about who
 * speaks when. Towards a `Reply`, messages start with an empty frame.
 */
export class Dealer extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Dealer>) {
    super(SocketType.DEALER, options);
  }
}

/** Options of {@linkcode Router.connect}. */
export interface RouterConnectOptions {
  /** What to call the peer: 1 to 255 bytes, not starting with a zero byte, not in use yet. */
  routingId?: string;
}

/** Options of {@linkcode Stream.connect}. */
export interface StreamConnectOptions extends RouterConnectOptions {}

/** The options of a router are properties of it. */
export interface Router
  extends properties.RoutingProperties, properties.ProbeProperties, properties.RouterProperties {}

/**
 * Talks to many peers by name (`ZMQ_ROUTER`): messages received start with a frame that says whom
 * they are from, messages sent with one that says whom they are for. Messages to an unknown peer
 * are dropped, unless `mandatory` is set.
 */
export class Router extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Router>) {
    super(SocketType.ROUTER, options);
  }

  /** Connects to an address, and names the peer there if a routing id is given. */
  override connect(address: string, options?: RouterConnectOptions): void {
    setNextPeer(this, options);
    super.connect(address);
  }
}

function setNextPeer(socket: Router | Stream, options?: RouterConnectOptions): void {
  if (options?.routingId === undefined) return;
  const native = nativeOf(socket);
  native.check("Cannot connect");
  native.thin.setBytes(Option.CONNECT_ROUTING_ID, options.routingId);
}

/** The options of a pull socket are properties of it. */
export interface Pull extends properties.ConflateProperties {}

/** Receives from all the `Push` sockets that it is connected with (`ZMQ_PULL`). */
export class Pull extends ReceivingSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Pull>) {
    super(SocketType.PULL, options);
  }
}

/** The options of a push socket are properties of it. */
export interface Push extends properties.ConflateProperties {}

/** Sends to its peers in turn (`ZMQ_PUSH`). Waits while none of them can take a message. */
export class Push extends SendingSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Push>) {
    super(SocketType.PUSH, options);
  }
}

/** The options of an X publisher are properties of it. */
export interface XPublisher
  extends
    properties.PublisherProperties,
    properties.MatchingProperties,
    Omit<properties.XPublisherProperties, "verbosity"> {}

/**
 * A publisher that sees the subscriptions (`ZMQ_XPUB`): received as messages of a byte 1 (or 0,
 * for the end of one) and the prefix.
 */
export class XPublisher extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<XPublisher>) {
    super(SocketType.XPUB, options);
  }

  /** Which repeated subscriptions can be received; see {@linkcode properties.XPublisherProperties}. */
  get verbosity(): null | "allSubs" | "allSubsUnsubs" {
    return recall(this, "verbosity", null) as null | "allSubs" | "allSubsUnsubs";
  }

  set verbosity(value: null | "allSubs" | "allSubsUnsubs") {
    if (value !== null && value !== "allSubs" && value !== "allSubsUnsubs") {
      throw new TypeError(`Cannot set option verbosity: ${Deno.inspect(value)} is not known`);
    }
    // Each of the two clears the other.
    const option = value === "allSubsUnsubs" ? Option.XPUB_VERBOSER : Option.XPUB_VERBOSE;
    this.setBoolOption(option, value !== null);
    remember(this, "verbosity", value);
  }
}

/**
 * A subscriber that subscribes by sending (`ZMQ_XSUB`): a byte 1 (or 0, to end it) and the prefix.
 */
export class XSubscriber extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<XSubscriber>) {
    super(SocketType.XSUB, options);
  }
}

/** The options of a stream socket are properties of it. */
export interface Stream extends properties.StreamProperties {}

/**
 * Speaks plain TCP with peers that know no ZeroMQ (`ZMQ_STREAM`). Messages are two frames: who it
 * is, and the bytes. An empty second frame received says that the peer connected or went; one sent
 * ends the connection.
 */
export class Stream extends DuplexSocket {
  /** Opens a socket. */
  constructor(options?: SocketOptions<Stream>) {
    super(SocketType.STREAM, options);
  }

  /** Connects to an address, and names the peer there if a routing id is given. */
  override connect(address: string, options?: StreamConnectOptions): void {
    setNextPeer(this, options);
    super.connect(address);
  }

  /** Receives the peer's routing id and its bytes; see {@linkcode ReceivingSocket.receive}. */
  override receive(options?: WaitOptions): Promise<[Message, Message]> {
    return super.receive(options) as Promise<[Message, Message]>;
  }

  /** Sends to a peer: its routing id and the bytes; see {@linkcode SendingSocket.send}. */
  override send(message: [MessageLike, MessageLike], options?: WaitOptions): Promise<void> {
    return super.send(message, options);
  }
}

defineOptions(Publisher, PUBLISHER, MATCHING, CONFLATE);
defineOptions(Subscriber, MATCHING, CONFLATE);
defineOptions(Request, ROUTING, PROBE, REQUEST);
defineOptions(Reply, ROUTING);
defineOptions(Dealer, ROUTING, PROBE, CONFLATE);
defineOptions(Router, ROUTING, PROBE, ROUTER);
defineOptions(Pull, CONFLATE);
defineOptions(Push, CONFLATE);
defineOptions(XPublisher, PUBLISHER, MATCHING, XPUBLISHER);
defineOptions(Stream, STREAM);
