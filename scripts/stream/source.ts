/** Has a hub's stream take over what the leaves' streams store. */
import { resolve } from "node:path";
import {
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  type StreamConfig,
} from "@nats-io/jetstream";
import { connectNats } from "../../plugins/stream/connect.ts";
import { connection } from "../../plugins/stream/read/options.ts";
import {
  callerFolder,
  type CommandLine,
  readNumber,
  runCommand,
  UsageError,
} from "../lib/command_line.ts";

const USAGE = `Usage: scripts/deno task stream:source --leaves LIST [options]

  Has the stream of a NATS hub take over what the leaves' streams store, also what they stored while
  the hub was away. It is made where there is none; leaves that it does not have yet are added.

  --leaves LIST         The leaves' JetStream domains, separated by commas.
  --servers LIST        The hub's host:port, separated by commas; default is 127.0.0.1:4222.
  --stream NAME         Its stream and theirs; default is JANUS.
  --replicas N          On how many servers of the hub's cluster a new one is stored; default is 1.
  --max-age N           Seconds that a new one keeps; default is 604800, 0 is for ever.
  --max-bytes N         Bytes that a new one keeps; default is 0, without a limit.
  --user USER           With --password-file FILE.
  --token-file FILE     A token; or --credentials FILE, a .creds file.
  --ca FILE             TLS, with this authority; --cert FILE and --key FILE are the client's own.
  -h, --help            Shows this.
`;

const OPTIONS = {
  leaves: "text",
  servers: "text",
  stream: "text",
  replicas: "text",
  "max-age": "text",
  "max-bytes": "text",
  user: "text",
  "password-file": "text",
  "token-file": "text",
  credentials: "text",
  ca: "text",
  cert: "text",
  key: "text",
} as const;

type Options = CommandLine<typeof OPTIONS>["options"];

/** What a hub's stream is to be. */
export interface HubStream {
  readonly name: string;
  readonly leaves: readonly string[];
  /** For a new one: seconds and bytes, 0 for no limit. */
  readonly replicas: number;
  readonly max_age: number;
  readonly max_bytes: number;
}

/** Makes the stream, or adds what leaves it lacks. @returns the leaves that were added */
export async function sourceLeaves(
  manager: JetStreamManager,
  { name, leaves, replicas, max_age, max_bytes }: HubStream,
): Promise<string[]> {
  const source = (domain: string) => ({ name, external: { api: apiOf(domain), deliver: "" } });
  let there: StreamConfig;
  try {
    there = (await manager.streams.info(name)).config;
  } catch (error) {
    if (!(error instanceof JetStreamApiError) || error.status !== 404) throw error;
    await manager.streams.add({
      ...{ name, num_replicas: replicas, sources: leaves.map(source) },
      ...{ max_age: max_age * 1e9, max_bytes: max_bytes === 0 ? -1 : max_bytes },
    });
    return [...leaves];
  }
  const had = there.sources ?? [];
  const added = leaves.filter((leaf) => !had.some((one) => one.external?.api === apiOf(leaf)));
  if (added.length > 0) {
    await manager.streams.update(name, { ...there, sources: [...had, ...added.map(source)] });
  }
  return added;
}

function apiOf(domain: string): string {
  return `$JS.${domain}.API`;
}

function readLeaves(text: string | undefined): string[] {
  const leaves = [...new Set(text?.split(",") ?? [])];
  const wrong = leaves.find((leaf) => !/^[A-Za-z0-9_-]+$/.test(leaf));
  if (leaves.length > 0 && wrong === undefined) return leaves;
  const found = wrong === undefined ? "" : `, not "${wrong}"`;
  throw new UsageError(`--leaves must name domains, such as edge1,edge2${found}\n\n${USAGE}`);
}

function readHub(options: Options): HubStream {
  const count = (name: "replicas" | "max-age" | "max-bytes", otherwise: number, least: number) =>
    readNumber(
      `--${name}`,
      options[name] ?? String(otherwise),
      `a number from ${least}`,
      (number) => Number.isSafeInteger(number) && number >= least,
    );
  return {
    name: options.stream ?? "JANUS",
    leaves: readLeaves(options.leaves),
    replicas: count("replicas", 1, 1),
    max_age: count("max-age", 604_800, 0),
    max_bytes: count("max-bytes", 0, 0),
  };
}

async function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const hub = readHub(options);
  const file = (path: string) => Deno.readTextFileSync(resolve(callerFolder(), path)).trim();
  const { user, ca, cert, key, credentials } = options;
  const { "password-file": password, "token-file": token } = options;
  const tls = Object.entries({ ca, cert, key }).filter(([, path]) => path !== undefined)
    .map(([name, path]) => [name, file(path!)] as const);
  const nats = await connectNats({
    ...connection({
      servers: (options.servers ?? "127.0.0.1:4222").split(","),
      ...user === undefined ? {} : { user },
      ...password === undefined ? {} : { password: file(password) },
      ...token === undefined ? {} : { token: file(token) },
      ...credentials === undefined ? {} : { credentials: file(credentials) },
      ...tls.length === 0 ? {} : { tls: Object.fromEntries(tls) },
    }),
    ...{ reconnect: false, name: "janus-zeromq stream:source" },
  });
  try {
    const added = await sourceLeaves(await jetstreamManager(nats), hub);
    for (const leaf of hub.leaves) {
      const what = added.includes(leaf) ? "takes over what is stored at" : "has already";
      console.log(`The stream ${hub.name} ${what} ${leaf}.`);
    }
  } finally {
    await nats.close();
  }
  return 0;
}

if (import.meta.main) {
  Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, known: [Error], run }));
}
