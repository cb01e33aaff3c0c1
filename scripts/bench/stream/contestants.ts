/** The ways into a stream that are compared: how Janus is told of each, and what stores its events. */
import { CONTESTANTS as HANDLERS, type Handler, type Place } from "../events/contestants.ts";
import { STREAM } from "./nats_engine.ts";

/** What each is called here. */
export type Key = "stream" | "zeromq" | "writer" | "nanomsg-writer";

/** What Janus's events go through, and what becomes of them. */
export interface Contestant extends Handler {
  readonly key: Key;
  /** What stores the events; none where nothing does. */
  readonly engine?: "nats";
  /** `subscriber_<backend>.c` takes the events beside the stream, or hands them to `writer.c`. */
  readonly backend?: string;
  /** True where a program in C takes them there and stores them. */
  readonly writer?: true;
  /**
   * What Janus must read, and where `backend` connects.
   *
   * @param port for the handler to listen
   * @param engine where the engine listens, as `host:port`
   */
  place(port: number, engine: string): Place;
}

/** A handler as `bench:events` has it. */
function handler(key: "zeromq" | "nanomsg") {
  const { title: _, filters: __, place, ...rest } = HANDLERS.find((one) => one.key === key)!;
  return { ...rest, place: (port: number) => place(port, []) };
}

/** Ours with the stream. */
function streaming(): Contestant {
  const { place, ...rest } = handler("zeromq");
  return {
    ...{ ...rest, key: "stream", title: "stream (ours)", engine: "nats" },
    place: (port, server) => {
      const { settings, ...others } = place(port);
      const { max_bytes } = STREAM;
      const stream = { enabled: true, servers: [server], instance: "stream", max_bytes };
      return { ...others, settings: { ...settings, stream } };
    },
  };
}

/** All of them, ours first. */
export const CONTESTANTS: readonly Contestant[] = [
  streaming(),
  { ...handler("zeromq"), key: "zeromq", title: "PUB alone (ours)" },
  {
    ...{ ...handler("zeromq"), key: "writer", title: "PUB, writer in C" },
    ...{ engine: "nats", writer: true },
  },
  {
    ...{ ...handler("nanomsg"), key: "nanomsg-writer", title: "nanomsg, writer in C" },
    ...{ engine: "nats", writer: true },
  },
];
