/**
 * Options of contexts and sockets, under the names of npm's `zeromq`.
 *
 * Each is a property of the socket and may be given to its constructor. Times are milliseconds
 * unless said otherwise. Unless said otherwise, set them before bind or connect: later they take
 * effect at the next one.
 *
 * @module
 */

/** Options of a `Context`. */
export interface ContextProperties {
  /**
   * When false, new sockets get a {@linkcode SocketProperties.linger} of 0, so that the end of the
   * context never waits for unsent messages. Default true. (`ZMQ_BLOCKY`)
   */
  blocky: boolean;
  /** Threads for input and output; set before the first socket. Default 1. (`ZMQ_IO_THREADS`) */
  ioThreads: number;
  /** Largest message that may be sent, in bytes. Default 2147483647. (`ZMQ_MAX_MSGSZ`) */
  maxMessageSize: number;
  /** How many sockets may be open at a time. Default 1023. (`ZMQ_MAX_SOCKETS`) */
  maxSockets: number;
  /** Lets new sockets use IPv6 beside IPv4. Default false. (`ZMQ_IPV6`) */
  ipv6: boolean;
  /** Priority of the input and output threads; set only. (`ZMQ_THREAD_PRIORITY`) */
  threadPriority: number;
  /** Scheduling policy of the input and output threads; set only. (`ZMQ_THREAD_SCHED_POLICY`) */
  threadSchedulingPolicy: number;
  /** What `maxSockets` can be at most. (`ZMQ_SOCKET_LIMIT`) */
  readonly maxSocketsLimit: number;
}

