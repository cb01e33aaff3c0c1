/** Connections that flood a port and break off while libzmq has no room for more: it must not abort. */
import { assert, assertEquals, assertLess } from "../assert.ts";
import { Fixture } from "../janus/support/fixture.ts";

const BREAKER = new URL("support/breaker.py", import.meta.url).pathname;
const TIMES = 40;

/** Breaks off so often. @returns how often it was let in */
async function breakOff(endpoint: string, type: "DEALER" | "SUB"): Promise<number> {
  const { success, stdout, stderr } = await new Deno.Command("/usr/bin/python3", {
    args: [BREAKER, endpoint.split(":").at(-1)!, type, String(TIMES)],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return Number(new TextDecoder().decode(stdout));
}

const PORTS = [
  ["Janus API", "api", "DEALER"],
  ["Admin API", "admin", "DEALER"],
  ["events", "events", "SUB"],
] as const;

for (const [what, port, type] of PORTS) {
  Deno.test(`${what}: connections that flood and break off end nothing, and others are served`, async () => {
    await using fixture = await Fixture.start({
      admin: true,
      settings: { event_handler: { general: { events: "external" } } },
    });
    const pids = [fixture.pid("transport"), fixture.pid("events")];
    await using client = fixture.connect("DEALER");
    const sub = await fixture.subscribe();
    const { data: { id: session_id } } = await fixture.ask(client, "create");

    let done = false;
    const breaking = breakOff(fixture.janus.endpoints[port], type).finally(() => done = true);
    let rounds = 0;
    for (; !done; rounds++) {
      const begun = performance.now();
      assertEquals((await fixture.ask(client, "keepalive", { session_id })).janus, "ack");
      await fixture.emit({ rounds });
      assertEquals(JSON.parse(await sub.text()).event.data.rounds, rounds);
      await using newcomer = fixture.connect("DEALER");
      assertEquals((await fixture.ask(newcomer, "ping")).janus, "pong");
      assertLess(performance.now() - begun, 3000);
    }
    assertEquals(await breaking, TIMES);
    assertLess(3, rounds);
    assertEquals([fixture.pid("transport"), fixture.pid("events")], pids);
    assertEquals(fixture.janus.log.lines.filter((line) => /Assertion/.test(line)), []);
  });
}
