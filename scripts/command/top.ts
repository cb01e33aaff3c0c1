/** Watches servers live in the terminal; it changes nothing. */
import { ZmqError } from "../../ffi/zmq/mod.ts";
import type { Log } from "../../plugins/janus/log.ts";
import { Model } from "../../plugins/monitor/model.ts";
import { AdminSource } from "../../plugins/monitor/sources/admin_source.ts";
import { EventSource } from "../../plugins/monitor/sources/event_source.ts";
import { callerFolder, type CommandLine, readNumber } from "../lib/command_line.ts";
import { stdoutPainter } from "../lib/terminal.ts";
import { Interruption, sleep } from "../lib/waiting.ts";
import {
  MONITOR_OPTIONS,
  readMonitorArguments,
  SECURITY_USAGE,
  type ServerArguments,
  SERVERS_USAGE,
} from "../monitor/options.ts";
import { ADMIN_SECRET, DEFAULT_ADMIN } from "./admin_options.ts";
import { Screen } from "./screen.ts";
import { plainLine, screenLines } from "./top_view.ts";

const USAGE = `Usage: janus-zeromq top [options]

  Watches servers live in the terminal: events a second, sessions, calls, what was dropped and why,
  missing events, clients, subscribers, the ring, restarts. q or Ctrl-C ends it. Where it does not
  write to a terminal, it is a line a second for each server. It changes nothing.

${SERVERS_USAGE}
                              Without it, the environment variable ${ADMIN_SECRET}. Where neither
                              --events nor --admin is given, --admin is ${DEFAULT_ADMIN}.
  --redact                    Hides addresses and names of people.
  --seconds N                 Ends after N seconds.
  -h, --help                  Shows this.

${SECURITY_USAGE}
`;

const { listen: _, host: __, ...WATCH_OPTIONS } = MONITOR_OPTIONS;
const OPTIONS = { ...WATCH_OPTIONS, seconds: "text" } as const;

/** What it has to say stands in the picture. */
const SILENT: Log = { error() {}, warning() {}, info() {}, verbose() {} };

/** The servers; the Admin API's secret may come from the environment. */
function readServers(options: CommandLine<typeof OPTIONS>["options"]): readonly ServerArguments[] {
  const { events, admin } = options;
  const { servers } = readMonitorArguments({
    ...options,
    listen: undefined,
    host: [],
    admin: events.length === 0 && admin.length === 0 ? [DEFAULT_ADMIN] : admin,
  }, callerFolder());
  const secret = Deno.env.get(ADMIN_SECRET) || null;
  return servers.map((one) => ({
    ...one,
    admin: one.admin === null ? null : { ...one.admin, secret: one.admin.secret ?? secret },
  }));
}

async function run({ options }: CommandLine<typeof OPTIONS>): Promise<number> {
  const servers = readServers(options);
  const seconds = options.seconds === undefined
    ? Infinity
    : readNumber("--seconds", options.seconds, "a number above 0", (one) => one > 0);
  using interruption = new Interruption();
  const model = new Model(
    servers.map(({ name, events: { endpoint }, admin }) => ({
      ...{ name, endpoint, admin: admin !== null },
    })),
    Date.now(),
    { redact: options.redact },
  );
  using sources = new DisposableStack();
  for (const [index, { events, admin }] of servers.entries()) {
    sources.use(new EventSource(model, index, events, SILENT));
    if (admin !== null) {
      sources.use(new AdminSource(model, index, admin, admin.endpoint, SILENT));
    }
  }
  const ended = new AbortController();
  const stop = AbortSignal.any([interruption.signal, ended.signal]);
  if (Deno.stdout.isTerminal()) await watch(model, seconds, stop, () => ended.abort());
  else await write(model, seconds, stop);
  return 0;
}

/** On a terminal, until the signal. */
async function watch(model: Model, seconds: number, stop: AbortSignal, end: () => void) {
  const paint = stdoutPainter();
  let servers = model.servers.map((server) => server.show());
  const draw = () => screen.show(screenLines(servers, screen.size, new Date(), paint));
  using screen = new Screen(draw, end);
  draw();
  await everySecond(seconds, stop, () => {
    servers = [...model.tick(Date.now()).servers];
    draw();
  });
}

/** Anywhere else, until the signal, or until nobody reads any more. */
async function write(model: Model, seconds: number, stop: AbortSignal) {
  const encoder = new TextEncoder();
  try {
    await everySecond(seconds, stop, () => {
      for (const server of model.tick(Date.now()).servers) {
        const line = encoder.encode(`${plainLine(server, new Date())}\n`);
        for (let done = 0; done < line.length;) done += Deno.stdout.writeSync(line.subarray(done));
      }
    });
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
  }
}

async function everySecond(seconds: number, stop: AbortSignal, act: () => void): Promise<void> {
  for (let count = 0; count < seconds && !stop.aborted; count++) {
    await sleep(1000, stop).catch(() => {});
    if (!stop.aborted) act();
  }
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, known: [ZmqError], run } as const;
