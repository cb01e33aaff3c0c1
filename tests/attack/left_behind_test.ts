/** What the processes leave behind: no core files, which would hold keys, and a log of bounded length. */
import { assert, assertEquals, assertLess } from "../assert.ts";
import { Fixture } from "../janus/support/fixture.ts";
import { filter, Filtered } from "../janus/support/filtered.ts";

/** Janus may leave core files, in the folder of its configuration, where it runs. */
const DUMPING = ["sh", "-c", 'ulimit -c "$(ulimit -Hc)"; cd "$3"; exec "$@"', "sh"];

const coreLimit = (pid: number) =>
  /^Max core file size +(\S+)/m.exec(Deno.readTextFileSync(`/proc/${pid}/limits`))?.[1];

Deno.test("no process leaves a core file, though Janus may", async () => {
  const folder = await Deno.makeTempDir({ prefix: "filters-" });
  await Deno.writeTextFile(`${folder}/fine.ts`, filter("fine", "return event;"));
  await using fixture = await Fixture.start({
    admin: true,
    wrapper: DUMPING,
    settings: {
      event_handler: {
        general: { events: "external" },
        filters: { modules: [`${folder}/fine.ts`] },
      },
    },
  });
  const { janus } = fixture;
  const sub = await fixture.subscribe();
  await fixture.emit({ filtered: true });
  assert((await sub.text()).includes('"filtered"'));
  const children = await janus.children();
  assertEquals(children.length, 3);
  assert(coreLimit(janus.pid) !== "0", "Janus itself may not leave any: this tests nothing");
  assertEquals(children.map(({ pid }) => coreLimit(pid)), ["0", "0", "0"]);
  const since = janus.log.count;
  // The scripts' process ends with the plugin's, which was there first.
  for (const { pid } of children.toReversed()) Deno.kill(pid, "SIGABRT");
  await fixture.ready("transport", since);
  await fixture.ready("events", since);
  const files = [...Deno.readDirSync(`${janus.folder}/configs`)].map(({ name }) => name);
  assertEquals(files.filter((name) => name.startsWith("core")), []);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a filter that writes 20 MB for each event leaves little of it in the log", async () => {
  await using f = await Filtered.start({
    "loud.ts": filter(
      "loud",
      `const bytes = new Uint8Array(20_000_000).fill(65);
       for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
       return event;`,
    ),
  }, { filters: { timeout: 10_000 } });
  await using sub = await f.fixture.subscribe();
  const { lines, count: since } = f.fixture.janus.log, begun = performance.now();
  assertEquals((await f.numbered(sub, 5)).length, 5);
  await f.line(
    /\d{7,} bytes in 1 lines of Filter .* were left out: more than 50 lines or 64 KiB in a second/,
  );
  const length = lines.slice(since).reduce((sum, line) => sum + line.length, 0);
  const seconds = Math.ceil((performance.now() - begun) / 1000) + 1;
  assertLess(length, seconds * 80_000);
});
