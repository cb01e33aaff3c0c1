/** What the model keeps stays the same while calls come and go. */
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { capture } from "../../../scripts/lib/run.ts";
import { assertEquals, assertLess } from "../../assert.ts";

const MIB = 1024 * 1024;
/** That much more or less is which texts V8 has flattened just now. */
const NOISE = 4 * MIB;

Deno.test("2000 calls, of which some end and others begin, take the same memory for minutes", async () => {
  const args = ["run", "-A", "--no-check", "--v8-flags=--expose-gc"];
  const output = await capture(
    Deno.execPath(),
    [...args, "tests/plugins/monitor/memory_program.ts"],
    { cwd: PROJECT_ROOT, timeout: 120_000 },
  );
  assertEquals(output?.code, 0, output?.stderr);
  const used = output!.stdout.trim().split("\n").map(Number);
  assertEquals(used.length, 4);
  const [, second, third, fourth] = used as [number, number, number, number];
  assertLess(Math.max(third, fourth) - second, NOISE, `${used}`);
  assertLess(fourth, 150 * MIB);
});
