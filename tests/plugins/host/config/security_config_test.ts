import { ConfigError, readConfig } from "../../../../plugins/host/config/read.ts";
import type { JanusTree } from "../../../../plugins/host/config/source.ts";
import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "../../../assert.ts";

const PATH = "janus.transport.zeromq.jsonc";

function jsonc(tree: unknown) {
  return readConfig("transport", { format: "jsonc", path: PATH, text: JSON.stringify(tree) });
}

function jcfg(tree: JanusTree) {
  return readConfig("transport", { format: "jcfg", path: "file", tree });
}

function problems(tree: unknown): readonly string[] {
  return assertThrows(() => jsonc(tree), ConfigError).problems;
}

Deno.test("rights are a map by name, with defaults in each", () => {
  const { config, warnings } = jsonc({
    security: {
      mechanism: "curve",
      secret_key: "server.key",
      clients: "clients",
      rights: { "ann.b@c": { read_only: true, apis: ["janus"] }, "*": {} },
    },
  });
  assertEquals(config.security.rights.get("ann.b@c"), {
    names: [],
    apis: ["janus"],
    read_only: true,
    plugins: [],
  });
  assertEquals(config.security.rights.get("*"), {
    names: [],
    apis: ["janus", "admin"],
    read_only: false,
    plugins: [],
  });
  assertEquals(config.security.rights.get("constructor"), undefined);
  assertEquals(warnings, []);
});

Deno.test("names, keys and values within rights are checked, with their places", () => {
  const text = `{
  "security": { "mechanism": "plain", "users": "users", "rights": {
    "a b": {},
    "ann": { "readonly": true, "apis": ["janus", "root"] },
    "bob": 5
  } }
}`;
  const source = { format: "jsonc", path: PATH, text } as const;
  const error = assertThrows(() => readConfig("transport", source), ConfigError);
  assertEquals(error.problems.map((line) => line.split(": ").slice(0, 2).join(": ")), [
    `${PATH}:3:5: security.rights.a b`,
    `${PATH}:4:14: security.rights.ann.readonly`,
    `${PATH}:4:40: security.rights.ann.apis`,
    `${PATH}:5:12: security.rights.bob`,
  ]);
  assertStringIncludes(
    error.problems[1] ?? "",
    "security.rights.ann.readonly: unknown key; did you mean security.rights.ann.read_only?",
  );
});

Deno.test("lists come from lists, from text with commas, and from Janus's trees", () => {
  const wanted = ["10.0.0.0/8", "::1"];
  assertEquals(jsonc({ security: { allow: wanted } }).config.security.allow, wanted);
  assertEquals(jsonc({ security: { allow: "10.0.0.0/8, ::1" } }).config.security.allow, wanted);
  assertEquals(jcfg({ security: { allow: wanted } }).config.security.allow, wanted);
  assertEquals(jcfg({ security: { allow: "10.0.0.0/8,::1" } }).config.security.allow, wanted);
  for (const empty of ["", []]) {
    assertEquals(jsonc({ security: { allow: empty } }).config.security.allow, []);
    assertEquals(jcfg({ security: { allow: empty } }).config.security.allow, []);
  }
  for (const wrong of [5, true, {}, ["10.0.0.0/8", 5], ["10.0.0.0/8", ""], "10.0.0.0/8,,"]) {
    assertEquals(problems({ security: { allow: wrong } }).length > 0, true, JSON.stringify(wrong));
  }
});

Deno.test("a mechanism needs its files where something listens", () => {
  assertEquals(
    problems({ security: { mechanism: "curve" } }),
    [
      `${PATH}: security.secret_key: is needed for security.mechanism = "curve"`,
      `${PATH}: security.clients: is needed for security.mechanism = "curve"`,
    ].map((line) => line.replace(PATH, `${PATH}:1:26`)),
  );
  assertMatch(problems({ security: { mechanism: "plain" } }).join(), /security\.users: is needed/);
  jsonc({ admin_security: { mechanism: "curve" } }); // the Admin API is off
  assertMatch(
    problems({ admin: { admin_enabled: true }, admin_security: { mechanism: "plain" } }).join(),
    /admin_security\.users: is needed/,
  );
});

Deno.test("what was meant to guard and does not is refused", () => {
  assertMatch(
    problems({ security: { users: "users" } }).join(),
    /users: has no meaning without a mechanism: set security\.mechanism/,
  );
});

