import { hasConnection } from "../../../../scripts/bench/events/fresh.ts";
import { assertEquals } from "../../../assert.ts";

Deno.test("hasConnection() is true once somebody has connected, not where one only listens", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const connected = async () =>
    hasConnection(await Deno.readTextFile("/proc/net/tcp"), listener.addr.port);
  assertEquals(await connected(), false);
  using _client = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
  assertEquals(await connected(), true);
});
