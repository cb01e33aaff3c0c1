/** Which values keys take. */
import { readConfig } from "../../../../plugins/host/config/read.ts";
import type { JanusTree } from "../../../../plugins/host/config/source.ts";
import { assertEquals, assertStringIncludes } from "../../../assert.ts";
import { failure, JCFG, jcfg, jsonc } from "./support.ts";

for (const yes of ["true", "TRUE", "yes", "Yes", "on", "ON", "1"]) {
  Deno.test(`readConfig() takes ${JSON.stringify(yes)} for true`, () => {
    const tree = { admin: { admin_enabled: yes } };
    assertEquals(jcfg("transport", tree).config.admin.admin_enabled, true);
    assertEquals(jsonc(JSON.stringify(tree)).config.admin.admin_enabled, true);
  });
}

for (const no of ["false", "False", "no", "NO", "off", "Off", "0"]) {
  Deno.test(`readConfig() takes ${JSON.stringify(no)} for false`, () => {
    const tree = { general: { events: no } };
    assertEquals(jcfg("transport", tree).config.general.events, false);
    assertEquals(jsonc(JSON.stringify(tree)).config.general.events, false);
  });
}

Deno.test("readConfig() takes JSON's true, false, 1 and 0 for booleans", () => {
  for (const [value, expected] of [["true", true], ["1", true], ["false", false], ["0", false]]) {
    assertEquals(jsonc(`{"general":{"events":${value}}}`).config.general.events, expected);
  }
});

for (const value of ["2", "maybe", "-1", " true", "enabled", "1.000000", "tru"]) {
  Deno.test(`readConfig() refuses ${JSON.stringify(value)} as a boolean`, () => {
    const error = failure(() => jcfg("transport", { general: { enabled: value } }));
    assertEquals(error.problems.length, 1);
    assertStringIncludes(error.message, `${JCFG}: general.enabled: `);
    assertStringIncludes(error.message, "is not allowed: true,");
    failure(() => jsonc(JSON.stringify({ general: { enabled: value } })));
  });
}

Deno.test("readConfig() takes the ends of a range and refuses what is beyond", () => {
  const port = (port: string) => () => jcfg("transport", { general: { port } }).config.general.port;
  assertEquals(port("1")(), 1);
  assertEquals(port("65535")(), 65535);
  for (
    const refused of ["0", "65536", "-5", "1.500000", "0x10", "5e3", "port", "12 ", "99999999999"]
  ) {
    failure(port(refused));
  }
});

Deno.test("readConfig() refuses JSON values of another type", () => {
  const cases = [
    ['{"general":{"port":"5545"}}', 'general.port: "5545" is not allowed: an integer'],
    ['{"general":{"port":1.5}}', "general.port: 1.5 is not allowed: an integer"],
    ['{"general":{"port":true}}', "general.port: true is not allowed"],
    ['{"general":{"port":{}}}', "general.port: a group is not allowed"],
    ['{"general":{"port":null}}', "general.port: is empty: an integer"],
    ['{"general":{"address":5545}}', "general.address: 5545 is not allowed: an address such as"],
    ['{"runtime":{"deno":false}}', "runtime.deno: false is not allowed: text"],
    ['{"runtime":{"deno":["a"]}}', "runtime.deno: a list is not allowed"],
    ['{"general":{"json":1}}', 'general.json: 1 is not allowed: "compact", "plain" or "indented"'],
    ['{"general":{"json":"nice"}}', 'general.json: "nice" is not allowed: "compact"'],
    ['{"general":5}', "general: 5 stands where a group { ... } belongs"],
    ['{"general":[]}', "general: a list stands where a group { ... } belongs"],
    ["[]", ": a list stands where a group { ... } belongs"],
  ] as const;
  for (const [text, words] of cases) {
    const error = failure(() => jsonc(text));
    assertEquals(error.problems.length, 1, error.message);
    assertStringIncludes(error.message, words);
  }
});

Deno.test("readConfig() refuses empty values of a .jcfg", () => {
  for (const empty of ["", null]) {
    for (const name of ["enabled", "address", "port", "json"]) {
      const error = failure(() => jcfg("transport", { general: { [name]: empty } }));
      assertStringIncludes(error.message, `general.${name}: is empty`);
    }
  }
});

