/** What must pass before a commit. */
import { check } from "./check/main.ts";
import { runCommand } from "./lib/command_line.ts";
import { PROJECT_ROOT } from "./lib/project.ts";
import { isSuccess, summaryLine } from "./run_tests/results.ts";
import { Interruption } from "./lib/waiting.ts";
import { runTests } from "./run_tests/main.ts";

const USAGE = `Usage: scripts/deno task ok

  Checks format, lint, types and the rest of "task check", and then runs the tests that need no
  Janus. Exit code: 1 if something fails.

  -h, --help  Shows this.
`;

async function run(): Promise<number> {
  if (!await check(PROJECT_ROOT)) return 1;
  using interruption = new Interruption();
  const { signal } = interruption;
  const counts = await runTests("unit", [], signal);
  if (signal.aborted) return 130;
  console.log(`\n${summaryLine(counts)}`);
  return isSuccess(counts) ? 0 : 1;
}

if (import.meta.main) Deno.exit(await runCommand({ usage: USAGE, run }));
