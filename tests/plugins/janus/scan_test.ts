/** What is read of requests, compared with jansson, which reads them for Janus. */
import { readRequestHead, type RequestHead } from "../../../plugins/janus/request.ts";
import { assert, assertEquals } from "../../assert.ts";

const jansson = Deno.dlopen("libjansson.so.4", {
  json_loadb: { parameters: ["buffer", "usize", "usize", "buffer"], result: "pointer" },
  json_object_get: { parameters: ["pointer", "buffer"], result: "pointer" },
  json_string_value: { parameters: ["pointer"], result: "pointer" },
  json_integer_value: { parameters: ["pointer"], result: "i64" },
  json_real_value: { parameters: ["pointer"], result: "f64" },
  json_delete: { parameters: ["pointer"], result: "void" },
}).symbols;

// json_type, the first member of json_t.
const [OBJECT, STRING, INTEGER, REAL] = [0, 2, 3, 4];
const encoder = new TextEncoder();
const error = new Uint8Array(512);

function typeOf(json: Deno.PointerObject): number {
  return new Deno.UnsafePointerView(json).getInt32();
}

/** The head as jansson sees it, in Janus's way: a final NUL does not count. */
function byJansson(bytes: Uint8Array<ArrayBuffer>): RequestHead | null {
  const length = bytes.at(-1) === 0 ? bytes.length - 1 : bytes.length;
  const json = jansson.json_loadb(bytes, BigInt(length), 0n, error);
  if (json === null) return null;
  try {
    if (typeOf(json) !== OBJECT) return null;
    const get = (name: string) => jansson.json_object_get(json, encoder.encode(`${name}\0`));
    const text = (name: string) => {
      const field = get(name);
      if (field === null || typeOf(field) !== STRING) return undefined;
      const value = jansson.json_string_value(field);
      return new Deno.UnsafePointerView(value!).getCString();
    };
    const session = get("session_id");
    const maxev = get("maxev");
    return {
      janus: text("janus")?.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
      transaction: text("transaction"),
      session_id: session !== null && typeOf(session) === INTEGER
        ? jansson.json_integer_value(session)
        : undefined,
      plugin: text("plugin"),
      apisecret: text("apisecret"),
      token: text("token"),
      maxev: maxev === null
        ? undefined
        : typeOf(maxev) === INTEGER
        ? Number(jansson.json_integer_value(maxev))
        : typeOf(maxev) === REAL
        ? jansson.json_real_value(maxev)
        : undefined,
      query: undefined,
    };
  } finally {
    jansson.json_delete(json);
  }
}

function compare(bytes: Uint8Array<ArrayBuffer>): RequestHead | null {
  const head = byJansson(bytes);
  const ours = readRequestHead(bytes);
  if (ours?.maxev === 0) Object.assign(ours, { maxev: 0 }); // -0 is 0 to C
  if (head?.maxev === 0) Object.assign(head, { maxev: 0 });
  assertEquals(ours, head, `${JSON.stringify(new TextDecoder().decode(bytes))} ${bytes.toHex()}`);
  return head;
}

/** Random numbers that are the same each time (mulberry32). */
function randomFrom(seed: number): (below: number) => number {
  return (below) => {
    seed = seed + 0x6d2b79f5 | 0;
    let t = Math.imul(seed ^ seed >>> 15, 1 | seed);
    t = t + Math.imul(t ^ t >>> 7, 61 | t) ^ t;
    return Math.floor(((t ^ t >>> 14) >>> 0) / 2 ** 32 * below);
  };
}

const KEYS = [
  ...["janus", "transaction", "session_id", "plugin", "apisecret", "token", "maxev"],
  ...["j\\u0061nus", "\\u006A\\u0061\\u006e\\u0075\\u0073", "session\\u005fid", "Janus", "janu"],
  ...[
    "januss",
    "",
    "__proto__",
    "x",
    "janus\\u0000",
    "\\u0000",
    "janus\\n",
    "jan\\/us",
    "é",
    "\\\\",
  ],
];
const DIGITS = String(2n ** 1024n - 2n ** 970n);
const VALUES = [
  ...["0", "-0", "1", "-1", "01", "-", "+1", "1.", ".5", "1.5", "-1.5", "1e5", "1E+5", "1e-5"],
  ...["1e", "1e+", "00", "0.0", "0e0", "-0.0e-0", "1e308", "1.7976931348623157e308", "1e309"],
  ...["1.7976931348623158e308", "1.7976931348623159e308", "-1e309", "1e-400", "0e999999999999"],
  ...["0.00001e313", "0.00001e314", "123456789e300", "123456789e301", "1e99999999999999999999"],
  ...[`${DIGITS}.0`, `${DIGITS.slice(0, -1)}1.9e0`, `0.${DIGITS}e309`, `0.0${DIGITS}e310`],
  ...[`${DIGITS.slice(0, 20)}.${DIGITS.slice(20)}e289`, `${DIGITS.slice(0, -1)}1.9`],
  ...["9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809"],
  ...["9007199254740993", "99999999999999999999", "1000000000000000000", "123456789012345678"],
  ...["true", "false", "null", "True", "nul", "truex", "true1", "nulll", "tru", "NaN", "Infinity"],
  ...['""', '"x"', '"ATTACH"', '"Message_Plugin"', '"poll"', '"\\u0041"', '"\\u00e9é"', '"é€😀"'],
  ...['"\\ud83d\\ude00"', '"\\ud83d"', '"\\ude00"', '"\\ud83dx"', '"\\ud83d\\u0041"', '"\\u0000"'],
  ...['"\\uD83D\\uDE00"', '"\\ud83d\\ud83d"', '"\\u00g0"', '"\\u12"', '"\\x"', '"\\"', '"\\\\"'],
  ...[
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"a\tb"',
    '"a\nb"',
    '"\x7f"',
    '"\x1f"',
    '"\ufeff"',
    "'x'",
    '"',
  ],
  ...[
    "{}",
    "[]",
    "[1]",
    "[1,2]",
    "[1,]",
    "[,]",
    "[",
    "]",
    "{",
    "}",
    '{"a":1}',
    '{"a":1,}',
    '{"a"}',
  ],
  ...['{"janus":"inner"}', '{"a":{"janus":"x","b":[{}]}}', "{1:2}", "[[[]]]", '{"a":}', "[1 2]"],
];
const BLANKS = ["", "", "", "", " ", "\n", "\r\n\t", "\v", "\f", "\u00a0", "\0", "\ufeff", "//"];

