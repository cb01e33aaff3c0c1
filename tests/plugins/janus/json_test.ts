import { toJanusId } from "../../../plugins/janus/ids.ts";
import { parseJson, stringifyJson } from "../../../plugins/janus/json.ts";
import { assertEquals, assertStrictEquals, assertThrows } from "../../assert.ts";

Deno.test("parseJson() keeps integers beyond 2^53 exact, and leaves all else alone", () => {
  assertEquals(
    parseJson(
      '{"a":9007199254740993,"b":[-9007199254740993,9007199254740991,1.5,1e300],"c":"9007199254740993"}',
    ),
    {
      a: 9007199254740993n,
      b: [-9007199254740993n, 9007199254740991, 1.5, 1e300],
      c: "9007199254740993",
    },
  );
  assertEquals(parseJson('{"short":12}'), { short: 12 });
  assertEquals(parseJson("[0.12345678901234567890]"), [0.12345678901234567890]);
  assertThrows(() => parseJson('{"a":9007199254740993'), SyntaxError);
});

Deno.test("parseJson() finds long integers wherever they stand, at each offset", () => {
  for (
    const [text, value] of [
      ["9007199254740993", 9007199254740993n],
      ["-9007199254740993", -9007199254740993n],
      ["12345678901234567890", 12345678901234567890n],
      ["1732530000123456", 1732530000123456],
      ["9007199254740991", 9007199254740991],
    ] as const
  ) {
    for (let pad = 0; pad < 40; pad++) {
      for (const gap of ["", " ", "\n\t "]) {
        const start = `{"${"x".repeat(pad)}":${gap}`;
        const parsed = Object.values(parseJson(`${start}${text}}`) as object);
        assertStrictEquals(parsed[0], value, start);
        const [, second] = parseJson(`["${"x".repeat(pad)}",${gap}${text}]`) as unknown[];
        assertStrictEquals(second, value);
      }
    }
    assertStrictEquals(parseJson(text), value);
  }
});

Deno.test("stringifyJson() writes bigints as the integers that they are", () => {
  assertStrictEquals(
    stringifyJson({ id: 9007199254740993n, list: [1, -2n], text: "x", none: undefined }),
    '{"id":9007199254740993,"list":[1,-2],"text":"x"}',
  );
});

Deno.test("reals stay reals: what is parsed and written again means the same to Janus", () => {
  const same = ["0", "-1", "0.1", "1.5", "1e300", "9223372036854775807", "-9223372036854775808"];
  same.push("1e+21", "1e+20", "-1e+20", "9.3e+18", "9007199254740993", "9.223372036854776e+18");
  for (const text of same) {
    assertEquals(stringifyJson({ x: parseJson(text) }), `{"x":${text.replace("1e300", "1e+300")}}`);
    assertEquals(
      stringifyJson([[parseJson(text)]], 1).replaceAll(/[\n ]/g, ""),
      `[[${text}]]`
        .replace("1e300", "1e+300"),
    );
  }
  assertEquals(
    stringifyJson(parseJson("[1e20,999999999999999999999.0,1E5]")),
    "[1e+20,1e+21,100000]",
  );
  assertEquals(
    stringifyJson({ text: "12345678901234567890", n: 1 }),
    '{"text":"12345678901234567890","n":1}',
  );
  assertEquals(
    stringifyJson({ a: 2 ** 63, b: 5n, c: undefined, d: NaN, e: -0 }),
    '{"a":9.223372036854776e+18,"b":5,"d":null,"e":0}',
  );
});

Deno.test("a bigint that no reader in C takes is not written", () => {
  for (const value of [2n ** 63n, -(2n ** 63n) - 1n, 10n ** 30n]) {
    assertThrows(() => stringifyJson({ value }), RangeError, "more than 64 bits");
  }
});

Deno.test("toJanusId() has one form for each id", () => {
  assertStrictEquals(toJanusId(5n), 5);
  assertStrictEquals(toJanusId("5"), 5);
  assertStrictEquals(toJanusId(9007199254740991n), 9007199254740991);
  assertStrictEquals(toJanusId("9007199254740993"), 9007199254740993n);
  assertStrictEquals(toJanusId(2n ** 63n - 1n), 2n ** 63n - 1n);
});

Deno.test("toJanusId() refuses what is no id, or may not be the one that was meant", () => {
  for (const bad of [-1, 1.5, NaN, -1n, 2n ** 63n, "", "1.0", "x", "99999999999999999999"]) {
    assertThrows(() => toJanusId(bad), TypeError, "for an id");
  }
  assertThrows(() => toJanusId(2 ** 53), TypeError, "use a bigint, such as 9007199254740992n");
});
