/** Processes that are stopped, and memory that is spoilt: the next process serves. */
import { assert, assertEquals } from "../assert.ts";
import { Fixture, PACKAGES, type PluginName } from "../janus/support/fixture.ts";

const PLUGINS = ["transport", "events"] as const satisfies readonly PluginName[];
/** Descriptor of the shared memory in a plugin's process; and how long its header is, at least. */
const MEMORY = 3;
const HEADER_BYTES = 68_000;

async function serves(fixture: Fixture): Promise<void> {
  await using client = fixture.connect("DEALER");
  assertEquals((await fixture.ask(client, "ping")).janus, "pong");
  const sub = await fixture.subscribe();
  await fixture.emit({ here: true });
  assert((await sub.text()).includes('"here"'));
  await sub.close();
}

Deno.test("a process that is stopped while it has nothing to do is replaced", async () => {
  const runtime = { watchdog: 1 };
  await using fixture = await Fixture.start({
    admin: true,
    settings: {
      transport: { runtime },
      event_handler: { general: { events: "external" }, runtime },
    },
  });
  await serves(fixture);
  for (const plugin of PLUGINS) {
    const since = fixture.janus.log.count, pid = fixture.pid(plugin);
    Deno.kill(pid, "SIGSTOP");
    const pattern = new RegExp(
      `${PACKAGES[plugin]}\\] The plugin's process \\(pid ${pid}\\) has not moved`,
    );
    await fixture.janus.waitForLog(pattern, 6000, since);
    await fixture.ready(plugin, since);
  }
  await serves(fixture);
  const since = fixture.janus.log.count;
  await new Promise((resolve) => setTimeout(resolve, 3500));
  assertEquals(fixture.janus.log.lines.slice(since).filter((line) => /not moved/.test(line)), []);
});

Deno.test("a spoilt header of the shared memory outlives no process", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { event_handler: { general: { events: "external" } } },
  });
  for (const plugin of PLUGINS) {
    for (const fill of [0x00, 0xff, null]) {
      const bytes = new Uint8Array(HEADER_BYTES);
      if (fill !== null) bytes.fill(fill);
      else {for (let at = 0; at < HEADER_BYTES; at += 4000) {
          crypto.getRandomValues(bytes.subarray(at, at + 4000));
        }}
      const since = fixture.janus.log.count, pid = fixture.pid(plugin);
      using memory = await Deno.open(`/proc/${pid}/fd/${MEMORY}`, { write: true });
      await memory.write(bytes);
      try {
        Deno.kill(pid, "SIGKILL");
      } catch {
        // It has noticed by itself.
      }
      await fixture.ready(plugin, since);
      await serves(fixture);
    }
  }
});

Deno.test("an event that is nested deeply is published", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  for (const depth of [509, 600, 2000]) {
    let data = {};
    for (let i = 0; i < depth; i++) data = { a: data };
    await fixture.emit(data);
    const found = async () => (await sub.text()).includes('{"a":'.repeat(depth));
    await fixture.waitFor(`the event of ${depth} levels`, found);
  }
  const { counters } = await fixture.query("events", { request: "info" });
  assertEquals(counters.dropped, 0);
});
