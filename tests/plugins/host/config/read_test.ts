import type { Sites } from "../../../../plugins/host/config/endpoint.ts";
import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import type {
  ConfigOf,
  EventHandlerConfig,
  PluginKind,
  TransportConfig,
} from "../../../../plugins/host/config/schema.ts";
import type { JanusTree } from "../../../../plugins/host/config/source.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../../assert.ts";

const JSONC = "janus.transport.zeromq.jsonc";
const JCFG = "/etc/janus/janus.transport.zeromq.jcfg";

function jsonc(text: string) {
  return readConfig("transport", { format: "jsonc", path: JSONC, text });
}

function jcfg<K extends PluginKind>(kind: K, tree: JanusTree) {
  return readConfig(kind, { format: "jcfg", path: JCFG, tree });
}

function failure(run: () => unknown): ConfigError {
  return assertThrows(run, ConfigError);
}

/** One endpoint to listen on. */
function bound(endpoint: string, ipv6 = false): Sites {
  return { mode: "bind", endpoints: [{ endpoint, ipv6 }] };
}

const SECURITY_DEFAULTS = {
  mechanism: "null",
  secret_key: "",
  clients: "",
  users: "",
  allow: [],
} as const;

const NO_PERMISSIONS = { net: [], read: [], env: [] };
const TRANSPORT_DEFAULTS: TransportConfig = {
  general: {
    enabled: true,
    address: "tcp://127.0.0.1",
    port: 5545,
    mode: "bind",
    endpoints: [],
    ipc_owner: "",
    ipc_mode: "",
    json: "compact",
    events: true,
  },
  admin: {
    admin_enabled: false,
    admin_address: "tcp://127.0.0.1",
    admin_port: 7445,
    admin_mode: "bind",
    admin_endpoints: [],
  },
  security: { ...SECURITY_DEFAULTS, bind_sessions: false, rights: new Map() },
  admin_security: { ...SECURITY_DEFAULTS, rights: new Map() },
  hooks: {
    modules: [],
    timeout: 1000,
    max_memory: 256,
    on_error: "refuse",
    permissions: NO_PERMISSIONS,
  },
  peers: { timeout: 15, linger: 0, outbox: 1000 },
  limits: {
    max_message_size: 1048576,
    max_peers: 10_000,
    max_peers_each: 1000,
    max_in_flight: 10_000,
    max_rate: 0,
    max_burst: 20_000,
  },
  runtime: {
    deno: "deno",
    startup_timeout: 10,
    watchdog: 10,
    ring_size: 64,
    max_heap: 256,
    max_memory: 256,
    jitless: false,
  },
  zeromq: {
    io_threads: 1,
    max_sockets: 1024,
    linger: 0,
    sndhwm: 1000,
    rcvhwm: 1000,
    backlog: 100,
    tcp_keepalive: -1,
    tcp_keepalive_idle: -1,
    tcp_keepalive_cnt: -1,
    tcp_keepalive_intvl: -1,
  },
};

const EVENT_HANDLER_DEFAULTS: EventHandlerConfig = {
  general: {
    enabled: true,
    address: "tcp://127.0.0.1",
    port: 5546,
    mode: "bind",
    endpoints: [],
    ipc_owner: "",
    ipc_mode: "",
    events: 511,
    json: "compact",
    topics: false,
    sequence: false,
    grouping: 0,
    grouping_linger: 100,
  },
  queue: { policy: "wait", max_wait: 5000 },
  filters: {
    modules: [],
    timeout: 1000,
    max_memory: 256,
    on_error: "pass",
    permissions: NO_PERMISSIONS,
  },
  security: SECURITY_DEFAULTS,
  peers: { timeout: 15 },
  runtime: TRANSPORT_DEFAULTS.runtime,
  zeromq: TRANSPORT_DEFAULTS.zeromq,
};

Deno.test("readConfig() gives the transport's defaults without a file", () => {
  assertEquals(readConfig("transport", { format: "none" }), {
    config: TRANSPORT_DEFAULTS,
    sites: { general: bound("tcp://127.0.0.1:5545"), admin: null },
    warnings: [],
  });
});

Deno.test("readConfig() gives the event handler's defaults without a file", () => {
  assertEquals(readConfig("eventhandler", { format: "none" }), {
    config: EVENT_HANDLER_DEFAULTS,
    sites: { general: bound("tcp://127.0.0.1:5546") },
    warnings: [],
  });
});

Deno.test("readConfig() gives the defaults for empty files of both formats", () => {
  assertEquals(jsonc("{}").config, TRANSPORT_DEFAULTS);
  assertEquals(jcfg("transport", {}).config, TRANSPORT_DEFAULTS);
  assertEquals(jcfg("transport", { general: {}, runtime: {} }).config, TRANSPORT_DEFAULTS);
});

