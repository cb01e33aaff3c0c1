import { type Judged, runAgain } from "../../../scripts/run_tests/again.ts";
import { runGroups } from "../../../scripts/run_tests/groups.ts";
import { addCounts, type TestCounts } from "../../../scripts/run_tests/results.ts";
import { Turns } from "../../../scripts/run_tests/turns.ts";
import { assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { groupsOf } from "./support/groups.ts";

/** How often a file has been run, as {@linkcode COUNT} has it. */
const runs = (folder: string, name: string) =>
  Deno.readTextFile(`${folder}/${name}.runs`).then((text) => text.length, () => 0);

/** A file's head: notes each run of it, and which one this is. */
const COUNT = `const file = new URL(import.meta.url).pathname + ".runs";
Deno.writeTextFileSync(file, "x", { append: true });
const run = Deno.readTextFileSync(file).length;
`;
const PASSES = `Deno.test("passes", () => {});`;
const FAILS = `Deno.test("fails", () => { throw new Error("no"); });`;

interface Ran extends Judged {
  readonly counts: TestCounts;
  readonly failures: readonly string[];
  readonly folder: string;
}

/** Runs files beside each other, and what failed again. */
async function run(
  files: Readonly<Record<string, string>>,
  check: (ran: Ran) => Promise<void> | void,
  stop = new AbortController(),
): Promise<void> {
  await withFiles(files, async (folder) => {
    let shown = "";
    const options = {
      root: folder,
      patience: 60_000,
      signal: stop.signal,
      turns: new Turns((text) => {
        shown += text;
        if (shown.includes("stop here")) stop.abort();
      }),
    };
    const first = await runGroups([groupsOf(Object.keys(files))], { ...options, lanes: 2 });
    const judged = await runAgain(first, options);
    await check({
      ...judged,
      counts: addCounts(...judged.results.map(({ counts }) => counts)),
      failures: judged.results.flatMap(({ failures }) => failures),
      folder,
    });
  });
}

Deno.test("what failed once and then passes is told, and counts as passed", () =>
  run({
    "a_test.ts": `${COUNT}${PASSES} Deno.test("has bad luck", () => { if (run === 1) throw 1; });`,
    "b_test.ts": `${COUNT}${PASSES}`,
    "c.sh":
      "echo ok 1 - a; [ -e c.ran ] || { touch c.ran; echo not ok 2 - b; exit 1; }; echo ok 2 - b",
  }, async ({ counts, failures, once, folder }) => {
    assertEquals(counts, { passed: 5, failed: 0, skipped: 0 });
    assertEquals(failures, []);
    assertEquals(once.toSorted(), ["a_test.ts: has bad luck", "c.sh: not ok 2 - b"]);
    assertEquals([await runs(folder, "a_test.ts"), await runs(folder, "b_test.ts")], [2, 1]);
  }));

Deno.test("what fails again is a failure, and so is what failed before it in the same file", () =>
  run({
    "a_test.ts": `${COUNT}${FAILS}`,
    "b_test.ts": `${COUNT}${PASSES}
Deno.test("one", () => { if (run === 1) throw 1; });
Deno.test("other", () => { if (run === 2) throw 1; });`,
  }, async ({ counts, failures, once, folder }) => {
    assertEquals(counts, { passed: 2, failed: 2, skipped: 0 });
    assertEquals(failures.toSorted(), [
      "a_test.ts: fails",
      "b_test.ts: one (the first time)",
      "b_test.ts: other",
    ]);
    assertEquals(once, []);
    assertEquals([await runs(folder, "a_test.ts"), await runs(folder, "b_test.ts")], [2, 2]);
  }));

Deno.test("they run by themselves", () =>
  run(
    Object.fromEntries(["a", "b", "c"].map((name) => [
      `${name}_test.ts`,
      `${COUNT}
Deno.test("has company only the first time", async () => {
  if (run === 1) throw 1;
  Deno.mkdirSync("busy");
  await new Promise((done) => setTimeout(done, 300));
  Deno.removeSync("busy");
});`,
    ])),
    ({ counts }) => assertEquals(counts, { passed: 3, failed: 0, skipped: 0 }),
  ));

Deno.test("five that fail are no accident, and run once", () => {
  const names = [1, 2, 3, 4, 5].map((one) => `${one}_test.ts`);
  return run(
    Object.fromEntries(names.map((name) => [name, `${COUNT}${FAILS}`])),
    async ({ counts, failures, once, folder }) => {
      assertEquals(counts, { passed: 0, failed: 5, skipped: 0 });
      assertEquals([failures.length, once], [5, []]);
      for (const name of names) assertEquals(await runs(folder, name), 1);
    },
  );
});

Deno.test("an interruption of the second run leaves what the first one said", () =>
  run({
    "a_test.ts": `${COUNT}Deno.test("fails", async () => {
  if (run === 1) throw 1;
  console.log("stop here");
  await new Promise((done) => setTimeout(done, 60_000));
});`,
  }, async ({ counts, failures, once, folder }) => {
    assertEquals(counts, { passed: 0, failed: 1, skipped: 0 });
    assertEquals([failures, once], [["a_test.ts: fails"], []]);
    assertEquals(await runs(folder, "a_test.ts"), 2);
  }));
