/** Checks configurations without Janus, with the words that the plugin would use in Janus's log. */
import { dirname, resolve } from "node:path";
import { eventApis, riskOf, type ServedApi, transportApis } from "../plugins/host/apis.ts";
import { describeSites } from "../plugins/host/config/endpoint.ts";
import { ConfigError, readConfig } from "../plugins/host/config/read.ts";
import { FILE_NAMES, type PluginKind } from "../plugins/host/config/schema.ts";
import type { ConfigSource } from "../plugins/host/config/source.ts";
import { resolvePath } from "../plugins/host/security/authenticator.ts";
import { type NamedApi, rightsWarnings } from "../plugins/host/security/rights_names.ts";
import { Policy } from "../plugins/host/security/policy.ts";
import { placeServers, type ServerSettings } from "../plugins/host/stream_servers.ts";
import { connectionOptions } from "../plugins/stream/companion/servers.ts";
import { fileFault } from "../plugins/companion/placed_file.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "./lib/command_line.ts";
import { how } from "./lib/how.ts";
import { jcfgFault } from "./lib/jcfg_faults.ts";
import { LibconfigError, NoLibconfigError, readJcfgTree } from "./lib/libconfig.ts";

const USAGE = `Usage: ${how("check")} FILE... [--kind transport|eventhandler]

  Checks .jsonc and .jcfg configurations with the words that the plugin would use in Janus's log, and that
  the files which they name can be used: run it as the user that Janus runs as.

  --kind KIND  Which plugin's they are: transport or eventhandler; default is as they are called.
  -h, --help   Shows this.

Exit code: 0 all can be used, 1 some cannot, 2 some could not be checked.
`;

const OPTIONS = { kind: "text" } as const;

const [USABLE, UNUSABLE, NOT_CHECKED] = [0, 1, 2] as const;
type Outcome = typeof USABLE | typeof UNUSABLE | typeof NOT_CHECKED;

/** No configuration is larger. */
const MAX_BYTES = 1 << 22;

/** What a check has to say: lines, and what they amount to. */
export interface CheckResult {
  readonly outcome: Outcome;
  readonly lines: readonly string[];
}

/** The plugin that a file of this name belongs to. */
export function kindOf(path: string): PluginKind | null {
  const name = path.split("/").at(-1) ?? "";
  const kinds: readonly PluginKind[] = ["transport", "eventhandler"];
  return kinds.find((kind) => name.startsWith(`${FILE_NAMES[kind]}.`)) ?? null;
}

