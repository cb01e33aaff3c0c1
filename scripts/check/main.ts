/** Checks everything that can be checked without running it. */
import { checkStub } from "../build.ts";
import { findCircles, wayAround } from "./circles.ts";
import { runCommand } from "../lib/command_line.ts";
import { findLayerViolations, findTextViolations, type ImportEdge, readImports } from "./layers.ts";
import { PROJECT_ROOT } from "../lib/project.ts";
import { findExecutable, runVisibly } from "../lib/run.ts";
import { isShellScript, type SourceFile, sourceFiles } from "../lib/source_files.ts";
import { type Color, stdoutPainter } from "../lib/terminal.ts";

const USAGE = `Usage: scripts/deno task check

  Checks types, lint, the stub's C, documentation, format, generated files, layers and circles of
  imports, file sizes and shell scripts, and says what came out of each. Exit code: 1 if one failed.

  -h, --help  Shows this.
`;

/** The modules that `deno.json` exports: what one of them documents, the others may refer to. */
const EXPORTED = ["mod.ts", "ffi/zmq/mod.ts", "ffi/zmq/thin.ts"];

/** Writes the generated files, or says which are stale. */
const GENERATE = "scripts/generate/main.ts";

/** Longer hand-written files are worth splitting. */
const maxLines = (path: string) => /^(plugins|ffi)\//.test(path) ? 350 : 400;

type Status = "ok" | "failed" | "warning" | "skipped";

interface Result {
  readonly status: Status;
  /** What to say beside the status. */
  readonly note?: string;
  readonly details?: readonly string[];
}

interface Part {
  readonly name: string;
  readonly run: (root: string, files: readonly SourceFile[]) => Result | Promise<Result>;
}

const PARTS: readonly Part[] = [
  { name: "types", run: (root, files) => denoOn(root, files, "check", "--quiet") },
  { name: "lint", run: (root) => deno(root, "lint", "--quiet") },
  { name: "C", run: stub },
  { name: "documentation", run: (root) => deno(root, "doc", "--lint", "--quiet", ...EXPORTED) },
  { name: "format", run: (root) => deno(root, "fmt", "--check") },
  { name: "generated files", run: (root) => deno(root, "run", "-A", GENERATE, "--check") },
  { name: "layers and circles", run: imports },
  { name: "file sizes", run: sizes },
  { name: "shell scripts", run: shell },
];

async function deno(root: string, ...args: string[]): Promise<Result> {
  const code = await runVisibly(Deno.execPath(), args, root);
  return { status: code === 0 ? "ok" : "failed" };
}

async function denoOn(
  root: string,
  files: readonly SourceFile[],
  ...args: string[]
): Promise<Result> {
  // Without names Deno would check nothing where a folder is empty, and say it is fine.
  const paths = files.map((file) => file.path).filter((path) => /\.(m?ts|tsx)$/.test(path));
  if (paths.length === 0) return { status: "failed", note: "no TypeScript found" };
  return await deno(root, ...args, ...paths);
}

async function stub(): Promise<Result> {
  await checkStub();
  return { status: "ok" };
}

async function imports(root: string, files: readonly SourceFile[]): Promise<Result> {
  const scripts = files.filter((file) => /\.(m?ts|tsx)$/.test(file.path));
  const edges = await readImports(root, scripts.map((file) => file.path));
  const found = [
    ...findLayerViolations(edges),
    ...scripts.flatMap((file) => findTextViolations(file.path, file.text)),
  ];
  const details = [
    ...found.map(({ file, reason }) => `${file} ${reason}`),
    ...circleLines(edges),
  ];
  return {
    status: details.length === 0 ? "ok" : "failed",
    note: `${edges.length} imports`,
    details,
  };
}

function circleLines(edges: readonly ImportEdge[]): string[] {
  return findCircles(edges)
    .map((one) => `Files import each other in a circle: ${wayAround(one, edges).join(" > ")}`);
}

function sizes(_root: string, files: readonly SourceFile[]): Result {
  const details = files.filter((file) => !file.generated).flatMap(({ path, text }) => {
    const lines = text.split("\n").length - 1;
    const most = maxLines(path);
    return lines > most ? [`${path}: ${lines} lines, ${most} are enough`] : [];
  });
  return { status: details.length === 0 ? "ok" : "warning", details };
}

async function shell(root: string, files: readonly SourceFile[]): Promise<Result> {
  const shellcheck = await findExecutable("shellcheck");
  if (shellcheck === undefined) return { status: "skipped", note: "shellcheck is not installed" };
  const paths = files.filter(isShellScript).map((file) => file.path);
  if (paths.length === 0) return { status: "skipped", note: "there are none" };
  const code = await runVisibly(shellcheck, ["--external-sources", ...paths], root);
  return { status: code === 0 ? "ok" : "failed" };
}

/** Runs every part, one after the other, and says what came out. Returns true if none failed. */
export async function check(root: string): Promise<boolean> {
  const paint = stdoutPainter();
  const colors: Record<Status, Color> = {
    ok: "green",
    failed: "red",
    warning: "yellow",
    skipped: "gray",
  };
  const files = await sourceFiles(root);
  const failed: string[] = [];
  for (const part of PARTS) {
    let result: Result;
    try {
      result = await part.run(root, files);
    } catch (error) {
      result = { status: "failed", details: [error instanceof Error ? error.message : `${error}`] };
    }
    for (const line of result.details ?? []) console.log(`  ${line}`);
    const status = paint(colors[result.status], result.status.padEnd("skipped".length));
    console.log(`${status}  ${part.name}${result.note === undefined ? "" : ` (${result.note})`}`);
    if (result.status === "failed") failed.push(part.name);
  }
  console.log(
    failed.length === 0
      ? `\n${paint("green", "Everything is in order.")}`
      : `\n${paint("red", `Failed: ${failed.join(", ")}.`)}`,
  );
  return failed.length === 0;
}

if (import.meta.main) {
  const run = async () => await check(PROJECT_ROOT) ? 0 : 1;
  Deno.exit(await runCommand({ usage: USAGE, run }));
}
