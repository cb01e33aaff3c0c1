/**
 * Every key of both plugins' configurations, once. The types, the checks, the samples in `conf/`,
 * the tables in the README and the stub's `settings.gen.h` follow from these tables;
 * `deno task generate` writes the generated ones anew.
 */
import type { Group, ValueOf } from "./keys.ts";

/** Which plugin a configuration belongs to. */
export type PluginKind = "transport" | "eventhandler";

export const MIB = 1024 * 1024;

/** The largest `runtime.ring_size`, in MiB. */
const MAX_RING_SIZE = 1024;

/**
 * The largest message that a ring of `ring_size` MiB takes, in bytes. The ring from the isolate to
 * Janus is a quarter of `ring_size`, one record may take half of that, and 4096 bytes of it are
 * kept for what travels along.
 */
export function maxMessageSizeFor(ring_size: number): number {
  return ring_size * MIB / 8 - 4096;
}

/** The smallest `ring_size`, in MiB, that takes messages of this many bytes. */
export function ringSizeFor(max_message_size: number): number {
  return Math.ceil((max_message_size + 4096) * 8 / MIB);
}

const ADDRESS_DOC = "Where to listen: tcp:// with an IP address, an interface or * for all of" +
  " them, with or without a port, or ipc:// with a path.";

const json = {
  type: "enum",
  values: ["compact", "plain", "indented"],
  default: "compact",
  doc: "How outgoing JSON is written: without blanks, in one line with blanks, or indented.",
} as const;

const runtime = {
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
      doc: "How long the process may stand still with work waiting before it is started anew.",
    },
    ring_size: {
      type: "integer",
      default: 16,
      min: 1,
      max: MAX_RING_SIZE,
      unit: "MiB",
      doc: "Shared memory for what Janus sends to the process; a quarter as much for the way back.",
    },
    max_heap: {
      type: "integer",
      default: 256,
      min: 32,
      max: 16384,
      unit: "MiB",
      doc: "How much memory JavaScript may use before the process is ended and started anew.",
    },
    jitless: {
      type: "boolean",
      default: false,
      doc: "Run without a just-in-time compiler: slower, but needed under MemoryDenyWriteExecute.",
    },
  },
} as const satisfies Group;

const zeromq = {
  type: "group",
  doc: "ZeroMQ's own settings. The high-water marks are counted in messages for each connection.",
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
      doc:
        "How many outgoing messages may wait for one client; while it is full, new ones are dropped.",
    },
    rcvhwm: {
      type: "integer",
      default: 1000,
      min: 1,
      max: 10_000_000,
      doc: "How many incoming messages of one client may wait before it is held back.",
    },
  },
} as const satisfies Group;

export const TRANSPORT = {
  type: "group",
  doc: "ZeroMQ transport plugin: controls Janus over a ROUTER socket. Any number of clients may" +
    " connect, with REQ sockets (one reply for each request) or with DEALER sockets (many requests" +
    " at a time, and asynchronous events).",
  keys: {
    general: {
      type: "group",
      doc: "The Janus API.",
      keys: {
        enabled: {
          type: "boolean",
          default: true,
          doc: "Whether to serve the Janus API over ZeroMQ.",
        },
        address: {
          type: "endpoint",
          default: "tcp://127.0.0.1",
          port: "port",
          enabled: "enabled",
          doc: ADDRESS_DOC,
        },
        port: {
          type: "integer",
          default: 5545,
          min: 1,
          max: 65535,
          doc: "TCP port to listen on, unless the address has one.",
        },
        json,
        events: {
          type: "boolean",
          default: true,
          doc: "Whether to tell Janus's event handlers of clients that come and go.",
        },
      },
    },
    admin: {
      type: "group",
      doc: "The Admin API, on a socket of its own. Whoever reaches it controls Janus: keep it on" +
        " the loopback interface, or on an ipc:// path in a folder that others cannot enter.",
      keys: {
        admin_enabled: {
          type: "boolean",
          default: false,
          doc: "Whether to serve the Admin API over ZeroMQ.",
        },
        admin_address: {
          type: "endpoint",
          default: "tcp://127.0.0.1",
          port: "admin_port",
          enabled: "admin_enabled",
          doc: "Where to listen, written like general.address.",
        },
        admin_port: {
          type: "integer",
          default: 7445,
          min: 1,
          max: 65535,
          doc: "TCP port to listen on, unless the address has one.",
        },
      },
    },
    limits: {
      type: "group",
      doc: "What clients may ask for.",
      keys: {
        max_message_size: {
          type: "integer",
          default: 1048576,
          min: 1024,
          max: maxMessageSizeFor(MAX_RING_SIZE),
          unit: "bytes",
          doc: "The largest request; a larger one gets an error. It must fit an eighth of" +
            " runtime.ring_size.",
        },
      },
    },
    runtime,
    zeromq,
  },
} as const satisfies Group;

export const EVENT_HANDLER = {
  type: "group",
  doc: "ZeroMQ event handler plugin: publishes Janus's events on a PUB socket, one message each," +
    " to any number of SUB sockets. A subscriber that is away or too slow loses events: that is" +
    " how PUB works.",
  keys: {
    general: {
      type: "group",
      doc: "What is published, and where.",
      keys: {
        enabled: {
          type: "boolean",
          default: true,
          doc: "Whether to publish Janus's events over ZeroMQ.",
        },
        address: {
          type: "endpoint",
          default: "tcp://127.0.0.1",
          port: "port",
          enabled: "enabled",
          doc: ADDRESS_DOC,
        },
        port: {
          type: "integer",
          default: 5546,
          min: 1,
          max: 65535,
          doc: "TCP port to listen on, unless the address has one.",
        },
        events: {
          type: "events",
          default: "all",
          doc: "Which types of events to publish, as a comma-separated list.",
        },
        json,
      },
    },
    runtime,
    zeromq,
  },
} as const satisfies Group;

/** The table of each plugin. */
export const SCHEMAS = { transport: TRANSPORT, eventhandler: EVENT_HANDLER } as const;

export type TransportConfig = ValueOf<typeof TRANSPORT>;
export type EventHandlerConfig = ValueOf<typeof EVENT_HANDLER>;

/** The checked configuration of a plugin. */
export type ConfigOf<K extends PluginKind> = ValueOf<(typeof SCHEMAS)[K]>;

/** The names of a plugin's configuration files in Janus's folder, without `.jcfg` or `.jsonc`. */
export const FILE_NAMES = {
  transport: "janus.transport.zeromq",
  eventhandler: "janus.eventhandler.zeromqevh",
} as const satisfies Record<PluginKind, string>;
