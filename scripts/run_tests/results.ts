/** Counting tests, from what the runners of different languages leave behind. */

/** How many tests came out how. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** No test at all. */
export const NO_TESTS: TestCounts = { passed: 0, failed: 0, skipped: 0 };

/** The sum of several counts. */
export function addCounts(...all: readonly TestCounts[]): TestCounts {
  return {
    passed: all.reduce((sum, one) => sum + one.passed, 0),
    failed: all.reduce((sum, one) => sum + one.failed, 0),
    skipped: all.reduce((sum, one) => sum + one.skipped, 0),
  };
}

/**
 * Counts the tests in a JUnit report as Deno writes it. Steps are part of their test: a test
 * with a failed step has failed itself.
 *
 * A file with an uncaught error is one failure. If the error came before its first test, the report
 * says nothing of the file; if it came later, the tests that were left are cancelled.
 *
 * @param files those that must be in the report, as paths below the folder of the run
 */
export function countJunit(xml: string, files: readonly string[] = []): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  const suites = xml.split(/<testsuite[ >]/).slice(1);
  const seen = new Set(suites.map((suite) => /\bname="(?:\.\/)?([^"]*)"/.exec(suite)?.[1]));
  counts.failed += files.filter((file) => !seen.has(file)).length;
  for (const suite of suites) {
    const cases = [...suite.matchAll(/<testcase\b([^>]*?)(\/>|>([^]*?)<\/testcase>)/g)].map(
      (match) => ({
        name: /\bname="([^"]*)"/.exec(match[1] ?? "")?.[1] ?? "",
        body: match[3] ?? "",
      }),
    );
    const names = new Set(cases.map((one) => one.name));
    let cancelled = false;
    for (const { name, body } of cases) {
      // Deno names a step "test > step".
      if (parentNames(name).some((parent) => names.has(parent))) continue;
      if (/<error message="Cancelled"/.test(body)) cancelled = true;
      else if (/<(failure|error)\b/.test(body)) counts.failed++;
      else if (/<skipped\b/.test(body)) counts.skipped++;
      else counts.passed++;
    }
    if (cancelled) counts.failed++;
  }
  return counts;
}

/**
 * Counts the tests in what `deno test` has said, for where it ended without a report: each that has
 * ended counts. Steps and what tests print are indented or in lines of other forms.
 */
export function countOutput(text: string): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const [, result] of plain(text).matchAll(/^\S.* \.\.\. (ok|FAILED|ignored)\b/gm)) {
    counts[result === "ok" ? "passed" : result === "FAILED" ? "failed" : "skipped"]++;
  }
  return counts;
}

/** The test that had begun last in what `deno test` has said, if it had not ended. */
export function unfinishedTest(text: string): string | undefined {
  const lines = [...plain(text).matchAll(/^(\S.*) \.\.\. ?(\S?)/gm)];
  const last = lines.at(-1);
  return last === undefined || last[2] !== "" ? undefined : last[1];
}

/** The names of the tests that failed, in what `deno test` has said; in TAP, their lines. */
export function failedTests(text: string): string[] {
  const lines = plain(text).matchAll(/^(\S.*) \.\.\. FAILED\b|^(not ok (?!.*# skip).*)/gim);
  return [...lines].map(([, name, line]) => name ?? line ?? "");
}

function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replaceAll(/\x1b\[[0-9;]*m/g, "");
}

function parentNames(name: string): string[] {
  const parts = name.split(" &gt; ");
  return parts.slice(1).map((_part, i) => parts.slice(0, i + 1).join(" &gt; "));
}

/** Counts `ok N - name` and `not ok N - name` lines; `# SKIP` as in TAP. */
export function countTap(text: string): TestCounts {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const line of text.split("\n")) {
    const match = /^(not )?ok\b(.*)$/.exec(line);
    if (match === null) continue;
    if (/#\s*skip/i.test(match[2] ?? "")) counts.skipped++;
    else if (match[1] === undefined) counts.passed++;
    else counts.failed++;
  }
  return counts;
}

/**
 * What a run counts for: its report, and one failure more if the run failed without saying which
 * test did (a file that doesn't load, a crash, a leak after the last test).
 */
export function countRun(counts: TestCounts, exitCode: number): TestCounts {
  return exitCode !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

/** The line that a run ends with. */
export function summaryLine(counts: TestCounts): string {
  const skipped = counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`;
  return `${counts.passed} passed, ${counts.failed} failed${skipped}`;
}

/** True if something ran and nothing failed. */
export function isSuccess(counts: TestCounts): boolean {
  return counts.failed === 0 && counts.passed > 0;
}
