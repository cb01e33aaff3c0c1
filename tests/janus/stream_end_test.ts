/** The stream at an end: of Janus, in order or not, and of the plugin's process alone. */
import { sleep } from "../../scripts/lib/waiting.ts";
import { assert, assertEquals, assertLess } from "../assert.ts";
import { frame, RawPeer, repeated } from "../attack/support/raw_peer.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany } from "./support/burst.ts";
import { type Fixture, waitFor } from "./support/fixture.ts";
import { companion, startWithStream, stored } from "./support/stream.ts";

/** How long (ms) anything may outlive Janus, and what a busy machine may add. */
const OUTLIVE = 500, SLACK = 600;
/** How long (ms) Janus waits for the plugin's process at its end, and all the rest of it may take. */
const STOP = 2000 + 1000;

function lives(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Kills Janus. @returns how long (ms) the plugin's process and the stream's were there after it */
async function outlived(fixture: Fixture, stream: number): Promise<number> {
  const pids = [fixture.pid("events"), stream];
  fixture.janus.kill("SIGKILL");
  const begin = performance.now();
  while (pids.some(lives) && performance.now() - begin < 3000) await sleep(5);
  const took = performance.now() - begin;
  if (lives(stream)) Deno.kill(stream, "SIGKILL");
  return took;
}

/** The subjects in the stream, in its order. */
async function subjects(server: NatsServer): Promise<string[]> {
  return (await stored(server)).map(({ subject }) => subject);
}

const ends = (found: readonly string[]) => found.filter((subject) => subject.includes(".gone."));

Deno.test("Janus is killed while the engine is away: nothing of it is there after 500 ms", async () => {
  await using server = await NatsServer.start();
  const fixture = await startWithStream(server);
  const stream = await companion(fixture, server);
  await server.kill();
  await emitMany(fixture, 0, 1000);
  const took = await outlived(fixture, stream);
  await fixture[Symbol.asyncDispose]();
  assertLess(took, OUTLIVE + SLACK);
});

Deno.test("Janus is killed while the stream's process hangs: nothing of it is there after 500 ms", async () => {
  await using server = await NatsServer.start();
  const fixture = await startWithStream(server);
  const stream = await companion(fixture, server);
  Deno.kill(stream, "SIGSTOP");
  await emitMany(fixture, 0, 10);
  const took = await outlived(fixture, stream);
  await fixture[Symbol.asyncDispose]();
  assertLess(took, OUTLIVE + SLACK);
});

for (const [what, harm] of [["engine is away", "kill"], ["stream's process hangs", "stop"]]) {
  Deno.test(`Janus ends in order while the ${what}: it does so in time, and leaves nothing`, async () => {
    await using server = await NatsServer.start();
    const fixture = await startWithStream(server);
    const stream = await companion(fixture, server);
    await (harm === "kill" ? server.kill() : Deno.kill(stream, "SIGSTOP"));
    await emitMany(fixture, 0, 1000);
    const { code, milliseconds, killed, left_behind } = await fixture.janus.stop();
    await fixture[Symbol.asyncDispose]();
    assertEquals([code, killed, left_behind], [0, false, []]);
    assertLess(milliseconds, STOP);
    assert(!lives(stream));
  });
}

Deno.test("without `instance`, Janus's own name is the one in the stream", async () => {
  await using server = await NatsServer.start();
  await using fixture = await startWithStream(server, { stream: { instance: "" } });
  const { stream } = await fixture.query("events", { request: "info" });
  assertEquals(stream.instance, "janus-zeromq");
});

Deno.test("the plugin's process is started anew in order: `gone` is written at Janus's end alone", async () => {
  await using server = await NatsServer.start();
  const fixture = await startWithStream(server, { runtime: { max_memory: 150 } });
  try {
    await companion(fixture, server);
    await emitMany(fixture, 0, 100);
    const since = fixture.janus.log.count;
    using bad = await RawPeer.connect(fixture.janus.endpoints.events, "SUB");
    assert(await bad.flood(repeated(frame("a".repeat(20), true), 4000), 20_000), "it goes on");
    await fixture.janus.waitForLog(/\(pid \d+\) has ended in order, to be started anew/);
    await fixture.ready("events", since);
    await emitMany(fixture, 100, 200);
    await waitFor("the rest to be stored", async () => {
      const found = await subjects(server);
      return found.filter((subject) => subject.includes(".external.")).length === 200;
    });
    assertEquals(ends(await subjects(server)), []);
  } finally {
    await fixture[Symbol.asyncDispose]();
  }
  const found = await subjects(server);
  assertEquals(ends(found), [found.at(-1)!]);
});
