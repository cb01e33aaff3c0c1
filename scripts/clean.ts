/** Removes what was built. */
import { runCommand } from "./lib/command_line.ts";
import { PROJECT_ROOT } from "./lib/project.ts";
import { exists } from "./lib/run.ts";

const USAGE = `Usage: scripts/deno task clean

  Removes build/: the plugins, and what tests and benchmarks have put there.

  -h, --help  Shows this.
`;

async function run(): Promise<number> {
  const folder = `${PROJECT_ROOT}/build`;
  if (await exists(folder)) await Deno.remove(folder, { recursive: true });
  return 0;
}

if (import.meta.main) Deno.exit(await runCommand({ usage: USAGE, run }));
