/**
 * Shows what filters make of events: recorded ones, or those of a live Janus.
 *
 *     deno task filter:try FILE... [--events FILE | --live ENDPOINT] [--all]
 *
 * Exit status: 0 no filter failed, 1 one did, 2 the command line makes no sense.
 */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { ZmqError } from "../ffi/zmq/mod.ts";
import { splitEvents } from "./lib/events/event_texts.ts";
import {
  FilterProcess,
  type FilterProcessOptions,
  FilterStoppedError,
  type Permissions,
} from "./lib/events/filter_process.ts";
import { FilterReport, shownPlace } from "./lib/events/filter_report.ts";
import { SILENCE, Subscription, type SubscriptionOptions } from "./lib/events/subscription.ts";
import {
  DEFAULT_ENDPOINT,
  readSubscription,
  SUBSCRIPTION_ARGUMENTS,
  SUBSCRIPTION_USAGE,
} from "./lib/events/subscription_arguments.ts";
import { PROJECT_ROOT } from "./lib/project.ts";
import { stdoutPainter } from "./lib/terminal.ts";
import { UsageError, withUsage } from "./lib/usage.ts";

const USAGE = `Usage: scripts/deno task filter:try FILE... [options]

  Runs filters as the plugin does, several as a chain, and shows what becomes of each event.

  --events FILE         Recorded events, as events:record writes them; default are some of real
                        calls that come with the project.
  --live ENDPOINT       The events of a live Janus, until Ctrl-C (${DEFAULT_ENDPOINT}).
  --all                 Shows events that pass as they were, too.
  --timeout MS          How long a filter may take for one event; default 1000.
  --allow-net=HOST,...  Permissions, as filters.permissions gives them in the plugin; default none.
  --allow-read=PATH,...
  --allow-env=NAME,...
  -h, --help            Shows this.

With --live:
${SUBSCRIPTION_USAGE}
`;

/** Filters that hang so often in a row are given up, as in the plugin. */
const MAX_STOPS = 3;

interface Arguments {
  readonly modules: readonly string[];
  /** A file, or a subscription. */
  readonly events: string | SubscriptionOptions;
  readonly all: boolean;
  readonly timeout: number;
  readonly permissions: Permissions;
}

/** Understands the command line. @throws {UsageError} saying what is wrong with it */
function readArguments(args: readonly string[], cwd: string): Arguments | "help" {
  const parsed = withUsage(USAGE, () =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        events: { type: "string" },
        live: { type: "string" },
        all: { type: "boolean", default: false },
        timeout: { type: "string", default: "1000" },
        "allow-net": { type: "string", multiple: true, default: [] },
        "allow-read": { type: "string", multiple: true, default: [] },
        "allow-env": { type: "string", multiple: true, default: [] },
        help: { type: "boolean", short: "h", default: false },
        ...SUBSCRIPTION_ARGUMENTS,
      },
    }));
  const { values, positionals } = parsed;
  if (values.help) return "help";
  if (positionals.length === 0) throw new UsageError(USAGE);
  if (values.events !== undefined && values.live !== undefined) {
    throw new UsageError("Either --events or --live: they can't be had at a time");
  }
  const timeout = Number(values.timeout);
  if (!(timeout > 0 && timeout <= 2 ** 31 - 1)) {
    throw new UsageError(`--timeout must be a number of milliseconds, not "${values.timeout}"`);
  }
  const list = (texts: readonly string[]) =>
    texts.flatMap((text) => text.split(",")).filter((item) => item !== "");
  return {
    modules: positionals.map((path) => modulePath(resolve(cwd, path))),
    events: values.live === undefined
      ? resolve(cwd, values.events ?? `${PROJECT_ROOT}/tests/data/events.jsonl`)
      : readSubscription(values.live, values, cwd),
    all: values.all,
    timeout,
    permissions: {
      net: list(values["allow-net"]),
      read: list(values["allow-read"]).map((path) => resolve(cwd, path)),
      env: list(values["allow-env"]),
    },
  };
}

