/** The ways into a stream that are compared: how Janus is told of each, and what stores its events. */
import type { Handler, Place } from "../events/contestants.ts";
import { STREAM } from "./nats_engine.ts";

/** What each is called here. */
export type Key = "stream" | "zeromq";

/** What Janus's events go through, and what becomes of them. */
export interface Contestant extends Handler {
  readonly key: Key;
  /** What stores the events; none where nothing does. */
  readonly engine?: "nats";
  /** `subscriber_<backend>.c` takes the events beside the stream. */
  readonly backend?: string;
  /**
   * What Janus must read, and where `backend` connects.
   *
   * @param port for the handler to listen
   * @param engine where the engine listens, as `host:port`
   */
  place(port: number, engine: string): Place;
}

/** Only the generator's events: whatever else Janus tells would be counted as its own. */
const EVENTS = "plugins";
const ZMQ = [["libzmq", "libzmq3-dev"]] as const;

function ours(key: Key, title: string, engine: "nats" | undefined): Contestant {
  return {
    ...{ key, title, ...(engine === undefined ? {} : { engine }) },
    ...{ origin: "ours", library: "zmqevh", backend: "zmq", needs: ZMQ },
    // The port in its configuration is the private Janus's.
    place: (port, server) => ({
      address: `tcp://127.0.0.1:${port}`,
      settings: {
        general: { events: EVENTS, json: "compact" },
        ...(engine === undefined ? {} : {
          stream: { enabled: true, servers: [server], instance: key, max_bytes: STREAM.max_bytes },
        }),
      },
    }),
  };
}

/** All of them, ours first. */
export const CONTESTANTS: readonly Contestant[] = [
  ours("stream", "stream (ours)", "nats"),
  ours("zeromq", "PUB alone (ours)", undefined),
];
