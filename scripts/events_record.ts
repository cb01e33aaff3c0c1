/**
 * Records the events of a live Janus as JSON lines, for filter:try and for tests.
 *
 *     deno task events:record [--from tcp://127.0.0.1:5546] [--output FILE] [--count N] ...
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ZmqError } from "../ffi/zmq/mod.ts";
import { SILENCE, Subscription, type SubscriptionOptions } from "./lib/events/subscription.ts";
import {
  DEFAULT_ENDPOINT,
  readSubscription,
  SUBSCRIPTION_ARGUMENTS,
  SUBSCRIPTION_USAGE,
} from "./lib/events/subscription_arguments.ts";
import { UsageError, withUsage } from "./lib/usage.ts";

const USAGE = `Usage: scripts/deno task events:record [options]

  Writes Janus's events as they come, one JSON object a line, until Ctrl-C.

  --from ENDPOINT       The event handler's; default is ${DEFAULT_ENDPOINT}.
  --output FILE         Where to; default is standard output. What is there is replaced.
  --count N             Ends after N events.
  --seconds N           Ends after N seconds; it is an error if nothing came.
${SUBSCRIPTION_USAGE}
  -h, --help            Shows this.
`;

interface Arguments {
  readonly subscription: SubscriptionOptions;
  readonly output: string | null;
  readonly count: number;
  readonly seconds: number;
}

/** Understands the command line. @throws {UsageError} saying what is wrong with it */
function readArguments(args: readonly string[], cwd: string): Arguments | "help" {
  const parsed = withUsage(USAGE, () =>
    parseArgs({
      args: [...args],
      options: {
        from: { type: "string", default: DEFAULT_ENDPOINT },
        output: { type: "string" },
        count: { type: "string" },
        seconds: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
        ...SUBSCRIPTION_ARGUMENTS,
      },
    }));
  const { values } = parsed;
  if (values.help) return "help";
  return {
    subscription: readSubscription(values.from, values, cwd),
    output: values.output === undefined ? null : resolve(cwd, values.output),
    count: positive("--count", values.count),
    seconds: positive("--seconds", values.seconds),
  };
}

function positive(option: string, text: string | undefined): number {
  if (text === undefined) return Infinity;
  const number = Number(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new UsageError(`${option} must be a number above 0, not "${text}"`);
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

async function record(args: Arguments, stop: AbortController): Promise<number> {
  using subscription = new Subscription(args.subscription);
  using file = args.output === null ? null : Deno.createSync(args.output);
  const progress = new Progress();
  let count = 0;
  const silence = setTimeout(() => progress.say(subscription.explainSilence()), SILENCE);
  const end = args.seconds === Infinity
    ? undefined
    : setTimeout(() => stop.abort(), args.seconds * 1000);
  try {
    for await (const { events, dropped } of subscription.messages(stop.signal)) {
      clearTimeout(silence);
      if (dropped !== null) progress.say(`The plugin dropped events: ${dropped}`);
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
    clearTimeout(silence);
    clearTimeout(end);
  }
  progress.say(`${count} events recorded${args.output === null ? "" : ` in ${args.output}`}`);
  return count === 0 ? 1 : 0;
}

async function main(args: readonly string[]): Promise<number> {
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  try {
    // Tasks run in the project's folder, and tell where they were called.
    const read = readArguments(args, Deno.env.get("INIT_CWD") ?? Deno.cwd());
    if (read === "help") {
      console.log(USAGE);
      return 0;
    }
    return await record(read, stop);
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(error.message);
      return 2;
    }
    const known = error instanceof ZmqError || error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.PermissionDenied || error instanceof SyntaxError;
    if (!known) throw error;
    console.error(error.message);
    return 1;
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
