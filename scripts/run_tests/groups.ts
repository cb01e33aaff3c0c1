/** Running tests in several processes, so that one that hangs or crashes costs no other its result. */
import { partOfPorts } from "../lib/ports.ts";
import {
  addCounts,
  countJunit,
  countOutput,
  countRun,
  countTap,
  failedTests,
  NO_TESTS,
  type TestCounts,
  unfinishedTest,
} from "./results.ts";
import type { Turn, Turns } from "./turns.ts";
import { runWatched, type Watched } from "./watched.ts";

/** Tests that one process runs. */
export interface Group {
  readonly name: string;
  /** A program that says TAP, with what it takes; or what `deno test` takes. */
  readonly run: { readonly tap: readonly string[] } | { readonly deno: readonly string[] };
  /** The files that the report must name. */
  readonly files?: readonly string[];
  /** What shows that it goes on; any line, unless told. */
  readonly progress?: RegExp;
}

/** A test's or a step's end, as Deno's own reporter and TAP have it: what a test prints is no progress. */
export const TEST_ENDS = /^(.* \.\.\. .*(ok|FAILED|ignored)\b|(not )?ok )/m;

/** How to run groups. */
export interface GroupOptions {
  /** The folder that they run in. */
  readonly root: string;
  /** Milliseconds without progress after which one is ended. */
  readonly patience: number;
  /** So many at a time. */
  readonly lanes: number;
  readonly signal: AbortSignal;
  readonly turns: Turns;
}

/** What came of a group. */
export interface GroupResult {
  readonly group: Group;
  readonly counts: TestCounts;
  /** A line for each failure. */
  readonly failures: readonly string[];
}

/**
 * Runs groups, in each lane one after the other. A lane takes the next of the list that it is
 * given, and when that is at its end, of the others'.
 */
export async function runGroups(
  lists: readonly (readonly Group[])[],
  options: GroupOptions,
): Promise<GroupResult[]> {
  const left = lists.map((list) => [...list]);
  const results: GroupResult[] = [];
  const lane = async (number: number) => {
    const own = left[number % left.length] ?? [];
    for (;;) {
      const next = own.shift() ?? left.find((list) => list.length > 0)?.shift();
      if (next === undefined || options.signal.aborted) return;
      results.push(await runGroup(next, options, number));
    }
  };
  await Promise.all(Array.from({ length: options.lanes }, (_, number) => lane(number)));
  return results;
}

/** Runs a group; that something is wrong with this machine is its failure, not the end of the run. */
async function runGroup(group: Group, options: GroupOptions, lane: number): Promise<GroupResult> {
  try {
    return await tryGroup(group, options, lane);
  } catch (error) {
    const counts = { passed: 0, failed: 1, skipped: 0 };
    return { group, counts, failures: [`${group.name}: ${error}`] };
  }
}

async function tryGroup(group: Group, options: GroupOptions, lane: number): Promise<GroupResult> {
  const { root, patience, lanes, signal, turns } = options;
  // What tests make for a while lies in a folder that goes with them.
  const folder = await Deno.makeTempDir({ prefix: "tests-" });
  const turn = turns.begin();
  try {
    const report = `${folder}/report.xml`;
    const [command = "", ...args] = "tap" in group.run
      ? group.run.tap
      : [Deno.execPath(), "test", "-A", `--junit-path=${report}`, ...group.run.deno];
    const ended = await runWatched(command, args, {
      cwd: root,
      folder,
      env: lanes > 1 ? partOfPorts(lane, lanes) : {},
      patience,
      signal,
      write: (text) => turn.write(text),
      ...(group.progress === undefined ? {} : { progress: group.progress }),
    });
    if (signal.aborted) return { group, counts: NO_TESTS, failures: [] };
    const xml = await Deno.readTextFile(report).catch(() => "");
    return judge(group, ended, xml, turn);
  } finally {
    try {
      turn.end();
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
}

/** Counts what came of a group, and says what it has not said itself. */
function judge(group: Group, ended: Watched, xml: string, turn: Turn): GroupResult {
  const { code, text } = ended;
  const failed = failedTests(text).map((name) => `${group.name}: ${name}`);
  if (ended.ended === undefined && ("tap" in group.run || xml !== "")) {
    const counts = countRun(
      "tap" in group.run ? countTap(text) : countJunit(xml, group.files),
      code,
    );
    const more = counts.failed > 0 && failed.length === 0
      ? [`${group.name}: exit code ${code}`]
      : [];
    return { group, counts, failures: [...failed, ...more] };
  }
  const test = unfinishedTest(text);
  const where = test === undefined ? "" : ` in "${test}"`;
  // Where an import of a file is not found there is no report at all.
  const how = ended.ended === undefined
    ? `ended${where} with exit code ${code} and no report`
    : `was ended${where}: ${ended.ended}`;
  turn.write(`\n${group.name} ${how}\n`);
  const counts = "tap" in group.run ? countTap(text) : countOutput(text);
  const lost = { passed: 0, failed: 1, skipped: 0 };
  return { group, counts: addCounts(counts, lost), failures: [...failed, `${group.name} ${how}`] };
}
