/** The documentation is part of the package: its examples run, and nothing is left undocumented. */
import { assertEquals } from "../../../tests/assert.ts";
import { PACKAGE, ROOT, run, test } from "./helpers.ts";

const deno = (...args: string[]) =>
  run(Deno.execPath(), args, { cwd: ROOT, env: { NO_COLOR: "1" }, limit: 60_000 });

test("the examples in the ZeroMQ documentation run", async () => {
  const names = [...Deno.readDirSync(PACKAGE)].map(({ name }) => name);
  const files = names.filter((name) => /\.(ts|md)$/.test(name)).map((name) => PACKAGE + name);
  const { code, stdout, stderr } = await deno("test", "-A", "--no-lock", "--doc", ...files);
  assertEquals(code, 0, stdout + stderr);
  const [, passed] = stdout.match(/ok \| (\d+) passed/) ?? [];
  assertEquals(Number(passed) >= 12, true, `${passed} examples`);
}, 60_000);

test("deno doc --lint finds nothing in the ZeroMQ package", async () => {
  const { code, stderr } = await deno("doc", "--lint", `${PACKAGE}mod.ts`, `${PACKAGE}thin.ts`);
  assertEquals(code, 0, stderr);
}, 60_000);
