/** The monitor's command line: what it says, and what is refused. */
import { readCommandLine, UsageError } from "../../../scripts/lib/command_line.ts";
import { makeKeyPair } from "../../../scripts/keygen.ts";
import {
  MONITOR_OPTIONS,
  MONITOR_USAGE,
  type MonitorArguments,
  readMonitorArguments,
} from "../../../scripts/monitor/options.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../assert.ts";
import { withFiles } from "../../folder.ts";

function read(cwd: string, ...args: string[]): MonitorArguments {
  const line = readCommandLine({ usage: MONITOR_USAGE, options: MONITOR_OPTIONS }, args);
  assert(line !== "help");
  return readMonitorArguments(line.options, cwd);
}

Deno.test("without options: one server, loopback, nothing hidden", () => {
  assertEquals(read("/"), {
    servers: [{
      name: null,
      events: { endpoint: "tcp://127.0.0.1:5546", bind: false, curve: null, plain: null },
      admin: null,
    }],
    hostname: "127.0.0.1",
    port: 5547,
    names: [],
    redact: false,
  });
});

Deno.test("several servers, with names, Admin APIs in their order, and addresses of all kinds", () => {
  const { servers, hostname, port, names } = read(
    "/",
    ...[
      "--events",
      "a=tcp://10.0.0.1:5546",
      "--events",
      "ipc:///run/x=y",
      "--admin",
      "tcp://[::1]:7445",
    ],
    ...["--listen", "[::]:0", "--host", "Janus.Example.org"],
  );
  assertEquals(servers.map(({ name, events }) => [name, events.endpoint]), [
    ["a", "tcp://10.0.0.1:5546"],
    [null, "ipc:///run/x=y"],
  ]);
  assertEquals(servers.map(({ admin }) => admin?.endpoint), ["tcp://[::1]:7445", undefined]);
  assertEquals([hostname, port, names], ["::", 0, ["janus.example.org"]]);
});

Deno.test("keys and passwords: once for all, or once for each server", async () => {
  const [server, own] = [makeKeyPair(), makeKeyPair()];
  const files = {
    "server.pub": `${server.public_key}\n`,
    "own.key": `${own.public_key}\n${own.secret_key}\n`,
    "other.key": `${server.public_key}\n${server.secret_key}\n`,
    "secret": "overlord\nsecond line\n",
  };
  await withFiles(files, (folder) => {
    const two = ["--events", "tcp://a:1", "--events", "tcp://b:1"];
    const curve = ["--server-key", "server.pub", "--key", "own.key"];
    const all = read(
      folder,
      ...two,
      ...curve,
      "--admin",
      "tcp://a:2",
      "--admin-secret-file",
      "secret",
    );
    const { servers: [first, second] } = all;
    assertEquals(first!.events.curve?.secretKey, own.secret_key);
    assertEquals(second!.events.curve, first!.events.curve);
    assertEquals([first!.admin?.secret, first!.admin?.curve], ["overlord", null]);
    const each = read(folder, ...two, ...curve, "--key", "other.key");
    assertEquals(each.servers[1]!.events.curve?.secretKey, server.secret_key);
    return Promise.resolve();
  });
});

Deno.test("servers of mixed security: none stands for what one has not", async () => {
  const [server, own] = [makeKeyPair(), makeKeyPair()];
  const files = {
    "server.pub": `${server.public_key}\n`,
    "own.key": `${own.public_key}\n${own.secret_key}\n`,
    "password": "open sesame\n",
    "secret": "overlord\n",
  };
  await withFiles(files, (folder) => {
    const { servers } = read(
      folder,
      ...["--events", "a=tcp://a:1", "--events", "b=tcp://b:1", "--events", "c=tcp://c:1"],
      ...["--server-key", "none", "--server-key", "server.pub", "--server-key", "none"],
      ...["--key", "none", "--key", "own.key", "--key", "none"],
      ...["--user", "none", "--user", "none", "--user", "ann"],
      ...["--password-file", "none", "--password-file", "none", "--password-file", "password"],
      ...["--admin", "none", "--admin", "tcp://b:2", "--admin", "tcp://c:2"],
      ...[
        "--admin-secret-file",
        "none",
        "--admin-secret-file",
        "secret",
        "--admin-secret-file",
        "none",
      ],
    );
    assertEquals(servers.map(({ events }) => events.curve?.secretKey ?? null), [
      null,
      own.secret_key,
      null,
    ]);
    assertEquals(servers.map(({ events }) => events.plain?.username ?? null), [null, null, "ann"]);
    assertEquals(servers.map(({ admin }) => admin && [admin.endpoint, admin.secret]), [
      null,
      ["tcp://b:2", "overlord"],
      ["tcp://c:2", null],
    ]);
    return Promise.resolve();
  });
});

const WRONG: readonly (readonly [says: string, ...args: string[]])[] = [
  ["tcp://HOST:PORT or ipc://PATH", "--events", "127.0.0.1:5546"],
  ["tcp://HOST:PORT or ipc://PATH", "--admin", "http://127.0.0.1:7088"],
  ["tcp://127.0.0.1 has no port", "--events", "tcp://127.0.0.1"],
  ["tcp://[::1] has no port", "--events", "a=tcp://[::1]"],
  ["tcp://janus: has no port", "--admin", "tcp://janus:"],
  [
    "Cannot read /there/is/none: it does not exist",
    ...["--admin", "tcp://a:1", "--admin-secret-file", "/there/is/none"],
  ],
  ["there is no name before the =", "--events", "=tcp://a:1"],
  ["two are called a", "--events", "a=tcp://a:1", "--events", "a=tcp://b:1"],
  ["more of them than of --events", "--admin", "tcp://a:1", "--admin", "tcp://b:1"],
  ["HOST:PORT", "--listen", "5547"],
  ["HOST:PORT", "--listen", "127.0.0.1:99999"],
  ["both --server-key and --key", "--key", "own.key"],
  ["both --admin-user and --admin-password-file", "--admin", "tcp://a:1", "--admin-user", "ann"],
  [
    'once for each server (3; "none" for one without)',
    ..."abc".split("").flatMap((name) => ["--events", `tcp://${name}:1`]),
    "--user",
    "a",
    "--user",
    "b",
  ],
  ["tcp://A:1 is there twice", "--events", "tcp://a:1", "--events", "x=tcp://A:1"],
  ["is there twice", "--bind", "--events", "ipc:///run/x", "--events", "ipc:///run/x"],
  ["--admin-secret-file needs --admin", "--admin-secret-file", "/etc/hostname"],
  ["--admin-user needs --admin", "--admin-user", "ann", "--admin-password-file", "/etc/hostname"],
  ["/dev/null is empty", "--admin", "tcp://a:1", "--admin-secret-file", "/dev/null"],
  ["/dev/null is empty", "--user", "ann", "--password-file", "/dev/null"],
  ["give it alone, without port", "--host", "janus.example.org:80"],
  ["give it alone, without port or blanks", "--host", "a b"],
  ["a number from 1 to 65535", "--events", "tcp://127.0.0.1:0"],
  ["a number from 1 to 65535", "--events", "tcp://[::1]:65536"],
  ["a number from 1 to 65535", "--admin", "tcp://127.0.0.1:99999"],
  [
    "32 servers at most",
    ...Array.from({ length: 33 }, (_, at) => ["--events", `tcp://a:${at + 1}`]).flat(),
  ],
];

for (const [says, ...args] of WRONG) {
  Deno.test(`refused: ${args.slice(0, 6).join(" ")}`, () => {
    const error = assertThrows(() => read("/", ...args), UsageError);
    assertStringIncludes(error.message, says);
  });
}
