/**
 * Every key of both plugins' configurations, once. The types, the checks, the samples in `conf/`,
 * the tables in conf/README.md and the stub's `settings.gen.h` follow from these tables;
 * `deno task generate` writes the generated ones anew.
 */
import type { Group, ValueOf } from "./keys.ts";
import { filters, hooks } from "./schema_modules.ts";
import {
  ADDRESS_DOC,
  endpoints,
  ipc_files,
  json,
  MAX_RING_SIZE,
  mode,
  peer_timeout,
  runtime,
  zeromq,
} from "./schema_parts.ts";
import { admin_security, subscriber_security, transport_security } from "./schema_security.ts";
import { stream } from "./schema_stream.ts";

/** Which plugin a configuration belongs to. */
export type PluginKind = "transport" | "eventhandler";

export const MIB = 1024 * 1024;

/**
 * The largest message that a ring of `ring_size` MiB takes, in bytes. The ring from the process to
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
          mode: "mode",
          endpoints: "endpoints",
          doc: ADDRESS_DOC,
        },
        port: {
          type: "integer",
          default: 5545,
          min: 1,
          max: 65535,
          doc: "TCP port to listen on, unless the address has one.",
        },
        mode,
        endpoints,
        ...ipc_files,
        json,
        events: {
          type: "boolean",
          live: true,
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
          mode: "admin_mode",
          endpoints: "admin_endpoints",
          doc: "Where to listen, written like general.address.",
        },
        admin_port: {
          type: "integer",
          default: 7445,
          min: 1,
          max: 65535,
          doc: "TCP port to listen on, unless the address has one.",
        },
        admin_mode: mode,
        admin_endpoints: endpoints,
      },
    },
    security: transport_security,
    admin_security,
    peers: {
      type: "group",
      doc: "Clients that go away. One whose connection ends is noticed at once, one whose network" +
        " falls silent by TCP's own probes.",
      keys: {
        ...peer_timeout,
        linger: {
          type: "integer",
          default: 0,
          min: 0,
          max: 86_400,
          unit: "s",
          doc: "How long a client with a routing id of its own may be away and come back to its" +
            " sessions.",
        },
        outbox: {
          type: "integer",
          default: 1000,
          min: 0,
          max: 1_000_000,
          doc: "How many messages wait for a client that is away; then the oldest are dropped.",
        },
      },
    },
    hooks,
    limits: {
      type: "group",
      live: true,
      doc:
        "What clients may ask for. All that come on one connection, through proxies, count as one" +
        " client here, and so do all of one name, where clients have names.",
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
        max_peers: {
          type: "integer",
          default: 10_000,
          min: 1,
          max: 1_048_576,
          doc: "How many clients there may be at a time, on each API.",
        },
        max_peers_each: {
          type: "integer",
          default: 1000,
          min: 1,
          max: 1_048_576,
          doc: "How many of them there may be on one connection, behind proxies, or of one name.",
        },
        max_in_flight: {
          type: "integer",
          default: 10_000,
          min: 1,
          max: 1_000_000,
          doc: "How many requests of one client may be under way.",
        },
        max_rate: {
          type: "integer",
          default: 0,
          min: 0,
          max: 10_000_000,
          doc: "How many requests a second one client may make on average; 0 for no limit.",
        },
        max_burst: {
          type: "integer",
          default: 20_000,
          min: 1,
          max: 10_000_000,
          doc:
            "How many requests one client may make at once after a rest, before max_rate counts.",
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
    " to any number of SUB sockets. A subscriber that is away loses events, and so does one that" +
    " does not keep up for longer than queue says.",
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
          mode: "mode",
          endpoints: "endpoints",
          doc: ADDRESS_DOC,
        },
        port: {
          type: "integer",
          default: 5546,
          min: 1,
          max: 65535,
          doc: "TCP port to listen on, unless the address has one.",
        },
        mode,
        endpoints,
        ...ipc_files,
        json,
        events: {
          type: "events",
          live: true,
          default: "all",
          doc: "Which types of events to publish, as a comma-separated list.",
        },
        topics: {
          type: "boolean",
          default: false,
          doc: "Whether each message has its topic in a frame of its own before the JSON," +
            " type.subtype.session.plugin, by which subscribers select.",
        },
        sequence: {
          type: "boolean",
          default: false,
          doc: "Whether each message has its number in a last frame: one that is missing was lost.",
        },
        grouping: {
          type: "integer",
          live: { unless: "topics" }, // a group of events has no topic of its own
          default: 0,
          min: 0,
          max: 10_000,
          switch: 100,
          doc:
            "How many events go into one message, as a JSON array; 0 or false for one by itself.",
        },
        grouping_linger: {
          type: "integer",
          live: { unless: "topics" },
          default: 100,
          min: 0,
          max: 60_000,
          unit: "ms",
          doc: "How long an event waits for others to be grouped with.",
        },
      },
    },
    queue: {
      type: "group",
      live: true,
      doc: "What happens when a subscriber does not keep up (zeromq.sndhwm messages wait for it).",
      keys: {
        policy: {
          type: "enum",
          values: ["wait", "drop"],
          default: "wait",
          doc: "Whether events wait for it, or are dropped for it at once.",
        },
        max_wait: {
          type: "integer",
          default: 5000,
          min: 0,
          max: 600_000,
          unit: "ms",
          doc: "How long they wait, or less once half of runtime.ring_size is full; then they go" +
            " without it until it reads again. Over TCP peers.timeout must be longer.",
        },
      },
    },
    filters,
    stream,
    security: subscriber_security,
    peers: {
      type: "group",
      doc: "Subscribers whose network falls silent.",
      rarely_changed: true,
      keys: peer_timeout,
    },
    runtime,
    zeromq,
  },
} as const satisfies Group;

/** The table of each plugin. */
export const SCHEMAS = { transport: TRANSPORT, eventhandler: EVENT_HANDLER } as const;

export type TransportConfig = ValueOf<typeof TRANSPORT>;
export type EventHandlerConfig = ValueOf<typeof EVENT_HANDLER>;

/** What the groups `security` and `admin_security` of both plugins have in common. */
export type SecurityConfig =
  & EventHandlerConfig["security"]
  & Partial<Pick<TransportConfig["security"], "rights">>;

/** The checked configuration of a plugin. */
export type ConfigOf<K extends PluginKind> = ValueOf<(typeof SCHEMAS)[K]>;

/** The names of a plugin's configuration files in Janus's folder, without `.jcfg` or `.jsonc`. */
export const FILE_NAMES = {
  transport: "janus.transport.zeromq",
  eventhandler: "janus.eventhandler.zeromqevh",
} as const satisfies Record<PluginKind, string>;