Deno.test("readConfig() reads a .jcfg tree of strings into typed values", () => {
  const { config, sites, warnings } = jcfg("transport", {
    general: { enabled: "false", json: "Plain", events: "no" },
    admin: { admin_enabled: "yes", admin_address: "tcp://[::1]", admin_port: "7000" },
    runtime: { deno: "/opt/deno", ring_size: "32", jitless: "1" },
  });
  const expected: ConfigOf<"transport"> = {
    ...TRANSPORT_DEFAULTS,
    general: { ...TRANSPORT_DEFAULTS.general, enabled: false, json: "plain", events: false },
    admin: {
      ...TRANSPORT_DEFAULTS.admin,
      admin_enabled: true,
      admin_address: "tcp://[::1]",
      admin_port: 7000,
    },
    runtime: { ...TRANSPORT_DEFAULTS.runtime, deno: "/opt/deno", ring_size: 32, jitless: true },
  };
  assertEquals(config, expected);
  assertEquals(sites.general, null);
  assertEquals(sites.admin, bound("tcp://[::1]:7000", true));
  assertEquals(warnings, []);
});

Deno.test("readConfig() reads .jsonc with comments, trailing commas and a byte order mark", () => {
  const text = `\uFEFF// about\n{ /* here */ "general": { "port": 6000, "enabled": 1, }, }\n`;
  assertEquals(jsonc(text).config.general, { ...TRANSPORT_DEFAULTS.general, port: 6000 });
});

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
    ['{"runtime":{"deno":""}}', "runtime.deno: is empty"],
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

Deno.test("readConfig() takes a whole endpoint as the address", () => {
  const at = (address: string) => jcfg("transport", { general: { address } });
  for (const whole of ["tcp://*:6000", "ipc:///run/janus/zmq.sock", "tcp://eth0:6000"]) {
    assertEquals(at(whole).sites.general, bound(whole));
    assertEquals(at(whole).warnings, []);
  }
  assertEquals(at("tcp://[::1]").sites.general, bound("tcp://[::1]:5545", true));
});

Deno.test("readConfig() says that the address wins over a port that differs", () => {
  const text = '{"general":{"address":"tcp://*:6000","port":6001}}';
  const { sites, warnings } = jsonc(text);
  assertEquals(sites.general, bound("tcp://*:6000"));
  assertEquals(warnings, [
    `${JSONC}:1:45: general.port: 6001 is not used: general.address has a port of its own` +
    " (6000), which counts",
  ]);
  assertEquals(jsonc(text.replace("6001", "6000")).warnings, []);
});

Deno.test("readConfig() warns of a port beside an ipc:// address", () => {
  const { warnings } = jcfg("transport", { general: { address: "ipc:///run/z", port: "5545" } });
  assertEquals(warnings.length, 1);
  assertStringIncludes(warnings[0] ?? "", "general.port: has no meaning with ipc:///run/z");
});

Deno.test("readConfig() refuses an address without a scheme and says what to write", () => {
  const { message } = failure(() => jcfg("transport", { general: { address: "10.0.0.1" } }));
  assertStringIncludes(
    message,
    'general.address: "10.0.0.1" is no endpoint: write "tcp://10.0.0.1"',
  );
});

Deno.test("readConfig() refuses both APIs on one endpoint, unless one is off", () => {
  const tree = (admin_enabled: string) => ({ admin: { admin_enabled, admin_port: "5545" } });
  const { message } = failure(() => jcfg("transport", tree("true")));
  assertStringIncludes(message, "admin.admin_address: tcp://127.0.0.1:5545 is taken by section");
  assertEquals(jcfg("transport", tree("false")).sites.admin, null);
});

Deno.test("readConfig() warns where nothing is enabled, by the keys' names", () => {
  const { sites, warnings } = jcfg("transport", { general: { enabled: "no" } });
  assertEquals(sites, { general: null, admin: null });
  assertEquals(warnings, [
    `${JCFG}: nothing to do, since general.enabled and admin.admin_enabled say no`,
  ]);
});

Deno.test("readConfig() checks the values of what is switched off as well", () => {
  failure(() => jcfg("transport", { admin: { admin_address: "nowhere:x" } }));
});

Deno.test("readConfig() holds the largest message to an eighth of the ring, less 4096 bytes", () => {
  const read = (max_message_size: string, ring_size: string) => () =>
    jcfg("transport", { limits: { max_message_size }, runtime: { ring_size } });
  read("2093056", "16")();
  assertStringIncludes(
    failure(read("2093057", "16")).message,
    "limits.max_message_size: 2093057 is too large for runtime.ring_size = 16 MiB, which takes" +
      " up to 2093056 bytes: set runtime.ring_size to 17 or more, or limits.max_message_size to" +
      " 2093056 or less",
  );
  read("2093057", "17")();
  read("134213632", "1024")();
});

Deno.test("readConfig() names the ring size where that alone is what was set", () => {
  const error = failure(() => jsonc('{"runtime":{"ring_size":8}}'));
  assertStringIncludes(error.message, `${JSONC}:1:25: limits.max_message_size: 1048576`);
  assertStringIncludes(error.message, "set runtime.ring_size to 9 or more");
  jsonc('{"runtime":{"ring_size":9}}');
});

Deno.test("readConfig() draws no conclusions from values that it has refused", () => {
  const tree = { limits: { max_message_size: "9000000" }, runtime: { ring_size: "0" } };
  assertEquals(failure(() => jcfg("transport", tree)).problems.length, 1);
});

Deno.test({
  name: "readConfig() needs no permission for either format",
  permissions: "none",
  fn() {
    assertEquals(failure(() => jsonc('{"general":{"prot":1}}')).problems.length, 1);
    assertEquals(jcfg("transport", { general: { address: "tcp://[::1]" } }).warnings, []);
  },
});