function request(random: (below: number) => number): string {
  const one = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const blank = () => random(12) === 0 ? one(BLANKS) : "";
  const rest = '{}[],:"0e.-\0 \\ut'.split("");
  let text = `${blank()}{`;
  for (let fields = random(5); fields > 0; fields--) {
    const comma = random(40) === 0 ? one(rest) : fields > 1 ? "," : "";
    text += `${blank()}"${one(KEYS)}"${blank()}:${blank()}${one(VALUES)}${blank()}${comma}`;
  }
  return `${text}}${blank()}`;
}

/** The same with a few bytes changed, added or left out. */
function spoil(bytes: Uint8Array<ArrayBuffer>, random: (below: number) => number) {
  const list = [...bytes];
  for (let changes = random(3); changes > 0; changes--) {
    const at = random(list.length + 1);
    const byte = random(2) === 0 ? random(256) : bytes[random(bytes.length)]!;
    if (random(3) === 0) list.splice(at, 1);
    else list.splice(at, random(2), byte);
  }
  return Uint8Array.from(list);
}

Deno.test("what is read of a request is what jansson reads: 60,000 that are odd", () => {
  const random = randomFrom(10);
  let taken = 0;
  for (let i = 0; i < 60_000; i++) {
    const bytes = encoder.encode(request(random));
    if (compare(i % 3 === 0 ? spoil(bytes, random) : bytes) !== null) taken++;
  }
  // Both what is taken and what is not were tried.
  assert(taken > 5000 && taken < 55_000, String(taken));
});

Deno.test("each value alone is taken or not as jansson does, with blanks and NULs behind", () => {
  for (const value of VALUES) {
    for (const behind of [...BLANKS, "\0\0", "\0 ", " \0"]) {
      for (const key of KEYS) compare(encoder.encode(`{"${key}":${value}${behind}}`));
      compare(encoder.encode(`{"x":[${value}${behind}, ${value}],"janus":"y"}`));
      compare(encoder.encode(`{"janus":"y","x":{"a":${value}${behind}}}${behind}`));
    }
  }
});

Deno.test("each pair of bytes, and many threes and fours, is UTF-8 or not as for jansson", () => {
  const within = (...bytes: number[]) => {
    compare(Uint8Array.from([...encoder.encode('{"janus":"'), ...bytes, ...encoder.encode('"}')]));
  };
  const edges = [0x00, 0x22, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xed, 0xff];
  for (let first = 0; first < 256; first++) {
    within(first);
    for (let second = 0; second < 256; second++) within(first, second);
    if (first < 0xc0) continue;
    for (const second of edges) {
      for (const third of edges) {
        within(first, second, third);
        if (first >= 0xf0) { for (const fourth of edges) within(first, second, third, fourth); }
      }
    }
  }
});

Deno.test("jansson's depth is ours", () => {
  for (const depth of [2045, 2046, 2047, 2048, 2049, 3000]) {
    for (const [open, inner, close] of [["[", "", "]"], ["[", "1", "]"], ['{"a":', "1", "}"]]) {
      const deep = open!.repeat(depth) + inner + close!.repeat(depth);
      compare(encoder.encode(`{"janus":"x","body":${deep}}`));
    }
  }
});

Deno.test("a megabyte takes a few milliseconds, whatever it is made of", () => {
  const many = (text: string) => Array(Math.floor(2 ** 20 / (text.length + 1))).fill(text).join();
  for (const text of ["1", "[]", "{}", '""', "true", "1e308", '{"a":1}', '"\\u0041"']) {
    const bytes = encoder.encode(`{"janus":"x","y":[${many(text)}]}`);
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      assertEquals(readRequestHead(bytes)?.janus, "x");
      return performance.now() - start;
    });
    assert(Math.min(...times) < 60, `${text}: ${times}`); // 5 here; with a tree and a reviver 300
  }
});