Deno.test("readConfig() takes event masks as text and as lists, from both formats", () => {
  const events = (tree: JanusTree) => jcfg("eventhandler", { general: { events: tree } });
  assertEquals(events("sessions, core").config.general.events, 257);
  assertEquals(events(["sessions", "core"]).config.general.events, 257);
  assertEquals(events("none").config.general.events, 0);
  const text = '{"general":{"events":["Media","jsep"]}}';
  const source = { format: "jsonc", path: "x.jsonc", text } as const;
  assertEquals(readConfig("eventhandler", source).config.general.events, 40);
});

Deno.test("readConfig() refuses an unknown event label by name", () => {
  const error = failure(() => jcfg("eventhandler", { general: { events: "sessions,handels" } }));
  assertStringIncludes(error.message, `${JCFG}: general.events: "handels" is not an event type`);
  assertStringIncludes(error.message, 'the nearest is "handles"');
});

Deno.test("readConfig() refuses event masks of another type", () => {
  const refuse = (events: unknown) => {
    const text = JSON.stringify({ general: { events } });
    return failure(() => readConfig("eventhandler", { format: "jsonc", path: "x", text })).message;
  };
  assertStringIncludes(refuse(5), "general.events: 5 is not allowed");
  assertStringIncludes(refuse(["core", 7]), "7 is not allowed in the list");
  assertStringIncludes(refuse([["core"]]), "a list is not allowed in the list");
  assertStringIncludes(refuse({ core: true }), "a group is not allowed");
  assertStringIncludes(refuse(null), "is empty");
  assertStringIncludes(refuse([]), "is empty");
});

Deno.test("readConfig() shows no password of a server or an endpoint, and says where it belongs", () => {
  const both = (path: string, value: string | string[]) => {
    const [group = "", name = ""] = path.split(".");
    const tree = { [group]: { [name]: value } };
    const text = JSON.stringify(tree);
    return [
      failure(() => jcfg("eventhandler", tree)).message,
      failure(() => readConfig("eventhandler", { format: "jsonc", path: "x.jsonc", text })).message,
    ];
  };
  const servers = [
    ...["nats://ann:SECRET@h", "tls://SECRET@h:1", "ann:SECRET@h", "nats://ann:SEC,RET@h"],
    ...["nats://ann:SECRET@SECRET@h", "h1, nats://ann:SECRET@h2"],
  ];
  for (const value of [...servers, ...servers.map((server) => [server])]) {
    for (const message of both("stream.servers", value)) {
      assertEquals(/SEC|RET|ann/.test(message), false, message);
      assertStringIncludes(message, "...@h");
      assertStringIncludes(message, "set stream.user and stream.password_file");
      assertEquals(message.split("\n").length, 1, message);
    }
  }
  for (
    const value of ["tcp://ann:SECRET@h:5", "tcp://SECRET@h", "ann:SECRET@h", "nats://SECRET@h"]
  ) {
    for (const [path, given] of [["general.address", value], ["general.endpoints", [value]]]) {
      for (const message of both(path as string, given as string)) {
        assertEquals(message.includes("SECRET"), false, message);
        assertStringIncludes(message, "...@h");
      }
    }
  }
  assertStringIncludes(both("general.address", "tcp://ann:SECRET@h")[0]!, "the section security");
});

Deno.test("readConfig() shows no value of a key for a file of secrets: it may be the secret", () => {
  for (const name of ["password_file", "token_file", "credentials", "key"]) {
    for (const value of ["SEC,RET", "../SECRET"]) {
      const { message } = failure(() => jcfg("eventhandler", { stream: { [name]: value } }));
      assertEquals(/SEC|RET/.test(message), false, message);
      assertStringIncludes(message, `stream.${name}: what stands here is not allowed: a path`);
    }
  }
});

Deno.test("readConfig() refuses a stream without servers, and says what to do", () => {
  for (const servers of ["", null, []]) {
    const { message } = failure(() => jcfg("eventhandler", { stream: { servers } }));
    assertStringIncludes(message, "stream.servers: is empty: name one of the servers at least");
  }
});

Deno.test("readConfig() holds subjects and names of streams to what NATS takes in a line", () => {
  const long = (length: number) => "a.".repeat(length / 2 - 1) + "aa";
  const read = (name: string, value: string) => () =>
    jcfg("eventhandler", { stream: { [name]: value } }).config.stream;
  assertEquals(read("subject", long(128))().subject.length, 128);
  const { message } = failure(read("subject", long(130)));
  assertStringIncludes(message, "stream.subject: ");
  assertStringIncludes(message, "up to 128 characters");
  failure(read("subject", "a".repeat(5000)));
  failure(read("name", "a".repeat(65)));
});
