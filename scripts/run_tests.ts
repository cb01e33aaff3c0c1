/**
 * Runs the tests and adds them up: `run_tests.ts [unit|janus|all] [-- options of deno test]`.
 * The last line is `N passed, N failed`; exits 1 if one failed or none passed.
 */
import { PROJECT_ROOT } from "./lib/project.ts";
import { exists, runVisibly } from "./lib/run.ts";
import { sourceFiles } from "./lib/source_files.ts";
import {
  addCounts,
  countJunit,
  countRun,
  countTap,
  isSuccess,
  NO_TESTS,
  summaryLine,
  type TestCounts,
} from "./lib/test_results.ts";
import { stdoutPainter } from "./lib/terminal.ts";

/** Which tests to run: `unit` needs no Janus, `janus` is end to end. */
export type Selection = "unit" | "janus" | "all";

/** Files whose examples are run. */
const DOCUMENTED = /^(mod\.ts|ffi\/zmq\/[^/]+\.ts|plugins\/(client|sdk)\/[^/]+\.ts)$/;
const TEST_FILE = /^(tests\/(?!data\/)|ffi\/zmq\/tests\/).*(_test|\.test)\.m?ts$/;
const C_TESTS = "tests/ffi/stub/run.sh";

/** Understands the command line. @throws {TypeError} saying what is wrong with it */
export function readArguments(
  args: readonly string[],
): { readonly selection: Selection; readonly extra: readonly string[] } {
  const split = args.indexOf("--");
  const own = split < 0 ? args : args.slice(0, split);
  const extra = split < 0 ? [] : args.slice(split + 1);
  const [selection = "all", ...rest] = own;
  if (!["unit", "janus", "all"].includes(selection) || rest.length > 0) {
    throw new TypeError(`Expected unit, janus or all, got "${own.join(" ")}"`);
  }
  return { selection: selection as Selection, extra };
}

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

async function denoTest(files: readonly string[], options: readonly string[]): Promise<TestCounts> {
  if (files.length === 0) return NO_TESTS;
  const folder = await Deno.makeTempDir({ prefix: "tests-" });
  try {
    const report = `${folder}/report.xml`;
    const args = ["test", "-A", `--junit-path=${report}`, ...options, ...files];
    const code = await runVisibly(Deno.execPath(), args, PROJECT_ROOT);
    // Where a file doesn't load there is no report at all.
    const xml = await Deno.readTextFile(report).catch(() => "");
    return countRun(countJunit(xml), code);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function cTests(): Promise<TestCounts> {
  if (!(await exists(`${PROJECT_ROOT}/${C_TESTS}`))) return NO_TESTS;
  const child = new Deno.Command("sh", {
    args: [C_TESTS],
    cwd: PROJECT_ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const chunks: string[] = [];
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    await Deno.stdout.write(new TextEncoder().encode(chunk));
    chunks.push(chunk);
  }
  return countRun(countTap(chunks.join("")), (await child.status).code);
}

async function run(selection: Selection, extra: readonly string[]): Promise<TestCounts> {
  const paths = (await sourceFiles(PROJECT_ROOT)).map((file) => file.path);
  const { tests, documented } = selectTests(paths, selection);
  const filtered = extra.some((option) => option.startsWith("--filter"));
  const counts: TestCounts[] = [];
  // A filter names a TypeScript test: the others would only hide what came of it.
  if (selection !== "janus" && !filtered) {
    if (await exists(`${PROJECT_ROOT}/${C_TESTS}`)) heading("C tests");
    counts.push(await cTests());
    if (documented.length > 0) heading("Examples in the documentation");
    counts.push(await denoTest(documented, ["--doc", "--permit-no-files"]));
  }
  heading(selection === "unit" ? "Unit tests" : selection === "janus" ? "End to end" : "All tests");
  // Types are for `check`. Each worker of a test would have all of its own checked anew.
  counts.push(await denoTest(tests, ["--no-check", ...extra]));
  return addCounts(...counts);
}

function heading(text: string): void {
  console.log(`\n${stdoutPainter()("bold", `== ${text}`)}`);
}

async function main(): Promise<number> {
  let args: ReturnType<typeof readArguments>;
  try {
    args = readArguments(Deno.args);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(
      `${error.message}\nUsage: run_tests.ts [unit|janus|all] [-- options of deno test]`,
    );
    return 2;
  }
  const counts = await run(args.selection, args.extra);
  console.log(`\n${summaryLine(counts)}`);
  return isSuccess(counts) ? 0 : 1;
}

if (import.meta.main) Deno.exit(await main());
