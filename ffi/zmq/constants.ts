/**
 * Numbers of `zmq.h` (libzmq 4.3.4) that the thin layer takes. Names are libzmq's without the
 * `ZMQ_` in front. Nothing here needs the library to be loaded.
 *
 * @module
 */

/** Socket types, for `zmq_socket`. */
export const SocketType = {
  PAIR: 0,
  PUB: 1,
  SUB: 2,
  REQ: 3,
  REP: 4,
  DEALER: 5,
  ROUTER: 6,
  PULL: 7,
  PUSH: 8,
  XPUB: 9,
  XSUB: 10,
  STREAM: 11,
} as const;

/** Context options, for `zmq_ctx_set` and `zmq_ctx_get`; all are `int`. */
export const ContextOption = {
  IO_THREADS: 1,
  MAX_SOCKETS: 2,
  SOCKET_LIMIT: 3, // get only
  THREAD_PRIORITY: 3, // set only
  THREAD_SCHED_POLICY: 4,
  MAX_MSGSZ: 5,
  MSG_T_SIZE: 6,
  THREAD_AFFINITY_CPU_ADD: 7,
  THREAD_AFFINITY_CPU_REMOVE: 8,
  THREAD_NAME_PREFIX: 9,
  ZERO_COPY_RECV: 10,
  IPV6: 42,
  BLOCKY: 70,
} as const;

/** Socket options, for `zmq_setsockopt` and `zmq_getsockopt`; `int` unless the comment says else. */
export const Option = {
  AFFINITY: 4, // uint64_t
  ROUTING_ID: 5, // binary
  SUBSCRIBE: 6, // binary
  UNSUBSCRIBE: 7, // binary
  RATE: 8,
  RECOVERY_IVL: 9,
  SNDBUF: 11,
  RCVBUF: 12,
  RCVMORE: 13,
  FD: 14, // int (SOCKET on Windows)
  EVENTS: 15,
  TYPE: 16,
  LINGER: 17,
  RECONNECT_IVL: 18,
  BACKLOG: 19,
  RECONNECT_IVL_MAX: 21,
  MAXMSGSIZE: 22, // int64_t
  SNDHWM: 23,
  RCVHWM: 24,
  MULTICAST_HOPS: 25,
  RCVTIMEO: 27,
  SNDTIMEO: 28,
  LAST_ENDPOINT: 32, // string
  ROUTER_MANDATORY: 33,
  TCP_KEEPALIVE: 34,
  TCP_KEEPALIVE_CNT: 35,
  TCP_KEEPALIVE_IDLE: 36,
  TCP_KEEPALIVE_INTVL: 37,
  TCP_ACCEPT_FILTER: 38, // string
  IMMEDIATE: 39,
  XPUB_VERBOSE: 40,
  ROUTER_RAW: 41,
  IPV6: 42,
  MECHANISM: 43,
  PLAIN_SERVER: 44,
  PLAIN_USERNAME: 45, // string
  PLAIN_PASSWORD: 46, // string
  CURVE_SERVER: 47,
  CURVE_PUBLICKEY: 48, // 32 bytes, or Z85 text
  CURVE_SECRETKEY: 49, // 32 bytes, or Z85 text
  CURVE_SERVERKEY: 50, // 32 bytes, or Z85 text
  PROBE_ROUTER: 51,
  REQ_CORRELATE: 52,
  REQ_RELAXED: 53,
  CONFLATE: 54,
  ZAP_DOMAIN: 55, // string
  ROUTER_HANDOVER: 56,
  TOS: 57,
  CONNECT_ROUTING_ID: 61, // binary
  GSSAPI_SERVER: 62,
  GSSAPI_PRINCIPAL: 63, // string
  GSSAPI_SERVICE_PRINCIPAL: 64, // string
  GSSAPI_PLAINTEXT: 65,
  HANDSHAKE_IVL: 66,
  SOCKS_PROXY: 68, // string
  XPUB_NODROP: 69,
  XPUB_MANUAL: 71,
  XPUB_WELCOME_MSG: 72, // binary
  STREAM_NOTIFY: 73,
  INVERT_MATCHING: 74,
  HEARTBEAT_IVL: 75,
  HEARTBEAT_TTL: 76,
  HEARTBEAT_TIMEOUT: 77,
  XPUB_VERBOSER: 78,
  CONNECT_TIMEOUT: 79,
  TCP_MAXRT: 80,
  THREAD_SAFE: 81,
  MULTICAST_MAXTPDU: 84,
  VMCI_BUFFER_SIZE: 85, // uint64_t
  VMCI_BUFFER_MIN_SIZE: 86, // uint64_t
  VMCI_BUFFER_MAX_SIZE: 87, // uint64_t
  VMCI_CONNECT_TIMEOUT: 88,
  USE_FD: 89,
  GSSAPI_PRINCIPAL_NAMETYPE: 90,
  GSSAPI_SERVICE_PRINCIPAL_NAMETYPE: 91,
  BINDTODEVICE: 92, // string
  /** In the header a draft, but built into every 4.3 library. */
  ZAP_ENFORCE_DOMAIN: 93,
  LOOPBACK_FASTPATH: 94,
} as const;

