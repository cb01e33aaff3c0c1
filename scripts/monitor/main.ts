/** Watches Janus by its events, and serves what it sees. */
import { ZmqError } from "../../ffi/zmq/mod.ts";
import type { Log } from "../../plugins/janus/log.ts";
import { pageAsset } from "../../plugins/monitor/http/page.ts";
import { type Asset, MonitorServer } from "../../plugins/monitor/http/server.ts";
import { Model } from "../../plugins/monitor/model.ts";
import { Redactor } from "../../plugins/monitor/redact.ts";
import { AdminSource } from "../../plugins/monitor/sources/admin_source.ts";
import { EventSource } from "../../plugins/monitor/sources/event_source.ts";
import { INSTALLED, PLACES } from "../command/place.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { Interruption } from "../lib/waiting.ts";
import {
  MONITOR_OPTIONS,
  MONITOR_USAGE,
  type MonitorArguments,
  readMonitorArguments,
} from "./options.ts";

/** On standard error, as services have it: what logs them knows the time. */
const LOG: Log = {
  error: (text) => console.error(`error: ${text}`),
  warning: (text) => console.error(`warning: ${text}`),
  info: (text) => console.error(text),
  verbose: () => {},
};

async function monitor(args: MonitorArguments): Promise<number> {
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
  await using server = listen(model, args, await pageAssets());
  using sources = new DisposableStack();
  const redactor = args.redact ? new Redactor() : null;
  for (const [index, { events, admin }] of args.servers.entries()) {
    sources.use(new EventSource(model, index, events, LOG));
    if (admin === null) continue;
    const shown = redactor?.text(admin.endpoint) ?? admin.endpoint;
    sources.use(new AdminSource(model, index, admin, shown, LOG));
  }
  console.log(`The monitor serves ${server.address}/ and ${server.address}/metrics`);
  await aborted(interruption.signal);
  return 0;
}

/** Where its sources are, it is as new as they are. */
async function page(): Promise<string> {
  if (INSTALLED) return await Deno.readTextFile(PLACES.page);
  const { readPage } = await import("./page.ts");
  return await readPage();
}

/** The page; without it the metrics are served all the same. */
async function pageAssets(): Promise<Map<string, Asset>> {
  try {
    return new Map([["/", await pageAsset(await page())]]);
  } catch (error) {
    LOG.warning(`There is no page: ${error instanceof Error ? error.message : error}`);
    return new Map();
  }
}

/** @throws {UsageError} where that can't be */
function listen(
  model: Model,
  { hostname, port, names }: MonitorArguments,
  assets: ReadonlyMap<string, Asset>,
): MonitorServer {
  const failed = (error: unknown) =>
    LOG.error(`A request failed: ${error instanceof Error ? error.stack : error}`);
  try {
    return new MonitorServer(model, { hostname, port, names, assets, failed });
  } catch (error) {
    const why = error instanceof Deno.errors.AddrInUse
      ? "another program listens there"
      : error instanceof Error
      ? error.message
      : error;
    throw new UsageError(`Cannot listen on ${hostname}:${port} (--listen): ${why}`);
  }
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
  known: [ZmqError],
} as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
