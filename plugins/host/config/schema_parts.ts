/** Groups of keys that both plugins have, or that one has twice. */
import type { Group } from "./keys.ts";

/** The largest `runtime.ring_size`, in MiB. */
export const MAX_RING_SIZE = 1024;

export const ADDRESS_DOC = "Where to listen: tcp:// with an IP address, an interface or * for all" +
  " of them, with or without a port, or ipc:// with a path.";

export const json = {
  type: "enum",
  live: true,
  values: ["compact", "plain", "indented"],
  default: "compact",
  doc: "How outgoing JSON is written: without blanks, in one line with blanks, or indented.",
} as const;

export const mode = {
  type: "enum",
  values: ["bind", "connect"],
  default: "bind",
  doc: "Whether to listen, or to connect to the other side, which then listens.",
} as const;

export const endpoints = {
  type: "list",
  items: "endpoints",
  default: [],
  doc: "Several endpoints, with their ports; if there are any, they replace address and port.",
} as const;

export const ipc_files = {
  ipc_owner: {
    type: "string",
    default: "",
    form: "owner",
    doc: "Who owns the files of ipc:// endpoints, if not the user that Janus runs as.",
  },
  ipc_mode: {
    type: "string",
    default: "",
    form: "mode",
    doc: "Mode of the files of ipc:// endpoints: who may write, may connect.",
  },
} as const;

export const peer_timeout = {
  timeout: {
    type: "integer",
    default: 15,
    min: 0,
    max: 3600,
    unit: "s",
    doc:
      "After how long without a sign of life from the other machine, or without reading what is" +
      " sent to it, a TCP connection counts as lost; 0 leaves that to the kernel's settings.",
  },
} as const;

export const runtime = {
  type: "group",
  doc: "The Deno process that runs the plugin's TypeScript beside Janus. Janus starts it, watches" +
    " it, and starts it again should it die.",
  rarely_changed: true,
  keys: {
    deno: {
      type: "string",
      default: "",
      doc:
        "The Deno program: a path, or a name to look up in Janus's PATH. Empty: the one that was" +
        " packaged with the plugin, else deno from PATH.",
    },
    startup_timeout: {
      type: "integer",
      default: 10,
      min: 1,
      max: 60,
      unit: "s",
      doc: "How long Janus's start waits for the plugin to be ready before going on without it.",
    },
    watchdog: {
      type: "integer",
      default: 10,
      min: 1,
      max: 3600,
      unit: "s",
      doc:
        "How long the process may stand still, with work waiting or when it is asked for a sign of" +
        " life, before it is started anew.",
    },
    ring_size: {
      type: "integer",
      default: 64,
      min: 1,
      max: MAX_RING_SIZE,
      unit: "MiB",
      doc: "Shared memory for what Janus sends to the process, used only as far as the process is" +
        " behind; a quarter as much for the way back.",
    },
    max_heap: {
      type: "integer",
      default: 256,
      min: 32,
      max: 16384,
      unit: "MiB",
      doc: "How much memory JavaScript may use before the process is ended and started anew.",
    },
    max_memory: {
      type: "integer",
      default: 256,
      min: 0,
      max: 1_048_576,
      unit: "MiB",
      doc: "How much memory the process may take besides max_heap, the ring and 128 KiB for each" +
        " connection before it is started anew; 0 for no limit.",
    },
    jitless: {
      type: "boolean",
      default: false,
      doc: "Run without a just-in-time compiler: slower, but needed under MemoryDenyWriteExecute.",
    },
  },
} as const satisfies Group;

export const zeromq = {
  type: "group",
  doc: "ZeroMQ's own settings. The high-water marks are counted in messages for each connection." +
    " The tcp_keepalive settings are what peers.timeout makes of them where they are -1.",
  rarely_changed: true,
  keys: {
    io_threads: {
      type: "integer",
      default: 1,
      min: 1,
      max: 64,
      doc: "Threads that do ZeroMQ's input and output; one is enough for most.",
    },
    max_sockets: {
      type: "integer",
      default: 1024,
      min: 32,
      max: 65535,
      doc: "How many sockets ZeroMQ may open, the plugin's internal ones included.",
    },
    linger: {
      type: "integer",
      default: 0,
      min: 0,
      max: 1000,
      unit: "ms",
      doc: "How long messages on their way are still sent when the plugin ends.",
    },
    sndhwm: {
      type: "integer",
      default: 1000,
      min: 1,
      max: 10_000_000,
      doc: "How many outgoing messages may wait in ZeroMQ for one client.",
    },
    rcvhwm: {
      type: "integer",
      default: 1000,
      min: 1,
      max: 10_000_000,
      doc: "How many incoming messages of one client may wait before it is held back.",
    },
    backlog: {
      type: "integer",
      default: 100,
      min: 1,
      max: 65535,
      doc: "How many connections may wait to be accepted.",
    },
    tcp_keepalive: {
      type: "integer",
      default: -1,
      min: -1,
      max: 1,
      doc: "Whether the kernel probes idle TCP connections: 1 yes, 0 no.",
    },
    tcp_keepalive_idle: {
      type: "integer",
      default: -1,
      min: -1,
      max: 32767,
      unit: "s",
      doc: "How long a connection is idle before the kernel probes it.",
    },
    tcp_keepalive_cnt: {
      type: "integer",
      default: -1,
      min: -1,
      max: 127,
      doc: "How many of the kernel's probes may go unanswered.",
    },
    tcp_keepalive_intvl: {
      type: "integer",
      default: -1,
      min: -1,
      max: 32767,
      unit: "s",
      doc: "How long the kernel waits between its probes.",
    },
  },
} as const satisfies Group;