function modulePath(path: string): string {
  try {
    if (Deno.statSync(path).isFile) return pathToFileURL(path).href;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  throw new UsageError(`${path} is no file`);
}

/** The events of a recording. @throws {UsageError} naming the line that holds none */
function* recorded(path: string): Generator<string> {
  let text: string;
  try {
    text = Deno.readTextFileSync(path);
  } catch (error) {
    throw new UsageError(`Cannot read ${path}: ${error instanceof Error ? error.message : error}`);
  }
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    for (const event of splitEvents(line)) {
      if (!isObject(event)) {
        throw new UsageError(`${path}:${index + 1} is no event (a JSON object)`);
      }
      yield event;
    }
  }
}

function isObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

/** The events of a live Janus, until the signal. */
async function* live(options: SubscriptionOptions, signal: AbortSignal): AsyncGenerator<string> {
  using subscription = new Subscription(options);
  const silence = setTimeout(() => console.error(subscription.explainSilence()), SILENCE);
  try {
    for await (const { events, dropped } of subscription.messages(signal)) {
      clearTimeout(silence);
      if (dropped !== null) console.error(`The plugin dropped events: ${dropped}`);
      yield* events;
    }
  } finally {
    clearTimeout(silence);
  }
}

/** Gives every event to the filters. Returns false where they were given up. */
async function tryFilters(
  events: Iterable<string> | AsyncIterable<string>,
  options: FilterProcessOptions,
  report: FilterReport,
): Promise<boolean> {
  let filters = await FilterProcess.start(options);
  try {
    let stops = 0;
    for await (const text of events) {
      try {
        report.add(text, await filters.run(text));
        stops = 0;
      } catch (error) {
        if (!(error instanceof FilterStoppedError)) throw error;
        report.stopped(text, { filter: "", message: error.message, places: error.places });
        if (++stops === MAX_STOPS) return false;
        filters.stop();
        filters = await FilterProcess.start(options);
      }
    }
    await filters.end();
    return true;
  } finally {
    filters.stop();
  }
}

async function run(args: Arguments, cwd: string): Promise<number> {
  const print = (line: string) => console.log(line);
  const paint = stdoutPainter();
  const report = new FilterReport({ print, paint, all: args.all, cwd });
  const { modules, permissions, timeout } = args;
  const onLog: FilterProcessOptions["onLog"] = (filter, { level, text }) =>
    report.log(filter, level, text);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const is_live = typeof args.events !== "string";
  if (is_live) { for (const signal of signals) Deno.addSignalListener(signal, interrupt); }
  try {
    const events = typeof args.events === "string"
      ? recorded(args.events)
      : live(args.events, stop.signal);
    const finished = await tryFilters(events, { modules, permissions, timeout, onLog }, report);
    const good = report.summary();
    if (!finished) console.error(`Given up after ${MAX_STOPS} in a row.`);
    return finished && good ? 0 : 1;
  } catch (error) {
    if (!(error instanceof FilterStoppedError)) throw error;
    console.error(paint("red", error.message));
    for (const place of error.places.slice(0, 3)) {
      console.error(paint("red", `  at ${shownPlace(place, cwd)}`));
    }
    return 1;
  } finally {
    if (is_live) { for (const signal of signals) Deno.removeSignalListener(signal, interrupt); }
  }
}

async function main(args: readonly string[]): Promise<number> {
  try {
    // Tasks run in the project's folder, and tell where they were called.
    const cwd = Deno.env.get("INIT_CWD") ?? Deno.cwd();
    const read = readArguments(args, cwd);
    if (read === "help") {
      console.log(USAGE);
      return 0;
    }
    return await run(read, cwd);
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof ZmqError)) throw error;
    console.error(error.message);
    return error instanceof UsageError ? 2 : 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
