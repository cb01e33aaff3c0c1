/**
 * The number and the type of each option of `options.ts`.
 *
 * @module
 */
import { ContextOption, Option } from "./constants.ts";
import type * as properties from "./options.ts";

/** Type of an option; `get...Option` and `set...Option` are named after it. */
export type OptionType = "Bool" | "Int32" | "Uint32" | "Int64" | "Uint64" | "String";

/** How an option is read and written. */
export interface OptionSpec {
  readonly id: number;
  readonly type: OptionType;
  /** What can be done with it: read, write, or both. */
  readonly access: "rw" | "r" | "w";
  /** What its numbers stand for, if not for themselves. */
  readonly values?: readonly (string | null)[];
  /** Its value until it is set, for one that can't be read. */
  readonly initial?: unknown;
}

/** Options by their names. */
export type OptionTable<T = Record<string, unknown>> = Readonly<Record<keyof T, OptionSpec>>;

type Access = OptionSpec["access"];

const spec = (type: OptionType) => (id: number, access: Access = "rw"): OptionSpec => {
  return { id, type, access };
};
const bool = spec("Bool");
const int = spec("Int32");
const uint32 = spec("Uint32");
const int64 = spec("Int64");
const uint64 = spec("Uint64");
const text = spec("String");

function choice(
  id: number,
  values: readonly (string | null)[],
  access: Access = "rw",
): OptionSpec {
  return { id, type: "Int32", access, values };
}

const MECHANISMS = [null, "plain", "curve", "gssapi"];
const NAME_TYPES = ["hostBased", "userName", "krb5Principal"];

export const CONTEXT: OptionTable<properties.ContextProperties> = {
  blocky: bool(ContextOption.BLOCKY),
  ioThreads: int(ContextOption.IO_THREADS),
  maxMessageSize: int(ContextOption.MAX_MSGSZ),
  maxSockets: int(ContextOption.MAX_SOCKETS),
  ipv6: bool(ContextOption.IPV6),
  threadPriority: int(ContextOption.THREAD_PRIORITY, "w"),
  threadSchedulingPolicy: int(ContextOption.THREAD_SCHED_POLICY, "w"),
  maxSocketsLimit: int(ContextOption.SOCKET_LIMIT, "r"),
};

