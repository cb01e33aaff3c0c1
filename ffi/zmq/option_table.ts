/**
 * How each option of `options.ts` is read and written, and the accessors made of it.
 *
 * @module
 */
import { ContextOption, Option } from "./constants.ts";
import type * as properties from "./options.ts";
import type { ThinSocket } from "./thin_socket.ts";

type Kind = "int" | "bool" | "int64" | "text" | "key" | "mechanism";
type Access = "rw" | "r" | "w";

interface Spec {
  id: number;
  kind: Kind;
  access: Access;
}

type Table<T> = Readonly<Record<keyof T, Spec>>;

const spec = (kind: Kind) => (id: number, access: Access = "rw"): Spec => ({ id, kind, access });
const int = spec("int");
const bool = spec("bool");
const int64 = spec("int64");
const text = spec("text");
const key = spec("key");

export const CONTEXT: Table<properties.ContextProperties> = {
  blocky: bool(ContextOption.BLOCKY),
  ioThreads: int(ContextOption.IO_THREADS),
  maxMessageSize: int(ContextOption.MAX_MSGSZ),
  maxSockets: int(ContextOption.MAX_SOCKETS),
  ipv6: bool(ContextOption.IPV6),
  threadPriority: int(ContextOption.THREAD_PRIORITY, "w"),
  threadSchedulingPolicy: int(ContextOption.THREAD_SCHED_POLICY, "w"),
  maxSocketsLimit: int(ContextOption.SOCKET_LIMIT, "r"),
};

export const SOCKET: Table<properties.SocketProperties> = {
  affinity: int64(Option.AFFINITY),
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
  curvePublicKey: key(Option.CURVE_PUBLICKEY),
  curveSecretKey: key(Option.CURVE_SECRETKEY),
  curveServerKey: key(Option.CURVE_SERVERKEY),
  gssapiServer: bool(Option.GSSAPI_SERVER),
  gssapiPrincipal: text(Option.GSSAPI_PRINCIPAL),
  gssapiServicePrincipal: text(Option.GSSAPI_SERVICE_PRINCIPAL),
  gssapiPlainText: bool(Option.GSSAPI_PLAINTEXT),
  gssapiPrincipalNameType: int(Option.GSSAPI_PRINCIPAL_NAMETYPE),
  gssapiServicePrincipalNameType: int(Option.GSSAPI_SERVICE_PRINCIPAL_NAMETYPE),
  zapDomain: text(Option.ZAP_DOMAIN),
  zapEnforceDomain: bool(Option.ZAP_ENFORCE_DOMAIN),
  typeOfService: int(Option.TOS),
  handshakeInterval: int(Option.HANDSHAKE_IVL),
  socksProxy: text(Option.SOCKS_PROXY),
  heartbeatInterval: int(Option.HEARTBEAT_IVL),
  heartbeatTimeToLive: int(Option.HEARTBEAT_TTL),
  heartbeatTimeout: int(Option.HEARTBEAT_TIMEOUT),
  connectTimeout: int(Option.CONNECT_TIMEOUT),
  tcpMaxRetransmitTimeout: int(Option.TCP_MAXRT),
  multicastMaxTransportDataUnit: int(Option.MULTICAST_MAXTPDU),
  vmciBufferSize: int64(Option.VMCI_BUFFER_SIZE),
  vmciBufferMinSize: int64(Option.VMCI_BUFFER_MIN_SIZE),
  vmciBufferMaxSize: int64(Option.VMCI_BUFFER_MAX_SIZE),
  vmciConnectTimeout: int(Option.VMCI_CONNECT_TIMEOUT),
  interface: text(Option.BINDTODEVICE),
  lastEndpoint: text(Option.LAST_ENDPOINT, "r"),
  securityMechanism: { id: Option.MECHANISM, kind: "mechanism", access: "r" },
  type: int(Option.TYPE, "r"),
  threadSafe: bool(Option.THREAD_SAFE, "r"),
};

export const SEND: Table<properties.SendProperties> = {
  sendBufferSize: int(Option.SNDBUF),
  sendHighWaterMark: int(Option.SNDHWM),
  sendTimeout: int(Option.SNDTIMEO),
  multicastHops: int(Option.MULTICAST_HOPS),
};

export const RECEIVE: Table<properties.ReceiveProperties> = {
  receiveBufferSize: int(Option.RCVBUF),
  receiveHighWaterMark: int(Option.RCVHWM),
  receiveTimeout: int(Option.RCVTIMEO),
};

export const ROUTING: Table<properties.RoutingProperties> = { routingId: text(Option.ROUTING_ID) };
export const PROBE: Table<properties.ProbeProperties> = {
  probeRouter: bool(Option.PROBE_ROUTER, "w"),
};
export const CONFLATE: Table<properties.ConflateProperties> = {
  conflate: bool(Option.CONFLATE, "w"),
};
export const REQUEST: Table<properties.RequestProperties> = {
  correlate: bool(Option.REQ_CORRELATE, "w"),
  relaxed: bool(Option.REQ_RELAXED, "w"),
};
export const ROUTER: Table<properties.RouterProperties> = {
  mandatory: bool(Option.ROUTER_MANDATORY, "w"),
  handover: bool(Option.ROUTER_HANDOVER, "w"),
};
export const PUBLISHER: Table<properties.PublisherProperties> = {
  noDrop: bool(Option.XPUB_NODROP, "w"),
};
export const MATCHING: Table<properties.MatchingProperties> = {
  invertMatching: bool(Option.INVERT_MATCHING),
};
export const XPUBLISHER: Table<Omit<properties.XPublisherProperties, "verbosity">> = {
  manual: bool(Option.XPUB_MANUAL, "w"),
  welcomeMessage: text(Option.XPUB_WELCOME_MSG, "w"),
};
export const STREAM: Table<properties.StreamProperties> = {
  notify: bool(Option.STREAM_NOTIFY, "w"),
};

