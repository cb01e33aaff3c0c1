import { runGroups } from "../../../scripts/run_tests/groups.ts";
import { addCounts, type TestCounts } from "../../../scripts/run_tests/results.ts";
import { Turns } from "../../../scripts/run_tests/turns.ts";
import { processes } from "../../../scripts/lib/processes.ts";
import {
  assert,
  assertEquals,
  assertLess,
  assertMatch,
  assertStringIncludes,
} from "../../assert.ts";
import { withFiles } from "../../folder.ts";
import { groupsOf } from "./support/groups.ts";

/** Milliseconds; Deno's start and some of the machine's moods lie within. */
const PATIENCE = 4000;

interface Ran {
  readonly counts: TestCounts;
  readonly failures: readonly string[];
  readonly shown: string;
  readonly folder: string;
}

/** Runs files, each in a process of its own; in a list, those that the function wants. */
async function run(
  files: Readonly<Record<string, string>>,
  check: (ran: Ran) => Promise<void> | void,
  options: { lanes?: number; signal?: AbortSignal; progress?: RegExp } = {},
): Promise<void> {
  await withFiles(files, async (folder) => {
    let shown = "";
    const results = await runGroups([groupsOf(Object.keys(files)), []], {
      root: folder,
      patience: PATIENCE,
      lanes: options.lanes ?? 1,
      signal: options.signal ?? new AbortController().signal,
      turns: new Turns((text) => shown += text),
    });
    await check({
      counts: addCounts(...results.map(({ counts }) => counts)),
      failures: results.flatMap(({ failures }) => failures),
      shown,
      folder,
    });
  });
}

/** Who runs a command line with these words. */
async function running(words: string): Promise<number[]> {
  const found: number[] = [];
  for (const { pid } of await processes()) {
    const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    if (line.replaceAll("\0", " ").trim() === words) found.push(pid);
  }
  return found;
}

const PASSES = `Deno.test("passes", () => {});`;

/** Stands still for ever, but leaves the processor to others. */
const STANDS = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);";

/** A command line that nobody else has. */
const sleeper = () => `sleep ${100_000 + Math.floor(Math.random() * 800_000)}.5`;

/** A test's line that runs something in a shell which is gone at once. */
const start = (command: string) =>
  `new Deno.Command("sh", {
    args: ["-c", "${command} &"], stdin: "null", stdout: "null", stderr: "null",
  }).outputSync();`;

Deno.test("a test without end is ended with what it started; the others' results are kept", async () => {
  const [child, orphan, apart] = [sleeper(), sleeper(), sleeper()];
  await run({
    "a_test.ts": PASSES,
    "b_test.ts": `${PASSES}
Deno.test("hangs", () => {
  new Deno.Command("sh", { args: ["-c", "exec ${child}"], stdin: "null" }).spawn();
  ${start(orphan)}
  ${start(`setsid ${apart}`)}
  for (;;);
});
Deno.test("comes too late", () => {});
`,
    "c_test.ts": `${PASSES} Deno.test("fails", () => { throw new Error("no"); });`,
  }, async ({ counts, failures, shown }) => {
    assertEquals(counts, { passed: 3, failed: 2, skipped: 0 });
    assertEquals(failures, [
      'b_test.ts was ended in "hangs": no progress for 4 s',
      "c_test.ts: fails",
    ]);
    assertStringIncludes(shown, 'b_test.ts was ended in "hangs"');
    for (const one of [child, orphan, apart]) assertEquals(await running(one), []);
  });
});

Deno.test("a test that prints without end makes no progress", () =>
  run({
    "a_test.ts": `Deno.test("prints", async () => {
      for (;;) { console.log("on"); await new Promise((done) => setTimeout(done, 100)); }
    });`,
    "b_test.ts": PASSES,
  }, ({ counts, failures }) => {
    assertEquals(counts, { passed: 1, failed: 1, skipped: 0 });
    assertEquals(failures, ['a_test.ts was ended in "prints": no progress for 4 s']);
  }));

Deno.test("a file that takes the process down, or is never loaded, is one failure", async () => {
  const left = sleeper();
  await run({
    "a_test.ts": `${PASSES}
Deno.test("crashes", () => { ${start(left)} Deno.kill(Deno.pid, "SIGKILL"); ${STANDS} });`,
    "b_test.ts": `import "./nowhere.ts"; ${PASSES}`,
    "c_test.ts": `${STANDS} ${PASSES}`,
    "d_test.ts": PASSES,
  }, async ({ counts, failures }) => {
    assertEquals(counts, { passed: 2, failed: 3, skipped: 0 });
    assertEquals(failures.length, 3, failures.join("\n"));
    assertEquals(failures[0], 'a_test.ts ended in "crashes" with exit code 137 and no report');
    assertMatch(failures[1]!, /^b_test\.ts: exit code 1$|^b_test\.ts ended with exit code 1/);
    assertEquals(failures[2], "c_test.ts was ended: no progress for 4 s");
    assertEquals(await running(left), []);
  });
});

Deno.test("what says TAP is watched as well", () =>
  run({
    "a.sh": "echo ok 1 - a; sleep 1000",
    "b.sh": "echo ok 1 - a; echo not ok 2 - b; exit 1",
  }, ({ counts, failures }) => {
    assertEquals(counts, { passed: 2, failed: 2, skipped: 0 });
    assertEquals(failures, ["a.sh was ended: no progress for 4 s", "b.sh: not ok 2 - b"]);
  }));

Deno.test("at the same time, each one's output stays together", () =>
  run({
    "a_test.ts": `for (let i = 0; i < 20; i++) {
  Deno.test("a" + i, () => new Promise((done) => setTimeout(done, 20)));
}`,
    "b_test.ts": `for (let i = 0; i < 20; i++) {
  Deno.test("b" + i, () => new Promise((done) => setTimeout(done, 20)));
}`,
  }, ({ counts, shown }) => {
    assertEquals(counts, { passed: 40, failed: 0, skipped: 0 });
    const letters = [...shown.matchAll(/^([ab])\d+ \.\.\. /gm)].map(([, letter]) => letter).join(
      "",
    );
    assertMatch(letters, /^(a{20}b{20}|b{20}a{20})$/);
  }, { lanes: 2 }));

Deno.test("an interruption ends what runs, and what it started, and nothing comes after it", async () => {
  const left = sleeper();
  const stop = new AbortController();
  const watch = setInterval(async () => {
    if ((await running(left)).length > 0) stop.abort();
  }, 50);
  const begun = performance.now();
  try {
    await run({
      "a_test.ts": `Deno.test("hangs", () => { ${start(left)} ${STANDS} });`,
      "b_test.ts": PASSES,
    }, async ({ counts, shown }) => {
      assert(stop.signal.aborted, shown);
      assertEquals(counts, { passed: 0, failed: 0, skipped: 0 });
      assert(!shown.includes("b_test.ts"), shown);
      assertEquals(await running(left), []);
    }, { signal: stop.signal });
  } finally {
    clearInterval(watch);
  }
  assertLess(performance.now() - begun, 30_000);
});
