import { foldVerb, readRepeated, readRequestHead } from "../../../plugins/janus/request.ts";
import { assert, assertEquals } from "../../assert.ts";

function read(text: string) {
  return readRequestHead(new TextEncoder().encode(text));
}

Deno.test("the head is what a request wants, and of what", () => {
  const head = {
    janus: "poll",
    transaction: "t",
    session_id: 5n,
    plugin: "p",
    apisecret: "s",
    token: "é",
    maxev: 3,
    query: undefined,
  };
  const text = JSON.stringify({ ...head, session_id: 5, body: { janus: "other", token: 7 } });
  assertEquals(read(text), head);
  assertEquals(Object.values(read("{}")!), Array(8).fill(undefined));
});

Deno.test("session ids are exact", () => {
  const ids = [
    "0",
    "-0",
    "-1",
    "9007199254740992",
    "9007199254740993",
    "9223372036854775807",
    "-9223372036854775808",
  ];
  for (const id of ids) {
    assertEquals(read(`{"session_id": ${id} ,"x":1}`)?.session_id, BigInt(id));
  }
  // Janus takes no others.
  for (const id of ["9223372036854775808", "123456789012345678901234567890"]) {
    assertEquals(read(`{"janus":"x","session_id":${id}}`), null);
  }
  // What another object's is, or is said twice.
  assertEquals(read('{"body":{"session_id":9007199254740993}}')?.session_id, undefined);
  assertEquals(read('{"session_id":1,"session_id":9007199254740993}')?.session_id, 2n ** 53n + 1n);
  assertEquals(read('{"session\\u005fid":9007199254740993}')?.session_id, 2n ** 53n + 1n);
});

Deno.test("a session id that is no integer is none", () => {
  for (const id of ["1.0", "1e3", "5E0", '"5"', "null", "[5]", "{}", "true"]) {
    const head = read(`{"janus":"x","session_id":${id}}`);
    assertEquals([head?.janus, head?.session_id], ["x", undefined]);
  }
});

Deno.test("fields of another type are none", () => {
  const names = ["janus", "transaction", "plugin", "apisecret", "token", "maxev"];
  const fields = names.map((name) => `"${name}":${name === "maxev" ? '"5"' : "5"}`);
  assertEquals(Object.values(read(`{${fields}}`)!), Array(8).fill(undefined));
});

Deno.test("what is no object has no head", () => {
  const texts = ["", "\0", "{", '{"janus":"x"', '{"janus":"x"}}', "[]", '[{"janus":"x"}]', "null"];
  for (const text of [...texts, '"{}"', "5", "true", "{'janus':1}", "{}\0\0", "\u0000{}"]) {
    assertEquals(read(text), null, JSON.stringify(text));
  }
  assertEquals(readRequestHead(Uint8Array.of(0xff, 0xfe)), null);
});

Deno.test("a final NUL, as C programs send it, does no harm", () => {
  assertEquals(read('{"janus":"x"}\0')?.janus, "x");
  assertEquals(read(' \r\n\t{"janus":"x"} \n\0')?.janus, "x");
});

Deno.test("names that mean something to JavaScript mean nothing here", () => {
  const head = read('{"__proto__":{"janus":"x"},"constructor":1,"toString":2,"janus":"y"}');
  assertEquals([head?.janus, head?.plugin], ["y", undefined]);
  assertEquals(read('{"__proto__":{"janus":"x"}}')?.janus, undefined);
});

Deno.test("whatever Janus takes can be read, however deep: else nobody could look into it", () => {
  // jansson's parser goes 2048 deep, the request itself and the innermost value included.
  for (const depth of [100, 2046]) {
    const body = `${"[".repeat(depth + 1)}${"]".repeat(depth + 1)}`;
    assertEquals(read(`{"janus":"x","body":${body}}`)?.janus, "x");
    const objects = `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;
    assertEquals(read(`{"body":${objects},"janus":"x"}`)?.janus, "x");
  }
  assert(read(`{"janus":"x","body":"${"y".repeat(1_000_000)}"}`)?.janus === "x");
});

Deno.test("verbs are in small letters, as Janus compares them", () => {
  assertEquals(read('{"janus":"Message_Plugin"}')?.janus, "message_plugin");
  assertEquals(read('{"janus":"\\u0041TTACH","plugin":"Janus.Plugin"}')?.janus, "attach");
  assertEquals(read('{"janus":"attach","plugin":"Janus.Plugin"}')?.plugin, "Janus.Plugin");
  // Of ASCII alone: strcasecmp knows no others.
  assertEquals(foldVerb("AttÄch İK\u212a"), "attÄch İk\u212a");
});

Deno.test("a transaction and a session are found before the fault", () => {
  const repeated = (text: string) => readRepeated(new TextEncoder().encode(text));
  const found = (text: string) => repeated(text).transaction;
  const session_id = 2n ** 63n - 1n;
  const both = `{"session_id":${session_id},"transaction":"t","x":tru`;
  assertEquals(repeated(both), { transaction: "t", session_id });
  assertEquals(repeated(`${both.slice(0, 20)}`).session_id, undefined);
  assertEquals(found('{"transaction":"t","x":1e999}'), "t");
  assertEquals(found('{"transaction":"t"} and more'), "t");
  assertEquals(found('{"x":[1,2,{"transaction":"inner"}],"transaction":"\\u00e9","y"'), "é");
  for (const text of ["", "[]", '["transaction","t"]', '{"x":tru,"transaction":"t"}']) {
    assertEquals(found(text), undefined, text);
  }
});
