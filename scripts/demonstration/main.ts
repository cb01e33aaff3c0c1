/**
 * Starts a private Janus with both plugins on loopback, shows them at work, and stays up until
 * Ctrl-C.
 */
import { resolve } from "node:path";
import { buildPlugins } from "../build.ts";
import { ThinContext } from "../../ffi/zmq/thin.ts";
import {
  callerFolder,
  type CommandLine,
  readNumber,
  runCommand,
  UsageError,
} from "../lib/command_line.ts";
import { demonstrate, showEvents, Stage } from "./demonstration.ts";
import { FilterShow, switchFilters } from "./filters.ts";
import { PrivateJanus } from "../private_janus/private_janus.ts";
import { JsonSocket } from "./json_socket.ts";
import { PrivateMonitor } from "./monitor.ts";
import { PrivateNats } from "./nats.ts";
import { StandingSession } from "./standing.ts";
import { demonstrateStream } from "./stream.ts";
import { setUpPackages } from "../lib/setup.ts";
import { stdoutPainter } from "../lib/terminal.ts";
import { Interruption, sleep } from "../lib/waiting.ts";

const USAGE = `Usage: scripts/start [options]

  Sets up what is missing, builds both plugins, and shows them at work in a private Janus on
  loopback, until Ctrl-C.

  --once           Ends after the demonstration: 0 if all went well, else 1.
  --filter FILE    Shows what this filter makes of the events, and takes those that follow through
                   it; may be given several times. When it is saved, it is loaded and shown anew.
  --monitor        Runs a monitor as well: a page with what happens, and metrics.
  --stream         Stores the events in a private NATS server, too, which is killed and comes back.
  --port N         Port of the Janus API; default is one that is free.
  --events-port N  Port of the events; default is one that is free.
  -h, --help       Shows this.

Environment: JANUS, the absolute path of another janus than the one on PATH.
`;

const OPTIONS = {
  once: "flag",
  filter: "texts",
  monitor: "flag",
  stream: "flag",
  port: "text",
  "events-port": "text",
} as const;

/** Lines of Janus's log that are shown. */
const WORTH_SHOWING =
  /\[(WARN|ERR|FATAL)\]|\] (Filters at work: |Reloaded: |Events of \S+ go into the stream )/;
const RELOADED = /\] Reloaded: /;
/** Those that tell of a failure in the plugins, such as a filter that cannot be loaded. */
const FAILURE = /\[(ERR|FATAL)\] \[janus\.(transport\.zeromq|eventhandler\.zeromqevh)\]/;

/** Milliseconds for a subscription to reach the publisher: until then it sends us nothing. */
const SUBSCRIPTION_TIME = 300;

interface Arguments {
  readonly once: boolean;
  /** Absolute paths. */
  readonly filters: readonly string[];
  readonly monitor: boolean;
  readonly stream: boolean;
  readonly ports: { readonly api?: number; readonly events?: number };
}

/** Understands the command line. @throws {UsageError} saying what is wrong with it */
function readArguments({ options }: CommandLine<typeof OPTIONS>): Arguments {
  const filters = options.filter.map((path) => resolve(callerFolder(), path));
  const missing = filters.find((path) => !isFile(path));
  if (missing !== undefined) throw new UsageError(`--filter ${missing}: no such file`);
  const api = readPort("--port", options.port);
  const events = readPort("--events-port", options["events-port"]);
  return {
    once: options.once,
    filters,
    monitor: options.monitor,
    stream: options.stream,
    ports: { ...(api === undefined ? {} : { api }), ...(events === undefined ? {} : { events }) },
  };
}

