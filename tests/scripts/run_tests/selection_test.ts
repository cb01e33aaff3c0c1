import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { sourceFiles } from "../../../scripts/lib/source_files.ts";
import { ALONE, needsJanus, runsAlone, selectTests } from "../../../scripts/run_tests/selection.ts";
import { assert, assertEquals } from "../../assert.ts";

const PATHS = [
  "mod.ts",
  "ffi/zmq/mod.ts",
  "ffi/zmq/tests/proxy_test.ts",
  "plugins/host/loop.ts",
  "tests/assert.ts",
  "tests/attack/time_test.ts",
  "tests/data/a_test.ts",
  "tests/janus/calls_test.ts",
  "tests/plugins/host/loop_test.ts",
];

Deno.test("selectTests() tells tests, those against Janus and documented files apart", () => {
  const unit = ["ffi/zmq/tests/proxy_test.ts", "tests/plugins/host/loop_test.ts"];
  const janus = ["tests/attack/time_test.ts", "tests/janus/calls_test.ts"];
  const documented = ["mod.ts", "ffi/zmq/mod.ts"];
  assertEquals(selectTests(PATHS, "unit"), { tests: unit, documented });
  assertEquals(selectTests(PATHS, "janus"), { tests: janus, documented: [] });
  const all = selectTests(PATHS, "all");
  assertEquals([all.tests.toSorted(), all.documented], [
    [...unit, ...janus].toSorted(),
    documented,
  ]);
  assertEquals(janus.map(needsJanus), [true, true]);
  assertEquals(unit.map(needsJanus), [false, false]);
});

Deno.test("each pattern of those that run alone names a test that there is", async () => {
  const paths = (await sourceFiles(PROJECT_ROOT)).map(({ path }) => path);
  const { tests } = selectTests(paths, "all");
  for (const [pattern, why] of ALONE) assert(tests.some((path) => pattern.test(path)), why);
  assertEquals(runsAlone("tests/attack/time_test.ts"), true);
  assertEquals(runsAlone("tests/plugins/host/loop_test.ts"), false);
});
