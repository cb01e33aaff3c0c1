import { Counter } from "../../../plugins/transport/counters.ts";
import { Drops } from "../../../plugins/transport/drops.ts";
import { assert, assertEquals } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";

const janus = new JanusLibrary();

Deno.test("every drop is told, once a second at most, as loud as the worst of them", () => {
  using end = janus.open();
  using link = end.attach();
  const said: string[] = [];
  const log = (level: string) => (text: string) => void said.push(`${level}: ${text}`);
  const drops = new Drops(link, {
    error: log("error"),
    warning: log("warning"),
    info: log("info"),
    verbose: log("verbose"),
  });
  assertEquals(drops.deadline, Infinity);
  for (let i = 0; i < 100; i++) drops.add(2, "is gone", i === 50 ? "warning" : "verbose");
  drops.add(0, "is gone", "warning");
  const text = (count: number) => `${count} messages were dropped; the last one's peer is gone`;
  assertEquals([link.counters[Counter.dropped], said], [200, [`verbose: ${text(2)}`]]);
  const now = Date.now();
  const timeout = drops.deadline - now;
  assert(timeout > 900 && timeout <= 1000, `${timeout} ms`);
  drops.tick(now + timeout);
  drops.tick(now + 5000);
  assertEquals(said.slice(1), [`warning: ${text(198)}`]);
  assertEquals(drops.deadline, Infinity);
});
