/** The monitor as a command: what it does where it can't begin. */
import { assertEquals, assertStringIncludes } from "../../assert.ts";
import { runTask } from "../task.ts";

Deno.test("a port that is taken is said, and nothing is left running", async () => {
  using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const listen = `127.0.0.1:${taken.addr.port}`;
  const { code, stdout, stderr } = await runTask("monitor", ["--listen", listen], { cwd: "/" });
  assertEquals([code, stdout], [2, ""]);
  assertStringIncludes(stderr, `Cannot listen on ${listen} (--listen): another program listens`);
});

Deno.test("an endpoint that can't be is said in libzmq's words", async () => {
  const args = ["--listen", "127.0.0.1:0", "--events", "tcp://*:bad"];
  const { code, stderr } = await runTask("monitor", args, { cwd: "/" });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot connect tcp://*:bad");
});
