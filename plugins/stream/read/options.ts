/** How a reader is asked for. @module */
import { type ConnectionOptions, credsAuthenticator } from "@nats-io/nats-core";
import type { EventName } from "../../janus/event_types.ts";

/** What to read, and from where. */
export interface ReadOptions {
  /** `host:port` of one server or of several of a cluster. */
  readonly servers: string | readonly string[];
  /** The stream's name; default `JANUS`. */
  readonly stream?: string;
  /** What the subjects begin with; default `janus.events`. */
  readonly subject?: string;
  /**
   * Where to begin: with what comes from now on, with the oldest, at a time, or at a place in the
   * stream. A durable consumer that exists goes on where it was. Default `"new"`.
   */
  readonly from?: "new" | "all" | Date | number;
  /** Only this Janus server's. */
  readonly instance?: string;
  /** Only events of these names, as `["sessions", "media.slowlink"]`; records of what is missing come all the same. */
  readonly types?: readonly EventName[];
  /** Go on with what comes; else it ends once all that was there at the beginning is read. Default true. */
  readonly follow?: boolean;
  /** The name of a durable consumer: the server remembers what was acknowledged. One reader at a time. */
  readonly durable?: string;
  readonly user?: string;
  readonly password?: string;
  readonly token?: string;
  /** The content of a `.creds` file. */
  readonly credentials?: string;
  /** PEM texts; `{}` for TLS with the system's authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  /** Ends the reading without an error. */
  readonly signal?: AbortSignal;
  /** Told what is wrong and goes on by itself, such as the first foreign message. Default: `console.warn`. */
  readonly warn?: (text: string) => void;
}

/** Thrown where there is nothing to read from: no server answers, or it has no such stream. */
export class StreamReadError extends Error {
  override name = "StreamReadError";
}

/** Options of the connection. */
export function connection(options: ReadOptions): ConnectionOptions {
  const { servers, user, password, token, credentials, tls } = options;
  return {
    servers: typeof servers === "string" ? servers : [...servers],
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    timeout: 3000,
    ...user === undefined ? {} : { user, pass: password ?? "" },
    ...token === undefined ? {} : { token },
    ...credentials === undefined
      ? {}
      : { authenticator: credsAuthenticator(new TextEncoder().encode(credentials)) },
    ...tls === undefined ? {} : { tls },
  };
}
