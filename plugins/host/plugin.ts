/** What both plugins have in common: from the stub's word to a running loop. @module */
import { Exit, FailedFlag, Fd, Up } from "../../ffi/bridge/layout.ts";
import { Link } from "../../ffi/bridge/link.ts";
import { ContextOption } from "../../ffi/zmq/constants.ts";
import { type Library, openLibrary, ThinContext, ZmqError } from "../../ffi/zmq/thin.ts";
import type { Log } from "../janus/log.ts";
import { type CheckedConfig, ConfigError, readConfig } from "./config/read.ts";
import type { PluginKind } from "./config/schema.ts";
import type { ConfigSource } from "./config/source.ts";
import type { ConnectionGuard } from "./connection_guard.ts";
import { createLog } from "./log.ts";
import { runLoop, type Service } from "./loop.ts";
import { MemoryCeiling } from "./memory.ts";
import { Rest } from "./rest.ts";
import type { Authenticator } from "./security/authenticator.ts";

/** What is in flight when Janus ends gets this long (ms) at least. */
const FLUSH_MS = 300;
/** So long (ms) there may be no room for what the stub waits for at the start. */
const TELL_MS = 1000;
/** libzmq gets this long (ms) beyond that. */
const TERMINATE_MS = 100;

/** What the stub says at the start. */
export interface Boot {
  readonly plugin: string;
  readonly version: string;
  readonly generation: number;
  /** The machine's name, and Janus's own, if it was given one. */
  readonly host: string;
  readonly server_name?: string;
  /** When Janus started the plugin, in milliseconds since 1970. */
  readonly epoch: number;
  /** `folder` is where it is, without links; `ignored` a file that another one took precedence over. */
  readonly config: ConfigSource & {
    readonly path?: string;
    readonly folder?: string;
    readonly ignored?: string;
  };
  /** What Janus's admin has changed since the start, in the shape of `Plugin.ready().settings`. */
  readonly configured: Record<string, unknown>;
  /** What Janus's side remembers of earlier processes; the plugin knows its shape. */
  readonly state?: unknown;
}

/** What a plugin's service is made from. */
export interface PluginContext<K extends PluginKind> {
  readonly checked: CheckedConfig<K>;
  readonly boot: Boot;
  /** Janus's folder of configurations. */
  readonly folder: string;
  /** The same without links. */
  readonly root: string;
  readonly context: ThinContext;
  readonly link: Link;
  readonly log: Log;
  readonly configured: Record<string, unknown>;
  readonly state: unknown;
  /** Publishes the status anew. @returns what the stub must be told (`Up.ready`) */
  readonly changed: () => string;
  /** Has the loop end, and with it the process: the stub starts another one. */
  readonly renew: () => void;
}

/** What a plugin makes. */
export interface Plugin {
  readonly service: Service;
  /** Not there where nobody can send much. */
  readonly guard?: ConnectionGuard;
  /** Who may connect to it. */
  readonly authenticator: Authenticator;
  /** What the stub must know. */
  ready(): Record<string, unknown>;
  /**
   * What `info` answers, besides what the stub tells; but for `settings`, which may be changed, and
   * `answers`: what further Admin queries answer, by verb.
   */
  status(): Record<string, unknown>;
  /** Bytes that may wait in ZeroMQ as the settings have it, beyond `runtime.max_memory`. */
  readonly allowance?: () => number;
  /** The endpoints that are bound, as configured. */
  readonly bound: readonly string[];
  /** Milliseconds that it goes on after Janus, to bring away what is in the ring; 0 if it does not. */
  readonly outlive?: number;
  /** One line about what is served where. */
  readonly summary: string;
}

/** The plugin is not to run: `enabled = false`. */
export class DisabledError extends Error {}

/** So long (ms) the process goes on: the reply to who has asked for what makes it end must leave first. */
const RENEW_MS = 100;
const UNGUARDED =
  "libzmq is built in a way that is not known here: a client that floods and breaks off can end the process";

/** Runs a plugin from start to end; the process exits with it. */
export async function runPlugin<K extends PluginKind>(
  kind: K,
  make: (parts: PluginContext<K>) => Plugin,
): Promise<never> {
  const link = new Link();
  const log = createLog(link);
  let context: ThinContext | undefined;
  let plugin: Plugin;
  let checked: CheckedConfig<K>;
  let library: Library;
  let renewAt = Infinity;
  const renew = () => void (renewAt = Date.now() + RENEW_MS);
  try {
    const boot: Boot = JSON.parse(link.readBoot());
    checked = readBootConfig(kind, boot, log);
    library = openLibrary();
    if (!link.guardZmq()) log.warning(UNGUARDED);
    context = openContext(library, checked.config.zeromq);
    const changed = () => publish(link, plugin, library);
    const { configured, state } = boot;
    const folder = folderOf(boot);
    const root = boot.config.folder ?? folder;
    plugin = make({
      checked,
      boot,
      folder,
      root,
      context,
      link,
      log,
      configured,
      state,
      changed,
      renew,
    });
  } catch (error) {
    fail(link, log, error);
  }
  const outlive = plugin.outlive !== undefined && link.outlive(plugin.outlive) ? plugin.outlive : 0;
  // From here on nothing new can be loaded; what is bound goes on working.
  Deno.permissions.revokeSync({ name: "ffi" });
  log.info(plugin.summary);
  const ready = new TextEncoder().encode(publish(link, plugin, library));
  tell(link, Up.ready, 0, ready);
  link.shortenTurns();
  link.trim(); // of 60 MiB, half is not needed any more
  const ceiling = new MemoryCeiling({
    ...{ link, log },
    limit: checked.config.runtime.max_memory,
    connections: () => plugin.service.connections(),
    cutOversized: (cutting) => plugin.guard?.cutOversized(cutting),
    ...(plugin.allowance === undefined ? {} : { allowance: plugin.allowance }),
  });
  const rest = new Rest(() => {
    collectGarbage();
    link.trim();
  });
  const renewal = {
    due: (now: number) => {
      rest.turn(now);
      if (plugin.guard?.exhausted(now)) renew();
      return now >= renewAt || ceiling.reached(now);
    },
    get deadline() {
      return Math.min(renewAt, ceiling.deadline, rest.deadline);
    },
  };
  const end = await runLoop(link, plugin.service, plugin.authenticator, library, Fd, renewal);
  if (end === "orphaned") bringAway(link, plugin.service, outlive / 2);
  else {
    // libzmq leaves these behind. First, while they are certainly ours.
    if (end === "stop") { for (const path of ipcPaths(plugin.bound)) link.removeSocket(path); }
    const linger = Math.max(checked.config.zeromq.linger, FLUSH_MS);
    plugin.service.close(linger);
    plugin.authenticator.close();
    await context!.terminateWithin(linger + TERMINATE_MS);
  }
  Deno.exit(end === "renew" ? Exit.renewed : 0);
}

