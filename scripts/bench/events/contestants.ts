/** The event handlers that are compared. */
import type { Needs } from "../frame/compile.ts";
import type { Contestant, Key } from "./contestant.ts";
import { BURSTS } from "./loads.ts";
import { mqtt, nanomsg, rabbitmq, SHORT, websockets } from "./stock_handlers.ts";

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
  { ...ours("filters", "ours, 3 filters", 3), loads: BURSTS },
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
