/** Runs the tests and adds them up. */
import { BuildError, buildPlugins } from "../build.ts";
import { type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { exists } from "../lib/run.ts";
import { SetupError, setUpPackages } from "../lib/setup.ts";
import { sourceFiles } from "../lib/source_files.ts";
import { runAgain } from "./again.ts";
import { type Group, runGroups, TEST_ENDS } from "./groups.ts";
import { addCounts, isSuccess, summaryLine, type TestCounts } from "./results.ts";
import { needsJanus, runsAlone, type Selection, SELECTIONS, selectTests } from "./selection.ts";
import { Turns } from "./turns.ts";
import { stdoutPainter } from "../lib/terminal.ts";
import { Interruption } from "../lib/waiting.ts";

const USAGE = `Usage: scripts/test [unit|janus|all] [-- options of deno test]
       scripts/deno task test|test:unit|test:janus [-- options of deno test]

  Builds both plugins and runs every test, or those against a real Janus (janus); or, without
  building, those that need none (unit). The last line is "N passed, N failed".

  --setup     Installs what is missing of the system's packages first, as scripts/test does.
  -h, --help  Shows this.

Each file runs in a process of its own, which is ended where no test of it ends for four minutes.
Up to four files that failed run once more, by themselves: that result counts, and both are shown.
What follows -- goes to deno test, such as: -- --filter grouping. One process runs all files then.

Environment: JANUS, the absolute path of another janus than the one on PATH (tests/README.md).

Exit code: 0 all passed, 1 one failed or there was none, 130 after Ctrl-C.
`;

const OPTIONS = { setup: "flag" } as const;

const C_TESTS = "tests/ffi/stub/run.sh";

/** Milliseconds without a test's end after which a process is ended. The longest test takes one minute. */
const PATIENCE = 240_000;

/** Tests wait more than they work. */
const LANES = 2;

/**
 * Runs tests: each file in a process of its own, some at the same time. With options of `deno test`,
 * which may be about the run as a whole, one process runs all.
 */
export async function runTests(
  selection: Selection,
  extra: readonly string[],
  signal: AbortSignal,
): Promise<TestCounts> {
  const sources = await sourceFiles(PROJECT_ROOT);
  const { tests, documented } = selectTests(sources.map(({ path }) => path), selection);
  // The report names a test by the file that calls `Deno.test`.
  const named = sources.filter(({ path, text }) =>
    tests.includes(path) && text.includes("Deno.test(")
  ).map(({ path }) => path);
  // Types are for `check`. Each worker of a test would have all of its own checked anew.
  const deno = (name: string, files: readonly string[], ...options: string[]): Group => ({
    name,
    run: { deno: ["--no-check", ...options, ...files] },
    files: named.filter((path) => files.includes(path)),
    ...(options.length > 0 ? {} : { progress: TEST_ENDS }),
  });
  const others: Group[] = [];
  // A filter names a TypeScript test: the others would only hide what came of it.
  if (selection !== "janus" && !extra.some((option) => option.startsWith("--filter"))) {
    if (await exists(`${PROJECT_ROOT}/${C_TESTS}`)) {
      others.push({ name: C_TESTS, run: { tap: ["sh", C_TESTS] }, progress: TEST_ENDS });
    }
    if (documented.length > 0) {
      const run = { deno: ["--doc", "--permit-no-files", ...documented] };
      others.push({ name: "the documentation's examples", run, progress: TEST_ENDS });
    }
  }
  const files = extra.length > 0
    ? [deno("deno test", tests, ...extra)]
    : tests.map((path) => deno(path, [path]));
  const turns = new Turns((text) => writeAllSync(text));
  const options = { root: PROJECT_ROOT, patience: PATIENCE, signal, turns };
  const alone = files.filter(({ name }) => runsAlone(name));
  const beside = files.filter((one) => !alone.includes(one));
  const janus = beside.filter(({ name }) => needsJanus(name));
  const rest = beside.filter((one) => !janus.includes(one));
  const first = [
    ...await runGroups([[...others, ...rest], janus], { ...options, lanes: LANES }),
    ...await runGroups([alone], { ...options, lanes: 1 }),
  ];
  const whole = extra.length === 0 && !signal.aborted;
  const { results, once } = whole ? await runAgain(first, options) : { results: first, once: [] };
  if (!signal.aborted) {
    say("Failed once, passed when run again alone", once);
    say("Failures", results.flatMap((one) => one.failures));
  }
  return addCounts(...results.map(({ counts }) => counts));
}

function say(title: string, lines: readonly string[]): void {
  if (lines.length === 0) return;
  console.log(`\n${stdoutPainter()("bold", `== ${title}`)}\n${lines.join("\n")}`);
}

function writeAllSync(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at));
}

async function run({ options, words, rest }: CommandLine<typeof OPTIONS>): Promise<number> {
  const selection = words.length === 0 ? "all" : SELECTIONS.find((one) => one === words.join(" "));
  if (selection === undefined) {
    throw new UsageError(`Expected ${SELECTIONS.join(", ")}, got "${words.join(" ")}"\n\n${USAGE}`);
  }
  if (options.setup) await setUpPackages("scripts/test", "test");
  if (selection !== "unit") await buildPlugins();
  using interruption = new Interruption();
  const counts = await runTests(selection, rest, interruption.signal);
  if (interruption.signal.aborted) return 130;
  console.log(`\n${summaryLine(counts)}`);
  return isSuccess(counts) ? 0 : 1;
}

if (import.meta.main) {
  const known = [SetupError, BuildError];
  Deno.exit(
    await runCommand({ usage: USAGE, options: OPTIONS, words: true, rest: true, known, run }),
  );
}