/** Options of every socket. */
export interface SocketProperties {
  /** Bit mask of the input and output threads to use; 0 is any. Default 0. (`ZMQ_AFFINITY`) */
  affinity: number;
  /** Multicast data rate in kilobits per second. Default 100. (`ZMQ_RATE`) */
  rate: number;
  /** How long a multicast peer may be away without loss. Default 10000. (`ZMQ_RECOVERY_IVL`) */
  recoveryInterval: number;
  /**
   * How long unsent messages are kept after the socket is closed: -1 for ever, 0 not at all.
   * Takes effect at once. Default -1. (`ZMQ_LINGER`)
   */
  linger: number;
  /** Wait before the first attempt to reconnect; -1 never tries. Default 100. (`ZMQ_RECONNECT_IVL`) */
  reconnectInterval: number;
  /** Limit for the doubling of `reconnectInterval`; 0 doesn't double. Default 0. (`ZMQ_RECONNECT_IVL_MAX`) */
  reconnectMaxInterval: number;
  /** Connections that may wait to be accepted. Default 100. (`ZMQ_BACKLOG`) */
  backlog: number;
  /** A peer that sends more bytes in a message is disconnected; -1 is no limit. Default -1. (`ZMQ_MAXMSGSIZE`) */
  maxMessageSize: number;
  /** TCP keepalive: 1 on, 0 off, -1 as the system has it. Default -1. (`ZMQ_TCP_KEEPALIVE`) */
  tcpKeepalive: number;
  /** Probes before the connection counts as dead; -1 as the system has it. (`ZMQ_TCP_KEEPALIVE_CNT`) */
  tcpKeepaliveCount: number;
  /** Seconds of silence before the first probe; -1 as the system has it. (`ZMQ_TCP_KEEPALIVE_IDLE`) */
  tcpKeepaliveIdle: number;
  /** Seconds between probes; -1 as the system has it. (`ZMQ_TCP_KEEPALIVE_INTVL`) */
  tcpKeepaliveInterval: number;
  /** Network (CIDR) from which TCP connections are taken; each assignment adds one, null allows all. (`ZMQ_TCP_ACCEPT_FILTER`) */
  tcpAcceptFilter: string | null;
  /** When true, messages are queued only to connections that stand. Default false. (`ZMQ_IMMEDIATE`) */
  immediate: boolean;
  /** Lets the socket use IPv6 beside IPv4. Default false. (`ZMQ_IPV6`) */
  ipv6: boolean;
  /** Makes the socket a server for PLAIN security: a ZAP handler decides. Default false. (`ZMQ_PLAIN_SERVER`) */
  plainServer: boolean;
  /** User name for PLAIN security; null for none. (`ZMQ_PLAIN_USERNAME`) */
  plainUsername: string | null;
  /** Password for PLAIN security; null for none. (`ZMQ_PLAIN_PASSWORD`) */
  plainPassword: string | null;
  /** Makes the socket a server for CURVE security; needs `curveSecretKey`. Default false. (`ZMQ_CURVE_SERVER`) */
  curveServer: boolean;
  /** The socket's public key, Z85 text of 40 characters. (`ZMQ_CURVE_PUBLICKEY`) */
  curvePublicKey: string | null;
  /** The socket's secret key, Z85 text of 40 characters. (`ZMQ_CURVE_SECRETKEY`) */
  curveSecretKey: string | null;
  /** Public key of the server to connect to, Z85 text of 40 characters. (`ZMQ_CURVE_SERVERKEY`) */
  curveServerKey: string | null;
  /** Makes the socket a server for GSSAPI security. Default false. (`ZMQ_GSSAPI_SERVER`) */
  gssapiServer: boolean;
  /** Name of the principal for GSSAPI security. (`ZMQ_GSSAPI_PRINCIPAL`) */
  gssapiPrincipal: string | null;
  /** Name of the server's principal for GSSAPI security. (`ZMQ_GSSAPI_SERVICE_PRINCIPAL`) */
  gssapiServicePrincipal: string | null;
  /** Turns the encryption of GSSAPI off. Default false. (`ZMQ_GSSAPI_PLAINTEXT`) */
  gssapiPlainText: boolean;
  /** Kind of `gssapiPrincipal`. Default "hostBased". (`ZMQ_GSSAPI_PRINCIPAL_NAMETYPE`) */
  gssapiPrincipalNameType: "hostBased" | "userName" | "krb5Principal";
  /** Kind of `gssapiServicePrincipal`, likewise. (`ZMQ_GSSAPI_SERVICE_PRINCIPAL_NAMETYPE`) */
  gssapiServicePrincipalNameType: "hostBased" | "userName" | "krb5Principal";
  /** Domain that a ZAP handler is told; without one ZAP is not asked for NULL security. (`ZMQ_ZAP_DOMAIN`) */
  zapDomain: string | null;
  /** When true, connections fail if `zapDomain` is set and no ZAP handler is there. Default false. (`ZMQ_ZAP_ENFORCE_DOMAIN`) */
  zapEnforceDomain: boolean;
  /** Type-of-service field of IP packets. Default 0. (`ZMQ_TOS`) */
  typeOfService: number;
  /** How long a handshake may take; 0 is no limit. Default 30000. (`ZMQ_HANDSHAKE_IVL`) */
  handshakeInterval: number;
  /** SOCKS5 proxy for TCP connections, as `host:port`. (`ZMQ_SOCKS_PROXY`) */
  socksProxy: string | null;
  /** Time between heartbeats; 0 sends none. Default 0. (`ZMQ_HEARTBEAT_IVL`) */
  heartbeatInterval: number;
  /** After how much silence the peer should drop us, told with each heartbeat. Default 0. (`ZMQ_HEARTBEAT_TTL`) */
  heartbeatTimeToLive: number;
  /** How long an answer to a heartbeat may take; -1 as `heartbeatInterval`. (`ZMQ_HEARTBEAT_TIMEOUT`) */
  heartbeatTimeout: number;
  /** How long a TCP connection attempt may take; 0 as the system has it. Default 0. (`ZMQ_CONNECT_TIMEOUT`) */
  connectTimeout: number;
  /** How long unacknowledged TCP data is sent again; 0 as the system has it. Default 0. (`ZMQ_TCP_MAXRT`) */
  tcpMaxRetransmitTimeout: number;
  /** Largest multicast packet in bytes. Default 1500. (`ZMQ_MULTICAST_MAXTPDU`) */
  multicastMaxTransportDataUnit: number;
  /** Buffer of a VMCI connection in bytes. (`ZMQ_VMCI_BUFFER_SIZE`) */
  vmciBufferSize: number;
  /** Smallest buffer of a VMCI connection in bytes. (`ZMQ_VMCI_BUFFER_MIN_SIZE`) */
  vmciBufferMinSize: number;
  /** Largest buffer of a VMCI connection in bytes. (`ZMQ_VMCI_BUFFER_MAX_SIZE`) */
  vmciBufferMaxSize: number;
  /** How long a VMCI connection attempt may take; -1 as the system has it. (`ZMQ_VMCI_CONNECT_TIMEOUT`) */
  vmciConnectTimeout: number;
  /** Network device to use, such as `eth0`; needs CAP_NET_RAW. (`ZMQ_BINDTODEVICE`) */
  interface: string | null;
  /** Leaves most of TCP out on loopback; on Windows only. Default false. (`ZMQ_LOOPBACK_FASTPATH`) */
  loopbackFastPath: boolean;
  /** Address last bound or connected to, with the port that the system chose. (`ZMQ_LAST_ENDPOINT`) */
  readonly lastEndpoint: string | null;
  /** Security that the socket uses; null is none. (`ZMQ_MECHANISM`) */
  readonly securityMechanism: null | "plain" | "curve" | "gssapi";
  /** Number of the socket's type. (`ZMQ_TYPE`) */
  readonly type: number;
  /** True if several threads may use the socket: none of these. (`ZMQ_THREAD_SAFE`) */
  readonly threadSafe: boolean;
}

