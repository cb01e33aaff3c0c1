/** Lists the tasks of `deno.json`, grouped. */
import { runCommand } from "./lib/command_line.ts";
import { PROJECT_ROOT } from "./lib/project.ts";
import { type Painter, stdoutPainter } from "./lib/terminal.ts";

/** A task as `deno.json` holds it. */
export type Task = string | { readonly description?: string; readonly command?: string };

const GROUPS: readonly { readonly title: string; readonly tasks: readonly string[] }[] = [
  {
    title: "Use",
    tasks: [
      ...["doctor", "build", "build:command", "package", "install", "uninstall"],
      ...["keygen", "config:check"],
      ...["monitor", "events:read"],
      ...["stream:info", "stream:set", "stream:source", "stream:forget"],
    ],
  },
  { title: "Write filters and hooks", tasks: ["filter:new", "filter:try", "events:record"] },
  { title: "Develop", tasks: ["ok", "check", "test", "test:unit", "test:janus", "generate"] },
  {
    title: "Measure",
    tasks: ["bench:transport", "bench:events", "bench:stream", "bench:zmq", "bench:monitor"],
  },
  { title: "More", tasks: ["build:transport", "build:event", "clean", "help"] },
];

/** The list for people. Tasks that no group names stand in the last one. */
export function helpLines(tasks: Readonly<Record<string, Task>>, paint: Painter): string[] {
  const width = Math.max(...Object.keys(tasks).map((name) => name.length));
  const known = new Set(GROUPS.flatMap((group) => group.tasks));
  const lines = [`Run a task: ${paint("bold", "scripts/deno task NAME")}`];
  for (const group of GROUPS) {
    const names = group.tasks.filter((name) => name in tasks);
    if (group === GROUPS.at(-1)) names.push(...Object.keys(tasks).filter((n) => !known.has(n)));
    if (names.length === 0) continue;
    lines.push("", paint("bold", group.title));
    for (const name of names) {
      const task = tasks[name];
      const text = typeof task === "string" ? task : task?.description ?? task?.command ?? "";
      lines.push(`  ${paint("cyan", name.padEnd(width))}  ${text}`);
    }
  }
  lines.push("", "scripts/start sets up what is missing and shows the plugins at work;");
  lines.push("scripts/test sets up what is missing and runs every test.");
  return lines;
}

async function run(): Promise<number> {
  const config = JSON.parse(await Deno.readTextFile(`${PROJECT_ROOT}/deno.json`)) as {
    readonly tasks: Readonly<Record<string, Task>>;
  };
  for (const line of helpLines(config.tasks, stdoutPainter())) console.log(line);
  return 0;
}

if (import.meta.main) {
  const usage = "Usage: scripts/deno task help\n\n  Lists the tasks; each says more with --help.";
  Deno.exit(await runCommand({ usage, run }));
}
