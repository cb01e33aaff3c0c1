/** Changes what a NATS stream keeps. */
import type { StreamConfig, StreamState } from "@nats-io/jetstream";
import { type CommandLine, readNumber, runCommand, UsageError } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";
import { formatBytes, formatSeconds, parseBytes, parseSeconds } from "./format.ts";
import {
  KNOWN,
  LOGIN_OPTIONS,
  LOGIN_USAGE,
  SERVERS_USAGE,
  StreamCommandError,
  withStream,
} from "./login.ts";

const USAGE = `Usage: ${how("stream set")} [--max-age N] [--max-bytes N] [--replicas N] [options]

  Changes what a NATS stream keeps. The plugin does not: it makes a stream with its configuration's limits,
  and uses one that is there as it is.

  --max-age N           How long events are kept, such as 7d, 12h, 30min or seconds; 0 is for ever.
  --max-bytes N         How much is kept, such as 10GiB, 300MiB or bytes; 0 is without a limit.
  --replicas N          On how many servers of a cluster.
  --drop                Also if what is stored now is lost by that.
${SERVERS_USAGE}
${LOGIN_USAGE}
`;

const OPTIONS = {
  ...LOGIN_OPTIONS,
  "max-age": "text",
  "max-bytes": "text",
  replicas: "text",
  drop: "flag",
} as const;

type Options = CommandLine<typeof OPTIONS>["options"];

/** What is to change. */
export interface Limits {
  readonly max_age?: number;
  readonly max_bytes?: number;
  readonly num_replicas?: number;
}

function readLimits(options: Options): Limits {
  const { "max-age": age, "max-bytes": bytes, replicas } = options;
  const limits = {
    ...age === undefined ? {} : { max_age: parseSeconds("--max-age", age) * 1e9 },
    ...bytes === undefined ? {} : { max_bytes: parseBytes("--max-bytes", bytes) || -1 },
    ...replicas === undefined ? {} : {
      num_replicas: readNumber(
        "--replicas",
        replicas,
        "1 to 5",
        (n) => Number.isInteger(n) && n >= 1 && n <= 5,
      ),
    },
  };
  if (Object.keys(limits).length > 0) return limits;
  throw new UsageError(`There is nothing to set\n\n${USAGE}`);
}

/** What would go at once, in words; empty if nothing would. */
export function dropped(limits: Limits, state: StreamState, now: number): string {
  if (state.messages === 0) return "";
  const { max_age = 0, max_bytes = -1 } = limits;
  const oldest = new Date(state.first_ts).getTime();
  if (max_age > 0 && oldest < now - max_age / 1e6) {
    return `events from ${new Date(oldest).toISOString()} on, until ${
      new Date(now - max_age / 1e6).toISOString()
    }`;
  }
  if (max_bytes > 0 && state.bytes > max_bytes) {
    return `the oldest ${formatBytes(state.bytes - max_bytes)} of ${formatBytes(state.bytes)}`;
  }
  return "";
}

const SHOW = {
  max_age: (ns: number) => ns > 0 ? formatSeconds(ns / 1e9) : "for ever",
  max_bytes: (bytes: number) => bytes > 0 ? formatBytes(bytes) : "without a limit",
  num_replicas: String,
};

function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const limits = readLimits(options);
  return withStream(options, async ({ manager, name }) => {
    const { config, state } = await manager.streams.info(name);
    const lost = dropped(limits, state, Date.now());
    if (lost !== "" && !options.drop) {
      throw new StreamCommandError(
        `Nothing is changed: ${lost} would be lost. With --drop they are`,
      );
    }
    await manager.streams.update(name, limits as Partial<StreamConfig>);
    for (const [key, value] of Object.entries(limits) as [keyof Limits, number][]) {
      console.log(`${name}: ${key} was ${SHOW[key](config[key])}, is ${SHOW[key](value)}`);
    }
    return 0;
  });
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, known: KNOWN, run } as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
