import { addedJson, diffJson, type DiffLine } from "../../../scripts/filter/json_diff.ts";
import { assert, assertEquals } from "../../assert.ts";

const shown = (lines: readonly DiffLine[]) =>
  lines.map(({ sign, depth, text }) => `${sign} ${"  ".repeat(depth)}${text}`.trimEnd());

Deno.test("diffJson() of equal values is empty", () => {
  const value = { a: 1, b: { c: [1, "x"] } };
  assertEquals(diffJson(value, structuredClone(value)), []);
});

Deno.test("diffJson() shows a change with a line around it and the keys above", () => {
  const before = { type: 1, event: { x: 1, pair: { ip: "a", port: 1, type: "h" }, z: 1 }, end: 0 };
  const after = structuredClone(before);
  after.event.pair.ip = "b";
  assertEquals(shown(diffJson(before, after)), [
    "  …",
    "  event:",
    "    …",
    "    pair:",
    '-     ip: "a"',
    '+     ip: "b"',
    "      port: 1",
    "  …",
  ]);
});

Deno.test("diffJson() shows what is added and what is gone, in lists too", () => {
  const before = { list: [{ a: 1 }, 2], gone: { deep: true }, id: 2n ** 60n };
  const after = { list: [{ a: 1 }, 3], id: 2n ** 60n, new: "x" };
  assertEquals(shown(diffJson(before, after)), [
    "  list:",
    "      …",
    "      a: 1",
    "-   [1]: 2",
    "- gone:",
    "-   deep: true",
    "+   [1]: 3",
    "  id: 1152921504606846976",
    '+ new: "x"',
  ]);
});

Deno.test("diffJson() compares texts of several lines by line", () => {
  const sdp = Array.from({ length: 30 }, (_, i) => `a=${i}`);
  const text = (lines: string[]) => ({ sdp: `${lines.join("\r\n")}\r\n` });
  const changed = sdp.with(9, "a=nine").toSpliced(20, 1);
  assertEquals(shown(diffJson(text(sdp), text(changed))), [
    "  sdp:",
    "    …",
    '    "a=8\\r\\n"',
    '-   "a=9\\r\\n"',
    '+   "a=nine\\r\\n"',
    '    "a=10\\r\\n"',
    "    …",
    '    "a=19\\r\\n"',
    '-   "a=20\\r\\n"',
    '    "a=21\\r\\n"',
    "  …",
  ]);
});

Deno.test("diffJson() of large values is quick, however much they differ", () => {
  const large = (prefix: string) =>
    Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`${prefix}${i}`, i]));
  const began = performance.now();
  assertEquals(diffJson(large("a"), large("b")).length, 10_000);
  assert(performance.now() - began < 5000);
});

Deno.test("addedJson() shows a whole value", () => {
  assertEquals(shown(addedJson({ a: {}, b: [], text: "x\ny", odd: { "a b": null } })), [
    "+ a: {}",
    "+ b: []",
    "+ text:",
    '+   "x\\n"',
    '+   "y"',
    "+ odd:",
    '+   "a b": null',
  ]);
});
