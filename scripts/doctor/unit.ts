/** What `doctor` says of Janus's unit: settings of systemd's that would end the plugins, or Janus with them. */
import { parse as parseJsonc } from "jsonc-parser";
import { readJcfg } from "../lib/jcfg.ts";
import { CallGroups } from "../lib/system_calls.ts";
import { capture, exists } from "../lib/run.ts";
import { findUnit, lets, readChoice, type ServiceSettings, UNIT_FOLDERS } from "../lib/units.ts";
import { processes } from "../lib/processes.ts";
import type { Finding } from "./finding.ts";
import { size } from "./size.ts";

const UNIT = "janus.service";
const about = { group: "Installed for the system's Janus", name: "systemd's unit" } as const;

/** What is looked at. */
const KEYS = [
  ...["OOMPolicy", "LimitAS", "MemoryDenyWriteExecute"],
  ...["RestrictAddressFamilies", "SystemCallFilter", "SystemCallErrorNumber"],
];

/** V8 reserves 32.4 GiB of address space and more, of which it uses little. */
const LEAST_ADDRESS_SPACE = 64 * 2 ** 30;

/** Without any of them libzmq or Deno ends the process. */
const FAMILIES = ["AF_UNIX", "AF_INET", "AF_INET6", "AF_NETLINK"];

/** Without any of them a process does not start; what stands behind is what brings them. */
const CALLS: readonly (readonly [calls: readonly string[], group: string])[] = [
  [["sched_setscheduler"], "@resources"],
  [
    ["clone", "prctl", "pidfd_open", "waitid", "memfd_create", "socket", "eventfd2", "epoll_wait"],
    "@system-service",
  ],
];

/** Those that fail without harm, unless systemd ends who makes them. */
const OPTIONAL_CALLS = ["pkey_alloc"];

/** One thing that is wrong with a unit, and the line that mends it. */
export interface UnitProblem {
  readonly problem: string;
  readonly line: string;
}

/** Looks at Janus's unit as systemd has it or, where that does not run, as it would read it. */
export async function unit(
  jitless: boolean,
  folders: readonly string[] = UNIT_FOLDERS,
  running: () => Promise<ServiceSettings | undefined> = shown,
): Promise<Finding[]> {
  const settings = await running() ?? (await findUnit(UNIT, folders))?.settings;
  if (settings === undefined) return await limits();
  const found = problems(settings, jitless, await CallGroups.read());
  if (found.length === 0) {
    return [{ ...about, status: "ok", detail: `${UNIT} lets the plugins work` }];
  }
  return found.map(({ problem, line }): Finding => ({
    ...about,
    status: "warning",
    detail: problem,
    remedy: `# systemctl edit janus, below [Service]: ${line}`,
  }));
}

/** Janus that run under a limit which something else than systemd has set. */
export async function limits(): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { pid, command } of await processes()) {
    if (command !== "janus") continue;
    const text = await Deno.readTextFile(`/proc/${pid}/limits`).catch(() => "");
    const limit = Number(/^Max address space +(\d+) /m.exec(text)?.[1] ?? Infinity);
    if (limit >= LEAST_ADDRESS_SPACE) continue;
    const detail = `Janus (pid ${pid}) may have ${size(limit)} of address space: ` +
      "Deno does not start, which reserves more than 32 GiB";
    const remedy = "# Start Janus without `ulimit -v`";
    found.push({ ...about, name: "limits", status: "warning", detail, remedy });
  }
  return found;
}

/** What systemd says of the unit that it has; undefined where it does not run, or has none. */
async function shown(): Promise<ServiceSettings | undefined> {
  if (!(await exists("/run/systemd/system"))) return undefined;
  const properties = ["LoadState", ...KEYS].join(",");
  const output = await capture("systemctl", ["show", UNIT, `--property=${properties}`]);
  return output?.code === 0 ? readShown(output.stdout) : undefined;
}

/** Reads what `systemctl show` says; undefined if there is no such unit. */
export function readShown(text: string): ServiceSettings | undefined {
  const found = new Map<string, string[]>();
  for (const line of text.split("\n")) {
    const [, key = "", value = ""] = /^(\w+)=(.+)$/.exec(line) ?? [];
    if (key !== "") found.set(key, [value]);
  }
  return found.get("LoadState")?.[0] === "loaded" ? found : undefined;
}

