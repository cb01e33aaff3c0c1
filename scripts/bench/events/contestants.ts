/** The event handlers that are compared: how Janus is told of each, and what subscribes to it. */
import type { JcfgSettings } from "../../private_janus/config.ts";
import type { Needs } from "../frame/compile.ts";
import type { Candidate } from "../frame/contestants.ts";
import { BURSTS, type LoadKey } from "./loads.ts";
import { mqtt, nanomsg, rabbitmq, SHORT, websockets } from "./stock_handlers.ts";

/** What each is called here. */
export type Key =
  | "zeromq"
  | "filter"
  | "filters"
  | "native"
  | "direct"
  | "nanomsg"
  | "nanomsg-grouped"
  | "websockets"
  | "rabbitmq"
  | "mqtt"
  | "null";

/** What stands between a handler and its subscriber. */
export type BrokerKey = "rabbitmq" | "mosquitto";

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
  readonly broker?: BrokerKey;
  /** How many TypeScript filters every event passes. */
  readonly filters: number;
  /** What it is measured under; everything without. */
  readonly loads?: readonly LoadKey[];
  /** True where it is measured just started, too: it listens itself, for subscribers to connect. */
  readonly fresh?: true;
  /**
   * @param port where the handler listens, or its broker, or its subscriber
   * @param filters files of filters, as many as are wanted
   */
  place(port: number, filters: readonly string[]): Place;
}

const ZMQ: Needs = [["libzmq", "libzmq3-dev"]];

function ours(key: Key, title: string, filters: number): Contestant {
  return {
    ...{ key, title, filters },
    ...{ origin: "ours", library: "zmqevh", backend: "zmq", needs: ZMQ },
    // The port in its configuration is the private Janus's.
    place: (port, modules) => ({
      address: `tcp://127.0.0.1:${port}`,
      settings: {
        general: { events: "plugins", json: "compact" },
        ...(modules.length > 0 ? { filters: { modules } } : {}),
      },
    }),
  };
}

function native(key: Key, title: string, env: Readonly<Record<string, string>>): Contestant {
  return {
    ...{ key, title, filters: 0, fresh: true },
    ...{ origin: "bench", library: "native_handler", backend: "zmq", needs: ZMQ },
    place: (port) => {
      const address = `tcp://127.0.0.1:${port}`;
      return { address, env: { NATIVE_HANDLER_ADDRESS: address, ...env } };
    },
  };
}

/** Of those that are there to tell what something costs. */
const FEW = [50_000, ...BURSTS] as const;

/** All of them, ours first, and the one that does nothing last. */
export const CONTESTANTS: readonly Contestant[] = [
  { ...ours("zeromq", "ZeroMQ (ours)", 0), fresh: true },
  { ...ours("filter", "ours, 1 filter", 1), loads: FEW },
  { ...ours("filters", "ours, 3 filters", 3), loads: ["short burst"] },
  native("native", "PUB in C", {}),
  native("direct", "direct writer in C", { NATIVE_HANDLER_DIRECT: "1" }),
  { ...nanomsg("nanomsg", "nanomsg", false), fresh: true, loads: SHORT },
  nanomsg("nanomsg-grouped", "nanomsg, grouped", true),
  websockets(),
  rabbitmq(),
  mqtt(),
  {
    ...{ key: "null", title: "nothing", filters: 0, loads: FEW },
    ...{ origin: "bench", library: "null_handler", needs: [] },
    place: () => ({}),
  },
];
