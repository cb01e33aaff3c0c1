/** The ways into a stream that are compared: how Janus is told of each, and what stores its events. */
import type { Handler, Place } from "../events/contestant.ts";
import { CONTESTANTS as HANDLERS } from "../events/contestants.ts";
import { STREAM } from "./nats_engine.ts";
import { QUEUE } from "./rabbitmq_engine.ts";

/** What each is called here. */
export type Key = "stream" | "unread" | "zeromq" | "writer" | "nanomsg-writer" | "rabbitmq";

/** What stores events: it is consumed by a subscriber in C of that name. */
export type EngineKey = "nats" | "rabbitmq";

/** What Janus's events go through, and what becomes of them. */
export interface Contestant extends Handler {
  readonly key: Key;
  /** What stores the events; none where nothing does. */
  readonly engine?: EngineKey;
  /** `subscriber_<backend>.c` takes the events beside the stream, or hands them to `writer.c`. */
  readonly backend?: string;
  /** True where a program in C takes them there and stores them. */
  readonly writer?: true;
  /** True where nobody takes them, on neither side: they are stored, and that is all. */
  readonly unread?: true;
  /**
   * What Janus must read, and where `backend` connects.
   *
   * @param port for the handler to listen
   * @param engine where the engine listens, as `host:port`
   */
  place(port: number, engine: string): Place;
}

const NATS = [["nats-server", "nats-server"]] as const;

/** A handler as `bench:events` has it. */
function handler(key: "zeromq" | "nanomsg") {
  const { title: _, filters: __, place, ...rest } = HANDLERS.find((one) => one.key === key)!;
  return { ...rest, place: (port: number) => place(port, []) };
}

/** Ours with the stream. */
function streaming(): Contestant {
  const { place, ...rest } = handler("zeromq");
  return {
    ...{ ...rest, key: "stream", title: "stream (ours)", engine: "nats", programs: NATS },
    place: (port, server) => {
      const { settings, ...others } = place(port);
      const { max_bytes } = STREAM;
      const stream = { enabled: true, servers: [server], instance: "stream", max_bytes };
      return { ...others, settings: { ...settings, stream } };
    },
  };
}

/** Janus's own into a RabbitMQ queue that is a stream. */
function rabbitmq(): Contestant {
  return {
    ...{ key: "rabbitmq", title: "RabbitMQ", origin: "stock", library: "rabbitmqevh" },
    ...{ engine: "rabbitmq", needs: [["librabbitmq", "librabbitmq-dev"]] },
    programs: [["rabbitmq-server", "rabbitmq-server"]],
    place: (_port, server) => {
      const [host = "", port] = server.split(":");
      const general = {
        ...{ enabled: true, events: "plugins", grouping: false, json: "compact" },
        ...{ host, port: Number(port), route_key: QUEUE, declare_outgoing_queue: false },
      };
      return { files: { "janus.eventhandler.rabbitmqevh.jcfg": { general } } };
    },
  };
}

/** All of them, ours first. */
export const CONTESTANTS: readonly Contestant[] = [
  streaming(),
  { ...streaming(), key: "unread", title: "stream that nobody reads (ours)", unread: true },
  { ...handler("zeromq"), key: "zeromq", title: "PUB alone (ours)" },
  {
    ...{ ...handler("zeromq"), key: "writer", title: "PUB, writer in C" },
    ...{ engine: "nats", programs: NATS, writer: true },
  },
  {
    ...{ ...handler("nanomsg"), key: "nanomsg-writer", title: "nanomsg, writer in C" },
    ...{ engine: "nats", programs: NATS, writer: true },
  },
  rabbitmq(),
];
