/** Watches Janus by its events, and serves what it sees. */
import { ZmqError } from "../../ffi/zmq/mod.ts";
import { ListenError } from "../../plugins/monitor/http/listener.ts";
import { pageAsset } from "../../plugins/monitor/http/page.ts";
import { type Asset, MonitorServer } from "../../plugins/monitor/http/server.ts";
import { Model } from "../../plugins/monitor/model.ts";
import { Redactor } from "../../plugins/monitor/redact.ts";
import { AdminSource } from "../../plugins/monitor/sources/admin_source.ts";
import { EventSource } from "../../plugins/monitor/sources/event_source.ts";
import { INSTALLED, PLACES } from "../command/place.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { Interruption, within } from "../lib/waiting.ts";
import { LineLog } from "./log.ts";
import {
  MONITOR_OPTIONS,
  MONITOR_USAGE,
  type MonitorArguments,
  readMonitorArguments,
  secretsOf,
} from "./options.ts";

/** How long (ms) the last lines may take, if nobody reads them. */
const LAST_LINES_MS = 500;

async function monitor(args: MonitorArguments): Promise<number> {
  // On standard error, as services have it: what logs them knows the time.
  const log = new LineLog(Deno.stderr, secretsOf(args));
  try {
    return await watch(args, log);
  } finally {
    await within(log.flush(), LAST_LINES_MS);
  }
}

async function watch(args: MonitorArguments, log: LineLog): Promise<number> {
  using interruption = new Interruption();
  const model = new Model(
    args.servers.map(({ name, events, admin }) => ({
      name,
      endpoint: events.endpoint,
      admin: admin !== null,
    })),
    Date.now(),
    { redact: args.redact },
  );
  // Before it connects anywhere: a port that is taken is a mistake that shows at once.
  await using server = await listen(model, args, await pageAssets(log), log);
  using sources = new DisposableStack();
  const redactor = args.redact ? new Redactor() : null;
  for (const [index, { events, admin }] of args.servers.entries()) {
    sources.use(new EventSource(model, index, events, log));
    if (admin === null) continue;
    const shown = redactor?.text(admin.endpoint) ?? admin.endpoint;
    sources.use(new AdminSource(model, index, admin, shown, log));
  }
  announce(`The monitor serves ${server.address}/ and ${server.address}/metrics`);
  await aborted(interruption.signal);
  return 0;
}

/** Where its sources are, it is as new as they are. */
async function page(): Promise<string> {
  if (INSTALLED) return await Deno.readTextFile(PLACES.page);
  const { readPage } = await import("./page.ts");
  return await readPage();
}

/** Thrown where nothing can be written. */
class OutputError extends Error {}

/** @throws {OutputError} if the disk is full, say */
function announce(text: string): void {
  try {
    console.log(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : error;
    throw new OutputError(`Cannot write to standard output: ${why}`);
  }
}

/** The page; without it the metrics are served all the same. */
async function pageAssets(log: LineLog): Promise<Map<string, Asset>> {
  try {
    return new Map([["/", await pageAsset(await page())]]);
  } catch (error) {
    log.warning(`There is no page: ${error instanceof Error ? error.message : error}`);
    return new Map();
  }
}

/** @throws {UsageError} where that can't be */
async function listen(
  model: Model,
  { hostname, port, names }: MonitorArguments,
  assets: ReadonlyMap<string, Asset>,
  log: LineLog,
): Promise<MonitorServer> {
  const failed = (error: unknown) => log.repeated(`A request failed: ${placeOf(error)}`);
  try {
    return await MonitorServer.listen(model, { hostname, port, names, assets, failed });
  } catch (error) {
    if (!(error instanceof ListenError)) throw error;
    throw new UsageError(`Cannot listen on ${hostname}:${port} (--listen): ${error.message}`);
  }
}

/** What an error says, and where it was thrown. */
function placeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.name}: ${error.message}${/\n( +at .*)/.exec(error.stack ?? "")?.[1] ?? ""}`;
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

function run({ options }: CommandLine<typeof MONITOR_OPTIONS>): Promise<number> {
  return monitor(readMonitorArguments(options, callerFolder()));
}

/** The command. */
export const COMMAND = {
  ...{ usage: MONITOR_USAGE, options: MONITOR_OPTIONS, run },
  known: [ZmqError, OutputError],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