/**
 * What is wrong with these settings.
 *
 * @param jitless whether the plugins do without a compiler
 * @param groups undefined where nobody knows what @system-service is: then system calls are not looked at
 */
export function problems(
  settings: ServiceSettings,
  jitless: boolean,
  groups: CallGroups | undefined,
): UnitProblem[] {
  const last = (key: string) => settings.get(key)?.at(-1);
  const found: UnitProblem[] = [];
  const policy = last("OOMPolicy") ?? "stop";
  if (policy !== "continue") {
    const problem =
      `OOMPolicy=${policy}: Janus ends when the kernel ends a plugin's process for memory`;
    found.push({ problem, line: "OOMPolicy=continue" });
  }
  const space = last("LimitAS");
  if (space !== undefined && bytesOf(space) < LEAST_ADDRESS_SPACE) {
    const problem = `LimitAS=${space}: Deno does not start, which reserves more than 32 GiB ` +
      "(MemoryMax= limits what is used)";
    found.push({ problem, line: "LimitAS=infinity" });
  }
  if (isTrue(last("MemoryDenyWriteExecute")) && !jitless) {
    const problem =
      "MemoryDenyWriteExecute=yes: Deno does not start, unless runtime.jitless is true in both configurations";
    found.push({ problem, line: "MemoryDenyWriteExecute=no" });
  }
  const families = readChoice(settings.get("RestrictAddressFamilies") ?? []);
  const missing = FAMILIES.filter((family) => !lets(families, family));
  if (missing.length > 0) {
    const problem = `RestrictAddressFamilies= is without ${
      missing.join(", ")
    }: libzmq ends a process`;
    found.push({ problem, line: `RestrictAddressFamilies=${missing.join(" ")}` });
  }
  return [...found, ...groups === undefined ? [] : calls(settings, groups)];
}

/** What a filter of system calls keeps out. */
function calls(settings: ServiceSettings, groups: CallGroups): UnitProblem[] {
  const filter = groups.choice(settings.get("SystemCallFilter") ?? []);
  const found: UnitProblem[] = [];
  for (const [names, group] of CALLS) {
    const missing = names.filter((name) => !lets(filter, name));
    if (missing.length === 0) continue;
    const problem = `SystemCallFilter= keeps out ${missing.join(", ")}: no process of ours starts`;
    // A further line is added to those that are there, also where they say what is kept out.
    found.push({ problem, line: `SystemCallFilter=${group}` });
  }
  const killed = OPTIONAL_CALLS.filter((name) => !lets(filter, name));
  if (killed.length > 0 && !failsWithError(settings)) {
    const problem = `SystemCallFilter= ends Deno for ${killed.join(", ")}, which may fail`;
    found.push({ problem, line: "SystemCallErrorNumber=EPERM" });
  }
  return found;
}

/** Whether a call that is kept out fails, instead of ending the process. */
function failsWithError(settings: ServiceSettings): boolean {
  const error = settings.get("SystemCallErrorNumber")?.at(-1) ?? "kill";
  // As a number it is a large one where there is no error.
  return error !== "kill" && !(Number(error) > 4095);
}

function isTrue(text: string | undefined): boolean {
  return /^(1|yes|true|on|y|t)$/i.test(text ?? "");
}

const UNITS = ["", "K", "M", "G", "T", "P", "E"];

/** A limit in bytes; of two with a colon, the soft one counts. */
function bytesOf(text: string): number {
  const [, number, unit = ""] = /^([\d.]+)([KMGTPE]?)/.exec(text.trim()) ?? [];
  return number === undefined ? Infinity : Number(number) * 1024 ** UNITS.indexOf(unit);
}

/** Whether a plugin's configuration has Deno do without its compiler. */
export async function isJitless(config: string | undefined): Promise<boolean> {
  if (config === undefined) return false;
  try {
    const text = await Deno.readTextFile(config);
    const value = config.endsWith(".jsonc")
      ? (parseJsonc(text) as { runtime?: { jitless?: unknown } } | undefined)?.runtime?.jitless
      : readJcfg(text).get("runtime.jitless");
    return isTrue(String(value));
  } catch {
    return false;
  }
}
