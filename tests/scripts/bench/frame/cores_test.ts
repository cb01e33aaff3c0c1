import { coresOf, keepOn, parseCores } from "../../../../scripts/bench/frame/cores.ts";
import { assertEquals, assertRejects } from "../../../assert.ts";

Deno.test("parseCores() reads Linux's lists", () => {
  assertEquals(parseCores("0\n"), [0]);
  assertEquals(parseCores("1-3,8,10-11"), [1, 2, 3, 8, 10, 11]);
});

Deno.test("keepOn() keeps a process on a core, and says why it can't", async () => {
  await using process = new Deno.Command("sleep", { args: ["60"] }).spawn();
  const [first = 0] = await coresOf(process.pid);
  await keepOn(first, process.pid, "process");
  assertEquals(await coresOf(process.pid), [first]);
  const message = `Cannot keep process ${process.pid} on core 1000000`;
  await assertRejects(() => keepOn(1_000_000, process.pid, "process"), Error, message);
  process.kill("SIGKILL");
});
