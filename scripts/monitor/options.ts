/** The command line of the monitor. */
import { resolve } from "node:path";
import { MAX_SERVERS } from "../../plugins/monitor/limits.ts";
import type { Security } from "../../plugins/monitor/sources/security.ts";
import {
  DEFAULT_ENDPOINT,
  readCurve,
  readFirstLine,
  readPlain,
} from "../events/subscription_options.ts";
import { type OptionValues, UsageError } from "../lib/command_line.ts";
import { how } from "../lib/how.ts";

/** Where the monitor listens unless it is told otherwise. */
export const DEFAULT_LISTEN = "127.0.0.1:5547";

/** Stands for no file or name, where another server has one. */
const NONE = "none";

/** Its options. Those with values may be given several times. */
export const MONITOR_OPTIONS = {
  events: "texts",
  bind: "flag",
  "server-key": "texts",
  key: "texts",
  user: "texts",
  "password-file": "texts",
  admin: "texts",
  "admin-secret-file": "texts",
  "admin-server-key": "texts",
  "admin-key": "texts",
  "admin-user": "texts",
  "admin-password-file": "texts",
  listen: "text",
  host: "texts",
  redact: "flag",
} as const;

/** What those mean that say which servers to watch. */
export const SERVERS_USAGE =
  `  --events [NAME=]ENDPOINT    An event handler's; default is ${DEFAULT_ENDPOINT}. Several times for
                              several servers. NAME stands for the server_name that its events have.
  --bind                      Listens at these endpoints instead, where the plugins dial out.
  --admin ENDPOINT            The Admin API of the first server, of the second, ...; "none" for
                              one without. It tells what was there before, and the plugins' state.
  --admin-secret-file FILE    A file with Janus's admin_secret in its first line.`;

/** What those mean that say who asks. */
export const SECURITY_USAGE =
  `  Once for all servers, or for each in their order; "none" for one without:

  --server-key FILE           CURVE: the server's public key (server.pub, as keygen writes it)
  --key FILE                  and the monitor's two keys (NAME.key).
  --user NAME                 PLAIN: a user's name
  --password-file FILE        and a file with the password in its first line.
  --admin-server-key FILE, --admin-key FILE, --admin-user NAME, --admin-password-file FILE
                              The same for the Admin API.`;

/** What they mean. */
export const MONITOR_USAGE = `Usage: ${how("monitor")} [options]

  Watches Janus by its events: metrics for Prometheus, and what a page shows. It changes nothing.

${SERVERS_USAGE}
  --listen HOST:PORT          Where to serve; default is ${DEFAULT_LISTEN}.
  --host NAME                 A name that it may be asked by, beside addresses and localhost.
  --redact                    Hides addresses and names of people.
  -h, --help                  Shows this.

${SECURITY_USAGE}
`;

type Values = OptionValues<typeof MONITOR_OPTIONS>;

/** A server that is to be watched, and how to reach it. */
export interface ServerArguments {
  readonly name: string | null;
  readonly events: Security & { readonly endpoint: string; readonly bind: boolean };
  readonly admin: (Security & { readonly endpoint: string; readonly secret: string | null }) | null;
}

/** What the command line says. */
export interface MonitorArguments {
  readonly servers: readonly ServerArguments[];
  readonly hostname: string;
  readonly port: number;
  readonly names: readonly string[];
  readonly redact: boolean;
}

/** Reads the options, and the files that they name. @throws {UsageError} */
export function readMonitorArguments(values: Values, cwd: string): MonitorArguments {
  const events = values.events.length === 0 ? [DEFAULT_ENDPOINT] : values.events;
  const count = events.length;
  if (count > MAX_SERVERS) throw new UsageError(`--events: ${MAX_SERVERS} servers at most`);
  if (values.admin.length > count) {
    throw new UsageError("--admin: there are more of them than of --events");
  }
  checkAdminOptions(values);
  const names = new Set<string>();
  const servers = events.map((text, index) => readServer(text, values, index, count, cwd));
  const endpoints = new Set<string>();
  for (const { name, events: { endpoint } } of servers) {
    const one = endpoint.toLowerCase();
    if (endpoints.has(one)) throw new UsageError(`--events: ${endpoint} is there twice`);
    endpoints.add(one);
    if (name !== null && names.has(name)) throw new UsageError(`--events: two are called ${name}`);
    if (name !== null) names.add(name);
  }
  return {
    servers,
    ...readListen(values.listen ?? DEFAULT_LISTEN),
    names: values.host.map(checkName),
    redact: values.redact,
  };
}

