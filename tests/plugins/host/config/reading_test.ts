/** One reading: what the stub and the plugin would take for different things is refused, with its key. */
import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import { findDifference, readJsonc } from "../../../../plugins/host/config/source.ts";
import { assertEquals, assertStringIncludes, assertThrows } from "../../../assert.ts";

const PATH = "janus.transport.zeromq.jsonc";

function problems(text: string, more: { tree?: unknown; fault?: string } = {}): readonly string[] {
  return assertThrows(
    () => readConfig("transport", { format: "jsonc", path: PATH, text, ...more }),
    ConfigError,
  ).problems;
}

const REFUSED: readonly [text: string, words: string][] = [
  ['{ "general": { "address": "\\ud800" } }', ":1:27: general.address: half of a surrogate pair"],
  ['{ "a\\udc00b": 1 }', ":1:3: a?b: half of a surrogate pair"],
  ['{ "x": [0, 9223372036854775808] }', ":1:12: x[1]: 9223372036854775808 is beyond the numbers"],
  ['{ "x": -9223372036854775809 }', "x: -9223372036854775809 is beyond"],
  ['{ "x": 1e400 }', "x: 1e400 is beyond"],
  ['{ "users": "a\\u0000b" }', "users: text cannot have the character \\u0000"],
  [
    '{ "security": { "allow": ["::1"], "allow": [] } }',
    "security.allow: set twice, first in line 1",
  ],
  [`{ "x": ${"[".repeat(101)}${"]".repeat(101)} }`, "more than 100 groups and lists stand within"],
  [`{ "x": ${"[".repeat(1e6)}${"]".repeat(1e6)} }`, "more than 100 groups and lists stand within"],
];
for (const [text, words] of REFUSED) {
  Deno.test(`readConfig() refuses ${text.slice(0, 50)}, by its key`, () => {
    assertStringIncludes(problems(text)[0] ?? "", words);
  });
}

Deno.test("readConfig() takes the numbers of 64 bits, and whole characters", () => {
  const text = '{ "x": [9223372036854775807, -9223372036854775808, 1e300, "\\ud83d\\ude00"] }';
  assertEquals(problems(text), [`${PATH}:1:3: x: unknown key`]);
});

Deno.test("what the stub could not read is refused, though nothing is wrong with it here", () => {
  const fault = `${PATH}:1:2: says the stub`;
  assertEquals(problems("{}", { fault }), [fault]);
  // Its own words are better.
  assertStringIncludes(problems("{ 1 }", { fault })[0] ?? "", "double quotes");
});

Deno.test("what the stub has read as something else is refused, by its key", () => {
  const text = '{ "hooks": { "permissions": { "net": ["a"] } } }';
  const differs = (tree: unknown) => problems(text, { tree })[0]?.split(": ").slice(1);
  const two_ways = "this can be read in two ways";
  const net = (value: unknown) => ({ hooks: { permissions: { net: value } } });
  assertEquals(differs(net(["b"])), ["hooks.permissions.net[0]", two_ways]);
  assertEquals(differs(net([])), ["hooks.permissions.net", two_ways]);
  assertEquals(differs(net("a")), ["hooks.permissions.net", two_ways]);
  assertEquals(differs({ hooks: {} }), ["hooks", two_ways]);
  assertEquals(differs({}), [two_ways]);
  readConfig("transport", { format: "jsonc", path: PATH, text, tree: net(["a"]) });
});

Deno.test("findDifference() finds none in what is the same", () => {
  const text = '{"a":[1,-0,1.5,"x",null,true,{}],"__proto__":{"b":[]}} // ,';
  const { root } = readJsonc(text);
  assertEquals(findDifference(root!, JSON.parse(text.replace(" // ,", ""))), null);
  assertEquals(
    findDifference(root!, JSON.parse('{"a":[1,0,1.5,"x",null,true,{}],"c":{}}')),
    "__proto__",
  );
});

const GUARDS: readonly [tree: unknown, key: string][] = [
  [{ security: { alow: ["::1"] } }, "security.alow"],
  [{ security: { anything: 1 } }, "security.anything"],
  [{ secruity: { allow: ["::1"] } }, "secruity"],
  [{ Security: { allow: ["::1"] } }, "Security"],
  [{ General: {} }, "General"],
  [{ general: { allow: ["::1"] } }, "general.allow"],
  [{ rights: {} }, "rights"],
  [{ general: { ipc_mod: "0600" } }, "general.ipc_mod"],
  [{ hook: { modules: ["/a.ts"] } }, "hook"],
  [{ hooks: { module: ["/a.ts"] } }, "hooks.module"],
  [{ hooks: { permissions: { nets: [] } } }, "hooks.permissions.nets"],
  [{ limits: { max_peer: 1 } }, "limits.max_peer"],
];
for (const [tree, key] of GUARDS) {
  Deno.test(`${key} may have been meant to guard something, and is refused`, () => {
    const [line = "", ...more] = problems(JSON.stringify(tree));
    assertStringIncludes(line, `${key}: unknown `);
    assertEquals(more, []);
  });
}
