/** What `doctor` says of ports on which the plugins run, and of others'. */
import { ports } from "../../scripts/doctor/ports.ts";
import { freePorts } from "../../scripts/lib/ports.ts";
import { choosePorts } from "../../scripts/private_janus/options.ts";
import { PrivateJanus } from "../../scripts/private_janus/private_janus.ts";
import { assertEquals, assertMatch } from "../assert.ts";

Deno.test("doctor knows the plugins on their own ports, and warns of strangers there", async () => {
  const own = choosePorts();
  await using _janus = await PrivateJanus.start({ ports: own });
  const [taken = 0, free = 0] = freePorts(2);
  using _stranger = Deno.listen({ hostname: "127.0.0.1", port: taken });
  const found = await ports([
    { port: own.api, use: "Janus API" },
    { port: own.events, use: "events" },
    { port: taken, use: "Admin API" },
    { port: free, use: "monitor" },
  ]);
  assertEquals(found.map(({ status }) => status), ["ok", "ok", "warning", "ok"]);
  for (const { detail } of found.slice(0, 2)) {
    assertMatch(detail, /^\S+ \(pid \d+\), started by janus \(pid \d+\): our own$/);
  }
  assertMatch(found[2]?.detail ?? "", new RegExp(`^in use by \\S+ \\(pid ${Deno.pid}\\)$`));
});