/** What must not be shown of them. */
export function secretsOf({ servers }: MonitorArguments): string[] {
  return servers.flatMap(({ events, admin }) => [
    ...[events, admin].flatMap((one) => [one?.curve?.secretKey, one?.plain?.password]),
    admin?.secret,
  ]).filter((secret) => typeof secret === "string");
}

function readServer(
  text: string,
  values: Values,
  index: number,
  count: number,
  cwd: string,
): ServerArguments {
  const [, name, endpoint = ""] = /^(?:([^=]*)=(?=tcp:|ipc:))?(.*)$/s.exec(text)!;
  if (name === "") throw new UsageError(`--events ${text}: there is no name before the =`);
  const one = (option: keyof Values & string, of = count) =>
    choose(option, values[option] as readonly string[], index, of);
  const admin = values.admin[index] === NONE ? undefined : values.admin[index];
  const secret = one("admin-secret-file", values.admin.length);
  return {
    name: name ?? null,
    events: {
      endpoint: checkEndpoint("--events", endpoint),
      bind: values.bind,
      curve: readCurve(one("server-key"), one("key"), cwd),
      plain: readPlain(one("user"), one("password-file"), cwd),
    },
    admin: admin === undefined ? null : {
      endpoint: checkEndpoint("--admin", admin),
      secret: secret === undefined ? null : readFirstLine(resolve(cwd, secret)),
      ...readAdminSecurity(one, values.admin.length, cwd),
    },
  };
}

function readAdminSecurity(
  one: (option: keyof Values & string, of: number) => string | undefined,
  count: number,
  cwd: string,
): Security {
  const [server, key] = [one("admin-server-key", count), one("admin-key", count)];
  const [user, file] = [one("admin-user", count), one("admin-password-file", count)];
  return {
    curve: readCurve(server, key, cwd, "admin-"),
    plain: readPlain(user, file, cwd, "admin-"),
  };
}

/** One server's value of an option. */
function choose(
  option: string,
  values: readonly string[],
  index: number,
  count: number,
): string | undefined {
  const value = values.length <= 1 ? values[0] : values[index];
  if (values.length <= 1 || values.length === count) return value === NONE ? undefined : value;
  throw new UsageError(
    `--${option} is to be given once, or once for each server (${count}; "none" for one without)`,
  );
}

/** Options of the Admin API do nothing without it. */
function checkAdminOptions(values: Values): void {
  if (values.admin.length > 0) return;
  const option = Object.keys(MONITOR_OPTIONS).find((name) =>
    name.startsWith("admin-") && (values[name as keyof Values] as readonly string[]).length > 0
  );
  if (option !== undefined) throw new UsageError(`--${option} needs --admin ENDPOINT`);
}

function checkEndpoint(option: string, endpoint: string): string {
  if (!/^(tcp|ipc):\/\/./.test(endpoint)) {
    throw new UsageError(`${option} ${endpoint} is no endpoint: tcp://HOST:PORT or ipc://PATH`);
  }
  if (/^tcp:\/\/(\[[^\]]*\]|[^:]+):?$/.test(endpoint)) {
    throw new UsageError(`${option} ${endpoint} has no port: tcp://HOST:PORT`);
  }
  const port = /^tcp:.*:(\d+)$/.exec(endpoint)?.[1];
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) {
    throw new UsageError(`${option} ${endpoint}: a port is a number from 1 to 65535`);
  }
  return endpoint;
}

/** A name that requests have as their host, without its port. */
function checkName(name: string): string {
  if (/^[^\s:/@\[\]]+$/.test(name)) return name.toLowerCase();
  throw new UsageError(
    `--host "${name}" is no name: give it alone, without port or blanks (--host janus.example.org);` +
      " addresses are taken as they are",
  );
}

function readListen(text: string): { readonly hostname: string; readonly port: number } {
  const [, host = "", digits = ""] = /^(.+):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (host === "" || port > 65535) {
    throw new UsageError(`--listen must be HOST:PORT, not "${text}"`);
  }
  return { hostname: host.replace(/^\[(.*)\]$/, "$1"), port };
}
