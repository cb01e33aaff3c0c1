import {
  addCounts,
  countJunit,
  countOutput,
  countRun,
  countTap,
  failedTests,
  isSuccess,
  NO_TESTS,
  summaryLine,
  unfinishedTest,
} from "../../../scripts/run_tests/results.ts";
import { assertEquals } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

/** Deno's report on tests in these files. */
async function reportOn(files: Readonly<Record<string, string>>): Promise<string> {
  let xml = "";
  await withFiles(files, async (folder) => {
    const args = ["test", "--no-config", "--no-check", "--junit-path=report.xml"];
    const { code } = await new Deno.Command(Deno.execPath(), {
      args: [...args, ...Object.keys(files)],
      cwd: folder,
      stdout: "null",
      stderr: "null",
    }).output();
    assertEquals(code, 1);
    xml = await Deno.readTextFile(`${folder}/report.xml`);
  });
  return xml;
}

Deno.test("countJunit() counts Deno's own report, steps as part of their test", async () => {
  const report = await reportOn({
    "a_test.ts": `Deno.test("passes", () => {});
Deno.test("a > b <c>", () => {});
Deno.test("has steps", async (t) => { await t.step("one", () => {}); await t.step("two", () => {}); });
Deno.test("fails in a step", async (t) => { await t.step("one", () => { throw new Error("x < y"); }); });
Deno.test("throws", () => { throw new Error("no"); });
Deno.test.ignore("ignored", () => {});
`,
  });
  assertEquals(countJunit(report, ["a_test.ts"]), { passed: 3, failed: 2, skipped: 1 });
});

Deno.test("countJunit() counts each file with an uncaught error as one failure", async () => {
  const files = {
    "a_test.ts": 'throw new Error("no");',
    "folder/b_test.ts": `Deno.test("passes", () => {}); throw new Error("no");`,
    "c_test.ts": `Deno.test("passes", () => {});
Deno.test("throws late", async () => {
  setTimeout(() => { throw new Error("no"); });
  await new Promise((done) => setTimeout(done, 1000));
});
Deno.test("is cancelled", () => {});
`,
    "d_test.ts": 'Deno.test("passes", () => {});',
  };
  const report = await reportOn(files);
  assertEquals(countJunit(report, Object.keys(files)), { passed: 2, failed: 3, skipped: 0 });
});

Deno.test("countTap() counts lines of its form and no others", () => {
  const text = "1..4\nok 1 - a\nnot ok 2 - b\n# ok\nok 3 - c # SKIP no\nokay then\nok 4 - d\n";
  assertEquals(countTap(text), { passed: 2, failed: 1, skipped: 1 });
});

Deno.test("where there is no report, what deno test said tells what had ended, and what not", () => {
  const said = `running 5 tests from ./a_test.ts
a ... \x1b[0m\x1b[32mok\x1b[0m (1ms)
b > c ...
------- output -------
hello ... you
----- output end -----
  step ... ok (0ms)
b > c ... FAILED (2ms)
d ... ignored (0ms)
`;
  assertEquals(countOutput(said), { passed: 1, failed: 1, skipped: 1 });
  assertEquals(failedTests(said), ["b > c"]);
  assertEquals(unfinishedTest(said), undefined);
  assertEquals(unfinishedTest(`${said}e ...`), "e");
  assertEquals(unfinishedTest(`${said}e ... \n  step ...`), "e");
  assertEquals(unfinishedTest(""), undefined);
});

Deno.test("a run that fails without a failed test counts as one failure", () => {
  assertEquals(countRun(NO_TESTS, 1).failed, 1);
  assertEquals(countRun({ passed: 3, failed: 2, skipped: 0 }, 1).failed, 2);
  assertEquals(countRun({ passed: 3, failed: 0, skipped: 0 }, 0).failed, 0);
});

Deno.test("success needs a test that passed", () => {
  assertEquals(isSuccess(NO_TESTS), false);
  assertEquals(isSuccess({ passed: 0, failed: 0, skipped: 4 }), false);
  assertEquals(isSuccess({ passed: 9, failed: 1, skipped: 0 }), false);
  assertEquals(isSuccess({ passed: 1, failed: 0, skipped: 1 }), true);
});

Deno.test("the summary is the line that people and machines look for", () => {
  const sum = addCounts({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 3, skipped: 0 });
  assertEquals(summaryLine(sum), "3 passed, 3 failed");
  assertEquals(summaryLine({ ...sum, skipped: 4 }), "3 passed, 3 failed, 4 skipped");
});
