/**
 * Checks `.jsonc` configurations without Janus, with the words that the plugin would use in
 * Janus's log. Needs to read files, and INIT_CWD of the environment, only.
 */
import { resolve } from "node:path";
import { describeSites } from "../plugins/host/config/endpoint.ts";
import { ConfigError, readConfig } from "../plugins/host/config/read.ts";
import { FILE_NAMES, type PluginKind } from "../plugins/host/config/schema.ts";
import { callerFolder, type CommandLine, runCommand, UsageError } from "./lib/command_line.ts";

const USAGE = `Usage: scripts/deno task config:check FILE... [--kind transport|eventhandler]

  Checks .jsonc configurations with the words that the plugin would use in Janus's log.

  --kind KIND  Which plugin's they are: transport or eventhandler; default is as they are called.
  -h, --help   Shows this.

Exit code: 0 all can be used, 1 some cannot, 2 some could not be checked.
`;

const OPTIONS = { kind: "text" } as const;

const [USABLE, UNUSABLE, NOT_CHECKED] = [0, 1, 2] as const;
type Outcome = typeof USABLE | typeof UNUSABLE | typeof NOT_CHECKED;

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
  if (/\.jcfg(?:\.sample)?$/.test(path)) {
    return notChecked(
      path,
      "Janus's own parser reads .jcfg files, so only the plugin checks them: start Janus and see" +
        " its log, or write the same keys as .jsonc",
    );
  }
  let bytes: Uint8Array;
  try {
    if (!Deno.statSync(path).isFile) return notChecked(path, "is no file");
    bytes = Deno.readFileSync(path);
  } catch (error) {
    return notChecked(path, `cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return checkText(path, text, found);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return { outcome: UNUSABLE, lines: [`error: ${path}: is not UTF-8 text`] };
  }
}

function checkText(path: string, text: string, kind: PluginKind): CheckResult {
  try {
    const { sites, warnings } = readConfig(kind, { format: "jsonc", path, text });
    const listening = Object.entries(sites).flatMap(([section, each]) =>
      each === null ? [] : [`${section} ${describeSites(each)}`]
    );
    const summary = listening.length > 0 ? listening.join(", ") : "nothing enabled";
    const lines = warnings.map((warning) => `warning: ${warning}`);
    return { outcome: USABLE, lines: [...lines, `${path}: can be used (${kind}: ${summary})`] };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const lines = [
      ...error.warnings.map((warning) => `warning: ${warning}`),
      ...error.problems.map((problem) => `error: ${problem}`),
    ];
    return { outcome: UNUSABLE, lines };
  }
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

if (import.meta.main) {
  Deno.exit(await runCommand({ usage: USAGE, options: OPTIONS, words: true, run }));
}
