/** Readers of a stream that a real Janus writes, while readers and server are killed. */
import { sleep } from "../../scripts/lib/waiting.ts";
import { assert, assertEquals } from "../assert.ts";
import { readNotes, startReader } from "../plugins/stream/reader.ts";
import { NatsServer } from "../plugins/stream/server.ts";
import { emitMany } from "./support/burst.ts";
import { waitFor } from "./support/fixture.ts";
import { holds, startWithStream, upTo } from "./support/stream.ts";

/** What a killed process leaves in a file may end within a line: the next one begins a new one. */
async function killed(reader: Deno.ChildProcess, file: string): Promise<void> {
  reader.kill("SIGKILL");
  await reader.status;
  const text = await Deno.readTextFile(file).catch(() => "");
  await Deno.writeTextFile(file, text.slice(0, text.lastIndexOf("\n") + 1));
}

Deno.test("reader and server are killed at 3,000 events a second: each event is worked off, in order, and no gap is told", async () => {
  const count = 60_000;
  await using server = await NatsServer.start();
  const file = await Deno.makeTempFile();
  const fixture = await startWithStream(server);
  let reader: Deno.ChildProcess | undefined;
  try {
    await emitMany(fixture, 0, 10);
    await holds(server, 9);
    const emitting = emitMany(fixture, 10, count, { rate: 3000 });
    for (const harm of ["reader", "server", "both", "reader"]) {
      reader ??= startReader(server.url, file);
      const { ids } = await readNotes(file);
      await waitFor(
        "it to read",
        async () => (await readNotes(file)).ids.length > ids.length + 500,
        undefined,
        60_000,
      );
      if (harm !== "reader") await server.kill();
      if (harm !== "server") {
        await killed(reader, file);
        reader = undefined;
      }
      await sleep(200);
      if (harm !== "reader") await server.start();
    }
    await emitting;
    await holds(server, count - 1);
    reader ??= startReader(server.url, file);
    await waitFor(
      "the last event to be read",
      async () => (await readNotes(file)).indices.at(-1) === count - 1,
      undefined,
      40_000,
    );
    const { ids, indices, others, numbers } = await readNotes(file);
    assertEquals(others, []);
    assertEquals(indices, upTo(count));
    assertEquals(numbers, upTo(numbers.length).map((at) => at + 1));
    // Only what was in hand when a process was killed comes twice.
    assert(ids.length - numbers.length < 6 * 1000, `${ids.length - numbers.length} came twice`);
  } finally {
    reader?.kill("SIGKILL");
    await reader?.status;
    await fixture[Symbol.asyncDispose]();
    await Deno.remove(file);
  }
});
