/** Has a hub's stream take over what the leaves' streams store. */
import { JetStreamApiError, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { type CommandLine, readNumber, runCommand, UsageError } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";
import { parseBytes, parseSeconds } from "./format.ts";
import {
  KNOWN,
  LOGIN_OPTIONS,
  LOGIN_USAGE,
  SERVERS_USAGE,
  type StreamAccess,
  StreamCommandError,
  withStream,
} from "./login.ts";

const USAGE = `Usage: ${how("stream source")} --leaves LIST [options]

  Has the stream of a NATS hub take over what the leaves' streams store, also what they stored while
  the hub was away. It is made where there is none; leaves that it does not have yet are added.

  --leaves LIST         The leaves' JetStream domains, separated by commas.
  --remove              Takes no more from these leaves; what it has of them stays.
  --replicas N          On how many servers of the hub's cluster a new one is stored; default is 1.
  --max-age N           What a new one keeps, such as 12h, 30min or seconds; default is 7d, 0 is for ever.
  --max-bytes N         The same in GiB, MiB or bytes; default is 0, without a limit.
${SERVERS_USAGE} The leaves' have the same name.
${LOGIN_USAGE}
`;

const OPTIONS = {
  ...LOGIN_OPTIONS,
  leaves: "text",
  remove: "flag",
  replicas: "text",
  "max-age": "text",
  "max-bytes": "text",
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
  const { "max-age": age, "max-bytes": bytes, replicas } = options;
  return {
    name: options.stream ?? "JANUS",
    leaves: readLeaves(options.leaves),
    replicas: readNumber(
      "--replicas",
      replicas ?? "1",
      "1 to 5",
      (n) => Number.isInteger(n) && n >= 1 && n <= 5,
    ),
    max_age: parseSeconds("--max-age", age ?? "7d"),
    max_bytes: parseBytes("--max-bytes", bytes ?? "0"),
  };
}

/** Takes leaves away. @throws {StreamCommandError} if one is none of its sources: then none is */
export async function removeLeaves(
  manager: JetStreamManager,
  { name, leaves }: Pick<HubStream, "name" | "leaves">,
): Promise<void> {
  const { config } = await manager.streams.info(name);
  const has = (config.sources ?? []).map(({ external }) => external?.api);
  const missing = leaves.find((leaf) => !has.includes(apiOf(leaf)));
  if (missing !== undefined) {
    throw new StreamCommandError(`The stream ${name} takes nothing over from ${missing}`);
  }
  const gone = leaves.map(apiOf);
  const sources = config.sources!.filter(({ external }) => !gone.includes(external?.api ?? ""));
  await manager.streams.update(name, { ...config, sources });
}

/** Why nothing comes from a leaf now; empty if it has the stream. */
async function absence({ domain, name }: StreamAccess, leaf: string): Promise<string> {
  try {
    await (await domain(leaf)).streams.info(name);
    return "";
  } catch (error) {
    return error instanceof JetStreamApiError
      ? `it has no stream ${name} yet`
      : "nobody answers for this domain now";
  }
}

function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const hub = readHub(options);
  return withStream(options, async (access) => {
    if (options.remove) {
      await removeLeaves(access.manager, hub);
      for (const leaf of hub.leaves) {
        console.log(`The stream ${hub.name} takes no more from ${leaf}.`);
      }
      return 0;
    }
    const added = await sourceLeaves(access.manager, hub);
    for (const leaf of hub.leaves) {
      const what = added.includes(leaf) ? "takes over what is stored at" : "has already";
      const why = await absence(access, leaf);
      const note = why === "" ? "" : ` Nothing comes until it is there: ${why}. Is the name right?`;
      console.log(`The stream ${hub.name} ${what} ${leaf}.${note}`);
    }
    return 0;
  });
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, known: KNOWN, run } as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