/** Properties of a message, for `zmq_msg_get`. */
export const MessageProperty = {
  MORE: 1,
  /** Descriptor that the message came in on; -1 if there is none. */
  SRCFD: 2,
  SHARED: 3,
} as const;

/** Flags of `zmq_send` and `zmq_recv`. */
export const Flag = { NONE: 0, DONTWAIT: 1, SNDMORE: 2 } as const;

/** Events of `zmq_poll` and of the socket option `EVENTS`. */
export const PollEvent = { IN: 1, OUT: 2, ERR: 4, PRI: 8 } as const;

/** Values of the socket option `MECHANISM`. */
export const Mechanism = { NULL: 0, PLAIN: 1, CURVE: 2, GSSAPI: 3 } as const;

/** Socket events, for `zmq_socket_monitor`. */
export const MonitorEvent = {
  CONNECTED: 0x0001,
  CONNECT_DELAYED: 0x0002,
  CONNECT_RETRIED: 0x0004,
  LISTENING: 0x0008,
  BIND_FAILED: 0x0010,
  ACCEPTED: 0x0020,
  ACCEPT_FAILED: 0x0040,
  CLOSED: 0x0080,
  CLOSE_FAILED: 0x0100,
  DISCONNECTED: 0x0200,
  MONITOR_STOPPED: 0x0400,
  HANDSHAKE_FAILED_NO_DETAIL: 0x0800,
  HANDSHAKE_SUCCEEDED: 0x1000,
  HANDSHAKE_FAILED_PROTOCOL: 0x2000,
  HANDSHAKE_FAILED_AUTH: 0x4000,
  ALL: 0xffff,
} as const;

/** Protocol errors: the value that comes with `HANDSHAKE_FAILED_PROTOCOL`. */
export const ProtocolError = {
  ZMTP_UNSPECIFIED: 0x10000000,
  ZMTP_UNEXPECTED_COMMAND: 0x10000001,
  ZMTP_INVALID_SEQUENCE: 0x10000002,
  ZMTP_KEY_EXCHANGE: 0x10000003,
  ZMTP_MALFORMED_COMMAND_UNSPECIFIED: 0x10000011,
  ZMTP_MALFORMED_COMMAND_MESSAGE: 0x10000012,
  ZMTP_MALFORMED_COMMAND_HELLO: 0x10000013,
  ZMTP_MALFORMED_COMMAND_INITIATE: 0x10000014,
  ZMTP_MALFORMED_COMMAND_ERROR: 0x10000015,
  ZMTP_MALFORMED_COMMAND_READY: 0x10000016,
  ZMTP_MALFORMED_COMMAND_WELCOME: 0x10000017,
  ZMTP_INVALID_METADATA: 0x10000018,
  ZMTP_CRYPTOGRAPHIC: 0x11000001,
  ZMTP_MECHANISM_MISMATCH: 0x11000002,
  ZAP_UNSPECIFIED: 0x20000000,
  ZAP_MALFORMED_REPLY: 0x20000001,
  ZAP_BAD_REQUEST_ID: 0x20000002,
  ZAP_BAD_VERSION: 0x20000003,
  ZAP_INVALID_STATUS_CODE: 0x20000004,
  ZAP_INVALID_METADATA: 0x20000005,
} as const;

