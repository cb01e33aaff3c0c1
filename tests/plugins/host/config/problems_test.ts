/** What is said of a configuration that is refused, and where the fault is. */
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";
import { failure, JCFG, jcfg, JSONC, jsonc } from "./support.ts";

Deno.test("readConfig() names file, place, key and range of a number out of range", () => {
  const text = '{\n  "general": {\n    "port": 70000\n  }\n}';
  assertEquals(
    failure(() => jsonc(text)).message,
    `${JSONC}:3:13: general.port: 70000 is out of range: an integer from 1 to 65535`,
  );
  assertEquals(
    failure(() => jcfg("transport", { general: { port: "70000" } })).message,
    `${JCFG}: general.port: 70000 is out of range: an integer from 1 to 65535`,
  );
});

Deno.test("readConfig() counts lines and columns from 1, over tabs, CRLF and a byte order mark", () => {
  const place = (text: string) => /:(\d+:\d+): /.exec(failure(() => jsonc(text)).message)?.[1];
  assertEquals(place('{"general":{"port":0}}'), "1:20");
  assertEquals(place('\uFEFF{"general":{"port":0}}'), "1:20");
  assertEquals(place('{"general":{\r\n\t"port":0}}'), "2:9");
  assertEquals(place('{"general":\n\n5}'), "3:1");
});

Deno.test("readConfig() collects all problems, one line each, and the warnings with them", () => {
  const error = failure(() =>
    jcfg("transport", {
      general: { enabled: "perhaps", port: "0", adress: "x" },
      security: { mechanism: "plain", users: "users", clients: "clients" },
      admin: { admin_address: "localhost" },
      limits: { max_message_size: "lots" },
    })
  );
  assertEquals(error.problems.length, 5);
  assertEquals(error.message.split("\n"), [...error.problems]);
  assertEquals(error.warnings.length, 1);
});

Deno.test("readConfig() shows long and many-lined values in one short line", () => {
  const error = failure(() => jcfg("transport", { general: { json: `a\nb${"x".repeat(500)}` } }));
  assertEquals(error.message.includes("\n"), false);
  assert(error.message.length < 250, error.message);
});

Deno.test("readConfig() refuses unknown keys and sections, with place and nearest name", () => {
  const error = failure(() => jsonc('{\n "genral": {},\n "general": { "prot": 1, "port": 2 }\n}'));
  assertEquals(error.problems, [
    `${JSONC}:2:2: genral: unknown section; did you mean general?`,
    `${JSONC}:3:15: general.prot: unknown key; did you mean general.port?`,
  ]);
});

Deno.test("readConfig() is not misled by names that objects have", () => {
  const { problems } = failure(() => jsonc('{"__proto__":{"a":1},"general":{"constructor":1}}'));
  assertEquals(problems.length, 2);
});

Deno.test("readConfig() refuses a key that is set twice, and checks the rest as well", () => {
  const error = failure(() => jsonc('{"general":{"port":1,\n"port":2,"json":"x"}}'));
  assertEquals(error.problems[0], `${JSONC}:2:1: general.port: set twice, first in line 1`);
  assertStringIncludes(error.problems[1] ?? "", 'general.json: "x"');
});

Deno.test("readConfig() says where the syntax breaks, in plain words", () => {
  const cases = [
    ["", "1:1: the file is empty: write {}"],
    [" \n ", "1:1: the file is empty"],
    ["// nothing\n", ": a value is missing here"],
    ['{"general": {"port": 1 "json": "plain"}}', "1:24: a comma is missing before this"],
    ['{\n"general": {}', "2:14: a closing } is missing here"],
    ['{"general" {}}', "1:12: a colon is missing here"],
    ["{general: {}}", "1:2: not a word of JSON"],
    ['{"general": {"json": plain}}', "1:22: not a word of JSON"],
    ['{"general": {"json": "plain}}', "no end: a closing double quote is missing"],
    ["{} {}", "1:4: nothing may follow the end"],
    ["{} /* open", "this comment has no end"],
    ['{"general": {"json": "\\x"}}', "a backslash needs one of"],
    ['{"general": {"json": "a\tb"}}', "control characters cannot stand in text"],
    ['{"general": {"events": }}', "a value is missing here"],
    ["{,}", "is missing here"],
  ] as const;
  for (const [text, words] of cases) {
    const { message } = failure(() => jsonc(text));
    assertStringIncludes(message, words);
    assertStringIncludes(message, `${JSONC}:`);
  }
});
