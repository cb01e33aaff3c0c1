import { compareVersions, findLibzmq } from "../../../scripts/doctor/programs.ts";
import { MIN_LIBZMQ } from "../../../scripts/lib/project.ts";
import { assert, assertEquals, assertGreaterOrEqual } from "../../assert.ts";

Deno.test("findLibzmq() finds the library that the plugins are to use", async () => {
  const found = await findLibzmq();
  assert(found !== undefined);
  assertGreaterOrEqual(compareVersions(found.version, MIN_LIBZMQ), 0);
});

Deno.test("compareVersions() compares numbers, not text", () => {
  assertEquals(compareVersions("4.3.10", "4.3.4"), 1);
  assertEquals(compareVersions("4.3", "4.3.0"), 0);
  assertEquals(compareVersions("4.2.9", "4.3.4"), -1);
});
