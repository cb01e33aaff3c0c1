/** The event handlers that are compared: how Janus is told of each, and what subscribes to it. */
import type { JcfgSettings } from "../../private_janus/config.ts";
import type { Needs } from "../frame/compile.ts";
import type { Candidate } from "../frame/contestants.ts";

/** What each is called here. */
export type Key =
  | "zeromq"
  | "filter"
  | "filters"
  | "native"
  | "nanomsg"
  | "nanomsg-grouped"
  | "websockets"
  | "null";

/** What Janus must read for a handler, and where its subscriber connects or listens. */
export interface Place {
  /** Nothing where nobody can subscribe. */
  readonly address?: string;
  /** Changes to the configuration of ours. */
  readonly settings?: JcfgSettings;
  /** Configurations of the others, by file name. */
  readonly files?: Readonly<Record<string, JcfgSettings>>;
  readonly env?: Readonly<Record<string, string>>;
}

/** A handler that Janus can load. */
export interface Handler extends Candidate {
  /** Where its library comes from: it is this project's, this benchmark's, or Janus's. */
  readonly origin: "ours" | "bench" | "stock";
  /** `libjanus_<library>.so`. */
  readonly library: string;
}

/** A handler in the comparison. */
export interface Contestant extends Handler {
  readonly key: Key;
  /** `subscriber_<backend>.c` takes its events. */
  readonly backend?: string;
  /** How many TypeScript filters every event passes. */
  readonly filters: number;
  /** @param filters files of filters, as many as are wanted */
  place(port: number, filters: readonly string[]): Place;
}

const ZMQ: Needs = [["libzmq", "libzmq3-dev"]];
/** Only the generator's events: whatever else Janus tells would be counted as its own. */
const EVENTS = "plugins";

function ours(key: Key, title: string, filters: number): Contestant {
  return {
    ...{ key, title, filters },
    ...{ origin: "ours", library: "zmqevh", backend: "zmq", needs: ZMQ },
    // The port in its configuration is the private Janus's.
    place: (port, modules) => ({
      address: `tcp://127.0.0.1:${port}`,
      settings: {
        general: { events: EVENTS, json: "compact" },
        ...(modules.length > 0 ? { filters: { modules } } : {}),
      },
    }),
  };
}

function nanomsg(key: Key, title: string, grouping: boolean): Contestant {
  return {
    ...{ key, title, filters: 0 },
    ...{ origin: "stock", library: "nanomsgevh", backend: "nanomsg" },
    needs: [["nanomsg", "libnanomsg-dev"]],
    place: (port) => {
      const address = `tcp://127.0.0.1:${port}`;
      const general = { ...stock(grouping), mode: "bind", address };
      return { address, files: { "janus.eventhandler.nanomsgevh.jcfg": { general } } };
    },
  };
}

function stock(grouping: boolean) {
  return { enabled: true, events: EVENTS, grouping, json: "compact" };
}

/** All of them, ours first, and the one that does nothing last. */
export const CONTESTANTS: readonly Contestant[] = [
  ours("zeromq", "ZeroMQ (ours)", 0),
  ours("filter", "ours, 1 filter", 1),
  ours("filters", "ours, 3 filters", 3),
  {
    key: "native",
    title: "PUB in C",
    origin: "bench",
    library: "native_handler",
    backend: "zmq",
    needs: ZMQ,
    filters: 0,
    place: (port) => {
      const address = `tcp://127.0.0.1:${port}`;
      return { address, env: { NATIVE_HANDLER_ADDRESS: address } };
    },
  },
  nanomsg("nanomsg", "nanomsg", false),
  nanomsg("nanomsg-grouped", "nanomsg, grouped", true),
  {
    key: "websockets",
    title: "WebSockets",
    origin: "stock",
    library: "wsevh",
    backend: "websocket",
    needs: [["glib-2.0", "libglib2.0-dev"]],
    filters: 0,
    // The handler is the client: its subscriber listens at that port.
    place: (port) => {
      const general = { ...stock(false), backend: `ws://127.0.0.1:${port}` };
      return { address: String(port), files: { "janus.eventhandler.wsevh.jcfg": { general } } };
    },
  },
  {
    key: "null",
    title: "nothing",
    origin: "bench",
    library: "null_handler",
    needs: [],
    filters: 0,
    place: () => ({}),
  },
];
