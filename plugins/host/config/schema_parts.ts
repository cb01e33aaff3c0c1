/** Groups of keys that both plugins have, or that one has twice. */
import type { Group, GroupMap } from "./keys.ts";

/** The largest `runtime.ring_size`, in MiB. */
export const MAX_RING_SIZE = 1024;

export const ADDRESS_DOC = "Where to listen: tcp:// with an IP address, an interface or * for all" +
  " of them, with or without a port, or ipc:// with a path.";

export const json = {
  type: "enum",
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
    guards: true,
    doc: "Who owns the files of ipc:// endpoints, if not the user that Janus runs as.",
  },
  ipc_mode: {
    type: "string",
    default: "",
    form: "mode",
    guards: true,
    doc: "Mode of the files of ipc:// endpoints: who may write, may connect.",
  },
} as const;

/** `clients` names who connects: clients, subscribers. */
function security(doc: string) {
  return {
    type: "group",
    doc,
    guards: true,
    keys: {
      mechanism: {
        type: "enum",
        values: ["null", "plain", "curve"],
        default: "null",
        doc: "How clients prove who they are: not at all, by password (sent in the clear), or by" +
          " key, with everything encrypted.",
      },
      secret_key: {
        type: "string",
        default: "",
        form: "file",
        doc: "File with the server's secret key, for curve; only its owner may read it.",
      },
      clients: {
        type: "string",
        default: "",
        form: "file",
        doc: "File with the clients' public keys, or folder with a file for each, for curve.",
      },
      users: {
        type: "string",
        default: "",
        form: "file",
        doc: "File with the users' names and hashed passwords, for plain.",
      },
      allow: {
        type: "list",
        items: "networks",
        form: "network",
        default: [],
        doc: "IP addresses and networks that may connect over TCP; all if there are none.",
      },
    },
  } as const satisfies Group;
}

const rights = {
  type: "map",
  doc: "What clients may do, each by its name in clients or users; * stands for all that have no" +
    " group of their own. Without one, a client may do everything.",
  names: /^(?:\*|[A-Za-z0-9][A-Za-z0-9_.@-]{0,63})$/,
  names_doc: "up to 64 letters, digits and _ . @ -, the first a letter or digit; or * alone",
  of: {
    type: "group",
    doc: "The rights of one client.",
    guards: true,
    keys: {
      apis: {
        type: "list",
        items: "APIs",
        values: ["janus", "admin"],
        default: ["janus", "admin"],
        doc: "The APIs that it may use.",
      },
      read_only: {
        type: "boolean",
        default: false,
        doc: "Whether it may only look: ping, info and what lists or describes.",
      },
      plugins: {
        type: "list",
        items: "plugins",
        default: [],
        doc: "Janus's plugins that it may use, by package (janus.plugin.echotest); all if empty.",
      },
    },
  },
} as const satisfies GroupMap;

const FILES_DOC = "Paths of files are relative to the folder of the configuration, and must be in" +
  " it.";

const janus_security = security(
  `Who may use the Janus API. ${FILES_DOC} Keys and users: scripts/deno task keygen.`,
);

/** `security` of the transport. */
export const transport_security = {
  ...janus_security,
  keys: {
    ...janus_security.keys,
    bind_sessions: {
      type: "boolean",
      default: false,
      doc: "Whether a session may be used by nobody but the client that made or claimed it.",
    },
    rights,
  },
} as const satisfies Group;

const admin_base = security("Who may use the Admin API: the same keys as in security.");

/** `admin_security` of the transport. */
export const admin_security = {
  ...admin_base,
  keys: { ...admin_base.keys, rights },
} as const satisfies Group;

/** `security` of the event handler. */
export const subscriber_security = security(`Who may see events. ${FILES_DOC}`);

const permissions = {
  type: "group",
  doc: "What the modules may do besides computing: nothing, unless it is named here.",
  guards: true,
  keys: {
    net: {
      type: "list",
      items: "hosts",
      form: "net",
      default: [],
      doc: "Hosts that they may connect to, with or without a port.",
    },
    read: {
      type: "list",
      items: "paths",
      form: "path",
      default: [],
      doc: "Files and folders that they may read.",
    },
    env: {
      type: "list",
      items: "names",
      form: "env",
      default: [],
      doc: "Environment variables of Janus's that they may see.",
    },
  },
} as const satisfies Group;

const module_keys = {
  modules: {
    type: "list",
    items: "files",
    form: "module",
    default: [],
    doc: "The modules, in the order in which they are asked; a path that is not absolute is below" +
      " the folder of the configuration.",
  },
  timeout: {
    type: "integer",
    default: 1000,
    min: 10,
    max: 60_000,
    unit: "ms",
    doc: "How long a module may take for one call before their process is ended and started anew.",
  },
  max_memory: {
    type: "integer",
    default: 256,
    min: 32,
    max: 16384,
    unit: "MiB",
    doc: "How much memory JavaScript may use in the modules' process, and buffers as much again," +
      " before it is ended and started anew.",
  },
} as const;

/** What the stub must know of modules, besides what they may do. */
export const MODULE_MEMORY = module_keys.max_memory;

/** `filters` of the event handler. */
export const filters = {
  type: "group",
  doc:
    "Event filters: modules in TypeScript that drop, change and add events. They run in a process of" +
    " their own, and a changed file counts within a second. To make one: scripts/deno task filter:new.",
  guards: true,
  keys: {
    ...module_keys,
    on_error: {
      type: "enum",
      values: ["pass", "drop"],
      default: "pass",
      doc: "What becomes of an event that a filter fails at.",
    },
    permissions,
  },
} as const satisfies Group;

/** `hooks` of the transport. */
export const hooks = {
  type: "group",
  doc: "Hooks: modules in TypeScript that refuse or change requests, and change replies.",
  guards: true,
  keys: {
    ...module_keys,
    on_error: {
      type: "enum",
      values: ["refuse", "pass"],
      default: "refuse",
      doc: "What becomes of a request that a hook fails at. Replies pass.",
    },
    permissions,
  },
} as const satisfies Group;

export const peer_timeout = {
  timeout: {
    type: "integer",
    default: 15,
    min: 0,
    max: 3600,
    unit: "s",
    doc: "After how long without a sign of life from the other machine a TCP connection counts as" +
      " lost; 0 leaves that to the kernel's settings.",
  },
} as const;

/** Heartbeats of ours could end the process: libzmq asserts when one is due on some connections. */
export const former_heartbeats = {
  heartbeat_interval: "it follows from peers.timeout",
  heartbeat_timeout: "peers.timeout, in seconds, has taken its place",
} as const;

export const runtime = {
  type: "group",
  doc: "The Deno process that runs the plugin's TypeScript beside Janus. Janus starts it, watches" +
    " it, and starts it again should it die.",
  rarely_changed: true,
  keys: {
    deno: {
      type: "string",
      default: "deno",
      doc: "The Deno program: a path, or a name to look up in Janus's PATH.",
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