/** V8 does so by itself only where it is short of memory, or has time, which a blocking loop leaves it none of. */
function collectGarbage(): void {
  // There with V8's --expose-gc.
  const { gc } = globalThis as { gc?: (options?: { flavor: "last-resort" }) => void };
  gc?.({ flavor: "last-resort" });
}

/** Janus is gone: handles what it has left in the ring, for so long (ms) at most, and ends in order. */
function bringAway(link: Link, service: Service, milliseconds: number): void {
  if (milliseconds === 0) return;
  const end = Date.now() + milliseconds;
  while (service.drain(true) > 0 && Date.now() < end) {
    service.tick(Date.now());
    link.nap(1000);
  }
  service.close(0);
}

/** The files of ipc endpoints; names that begin with @ have none. */
function ipcPaths(endpoints: readonly string[]): string[] {
  return endpoints.flatMap((endpoint) => /^ipc:\/\/([^@].*)$/s.exec(endpoint)?.[1] ?? []);
}

function folderOf({ config }: Boot): string {
  const path = config.path ?? "";
  return path.slice(0, Math.max(0, path.lastIndexOf("/"))) || ".";
}

function readBootConfig<K extends PluginKind>(kind: K, boot: Boot, log: Log): CheckedConfig<K> {
  const { config } = boot;
  const first = boot.generation === 1;
  try {
    const checked = readConfig(kind, config);
    if (first) {
      if (config.format === "none") log.info(`No ${config.path}: running with the defaults`);
      if (config.ignored) log.warning(`${config.path} is used; ${config.ignored} is ignored`);
      for (const warning of checked.warnings) log.warning(warning);
    }
    return checked;
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const warning of error.warnings) log.warning(warning);
    }
    throw error;
  }
}

function openContext(
  library: Library,
  options: { io_threads: number; max_sockets: number },
): ThinContext {
  const context = new ThinContext(library);
  context.set(ContextOption.IO_THREADS, options.io_threads);
  context.set(ContextOption.MAX_SOCKETS, options.max_sockets);
  try {
    // A short request that is not copied holds on to 18 KiB that it was received into.
    context.set(ContextOption.ZERO_COPY_RECV, 0);
  } catch {
    // Of no use to a libzmq that has another way.
  }
  return context;
}

/** Publishes the status. @returns what the stub must be told after */
function publish(link: Link, plugin: Plugin, library: Library): string {
  const versions = { deno: Deno.version.deno, v8: Deno.version.v8, libzmq: library.version };
  const { settings, answers, ...info } = plugin.status();
  const page = { settings, answers: { ...answers as object, info: { ...info, versions } } };
  link.writeStatus(JSON.stringify(page));
  return JSON.stringify(plugin.ready());
}

/** Tells the stub why the plugin does not run, in one line, and exits. */
function fail(link: Link, log: Log, error: unknown): never {
  const [first = "", ...more] = reason(error).split("\n");
  for (const line of more) log.error(line);
  const bytes = new TextEncoder().encode(first);
  const flags = error instanceof DisabledError ? FailedFlag.disabled : 0;
  tell(link, Up.failed, flags, bytes);
  Deno.exit(1);
}

/** Tells the stub what it waits for. The way up may be full of what was said before. */
function tell(link: Link, kind: number, flags: number, bytes: Uint8Array<ArrayBuffer>): void {
  const end = Date.now() + TELL_MS;
  while (link.push(kind, flags, 0, 0, bytes, bytes.length) === "full" && Date.now() < end) {
    link.nap(1000);
  }
}

/** What libzmq's own words leave open. */
const EXPLAINED: Readonly<Record<string, string>> = {
  EADDRINUSE: ": another program listens there. Stop it, or choose another address or port",
  EADDRNOTAVAIL: " (no interface has this address)",
};

function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof ZmqError) return error.message + (EXPLAINED[error.code] ?? "");
  if (error instanceof ConfigError) return error.message;
  if (error instanceof DisabledError || error.name === "ZmqLibraryError") return error.message;
  return error.stack ?? error.message; // a fault of ours: say where
}
