/** Running once more what failed: beside others, or at a bad moment, a test may find no time. */
import { type GroupOptions, type GroupResult, runGroups } from "./groups.ts";

/** More groups than this do not fail by accident. */
const FEW = 4;

/** What came of groups, those included that were run again. */
export interface Judged {
  /** Of each group the last. */
  readonly results: readonly GroupResult[];
  /** A line for each failure that did not come again. */
  readonly once: readonly string[];
}

/** Runs the groups that failed once more, each by itself, if they are few: then that is what counts. */
export async function runAgain(
  first: readonly GroupResult[],
  options: Omit<GroupOptions, "lanes">,
): Promise<Judged> {
  const failed = first.filter(({ counts }) => counts.failed > 0);
  if (failed.length === 0 || failed.length > FEW) return { results: first, once: [] };
  const again = await runGroups([failed.map(({ group }) => group)], { ...options, lanes: 1 });
  if (options.signal.aborted) return { results: first, once: [] };
  const pairs = failed.map((one, i) => [one.failures, again[i]!] as const);
  return {
    results: [
      ...first.filter((one) => !failed.includes(one)),
      // Of a file that failed twice, in different tests, neither is forgotten.
      ...pairs.map(([before, one]) =>
        one.counts.failed === 0 ? one : {
          ...one,
          failures: [
            ...one.failures,
            ...before.filter((line) => !one.failures.includes(line))
              .map((line) => `${line} (the first time)`),
          ],
        }
      ),
    ],
    once: pairs.flatMap(([before, { counts }]) => counts.failed === 0 ? before : []),
  };
}
