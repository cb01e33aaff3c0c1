/** Shows what a NATS stream keeps and has, of whom, and who reads it. */
import type { ConsumerInfo, StreamInfo } from "@nats-io/jetstream";
import { type CommandLine, runCommand } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";
import { formatBytes, formatSeconds } from "./format.ts";
import {
  KNOWN,
  LOGIN_OPTIONS,
  LOGIN_USAGE,
  SERVERS_USAGE,
  type StreamAccess,
  withStream,
} from "./login.ts";

const USAGE = `Usage: ${how("stream info")} [options]

  Shows a NATS stream of Janus's events: what it keeps, what it has and of which Janus servers, the
  leaves whose streams it takes over, and the readers that it remembers with what waits for them.

${SERVERS_USAGE}
  --json                NATS's own answers, as JSON.
${LOGIN_USAGE}
`;

const OPTIONS = { ...LOGIN_OPTIONS, json: "flag" } as const;

/** What the stream has of each Janus server. The instance is the token behind the stream's subject. */
function instances({ config, state }: StreamInfo): Map<string, number> {
  const depth = (config.subjects?.[0] ?? "janus.events.>").split(".").length - 1;
  const counts = new Map<string, number>();
  for (const [subject, count] of Object.entries(state.subjects ?? {})) {
    const name = subject.split(".")[depth] ?? subject;
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}

/** Servers say where a source is; the client's type does not. */
type Source = NonNullable<StreamInfo["sources"]>[number] & { external?: { api: string } };

/** The lines for people. */
export function infoLines(
  server: string,
  info: StreamInfo,
  consumers: readonly ConsumerInfo[],
): string[] {
  const { config, state, sources = [], cluster } = info;
  const age = config.max_age > 0 ? formatSeconds(config.max_age / 1e9) : "for ever";
  const bytes = config.max_bytes > 0 ? formatBytes(config.max_bytes) : "any number of bytes";
  const replicas = config.num_replicas === 1 ? "once" : `${config.num_replicas} times`;
  const lines = [
    `Stream ${config.name} at ${server}${cluster?.leader ? `, led by ${cluster.leader}` : ""}`,
    `  keeps   ${age}, ${bytes}, ${replicas}`,
  ];
  lines.push(
    state.messages === 0
      ? "  has     nothing"
      : `  has     ${count(state.messages)} messages, ${formatBytes(state.bytes)}: ` +
        `${state.first_seq} (${at(state.first_ts)}) to ${state.last_seq} (${at(state.last_ts)})`,
  );
  for (const [name, messages] of instances(info)) {
    lines.push(`  of      ${name}: ${count(messages)}`);
  }
  for (const { name, external, lag, active } of sources as Source[]) {
    const domain = external?.api.split(".")[1] ?? name;
    const heard = active < 0 ? "never heard of" : `heard of ${formatSeconds(active / 1e9)} ago`;
    lines.push(`  source  ${domain}: ${count(lag)} behind, ${heard}`);
  }
  for (const { name, config, num_pending, num_ack_pending } of consumers) {
    if (config.durable_name === undefined) continue;
    lines.push(`  reader  ${name}: ${count(num_pending)} wait, ${count(num_ack_pending)} in hand`);
  }
  return lines;
}

function count(number: number): string {
  return number.toLocaleString("en-US");
}

function at(timestamp: string | Date): string {
  return new Date(timestamp).toISOString();
}

/** All that it says of its readers. */
async function consumersOf({ manager, name }: StreamAccess): Promise<ConsumerInfo[]> {
  const all: ConsumerInfo[] = [];
  for await (const one of manager.consumers.list(name)) all.push(one);
  return all;
}

function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  return withStream(options, async (access) => {
    const info = await access.manager.streams.info(access.name, { subjects_filter: ">" });
    const consumers = await consumersOf(access);
    if (options.json) console.log(JSON.stringify({ stream: info, consumers }, null, 2));
    else for (const line of infoLines(access.server, info, consumers)) console.log(line);
    return 0;
  });
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, known: KNOWN, run } as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
