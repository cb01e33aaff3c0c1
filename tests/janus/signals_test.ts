/**
 * Signals that are meant for Janus and reach all of its processes, as `systemctl kill` and Ctrl-C send them:
 * none of ours ends by them or listens to a debugger, and at Janus's end in order nothing is lost.
 */
import { listeners, socketOwners } from "../../scripts/lib/ports.ts";
import { assertEquals } from "../assert.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany, gaps, takeNumbered } from "./support/burst.ts";
import { complete, holds, indices, startWithStream, stored, upTo } from "./support/stream.ts";
import { Whole } from "./support/whole.ts";

/** Those that Janus may be sent while it runs: it opens its log anew by one of the first two, from 1.3.2 on. */
const PASSING = ["SIGUSR1", "SIGHUP", "SIGUSR2", "SIGWINCH", "SIGALRM", "SIGCHLD"] as const;

/** What ends Janus in order. */
const ENDING = ["SIGTERM", "SIGINT"] as const;

/** The ports that these processes listen at. */
async function portsOf(pids: readonly number[]): Promise<number[]> {
  const all = await listeners();
  const owners = await socketOwners(new Set(all.map(({ inode }) => inode)));
  return all.filter(({ inode }) => pids.includes(owners.get(inode)?.pid ?? -1))
    .map(({ port }) => port).sort();
}

Deno.test("signals to the whole control group pass by all of our processes", async (t) => {
  // A Janus that does not mind any of them, as newer ones do not mind the one that is for the log.
  const ignored = PASSING.map((signal) => signal.replace("SIG", "")).join(",");
  await using whole = await Whole.start({ wrapper: ["env", `--ignore-signal=${ignored}`] });
  const { fixture, server } = whole;
  const before = await whole.processes();
  const pids = Object.values(before);
  const ports = await portsOf(pids);
  const sub = await fixture.subscribe();
  let i = 0;
  for (const signal of [...PASSING, ...ENDING]) {
    await t.step(signal, async () => {
      // Janus takes the last two for its end, see below.
      const group = PASSING.includes(signal as never) ? [fixture.janus.pid, ...pids] : pids;
      for (const pid of group) Deno.kill(pid, signal);
      await whole.use(i++);
      await holds(server, i - 1);
      assertEquals(await whole.processes(), before);
      assertEquals(await portsOf(pids), ports);
    });
  }
  const { numbers, is } = await takeNumbered(sub, i - 1);
  assertEquals([is, gaps(numbers)], [upTo(i), []]);
  assertEquals(fixture.complaints("ERR|WARN"), []);
});

for (const signal of ENDING) {
  Deno.test(`${signal} to the whole control group: Janus ends us, and all events are there`, async () => {
    await using server = await NatsServer.start();
    const fixture = await startWithStream(server);
    const sub = await fixture.subscribe();
    const children = await fixture.janus.children();
    await emitMany(fixture, 0, 2000, { pad: 500 });
    // Ours first, and Janus last: the worst order.
    for (const pid of [...children.map(({ pid }) => pid), fixture.janus.pid]) {
      Deno.kill(pid, signal);
    }
    const { numbers, is } = await takeNumbered(sub, 1999);
    await fixture.janus.exited;
    await fixture[Symbol.asyncDispose]();
    assertEquals([is, gaps(numbers)], [upTo(2000), []]);
    assertEquals(await complete(server), {}, "something was dropped");
    assertEquals(indices(await stored(server)), upTo(2000));
    assertEquals(fixture.complaints("ERR|WARN"), []);
  });
}
