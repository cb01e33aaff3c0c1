/** Shows what filters make of events: recorded ones, or those of a live Janus. */
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { ZmqError } from "../../ffi/zmq/mod.ts";
import {
  callerFolder,
  type CommandLine,
  readNumber,
  runCommand,
  UsageError,
} from "../lib/command_line.ts";
import { PLACES } from "../command/place.ts";
import { splitEvents } from "../events/event_texts.ts";
import {
  FilterProcess,
  type FilterProcessOptions,
  FilterStoppedError,
  type Permissions,
} from "./process.ts";
import { FilterReport, shownPlace } from "./report.ts";
import { RecordedClock } from "./recorded_clock.ts";
import { liveEvents, type SubscriptionOptions } from "../events/subscription.ts";
import {
  DEFAULT_ENDPOINT,
  readSubscription,
  SUBSCRIPTION_OPTIONS,
  SUBSCRIPTION_USAGE,
} from "../events/subscription_options.ts";
import { how } from "../lib/how.ts";
import { stdoutPainter } from "../lib/terminal.ts";
import { Interruption } from "../lib/waiting.ts";

const USAGE = `Usage: ${how("filter try")} FILE... [options]

  Runs filters as the plugin does, several as a chain, and shows what becomes of each event.

  --events FILE         Recorded events, as "${how("events record")}" does; default are some of real
                        calls that come with the project.
  --endpoint ENDPOINT   The events of a live Janus, until Ctrl-C (${DEFAULT_ENDPOINT}).
  --all                 Shows events that pass as they were, too.
  --timeout MS          How long a filter may take for one event; default 1000.
  --allow-net=HOST,...  Permissions, as filters.permissions gives them in the plugin; default none.
  --allow-read=PATH,...
  --allow-env=NAME,...
  -h, --help            Shows this.

With --endpoint:
${SUBSCRIPTION_USAGE}

Exit code: 0 no filter failed, 1 one did, 2 the command line makes no sense.
`;

const OPTIONS = {
  events: "text",
  endpoint: "text",
  all: "flag",
  timeout: "text",
  "allow-net": "texts",
  "allow-read": "texts",
  "allow-env": "texts",
  ...SUBSCRIPTION_OPTIONS,
} as const;

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
function readArguments(
  { options, words }: CommandLine<typeof OPTIONS>,
  cwd: string,
): Arguments {
  if (words.length === 0) throw new UsageError(USAGE);
  const { events = PLACES.events, endpoint, timeout = "1000" } = options;
  if (options.events !== undefined && endpoint !== undefined) {
    throw new UsageError("Either --events or --endpoint: they can't be had at a time");
  }
  const list = (texts: readonly string[]) =>
    texts.flatMap((text) => text.split(",")).filter((item) => item !== "");
  return {
    modules: words.map((path) => modulePath(resolve(cwd, path))),
    events: endpoint === undefined
      ? resolve(cwd, events)
      : readSubscription(endpoint, options, cwd),
    all: options.all,
    timeout: readNumber(
      "--timeout",
      timeout,
      "a number of milliseconds",
      (one) => one > 0 && one <= 2 ** 31 - 1,
    ),
    permissions: {
      net: list(options["allow-net"]),
      read: list(options["allow-read"]).map((path) => resolve(cwd, path)),
      env: list(options["allow-env"]),
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
  const clock = new RecordedClock(path);
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    for (const event of splitEvents(line)) {
      const value = readEvent(event);
      if (value === null) throw new UsageError(`${path}:${index + 1} is no event (a JSON object)`);
      clock.look(value, index + 1);
      yield event;
    }
  }
  clock.end();
}

function readEvent(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}

/** The events of a live Janus, until Ctrl-C. */
async function* live(options: SubscriptionOptions): AsyncGenerator<string> {
  using interruption = new Interruption();
  for await (
    const events of liveEvents(options, interruption.signal, (line) => console.error(line))
  ) {
    yield* events;
  }
}

/** Gives every event to the filters. Returns false where they were given up. */
async function tryFilters(
  events: Iterable<string> | AsyncIterable<string>,
  options: FilterProcessOptions,
  report: FilterReport,
): Promise<boolean> {
  let filters = await FilterProcess.start(options);
  report.begin(filters.filters);
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

async function tryAll(args: Arguments, cwd: string): Promise<number> {
  const print = (line: string) => console.log(line);
  const paint = stdoutPainter();
  const report = new FilterReport({ print, paint, all: args.all, cwd });
  const { modules, permissions, timeout } = args;
  const onLog: FilterProcessOptions["onLog"] = (filter, { level, text }) =>
    report.log(filter, level, text);
  try {
    const events = typeof args.events === "string" ? recorded(args.events) : live(args.events);
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
  }
}

function run(line: CommandLine<typeof OPTIONS>): Promise<number> {
  const cwd = callerFolder();
  return tryAll(readArguments(line, cwd), cwd);
}

/** The command. */
export const COMMAND = {
  ...{ usage: USAGE, options: OPTIONS, words: true, run },
  known: [ZmqError],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