// libzmq numbers its own errors from here, out of the way of every system's.
const HAUSNUMERO = 156384712;

/** Errors as [name, number on Linux, number on macOS and the BSDs]: those that libzmq can return. */
export const ERRNO_TABLE = [
  ["EPERM", 1, 1],
  ["ENOENT", 2, 2],
  ["EINTR", 4, 4],
  ["EIO", 5, 5],
  ["ENXIO", 6, 6],
  ["EBADF", 9, 9],
  ["EAGAIN", 11, 35],
  ["ENOMEM", 12, 12],
  ["EACCES", 13, 13],
  ["EFAULT", 14, 14],
  ["EBUSY", 16, 16],
  ["EEXIST", 17, 17],
  ["ENODEV", 19, 19],
  ["ENOTDIR", 20, 20],
  ["EISDIR", 21, 21],
  ["EINVAL", 22, 22],
  ["ENFILE", 23, 23],
  ["EMFILE", 24, 24],
  ["ENOSPC", 28, 28],
  ["EROFS", 30, 30],
  ["EPIPE", 32, 32],
  ["ENAMETOOLONG", 36, 63],
  ["ENOSYS", 38, 78],
  ["EPROTO", 71, 100],
  ["ENOTSOCK", 88, 38],
  ["EMSGSIZE", 90, 40],
  ["EPROTONOSUPPORT", 93, 43],
  ["ENOTSUP", 95, 45],
  ["EAFNOSUPPORT", 97, 47],
  ["EADDRINUSE", 98, 48],
  ["EADDRNOTAVAIL", 99, 49],
  ["ENETDOWN", 100, 50],
  ["ENETUNREACH", 101, 51],
  ["ENETRESET", 102, 52],
  ["ECONNABORTED", 103, 53],
  ["ECONNRESET", 104, 54],
  ["ENOBUFS", 105, 55],
  ["EISCONN", 106, 56],
  ["ENOTCONN", 107, 57],
  ["ETIMEDOUT", 110, 60],
  ["ECONNREFUSED", 111, 61],
  ["EHOSTUNREACH", 113, 65],
  ["EALREADY", 114, 37],
  ["EINPROGRESS", 115, 36],
  ["ECANCELED", 125, 89],
  ["EFSM", HAUSNUMERO + 51, HAUSNUMERO + 51],
  ["ENOCOMPATPROTO", HAUSNUMERO + 52, HAUSNUMERO + 52],
  ["ETERM", HAUSNUMERO + 53, HAUSNUMERO + 53],
  ["EMTHREAD", HAUSNUMERO + 54, HAUSNUMERO + 54],
] as const;

/** Name of an error that libzmq returns. */
export type ErrnoName = typeof ERRNO_TABLE[number][0];

const ON_LINUX = Deno.build.os === "linux" || Deno.build.os === "android";

/** Error numbers of this system by name: `Errno.EAGAIN`. */
export const Errno: Readonly<Record<ErrnoName, number>> = Object.freeze(
  Object.fromEntries(ERRNO_TABLE.map(([name, linux, bsd]) => [name, ON_LINUX ? linux : bsd])),
) as Record<ErrnoName, number>;

const NAMES = new Map<number, string>(
  ERRNO_TABLE.map(([name, linux, bsd]) => [ON_LINUX ? linux : bsd, name]),
);

/** Name of an error number, such as `"EAGAIN"`; `"E123"` for one that has no name here. */
export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `E${errno}`;
}