/** The values of options that libzmq can't be asked for, by socket. */
const written = new WeakMap<object, Map<string, unknown>>();

/** Remembers the value of an option that can only be set. */
export function remember(owner: object, name: string, value: unknown): void {
  let values = written.get(owner);
  if (!values) written.set(owner, values = new Map());
  values.set(name, value);
}

/** The value that an option was set to, or `fallback` if it never was. */
export function recall(owner: object, name: string, fallback: unknown): unknown {
  return written.get(owner)?.get(name) ?? fallback;
}

function checkType(name: string, kind: Kind, value: unknown): void {
  const fits = kind === "bool"
    ? typeof value === "boolean"
    : kind === "int" || kind === "int64"
    ? Number.isSafeInteger(value) && (kind === "int64" || value === (value as number | 0))
    : value === null || typeof value === "string" || value instanceof Uint8Array;
  if (fits) return;
  const wanted = { bool: "a boolean", int: "a 32-bit integer", int64: "an integer" };
  const what = wanted[kind as keyof typeof wanted] ?? "a string or null";
  throw new TypeError(`Cannot set option ${name}: ${Deno.inspect(value)} is not ${what}`);
}

function writeSocket(socket: ThinSocket, { id, kind }: Spec, value: unknown): void {
  if (kind === "bool") socket.setInt(id, value ? 1 : 0);
  else if (kind === "int") socket.setInt(id, value as number);
  else if (kind === "int64") socket.setInt64(id, BigInt(value as number));
  else socket.setBytes(id, value as string | Uint8Array<ArrayBuffer> | null);
}

const MECHANISMS = [null, "plain", "curve", "gssapi"];
const decoder = new TextDecoder();

function readSocket(socket: ThinSocket, { id, kind }: Spec): unknown {
  if (kind === "bool") return socket.getInt(id) !== 0;
  if (kind === "int") return socket.getInt(id);
  if (kind === "int64") return Number(socket.getInt64(id));
  if (kind === "mechanism") return MECHANISMS[socket.getInt(id)] ?? null;
  // libzmq gives a key as text only into exactly 41 bytes, and as 32 bytes else.
  const bytes = socket.getBytes(id, kind === "key" ? 41 : 256);
  const end = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  return end <= 0 ? null : decoder.decode(bytes.subarray(0, end));
}

/** Where a public socket keeps its native one: handed in, so that it can stay private. */
type Find = (owner: object, action: string) => ThinSocket;

/** Told of every option that was set. */
type Told = (owner: object, id: number, value: unknown) => void;

/** Defines the accessors of some options on a class. */
export function defineSocketOptions(
  prototype: object,
  find: Find,
  told: Told,
  ...tables: Readonly<Record<string, Spec>>[]
): void {
  for (const [name, option] of tables.flatMap((table) => Object.entries(table))) {
    const accessor: PropertyDescriptor & ThisType<object> = {
      configurable: true,
      get() {
        if (option.access === "w") {
          return recall(this, name, option.kind === "bool" ? name === "notify" : null);
        }
        return readSocket(find(this, `Cannot read option ${name}`), option);
      },
    };
    if (option.access !== "r") {
      accessor.set = function (value: unknown) {
        checkType(name, option.kind, value);
        writeSocket(find(this, `Cannot set option ${name}`), option, value);
        told(this, option.id, value);
        if (option.access === "w") remember(this, name, value);
      };
    }
    Object.defineProperty(prototype, name, accessor);
  }
}

/** What an accessor of a context needs. */
export interface ContextAccess {
  set(option: number, value: number): void;
  get(option: number): number;
}

/** Defines the accessors of the options of contexts. */
export function defineContextOptions(
  prototype: object,
  find: (owner: object) => ContextAccess,
): void {
  for (const [name, option] of Object.entries(CONTEXT)) {
    const accessor: PropertyDescriptor & ThisType<object> = {
      configurable: true,
      get() {
        if (option.access === "w") return recall(this, name, -1);
        const value = find(this).get(option.id);
        return option.kind === "bool" ? value !== 0 : value;
      },
    };
    if (option.access !== "r") {
      accessor.set = function (value: unknown) {
        checkType(name, option.kind, value);
        find(this).set(option.id, Number(value));
        if (option.access === "w") remember(this, name, value);
      };
    }
    Object.defineProperty(prototype, name, accessor);
  }
}

/**
 * Assigns a constructor's options.
 *
 * @throws {TypeError} for one that the class doesn't have, or that can't be set
 */
export function assignOptions(target: object, options: object): void {
  for (const [name, value] of Object.entries(options)) {
    if (name === "context" || value === undefined) continue;
    if (!isWritable(target, name)) {
      throw new TypeError(
        `Cannot set option ${name}: ${target.constructor.name} has no such option`,
      );
    }
    (target as Record<string, unknown>)[name] = value;
  }
}

function isWritable(target: object, name: string): boolean {
  for (let at = Object.getPrototypeOf(target); at; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property) return property.set !== undefined;
  }
  return false;
}
