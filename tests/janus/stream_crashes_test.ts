/** The stream where memory is lost: that of filters, as processes crash, and that of Janus. */
import { sleep } from "../../scripts/lib/waiting.ts";
import type { ServerEvent } from "../../mod.ts";
import { readEvents, type StreamItem } from "../../plugins/stream/read/mod.ts";
import { assert, assertEquals, assertGreater } from "../assert.ts";
import { withFiles } from "../folder.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany } from "./support/burst.ts";
import { type Fixture, waitFor } from "./support/fixture.ts";
import { holds, indices, startWithStream, stored, upTo } from "./support/stream.ts";

const COUNT = 18_000;

/** A filter that counts, and makes these of an event: an expression with `event`, `data` and `count`. */
const counting = (made: string) => `
import { defineEventFilter } from "@janus-zeromq/janus-zeromq";
let count = 0;
export default defineEventFilter({
  name: "counting",
  events: ["external"],
  filter: (event) => {
    count++;
    const as = (data) => ({ ...event, event: { ...event.event, data } });
    const { i } = event.event.data;
    return ${made};
  },
});
`;

/** The filters' process: it may read their folder. */
async function scripts(fixture: Fixture, folder: string): Promise<number> {
  for (const { pid } of await fixture.janus.children()) {
    const line = await Deno.readTextFile(`/proc/${pid}/cmdline`).catch(() => "");
    if (line.includes(`--allow-read=${folder}`)) return pid;
  }
  return -1;
}

/** Has events filtered and stored while the plugin's process and that of the filters are killed. */
async function throughCrashes(server: NatsServer, filter: string): Promise<void> {
  await withFiles({ "counting.ts": filter }, async (folder) => {
    await using fixture = await startWithStream(server, { filters: `${folder}/counting.ts` });
    const emitting = emitMany(fixture, 0, COUNT, { rate: 5000 });
    const acknowledged = async () =>
      (await fixture.query("events", { request: "info" })).stream.acknowledged as number;
    for (const victim of ["plugin", "scripts", "plugin"]) {
      // So many, that events are among them which were filtered after the last crash.
      const next = Math.min(await acknowledged() + 5000, COUNT - 2000);
      const isThere = async () => await acknowledged() > next;
      await waitFor("more to be stored", isThere, fixture.janus, 30_000);
      if (victim === "plugin") {
        const since = fixture.janus.log.count;
        Deno.kill(fixture.pid("events"), "SIGKILL");
        await fixture.ready("events", since);
      } else {
        let pid = -1;
        await fixture.waitFor(
          "the filters' process",
          async () => (pid = await scripts(fixture, folder)) > 0,
        );
        Deno.kill(pid, "SIGKILL");
      }
    }
    await emitting;
    await holds(server, COUNT - 1);
  });
}

/** `i` of a custom event. */
function indexOf({ event }: ServerEvent): number {
  return (event as unknown as { readonly data: { readonly i: number } }).data.i;
}

async function items(server: NatsServer): Promise<StreamItem[]> {
  return await Array.fromAsync(readEvents({ servers: server.url, from: "all", follow: false }));
}

Deno.test("a filter that counts begins anew after a crash; what it makes of each event is stored once and in order", async () => {
  await using server = await NatsServer.start();
  await throughCrashes(server, counting("as({ i, count })"));
  const found = await stored(server);
  assertEquals(indices(found), upTo(COUNT));
  const numbers = found.filter(({ subject }) => !subject.includes(".gone.")).map(({ number }) =>
    number
  );
  assertEquals(numbers, upTo(numbers.length).map((at) => at + 1));
  const counts = found.flatMap(({ body }) => {
    const data = (body.event as { data?: { count?: number } } | undefined)?.data;
    return data?.count === undefined ? [] : [data.count];
  });
  const restarts = counts.filter((count, at) => at > 0 && count < counts[at - 1]!).length;
  // On a machine under load, what was stored before a crash can hide where the filter begins anew.
  assert(restarts >= 1, `${restarts} restarts`);
});

Deno.test("a filter that makes another number of events after a crash: all are read, though numbers come twice", async () => {
  await using server = await NatsServer.start();
  // By its memory, one or three of an event: what was stored before a crash may not fit what is made after it.
  const made = "count % 2 === 1 ? as({ i }) : [as({ i }), as({ i }), as({ i })]";
  await throughCrashes(server, counting(made));
  const ids = (await stored(server)).filter(({ subject }) => subject.includes(".external."))
    .map(({ id }) => id);
  assertEquals(new Set(ids).size, ids.length);
  const read = (await items(server)).flatMap((item) =>
    item.kind === "event" && item.event.type === 4 ? [item] : []
  );
  assertEquals(read.map(({ id }) => id).sort(), ids.toSorted());
  assertEquals(new Set(read.map(({ event }) => indexOf(event))).size, COUNT);
});

Deno.test("Janus is killed five times in a row under load: of each run at most the end is missing, and nothing is there twice", async () => {
  await using server = await NatsServer.start();
  for (let run = 0; run < 5; run++) {
    const fixture = await startWithStream(server);
    const emitting = emitMany(fixture, 0, 1_000_000, { rate: 5000 }).catch(() => {});
    const since = (await stored(server).catch(() => [])).length;
    // It looks back at what its forerunners have stored first.
    const stores = async () => (await stored(server).catch(() => [])).length > since + 200;
    await waitFor("it to store", stores, fixture.janus, 30_000);
    await sleep(100 + 70 * run);
    fixture.janus.kill("SIGKILL");
    await fixture[Symbol.asyncDispose]();
    await emitting;
  }
  await sleep(700); // the last one's process may go on for half a second
  const all = await items(server);
  const runs = Map.groupBy(all, ({ epoch }) => epoch);
  assertEquals(runs.size, 5);
  assertEquals([...runs.keys()], [...runs.keys()].toSorted((a, b) => a - b));
  for (const run of runs.values()) {
    const events = run.flatMap((item) => item.kind === "event" ? [item] : []);
    assertEquals(events.map(({ number }) => number), upTo(events.length).map((at) => at + 1));
    const is = events.flatMap(({ event }) => event.type === 4 ? [indexOf(event)] : []);
    assertEquals(is, upTo(is.length));
    assertGreater(is.length, 200);
    // Nothing but its end follows.
    const others = run.filter(({ kind }) => kind !== "event");
    if (others.length === 0) continue;
    const { number } = events.at(-1)!;
    assertEquals(others.map((item) => item.kind === "gone" ? item.last : item.kind), [number]);
    assertEquals(run.at(-1)!.kind, "gone");
  }
  assertEquals(new Set(all.map(({ sequence }) => sequence)).size, all.length);
});
