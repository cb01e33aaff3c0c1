import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import type { PluginKind } from "../../../../plugins/host/config/schema.ts";
import type { JanusTree } from "../../../../plugins/host/config/source.ts";
import { assertEquals, assertThrows } from "../../../assert.ts";

/** What is wrong with a configuration, without the file's name and the place. */
function problems(kind: PluginKind, tree: JanusTree): string[] {
  const run = () => readConfig(kind, { format: "jcfg", path: "file", tree });
  return assertThrows(run, ConfigError).problems.map((line) => line.replace("file: ", ""));
}

/** Where what is unknown in the transport's configuration stands, and what is said of it. */
const UNKNOWN: readonly [path: string, words: string][] = [
  ["general.ring_size", "unknown key; did you mean runtime.ring_size?"],
  ["general.admin_port", "unknown key; did you mean admin.admin_port?"],
  ["peers.bind_session", "unknown key; did you mean security.bind_sessions?"],
  ["bind_sesions", "unknown key; did you mean security.bind_sessions?"],
  ["peers.alow", "unknown key; did you mean security.allow or admin_security.allow?"],
  ["security.ALLOW", "unknown key; did you mean security.allow?"],
  ["peers.mecanism", "unknown key; did you mean security.mechanism or admin_security.mechanism?"],
  [
    "peers.read_only",
    "unknown key; did you mean security.rights.NAME.read_only or" +
    " admin_security.rights.NAME.read_only?",
  ],
  ["runtime.max_memry", "unknown key; did you mean runtime.max_memory?"],
  ["auth", "unknown key"],
  ["security.rights.*.readonly", "unknown key; did you mean security.rights.*.read_only?"],
  ["general.topics", "only the event handler has this key"],
  ["queue.policy", "only the event handler has this section"],
  ["peers.topics", "unknown key; did you mean general.topics, which only the event handler has?"],
];
for (const [path, words] of UNKNOWN) {
  Deno.test(`${path}: ${words}`, () => {
    const tree = path.split(".").reduceRight<JanusTree>((tree, name) => ({ [name]: tree }), "1");
    const given = path.startsWith("queue.") ? "queue" : path;
    assertEquals(problems("transport", tree), [`${given}: ${words}`]);
    const text = JSON.stringify(tree);
    const run = () => readConfig("transport", { format: "jsonc", path: "file", text });
    assertEquals(assertThrows(run, ConfigError).problems[0]?.split(": ").slice(1), [given, words]);
  });
}

Deno.test("the event handler says what only the transport has", () => {
  const tree = { admin: { admin_port: "1" }, security: { bind_sessions: "true" }, limit: {} };
  assertEquals(problems("eventhandler", tree), [
    `admin: only the transport has this section`,
    `limit: unknown section; did you mean limits, which only the transport has?`,
    `security.bind_sessions: only the transport has this key`,
  ]);
});