function readPort(option: string, text: string | undefined): number | undefined {
  const fits = (port: number) => Number.isInteger(port) && port >= 1 && port <= 65535;
  return text === undefined ? undefined : readNumber(option, text, "a port from 1 to 65535", fits);
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function show(args: Arguments): Promise<number> {
  await setUpPackages("scripts/start", args.stream ? "stream" : "run");
  await buildPlugins();
  const paint = stdoutPainter();
  const stage = new Stage((line) => console.log(line), paint);
  using interruption = new Interruption();
  const { signal } = interruption;
  let [failed, reloaded] = [false, false];
  await using nats = args.stream ? await PrivateNats.start() : null;
  const stream = nats === null ? {} : { enabled: true, servers: nats.address };
  await using janus = await PrivateJanus.start({
    ports: args.ports,
    admin: args.stream || args.monitor || args.filters.length > 0,
    settings: { event_handler: { filters: { modules: args.filters }, stream } },
    on_log: (line) => {
      if (WORTH_SHOWING.test(line)) stage.log(line);
      if (FAILURE.test(line)) failed = true;
      if (RELOADED.test(line)) reloaded = true;
    },
  });
  await using monitor = args.monitor ? await PrivateMonitor.start(janus) : null;
  stage.say(paint("bold", `Janus runs with both plugins (pid ${janus.pid})`));
  stage.say(`  Janus API  ${janus.endpoints.api}`);
  stage.say(`  events     ${janus.endpoints.events}`);
  if (nats !== null) stage.say(`  NATS       ${nats.address}`);
  if (monitor !== null) {
    stage.say(`  monitor    ${monitor.address}/ (a page), ${monitor.address}/metrics`);
  }
  stage.say(`  its files  ${janus.folder} (removed at the end)\n`);
  using context = new ThinContext();
  using req = new JsonSocket(context, "REQ", janus.endpoints.api);
  using dealer = new JsonSocket(context, "DEALER", janus.endpoints.api);
  using sub = new JsonSocket(context, "SUB", janus.endpoints.events);
  // Closed with the others: the context waits for all of its sockets.
  using admin = nats === null && args.filters.length === 0
    ? null
    : new JsonSocket(context, "REQ", janus.endpoints.admin);
  await sleep(SUBSCRIPTION_TIME);
  // Nobody waits for the replies of a Janus that is gone, nor after Ctrl-C.
  const work = async (): Promise<readonly FilterShow[]> => {
    const clients = { req, dealer, sub };
    const shows: FilterShow[] = [];
    if (admin === null || args.filters.length === 0) await demonstrate(clients, stage);
    else {
      const filters = { admin, admin_secret: janus.admin_secret };
      const usable = await switchFilters(filters, false);
      stage.say("First the events as Janus makes them, without filters.");
      const events = await demonstrate(clients, stage);
      const show = new FilterShow(args.filters, events, (line) => stage.say(line), paint);
      if (usable) await show.show();
      shows.push(show);
      await switchFilters(filters, true);
    }
    if (nats !== null && admin !== null) {
      const { admin_secret } = janus;
      await demonstrateStream({ dealer, admin, admin_secret, sub }, nats, stage);
    }
    return shows;
  };
  const shows = await Promise.race([
    work(),
    janus.exited.then(() => null),
    aborted(signal).then(() => null),
  ]);
  if (shows === null) {
    if (!signal.aborted) stage.say(janus.log.tail().join("\n"));
    return await end(janus, sub, stage, false);
  }
  const through = shows.length === 0 ? "" : ", through the filters";
  const follows = args.once ? "" : ` Events follow as they come${through}; Ctrl-C ends.`;
  const outcome = failed
    ? paint("red", "Both plugins work, but not all that they were given: see the errors above.")
    : paint("green", "Both plugins work.");
  stage.say(`\n${outcome}${follows}`);
  if (nats === null) {
    stage.say("scripts/start --stream also keeps the events in NATS, which it kills meanwhile.");
  } else if (!args.once) {
    // Afterwards the server is gone.
    stage.say(`To read the stream: scripts/deno task events:read --servers ${nats.address}`);
  }
  if (monitor === null) {
    const command = `scripts/deno task monitor --events ${janus.endpoints.events}`;
    const meanwhile = args.once ? "." : `; while this runs: ${command}`;
    stage.say(`scripts/start --monitor also serves a page and metrics${meanwhile}`);
  } else if (!args.once) {
    stage.say(
      `Open ${paint("bold", `${monitor.address}/`)} in a browser: it shows a session that stays.`,
    );
    stage.say(
      "Calls with media need a browser that calls: watch a Janus that has some, with" +
        " scripts/deno task monitor --events tcp://ITS-HOST:5546",
    );
  }
  const standing = monitor === null || args.once ? null : await StandingSession.begin(dealer);
  while (!args.once && !signal.aborted && janus.alive) {
    showEvents(sub, stage);
    standing?.tick();
    if (reloaded) {
      reloaded = false;
      for (const one of shows) await one.show();
    }
    await sleep(20);
  }
  return await end(janus, sub, stage, signal.aborted || args.once && !failed);
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

async function end(
  janus: PrivateJanus,
  sub: JsonSocket,
  stage: Stage,
  wanted: boolean,
): Promise<number> {
  const report = await janus.stop();
  // What Janus published with its last breath.
  showEvents(sub, stage);
  const how = report.signal ?? `exit code ${report.code}`;
  stage.say(`Janus ended after ${Math.round(report.milliseconds)} ms (${how}).`);
  for (const left of report.left_behind) {
    stage.say(`It left a process behind, which is ended now: ${left.command} (pid ${left.pid})`);
  }
  return wanted && report.code === 0 && !report.killed && report.left_behind.length === 0 ? 0 : 1;
}

if (import.meta.main) {
  const run = (line: CommandLine<typeof OPTIONS>) => show(readArguments(line));
  Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, known: [Error], run }));
}
