/** Records the events of a live Janus as JSON lines, for filter:try and for tests. */
import { resolve } from "node:path";
import { ZmqError } from "../../ffi/zmq/mod.ts";
import { callerFolder, type CommandLine, readNumber, runCommand } from "../lib/command_line.ts";
import { liveEvents, type SubscriptionOptions } from "./subscription.ts";
import {
  DEFAULT_ENDPOINT,
  readSubscription,
  SUBSCRIPTION_OPTIONS,
  SUBSCRIPTION_USAGE,
} from "./subscription_options.ts";
import { how } from "../lib/how.ts";
import { Interruption } from "../lib/waiting.ts";

const USAGE = `Usage: ${how("events record")} [options]

  Writes Janus's events as they come, one JSON object a line, until Ctrl-C.

  --endpoint ENDPOINT   The event handler's; default is ${DEFAULT_ENDPOINT}.
  --output FILE         Where to; default is standard output. What is there is replaced.
  --count N             Ends after N events.
  --seconds N           Ends after N seconds; it is an error if nothing came.
${SUBSCRIPTION_USAGE}
  -h, --help            Shows this.
`;

const OPTIONS = {
  endpoint: "text",
  output: "text",
  count: "text",
  seconds: "text",
  ...SUBSCRIPTION_OPTIONS,
} as const;

interface Arguments {
  readonly subscription: SubscriptionOptions;
  readonly output: string | null;
  readonly count: number;
  readonly seconds: number;
}

function readArguments({ options }: CommandLine<typeof OPTIONS>, cwd: string): Arguments {
  const { endpoint = DEFAULT_ENDPOINT, output, count, seconds } = options;
  return {
    subscription: readSubscription(endpoint, options, cwd),
    output: output === undefined ? null : resolve(cwd, output),
    count: positive("--count", count),
    seconds: positive("--seconds", seconds),
  };
}

function positive(option: string, text: string | undefined): number {
  if (text === undefined) return Infinity;
  return readNumber(option, text, "a number above 0", (one) => one > 0 && Number.isFinite(one));
}

/** Says on standard error how it goes: again and again on a terminal, else only at the end. */
class Progress {
  readonly #terminal = Deno.stderr.isTerminal();
  #shown = 0;
  #line = false;

  update(count: number): void {
    if (!this.#terminal || performance.now() - this.#shown < 200) return;
    this.#shown = performance.now();
    this.#line = true;
    write(Deno.stderr, `\r${count} events `);
  }

  say(text: string): void {
    write(Deno.stderr, `${this.#line ? "\n" : ""}${text}\n`);
    this.#line = false;
  }
}

function write(to: { writeSync(bytes: Uint8Array): number }, text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += to.writeSync(bytes.subarray(done));
}

async function record(args: Arguments): Promise<number> {
  using interruption = new Interruption();
  const late = new AbortController();
  using file = args.output === null ? null : Deno.createSync(args.output);
  const progress = new Progress();
  const say = (line: string) => progress.say(line);
  let count = 0;
  const end = args.seconds === Infinity
    ? undefined
    : setTimeout(() => late.abort(), args.seconds * 1000);
  const stop = AbortSignal.any([interruption.signal, late.signal]);
  try {
    for await (const events of liveEvents(args.subscription, stop, say)) {
      const taken = events.slice(0, args.count - count);
      if (taken.length > 0) write(file ?? Deno.stdout, `${taken.join("\n")}\n`);
      count += taken.length;
      if (count >= args.count) break;
      progress.update(count);
    }
  } catch (error) {
    // Whoever read them has seen enough, as in `events:record | head`.
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  } finally {
    clearTimeout(end);
  }
  progress.say(`${count} events recorded${args.output === null ? "" : ` in ${args.output}`}`);
  return count === 0 ? 1 : 0;
}

function run(line: CommandLine<typeof OPTIONS>): Promise<number> {
  return record(readArguments(line, callerFolder()));
}

/** The command. */
export const COMMAND = {
  ...{ usage: USAGE, options: OPTIONS, run },
  known: [ZmqError, Deno.errors.NotFound, Deno.errors.PermissionDenied, SyntaxError],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
