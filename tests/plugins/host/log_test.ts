import { Up } from "../../../ffi/bridge/layout.ts";
import { createLog } from "../../../plugins/host/log.ts";
import { assert, assertEquals } from "../../assert.ts";
import { JanusLibrary } from "../../ffi/bridge/janus_end.ts";

const janus = new JanusLibrary();

Deno.test("lines go up with Janus's level, one record each", () => {
  using end = janus.open();
  using link = end.attach();
  const log = createLog(link);
  log.error("e");
  log.warning("w");
  log.info("one\ntwo é");
  log.verbose("v");
  const lines = end.takeAll().map(({ kind, flags, text }) => [kind, flags, text]);
  const expected = [[2, "e"], [3, "w"], [4, "one"], [4, "two é"], [5, "v"]];
  assertEquals(lines, expected.map((line) => [Up.log, ...line]));
});

Deno.test("a line that is too long is cut, between characters", () => {
  using end = janus.open();
  using link = end.attach();
  createLog(link).info("a" + "é".repeat(5000));
  const [line] = end.takeAll();
  assert(line!.text.length > 3000 && line!.text.length < 4096);
  assert(/^aé+$/.test(line!.text), line!.text.slice(-3));
});

Deno.test("lines that find the way up full are lost and counted, and nothing else is", () => {
  using end = janus.open(16384);
  using link = end.attach();
  const log = createLog(link);
  for (let i = 0; i < 1000; i++) log.info(`line ${i}`);
  const lines = end.takeAll().map(({ text }) => text);
  assert(lines.length > 10 && lines.length < 1000);
  assertEquals(lines, lines.map((_, i) => `line ${i}`));
  log.info("again");
  const lost = 1000 - lines.length;
  assertEquals(end.take()?.text, `${lost} lines of the log were lost before this one`);
  assertEquals(end.take()?.text, "again");
});

Deno.test("what would move a terminal's cursor, or turn the text around, is left out", () => {
  using end = janus.open();
  using link = end.attach();
  createLog(link).warning("a\x1b[2Jb\rc\x7f\x9bd\u202ee\u2066f\u2028g\th\u200di");
  assertEquals(end.takeAll().map(({ text }) => text), ["a [2Jb c  d e f g\th\u200di"]);
});
