/** Runs the tests and adds them up. */
import { BuildError, buildPlugins } from "../build.ts";
import { type CommandLine, runCommand, UsageError } from "../lib/command_line.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { exists, runVisibly } from "../lib/run.ts";
import { SetupError, setUpPackages } from "../lib/setup.ts";
import { sourceFiles } from "../lib/source_files.ts";
import {
  addCounts,
  countJunit,
  countRun,
  countTap,
  isSuccess,
  NO_TESTS,
  summaryLine,
  type TestCounts,
} from "./results.ts";
import { stdoutPainter } from "../lib/terminal.ts";
import { Interruption } from "../lib/waiting.ts";

const USAGE = `Usage: scripts/test [unit|janus|all] [-- options of deno test]
       scripts/deno task test|test:unit|test:janus [-- options of deno test]

  Builds both plugins and runs every test, or those against a real Janus (janus); or, without
  building, those that need none (unit). The last line is "N passed, N failed".

  --setup     Installs what is missing of the system's packages first, as scripts/test does.
  -h, --help  Shows this.

What follows -- goes to deno test, such as: -- --filter grouping

Exit code: 0 all passed, 1 one failed or there was none, 130 after Ctrl-C.
`;

const OPTIONS = { setup: "flag" } as const;

const SELECTIONS = ["unit", "janus", "all"] as const;

/** Which tests to run: `unit` needs no Janus, `janus` is end to end. */
type Selection = (typeof SELECTIONS)[number];

/** Files whose examples are run. */
const DOCUMENTED = /^(mod\.ts|ffi\/zmq\/[^/]+\.ts|plugins\/(client|sdk)\/[^/]+\.ts)$/;
const TEST_FILE = /^(tests\/(?!data\/)|ffi\/zmq\/tests\/).*(_test|\.test)\.m?ts$/;
const C_TESTS = "tests/ffi/stub/run.sh";

/** Divides files (paths below the project's folder) into what `deno test` is to run. */
export function selectTests(
  paths: readonly string[],
  selection: Selection,
): { readonly tests: readonly string[]; readonly documented: readonly string[] } {
  const endToEnd = (path: string) => /^tests\/(janus|attack)\//.test(path);
  const tests = paths.filter((path) =>
    TEST_FILE.test(path) && (selection === "all" || endToEnd(path) === (selection === "janus"))
  );
  const documented = selection === "janus" ? [] : paths.filter((path) => DOCUMENTED.test(path));
  return { tests, documented };
}

/**
 * Runs `deno test`. What tests make for a while lies in a folder that goes with them.
 *
 * @param expected the files that the report must name
 */
async function denoTest(
  files: readonly string[],
  options: readonly string[],
  signal: AbortSignal,
  expected: readonly string[] = [],
): Promise<TestCounts> {
  if (files.length === 0) return NO_TESTS;
  const folder = await Deno.makeTempDir({ prefix: "tests-" });
  try {
    const report = `${folder}/report.xml`;
    const args = ["test", "-A", `--junit-path=${report}`, ...options, ...files];
    const env = { TMPDIR: folder };
    const code = await runVisibly(Deno.execPath(), args, PROJECT_ROOT, { env, signal });
    // Where an import of a file is not found there is no report at all.
    const xml = await Deno.readTextFile(report).catch(() => "");
    return countRun(xml === "" ? NO_TESTS : countJunit(xml, expected), code);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function cTests(signal: AbortSignal): Promise<TestCounts> {
  if (!(await exists(`${PROJECT_ROOT}/${C_TESTS}`))) return NO_TESTS;
  const child = new Deno.Command("sh", {
    args: [C_TESTS],
    cwd: PROJECT_ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal,
  }).spawn();
  const chunks: string[] = [];
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    await Deno.stdout.write(new TextEncoder().encode(chunk));
    chunks.push(chunk);
  }
  return countRun(countTap(chunks.join("")), (await child.status).code);
}

/** Runs tests. */
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
  const filtered = extra.some((option) => option.startsWith("--filter"));
  const counts: TestCounts[] = [];
  // A filter names a TypeScript test: the others would only hide what came of it.
  if (selection !== "janus" && !filtered) {
    if (await exists(`${PROJECT_ROOT}/${C_TESTS}`)) heading("C tests");
    counts.push(await cTests(signal));
    if (documented.length > 0) heading("Examples in the documentation");
    counts.push(await denoTest(documented, ["--doc", "--permit-no-files"], signal));
  }
  heading(selection === "unit" ? "Unit tests" : selection === "janus" ? "End to end" : "All tests");
  // Types are for `check`. Each worker of a test would have all of its own checked anew.
  counts.push(await denoTest(tests, ["--no-check", ...extra], signal, named));
  return addCounts(...counts);
}

function heading(text: string): void {
  console.log(`\n${stdoutPainter()("bold", `== ${text}`)}`);
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