/** Options of sockets that send. */
export interface SendProperties {
  /** The system's send buffer in bytes; -1 leaves it alone. Default -1. (`ZMQ_SNDBUF`) */
  sendBufferSize: number;
  /**
   * Messages that are queued per peer before sending waits (or drops, for publishers and routers);
   * 0 is no limit. Default 1000. (`ZMQ_SNDHWM`)
   */
  sendHighWaterMark: number;
  /**
   * How long a send waits for room before it rejects with EAGAIN: -1 for ever, 0 not at all.
   * Takes effect at the next send. Default -1. (`ZMQ_SNDTIMEO`)
   */
  sendTimeout: number;
  /** Hops that multicast packets may take. Default 1. (`ZMQ_MULTICAST_HOPS`) */
  multicastHops: number;
}

/** Options of sockets that receive. */
export interface ReceiveProperties {
  /** The system's receive buffer in bytes; -1 leaves it alone. Default -1. (`ZMQ_RCVBUF`) */
  receiveBufferSize: number;
  /** Messages that are queued per peer; 0 is no limit. Default 1000. (`ZMQ_RCVHWM`) */
  receiveHighWaterMark: number;
  /**
   * How long a receive waits before it rejects with EAGAIN: -1 for ever, 0 not at all. Takes
   * effect at the next receive. Default -1. (`ZMQ_RCVTIMEO`)
   */
  receiveTimeout: number;
}

/** Option of sockets that a router can tell apart. */
export interface RoutingProperties {
  /** Name by which a router knows the socket, 1 to 255 bytes; by default it makes one up. (`ZMQ_ROUTING_ID`) */
  routingId: string | null;
}

/** Option of sockets that can announce themselves. */
export interface ProbeProperties {
  /** Sends an empty message on each new connection; only towards a router. Default false. (`ZMQ_PROBE_ROUTER`) */
  probeRouter: boolean;
}

/** Option of sockets that can keep the last message only. */
export interface ConflateProperties {
  /** Keeps only the newest message, of one frame. Default false. (`ZMQ_CONFLATE`) */
  conflate: boolean;
}

/** Options of a `Request`. */
export interface RequestProperties {
  /** Marks requests, so that late replies to others are told apart. Default false. (`ZMQ_REQ_CORRELATE`) */
  correlate: boolean;
  /** Allows the next request before the reply came; set `correlate` as well. Default false. (`ZMQ_REQ_RELAXED`) */
  relaxed: boolean;
}

/** Options of a `Router`. */
export interface RouterProperties {
  /** Fails with EHOSTUNREACH for an unknown peer, and waits for a full one, instead of dropping. Default false. (`ZMQ_ROUTER_MANDATORY`) */
  mandatory: boolean;
  /** Lets a new connection take the routing id of an old one. Default false. (`ZMQ_ROUTER_HANDOVER`) */
  handover: boolean;
}

/** Options of `Publisher` and `XPublisher`. */
export interface PublisherProperties {
  /** Fails or waits instead of dropping when a subscriber's queue is full. Default false. (`ZMQ_XPUB_NODROP`) */
  noDrop: boolean;
}

/** Option of sockets that publish or subscribe. */
export interface MatchingProperties {
  /** Turns subscriptions round: what matches is left out. Both sides must set it. Default false. (`ZMQ_INVERT_MATCHING`) */
  invertMatching: boolean;
}

/** Options of an `XPublisher`. */
export interface XPublisherProperties {
  /** Subscriptions take effect only as the program says. Default false. (`ZMQ_XPUB_MANUAL`) */
  manual: boolean;
  /** Message for each new subscriber, if it is subscribed to it. (`ZMQ_XPUB_WELCOME_MSG`) */
  welcomeMessage: string | null;
  /**
   * Which repeated subscriptions can be received: none, all subscriptions, or all subscriptions
   * and their ends. Default null. (`ZMQ_XPUB_VERBOSE`, `ZMQ_XPUB_VERBOSER`)
   */
  verbosity: null | "allSubs" | "allSubsUnsubs";
}

/** Options of a `Stream`. */
export interface StreamProperties {
  /** Receives an empty message when a peer connects and when it goes. Default true. (`ZMQ_STREAM_NOTIFY`) */
  notify: boolean;
}
