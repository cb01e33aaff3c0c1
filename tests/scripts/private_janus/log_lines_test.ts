import { LogError, LogLines } from "../../../scripts/private_janus/log_lines.ts";
import { assertEquals, assertRejects, assertStringIncludes } from "../../assert.ts";

function streamOf(...chunks: string[]): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new Blob(chunks).stream();
}

Deno.test("drain() makes lines of chunks, the last one without its end too", async () => {
  const seen: string[] = [];
  const log = new LogLines((line) => seen.push(line));
  await log.drain(streamOf("one\ntw", "o\n\nthree ü"));
  assertEquals(log.lines, ["one", "two", "", "three ü"]);
  assertEquals(seen, log.lines);
});

Deno.test("waitFor() finds what was said, what will be said, and nothing before `since`", async () => {
  const log = new LogLines();
  log.push("port 1");
  assertEquals((await log.waitFor(/port (\d)/))[1], "1");
  const later = log.waitFor(/port (\d)/g, 1_000, log.count);
  log.push("nothing");
  log.push("port 2");
  assertEquals((await later)[1], "2");
});

Deno.test("waitFor() gives up in time, with the last words", async () => {
  const log = new LogLines();
  for (let i = 0; i < 30; i++) log.push(`line ${i}`);
  const error = await assertRejects(() => log.waitFor(/never/, 20), LogError, "20 ms");
  assertStringIncludes(error.message, "line 29");
  assertEquals(error.lines.length, 20);
});

Deno.test("waitFor() doesn't wait for a program that has ended", async () => {
  const log = new LogLines();
  const before = assertRejects(() => log.waitFor(/never/, 60_000), LogError, "it is gone");
  log.end("it is gone");
  await before;
  await assertRejects(() => log.waitFor(/never/, 60_000), LogError, "it is gone");
});

Deno.test("old lines make room, and count() goes on", async () => {
  const log = new LogLines();
  for (let i = 0; i < 20_010; i++) log.push(`line ${i}.`);
  assertEquals(log.lines.length, 20_000);
  assertEquals(log.count, 20_010);
  await assertRejects(() => log.waitFor(/line 5\./, 1), LogError);
  await log.waitFor(/line 20009\./, 1, 20_009);
});