export const SOCKET: OptionTable<properties.SocketProperties> = {
  affinity: uint64(Option.AFFINITY),
  rate: int(Option.RATE),
  recoveryInterval: int(Option.RECOVERY_IVL),
  linger: int(Option.LINGER),
  reconnectInterval: int(Option.RECONNECT_IVL),
  reconnectMaxInterval: int(Option.RECONNECT_IVL_MAX),
  backlog: int(Option.BACKLOG),
  maxMessageSize: int64(Option.MAXMSGSIZE),
  tcpKeepalive: int(Option.TCP_KEEPALIVE),
  tcpKeepaliveCount: int(Option.TCP_KEEPALIVE_CNT),
  tcpKeepaliveIdle: int(Option.TCP_KEEPALIVE_IDLE),
  tcpKeepaliveInterval: int(Option.TCP_KEEPALIVE_INTVL),
  tcpAcceptFilter: text(Option.TCP_ACCEPT_FILTER, "w"),
  immediate: bool(Option.IMMEDIATE),
  ipv6: bool(Option.IPV6),
  plainServer: bool(Option.PLAIN_SERVER),
  plainUsername: text(Option.PLAIN_USERNAME),
  plainPassword: text(Option.PLAIN_PASSWORD),
  curveServer: bool(Option.CURVE_SERVER),
  curvePublicKey: text(Option.CURVE_PUBLICKEY),
  curveSecretKey: text(Option.CURVE_SECRETKEY),
  curveServerKey: text(Option.CURVE_SERVERKEY),
  gssapiServer: bool(Option.GSSAPI_SERVER),
  gssapiPrincipal: text(Option.GSSAPI_PRINCIPAL),
  gssapiServicePrincipal: text(Option.GSSAPI_SERVICE_PRINCIPAL),
  gssapiPlainText: bool(Option.GSSAPI_PLAINTEXT),
  gssapiPrincipalNameType: choice(Option.GSSAPI_PRINCIPAL_NAMETYPE, NAME_TYPES),
  gssapiServicePrincipalNameType: choice(
    Option.GSSAPI_SERVICE_PRINCIPAL_NAMETYPE,
    NAME_TYPES,
  ),
  zapDomain: text(Option.ZAP_DOMAIN),
  zapEnforceDomain: bool(Option.ZAP_ENFORCE_DOMAIN),
  typeOfService: uint32(Option.TOS),
  handshakeInterval: int(Option.HANDSHAKE_IVL),
  socksProxy: text(Option.SOCKS_PROXY),
  heartbeatInterval: int(Option.HEARTBEAT_IVL),
  heartbeatTimeToLive: int(Option.HEARTBEAT_TTL),
  heartbeatTimeout: int(Option.HEARTBEAT_TIMEOUT),
  connectTimeout: int(Option.CONNECT_TIMEOUT),
  tcpMaxRetransmitTimeout: int(Option.TCP_MAXRT),
  multicastMaxTransportDataUnit: int(Option.MULTICAST_MAXTPDU),
  vmciBufferSize: uint64(Option.VMCI_BUFFER_SIZE),
  vmciBufferMinSize: uint64(Option.VMCI_BUFFER_MIN_SIZE),
  vmciBufferMaxSize: uint64(Option.VMCI_BUFFER_MAX_SIZE),
  vmciConnectTimeout: int(Option.VMCI_CONNECT_TIMEOUT),
  interface: text(Option.BINDTODEVICE),
  loopbackFastPath: bool(Option.LOOPBACK_FASTPATH),
  lastEndpoint: text(Option.LAST_ENDPOINT, "r"),
  securityMechanism: choice(Option.MECHANISM, MECHANISMS, "r"),
  type: int(Option.TYPE, "r"),
  threadSafe: bool(Option.THREAD_SAFE, "r"),
};

export const SEND: OptionTable<properties.SendProperties> = {
  sendBufferSize: int(Option.SNDBUF),
  sendHighWaterMark: int(Option.SNDHWM),
  sendTimeout: int(Option.SNDTIMEO),
  multicastHops: int(Option.MULTICAST_HOPS),
};

export const RECEIVE: OptionTable<properties.ReceiveProperties> = {
  receiveBufferSize: int(Option.RCVBUF),
  receiveHighWaterMark: int(Option.RCVHWM),
  receiveTimeout: int(Option.RCVTIMEO),
};

export const ROUTING: OptionTable<properties.RoutingProperties> = {
  routingId: text(Option.ROUTING_ID),
};
export const PROBE: OptionTable<properties.ProbeProperties> = {
  probeRouter: bool(Option.PROBE_ROUTER, "w"),
};
export const CONFLATE: OptionTable<properties.ConflateProperties> = {
  conflate: bool(Option.CONFLATE, "w"),
};
export const REQUEST: OptionTable<properties.RequestProperties> = {
  correlate: bool(Option.REQ_CORRELATE, "w"),
  relaxed: bool(Option.REQ_RELAXED, "w"),
};
export const ROUTER: OptionTable<properties.RouterProperties> = {
  mandatory: bool(Option.ROUTER_MANDATORY, "w"),
  handover: bool(Option.ROUTER_HANDOVER, "w"),
};
export const PUBLISHER: OptionTable<properties.PublisherProperties> = {
  noDrop: bool(Option.XPUB_NODROP, "w"),
};
export const MATCHING: OptionTable<properties.MatchingProperties> = {
  invertMatching: bool(Option.INVERT_MATCHING),
};
export const XPUBLISHER: OptionTable<Omit<properties.XPublisherProperties, "verbosity">> = {
  manual: bool(Option.XPUB_MANUAL, "w"),
  welcomeMessage: text(Option.XPUB_WELCOME_MSG, "w"),
};
export const STREAM: OptionTable<properties.StreamProperties> = {
  notify: { ...bool(Option.STREAM_NOTIFY, "w"), initial: true },
};