Deno.test("rights of a name that nobody can have are refused", () => {
  const plain = { mechanism: "plain", users: "users" };
  const rights = { "*": {}, ann: { read_only: true } };
  const admin = { admin_enabled: true };
  const first = (tree: unknown) => problems(tree).join();
  assertMatch(
    first({ security: { mechanism: "null", rights } }),
    /^janus\.transport\.zeromq\.jsonc:1:\d+: security\.rights\.ann: nobody has a name without a mechanism: set security\.mechanism/,
  );
  assertMatch(
    first({ admin, security: plain, admin_security: { rights } }),
    /admin_security\.rights\.ann: .*set admin_security\.mechanism/,
  );
  // They are for the other API where their own does not listen.
  const closed = { general: { enabled: false }, admin, security: { rights } };
  assertMatch(first(closed), /security\.rights\.ann: .*set admin_security\.mechanism/);
  for (
    const tree of [
      { security: { rights: { "*": {} } } },
      { admin, security: { ...plain, rights } },
      { ...closed, admin_security: plain },
      { admin_security: { rights }, security: plain },
    ]
  ) {
    assertEquals(jsonc(tree).warnings, [], JSON.stringify(tree));
  }
});

Deno.test("endpoints replace address and port, and need ports of their own", () => {
  const { sites, warnings } = jsonc({
    general: { address: "tcp://*", endpoints: ["tcp://10.0.0.1:5545", "ipc:///run/z"] },
  });
  assertEquals(sites.general, {
    mode: "bind",
    endpoints: [
      { endpoint: "tcp://10.0.0.1:5545", ipv6: false },
      { endpoint: "ipc:///run/z", ipv6: false },
    ],
  });
  assertMatch(warnings.join(), /general\.address: is not used: general\.endpoints replaces it/);
  assertMatch(
    problems({ general: { endpoints: ["tcp://10.0.0.1"] } }).join(),
    /"tcp:\/\/10\.0\.0\.1" has no port: write "tcp:\/\/10\.0\.0\.1:5545"/,
  );
});

Deno.test("mode connect takes host names, and no wildcards", () => {
  const connect = (...endpoints: string[]) => ({ general: { mode: "connect", endpoints } });
  const { sites } = jsonc(connect("tcp://collector.example:5545", "tcp://[2001:db8::1]:1"));
  assertEquals(sites.general, {
    mode: "connect",
    endpoints: [
      { endpoint: "tcp://collector.example:5545", ipv6: false },
      { endpoint: "tcp://[2001:db8::1]:1", ipv6: true },
    ],
  });
  assertMatch(problems(connect("tcp://*:5545")).join(), /has the host \*: to connect, name one/);
  assertMatch(problems(connect("tcp://a:*")).join(), /an integer from 1 to 65535$/);
  const single = { general: { mode: "connect", address: "tcp://localhost" } };
  assertEquals(jsonc(single).sites.general?.endpoints[0]?.endpoint, "tcp://localhost:5545");
  assertMatch(problems({ general: { address: "tcp://localhost" } }).join(), /names a host/);
});

Deno.test("nothing is bound twice, be it by one API or by both", () => {
  const twice = { general: { endpoints: ["tcp://*:7000", "tcp://127.0.0.1:7000"] } };
  assertMatch(problems(twice).join(), /tcp:\/\/127\.0\.0\.1:7000 is taken by section general/);
  const both = {
    general: { endpoints: ["tcp://10.0.0.1:7445", "tcp://127.0.0.1:7445"] },
    admin: { admin_enabled: true },
  };
  assertMatch(problems(both).join(), /admin\.admin_address: tcp:\/\/127\.0\.0\.1:7445 is taken/);
  const dialled = { ...both, general: { mode: "connect", endpoints: ["tcp://127.0.0.1:7445"] } };
  assertEquals(jsonc(dialled).sites.admin?.mode, "bind");
});

Deno.test("owners and modes of files are checked", () => {
  jsonc({ general: { ipc_owner: "janus:www-data", ipc_mode: "0660" } });
  assertMatch(
    problems({ general: { ipc_mode: "660" } }).join(),
    /ipc_mode: "660" is not allowed: an octal mode in quotes/,
  );
  assertMatch(problems({ general: { ipc_owner: "a b" } }).join(), /ipc_owner: "a b" is not/);
  // Without quotes libconfig makes 432 of 0660.
  assertThrows(() => jcfg({ general: { ipc_mode: "432" } }), ConfigError);
});

Deno.test("a client has the rights of one group, which names it in its own way", () => {
  const read = (rights: unknown) => {
    const text = JSON.stringify({ security: { mechanism: "plain", users: "users", rights } });
    return readConfig("transport", { format: "jsonc", path: PATH, text });
  };
  const { config } = read({ staff: { names: ["ann@example.org", "9b.ob"] } });
  assertEquals(config.security.rights.get("staff")?.names, ["ann@example.org", "9b.ob"]);
  const problems = (rights: unknown) => {
    try {
      read(rights);
      return [];
    } catch (error) {
      return (error as ConfigError).problems.map((line) => line.replace(/^[^ ]* /, ""));
    }
  };
  assertEquals(problems({ ann: {}, staff: { names: ["ann"] } }), [
    "security.rights.staff.names: ann has rights in the groups ann and staff",
  ]);
  assertEquals(problems({ "*": { names: ["ann"] } })[0]?.includes("* is for all others"), true);
  assertEquals(problems({ a: { names: ["a b"] } })[0]?.includes('"a b" is not allowed'), true);
});
