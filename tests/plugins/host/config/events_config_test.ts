/** What the event handler's own keys take: topics, grouping, queue, filters. */
import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import { assert, assertEquals, assertStringIncludes } from "../../../assert.ts";

function read(text: string) {
  return readConfig("eventhandler", { format: "jsonc", path: "test.jsonc", text }).config;
}

function refusal(text: string): string {
  try {
    read(text);
  } catch (error) {
    assert(error instanceof ConfigError);
    return error.message;
  }
  throw new Error(`${text} was taken`);
}

for (
  const [value, expected] of [["false", 0], ["true", 100], ["0", 0], ["1", 1], ["50", 50]] as const
) {
  Deno.test(`general.grouping = ${value} stands for ${expected}`, () => {
    assertEquals(read(`{ "general": { "grouping": ${value} } }`).general.grouping, expected);
    const tree = { general: { grouping: value } };
    const { config } = readConfig("eventhandler", { format: "jcfg", path: "test.jcfg", tree });
    assertEquals(config.general.grouping, expected);
  });
}

Deno.test("general.grouping takes nothing else", () => {
  assertStringIncludes(
    refusal('{ "general": { "grouping": "many" } }'),
    '"many" is not allowed: false or an integer from 0 to 10000',
  );
  assertStringIncludes(refusal('{ "general": { "grouping": 10001 } }'), "out of range");
});

Deno.test("topics and grouping do not go together", () => {
  assertStringIncludes(
    refusal('{ "general": { "topics": true, "grouping": 10 } }'),
    "general.grouping: 10 does not go with general.topics = true",
  );
  assertEquals(read('{ "general": { "topics": true, "grouping": 1 } }').general.grouping, 1);
});

Deno.test("filters: modules and permissions are read from both formats", () => {
  const filters = {
    modules: ["filters/a.ts", "/etc/janus/b.mjs"],
    permissions: {
      net: ["api.example.org:443", "[::1]:80"],
      read: ["/srv/rooms.json"],
      env: ["HOME"],
    },
  };
  const expected = { timeout: 1000, max_memory: 256, on_error: "pass", ...filters };
  assertEquals(read(JSON.stringify({ filters })).filters, expected);
  const tree = { filters };
  const { config } = readConfig("eventhandler", { format: "jcfg", path: "test.jcfg", tree });
  assertEquals(config.filters, expected);
});

for (
  const [key, value] of [
    ["modules", "/etc/janus/a,b.ts"],
    ["modules", "/etc/janus/a.json"],
    ["permissions.net", "https://example.org"],
    ["permissions.net", "example.org:99999"],
    ["permissions.read", "relative"],
    ["permissions.env", "A-B"],
  ] as const
) {
  Deno.test(`filters.${key} refuses ${value}`, () => {
    const [outer, inner] = key.split(".");
    const filters = inner === undefined
      ? { [outer!]: [value] }
      : { [outer!]: { [inner]: [value] } };
    assertStringIncludes(refusal(JSON.stringify({ filters })), `filters.${key}: "${value}"`);
  });
}
