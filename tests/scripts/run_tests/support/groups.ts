/** Groups that really run, for a test. */
import { type Group, TEST_ENDS } from "../../../../scripts/run_tests/groups.ts";

/** A group for each of these files: a shell script says TAP, anything else is for `deno test`. */
export function groupsOf(names: readonly string[]): Group[] {
  return names.map((name) =>
    name.endsWith(".sh") ? { name, run: { tap: ["sh", name] }, progress: TEST_ENDS } : {
      name,
      run: { deno: ["--no-config", "--no-check", name] },
      files: [name],
      progress: TEST_ENDS,
    }
  );
}
