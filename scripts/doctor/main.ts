/** Says what this machine has of what the plugins need, and how to get the rest. */
import { runCommand } from "../lib/command_line.ts";
import { INSTALLED } from "../command/place.ts";
import { how } from "../lib/how.ts";
import type { Finding } from "./finding.ts";
import { findings } from "./findings.ts";
import { installCommands, packageManagerOf } from "./packages.ts";
import { type Color, type Painter, stdoutPainter } from "../lib/terminal.ts";

const USAGE = `Usage: ${how("doctor")}

  Says what this machine has of what the plugins need, and how to get the rest.
  Exit code: 0 if the plugins can be ${
  INSTALLED ? "" : "built and "
}run here, 1 if not, 2 used wrongly.

  -h, --help  Shows this.

Environment: JANUS, the absolute path of another janus than the one on PATH; JANUS_INCLUDE, the folder
of Janus's headers.
`;

const COLORS: Record<Finding["status"], Color> = {
  ok: "green",
  missing: "red",
  warning: "yellow",
  note: "cyan",
};

/** The findings as lines for people. */
export function reportLines(found: readonly Finding[], paint: Painter): string[] {
  const lines: string[] = [];
  const width = Math.max(...found.map((one) => one.name.length));
  let group = "";
  for (const one of found) {
    if (one.group !== group) {
      if (group !== "") lines.push("");
      group = one.group;
      lines.push(paint("bold", group));
    }
    const status = paint(COLORS[one.status], one.status.padEnd("missing".length));
    lines.push(`  ${status}  ${one.name.padEnd(width)}  ${one.detail}`);
  }
  return lines;
}

/** What to type, for all that is missing and for what may go wrong. */
export function remedyLines(
  found: readonly Finding[],
  manager: ReturnType<typeof packageManagerOf>,
  asRoot: boolean,
): string[] {
  const required = found.flatMap((one) =>
    one.status !== "ok" && one.requires !== undefined ? [one.requires] : []
  );
  const others = found.flatMap((one) => one.remedy === undefined ? [] : [one.remedy]);
  return [...installCommands(required, manager, asRoot), ...new Set(others)];
}

async function run(): Promise<number> {
  const paint = stdoutPainter();
  const found = await findings();
  for (const line of reportLines(found, paint)) console.log(line);
  const release = await Deno.readTextFile("/etc/os-release").catch(() => "");
  const remedies = remedyLines(found, packageManagerOf(release), Deno.uid() === 0);
  if (remedies.length > 0) {
    console.log(`\n${paint("bold", "What to do")}`);
    for (const line of remedies) console.log(`  ${line}`);
  }
  const missing = found.filter((one) => one.status === "missing").map((one) => one.name);
  const verdict = missing.length === 0
    ? paint("green", `The plugins can be ${INSTALLED ? "" : "built and "}run here.`)
    : paint("red", `Missing: ${missing.join(", ")}.`);
  console.log(`\n${verdict}`);
  return missing.length === 0 ? 0 : 1;
}

/** The command. */
export const COMMAND = { usage: USAGE, run } as const;

if (import.meta.main) Deno.exit(await runCommand(COMMAND));
