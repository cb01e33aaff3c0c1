/**
 * Starts a private Janus with both plugins on loopback, shows them at work, and stays up until
 * Ctrl-C: `start.ts [--once] [--filter FILE] [--port N] [--events-port N]`.
 */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { ThinContext } from "../ffi/zmq/thin.ts";
import { demonstrate, showEvents, Stage } from "./lib/demonstration.ts";
import { PrivateJanus } from "./lib/janus.ts";
import { JsonSocket } from "./lib/json_socket.ts";
import { stdoutPainter } from "./lib/terminal.ts";

const USAGE = `Usage: scripts/start [options]
  --once           end after the demonstration: 0 if all went well, else 1
  --filter FILE    take events through this filter; may be given several times
  --port N         port of the Janus API; else one that is free
  --events-port N  port of the events; else one that is free`;

/** Milliseconds for a subscription to reach the publisher: until then it sends us nothing. */
const SUBSCRIPTION_TIME = 300;

interface Arguments {
  readonly once: boolean;
  /** Absolute paths. */
  readonly filters: readonly string[];
  readonly ports: { readonly api?: number; readonly events?: number };
}

/** Understands the command line. @throws {TypeError} saying what is wrong with it */
export function readArguments(args: readonly string[]): Arguments | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: {
      once: { type: "boolean", default: false },
      filter: { type: "string", multiple: true, default: [] },
      port: { type: "string" },
      "events-port": { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) return "help";
  const api = readPort("--port", values.port);
  const events = readPort("--events-port", values["events-port"]);
  return {
    once: values.once,
    filters: values.filter.map((path) => resolve(Deno.env.get("START_FOLDER") ?? ".", path)),
    ports: { ...(api === undefined ? {} : { api }), ...(events === undefined ? {} : { events }) },
  };
}

function readPort(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = /^\d+$/.test(text) ? Number(text) : NaN;
  if (!(port >= 1 && port <= 65535)) {
    throw new TypeError(`${option} must be a port from 1 to 65535, not "${text}"`);
  }
  return port;
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

async function run(args: Arguments): Promise<number> {
  const missing = args.filters.find((path) => !isFile(path));
  if (missing !== undefined) {
    console.error(`--filter ${missing}: no such file`);
    return 2;
  }
  const paint = stdoutPainter();
  const stage = new Stage((line) => console.log(line), paint);
  const stop = new AbortController();
  const interrupt = () => stop.abort();
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) Deno.addSignalListener(signal, interrupt);
  try {
    await using janus = await PrivateJanus.start({
      ports: args.ports,
      settings: { event_handler: { filters: { modules: args.filters } } },
      on_log: (line) => {
        if (/\[(WARN|ERR|FATAL)\]/.test(line)) stage.log(line);
      },
    });
    stage.say(paint("bold", `Janus runs with both plugins (pid ${janus.pid})`));
    stage.say(`  Janus API  ${janus.endpoints.api}`);
    stage.say(`  events     ${janus.endpoints.events}`);
    stage.say(`  its files  ${janus.folder} (removed at the end)\n`);
    using context = new ThinContext();
    using req = new JsonSocket(context, "REQ", janus.endpoints.api);
    using dealer = new JsonSocket(context, "DEALER", janus.endpoints.api);
    using sub = new JsonSocket(context, "SUB", janus.endpoints.events);
    await new Promise((resolve) => setTimeout(resolve, SUBSCRIPTION_TIME));
    // Nobody waits for the replies of a Janus that is gone, nor after Ctrl-C.
    const finished = await Promise.race([
      demonstrate({ req, dealer, sub }, stage).then(() => true),
      janus.exited.then(() => false),
      aborted(stop.signal).then(() => false),
    ]);
    if (!finished) {
      if (!stop.signal.aborted) stage.say(janus.log.tail().join("\n"));
      return await end(janus, sub, stage, false);
    }
    if (args.once) {
      stage.say(`\n${paint("green", "Both plugins work.")}`);
    } else {
      stage.say(
        `\n${paint("green", "Both plugins work.")} Events follow as they come; Ctrl-C ends.`,
      );
      await follow(sub, stage, janus, stop.signal);
    }
    return await end(janus, sub, stage, stop.signal.aborted || args.once);
  } finally {
    for (const signal of signals) Deno.removeSignalListener(signal, interrupt);
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  signal.addEventListener("abort", () => resolve(), { once: true });
  return promise;
}

/** Shows events until somebody interrupts, or Janus ends. */
async function follow(
  sub: JsonSocket,
  stage: Stage,
  janus: PrivateJanus,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted && janus.alive) {
    showEvents(sub, stage);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
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

async function main(): Promise<number> {
  let args: Arguments | "help";
  try {
    args = readArguments(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(`start: ${error.message}\n${USAGE}`);
    return 2;
  }
  if (args === "help") {
    console.log(USAGE);
    return 0;
  }
  try {
    return await run(args);
  } catch (error) {
    console.error(`start: ${error instanceof Error ? error.message : error}`);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main());
