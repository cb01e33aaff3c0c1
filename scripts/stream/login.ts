/** How the commands for the stream are told of NATS's servers, and who they are there. */
import { resolve } from "node:path";
import { JetStreamApiError, type JetStreamManager, jetstreamManager } from "@nats-io/jetstream";
import { connectNats } from "../../plugins/stream/connect.ts";
import { connection, type ReadOptions } from "../../plugins/stream/read/options.ts";
import { callerFolder, type OptionValues } from "../lib/command_line.ts";

/** Options that each of them has. */
export const LOGIN_OPTIONS = {
  servers: "text",
  stream: "text",
  user: "text",
  "password-file": "text",
  "token-file": "text",
  credentials: "text",
  ca: "text",
  cert: "text",
  key: "text",
} as const;

/** What `--help` says of the servers. */
export const SERVERS_USAGE =
  `  --servers LIST        host:port, separated by commas; default is 127.0.0.1:4222.
  --stream NAME         Default is JANUS.`;

/** What it says of the login. */
export const LOGIN_USAGE = `  --user USER           With --password-file FILE.
  --token-file FILE     A token; or --credentials FILE, a .creds file.
  --ca FILE             TLS, with this authority; --cert FILE and --key FILE are the client's own.
  -h, --help            Shows this.`;

/** Values of these options. */
export type LoginOptions = OptionValues<typeof LOGIN_OPTIONS>;

/** Thrown where NATS does not do what was asked, in words. */
export class StreamCommandError extends Error {
  override name = "StreamCommandError";
}

/** Errors whose message is all that whoever runs such a command needs. */
export const KNOWN = [StreamCommandError, Deno.errors.NotFound, Deno.errors.PermissionDenied];

/** Servers, the stream's name and the login, as `readEvents` takes them; files are read. */
export function readLogin(options: LoginOptions): ReadOptions & { readonly stream: string } {
  const file = (path: string) => Deno.readTextFileSync(resolve(callerFolder(), path)).trim();
  const { servers, stream, user, credentials, ca, cert, key } = options;
  const { "password-file": password, "token-file": token } = options;
  const tls = Object.entries({ ca, cert, key }).filter(([, path]) => path !== undefined);
  return {
    servers: (servers ?? "127.0.0.1:4222").split(","),
    stream: stream ?? "JANUS",
    ...user === undefined ? {} : { user },
    ...password === undefined ? {} : { password: file(password) },
    ...token === undefined ? {} : { token: file(token) },
    ...credentials === undefined ? {} : { credentials: file(credentials) },
    ...tls.length === 0
      ? {}
      : { tls: Object.fromEntries(tls.map(([name, path]) => [name, file(path!)])) },
  };
}

/** What a command does with JetStream. */
export interface StreamAccess {
  readonly manager: JetStreamManager;
  /** The stream's name. */
  readonly name: string;
  /** The server that answers, `host:port`. */
  readonly server: string;
  /** JetStream of a leaf's domain. */
  domain(name: string): Promise<JetStreamManager>;
}

/** Does something over a connection of its own. @throws {StreamCommandError} if NATS does not */
export async function withStream<T>(
  options: LoginOptions,
  use: (access: StreamAccess) => Promise<T>,
): Promise<T> {
  const login = readLogin(options);
  const nats = await connectNats({
    ...connection(login),
    ...{ reconnect: false, name: "janus-zeromq" },
  }).catch((error) => {
    const where = [login.servers].flat().join(", ");
    throw new StreamCommandError(`Cannot connect to NATS at ${where}: ${error.message}`);
  });
  try {
    return await use({
      manager: await jetstreamManager(nats),
      name: login.stream,
      server: nats.getServer(),
      domain: (name) => jetstreamManager(nats, { domain: name, timeout: 2000, checkAPI: false }),
    });
  } catch (error) {
    if (!(error instanceof Error) || error instanceof StreamCommandError) throw error;
    const missing = error instanceof JetStreamApiError && error.status === 404;
    throw new StreamCommandError(
      missing
        ? `${nats.getServer()} has no stream ${login.stream}: ${error.message}`
        : `NATS does not do it: ${error.message}`,
      { cause: error },
    );
  } finally {
    await nats.close();
  }
}