/** Checks one file; `kind` overrides what its name tells. */
export function checkFile(path: string, kind: PluginKind | null): CheckResult {
  const found = kind ?? kindOf(path);
  if (found === null) {
    const names = Object.values(FILE_NAMES).map((name) => `${name}.jsonc`).join(" or ");
    return notChecked(path, `not called ${names}: say --kind=transport or --kind=eventhandler`);
  }
  let bytes: Uint8Array;
  try {
    const { isFile, size } = Deno.statSync(path);
    if (!isFile) return notChecked(path, "is no file");
    if (size > MAX_BYTES) return notChecked(path, `is no configuration: it has ${size} bytes`);
    bytes = Deno.readFileSync(path);
  } catch (error) {
    return notChecked(path, `cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  if (/\.jcfg(?:\.sample)?$/.test(path)) return checkJcfg(path, found);
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return checkSource(path, { format: "jsonc", path, text }, found);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { outcome: UNUSABLE, lines: [`error: ${path}: is not UTF-8 text`] };
  }
}

/** Through the library that reads it in Janus. */
function checkJcfg(path: string, kind: PluginKind): CheckResult {
  const fault = jcfgFault(path);
  if (fault !== null) return unusable([], [fault]);
  try {
    return checkSource(path, { format: "jcfg", path, tree: readJcfgTree(path) }, kind);
  } catch (error) {
    if (error instanceof NoLibconfigError) return notChecked(path, error.message);
    if (!(error instanceof LibconfigError)) throw error;
    const at = error.line === null ? "" : `:${error.line}`;
    return unusable([], [`${path}${at}: ${error.message}`]);
  }
}

function checkSource(path: string, source: ConfigSource, kind: PluginKind): CheckResult {
  try {
    const checked = kind === "transport" ? readTransport(source) : readEvents(source);
    const { apis, warnings } = checked;
    const files = checkFiles(path, checked);
    const lines = [...warnings, ...files.warnings, ...risks(apis)].map((one) => `warning: ${one}`);
    if (files.problems.length > 0) return unusable(lines, files.problems);
    const listening = apis.flatMap(({ sites, section }) =>
      sites === null ? [] : [`${SITE_SECTIONS[section] ?? "general"} ${describeSites(sites)}`]
    );
    const summary = listening.length > 0 ? listening.join(", ") : "nothing enabled";
    return { outcome: USABLE, lines: [...lines, `${path}: can be used (${kind}: ${summary})`] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return unusable(error.warnings.map((warning) => `warning: ${warning}`), error.problems);
  }
}

/** The sections of sockets, by those of their security. */
const SITE_SECTIONS: Readonly<Record<string, string>> = { admin_security: "admin" };

/** What of a configuration leads to files, or out of the machine. */
interface Checked {
  readonly apis: readonly ServedApi[];
  /** By the key that names them. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
  /** Of a stream that is enabled. */
  readonly servers?: ServerSettings;
  readonly warnings: readonly string[];
}

function readTransport(source: ConfigSource): Checked {
  const checked = readConfig("transport", source);
  const modules = { "hooks.modules": checked.config.hooks.modules };
  return { apis: transportApis(checked), modules, warnings: checked.warnings };
}

function readEvents(source: ConfigSource): Checked {
  const checked = readConfig("eventhandler", source);
  const modules = { "filters.modules": checked.config.filters.modules };
  const { stream } = checked.config;
  const servers = stream.enabled ? { servers: stream } : {};
  return { apis: eventApis(checked), modules, ...servers, warnings: checked.warnings };
}

/** Reads the files that a configuration names, as the plugin does at its start. */
function checkFiles(path: string, { apis, modules, servers }: Checked) {
  const folder = dirname(path);
  const root = Deno.realPathSync(folder);
  const [problems, warnings]: [string[], string[]] = [[], []];
  const inside = (file: string) =>
    [folder, root].some((each) => resolve(file).startsWith(`${each}/`)) && !file.includes(",");
  const warning = (line: string) => void warnings.push(`${path}: ${line}`);
  const log = { error: warning, warning, info: () => {}, verbose: () => {} };
  const named: NamedApi[] = [];
  for (const { config, section, sites, title } of apis) {
    if (sites === null) continue;
    try {
      const policy = new Policy(config, log, (file) => resolvePath(folder, root, file, inside));
      named.push({ section, title, config, names: new Set(policy.names()) });
    } catch (error) {
      problems.push(`${path}: ${section}: ${error instanceof Error ? error.message : error}`);
    }
  }
  if (problems.length === 0) rightsWarnings(named).forEach(warning);
  try {
    if (servers !== undefined) connectionOptions(placeServers(servers, folder, root, inside));
  } catch (error) {
    const faults = error instanceof ConfigError ? error.problems : [(error as Error).message];
    problems.push(...faults.map((fault) => `${path}: ${fault}`));
  }
  for (const [key, files] of Object.entries(modules)) {
    for (const file of files.map((each) => resolve(folder, each))) {
      const fault = readFault(file);
      if (fault !== null) problems.push(`${path}: ${key}: Cannot read ${file}: ${fault}`);
    }
  }
  return { problems, warnings };
}

/** Why a file cannot be read; null if it can. */
function readFault(path: string): string | null {
  try {
    if (!Deno.statSync(path).isFile) return "it is no file";
    Deno.openSync(path).close();
    return null;
  } catch (error) {
    return fileFault(error);
  }
}

/** What whoever reaches the sockets could do. */
function risks(apis: Checked["apis"]): string[] {
  return apis.flatMap((api) => api.sites === null ? [] : riskOf(api.sites, api.config, api) ?? []);
}

function unusable(warnings: readonly string[], problems: readonly string[]): CheckResult {
  return {
    outcome: UNUSABLE,
    lines: [...warnings, ...problems.map((problem) => `error: ${problem}`)],
  };
}

function notChecked(path: string, why: string): CheckResult {
  return { outcome: NOT_CHECKED, lines: [`${path}: ${why}`] };
}

function run({ options, words: files }: CommandLine<typeof OPTIONS>): Outcome {
  const kind = options.kind ?? null;
  if (files.length === 0) throw new UsageError(USAGE);
  if (kind !== null && !Object.hasOwn(FILE_NAMES, kind)) {
    throw new UsageError(`--kind must be transport or eventhandler, not "${kind}"\n\n${USAGE}`);
  }
  let worst: Outcome = USABLE;
  for (const file of files) {
    const { outcome, lines } = checkFile(resolve(callerFolder(), file), kind as PluginKind | null);
    for (const line of lines) {
      if (outcome === USABLE) console.log(line);
      else console.error(line);
    }
    if (outcome > worst) worst = outcome;
  }
  return worst;
}

/** The command. */
export const COMMAND = { usage: USAGE, options: OPTIONS, words: true, run } as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
