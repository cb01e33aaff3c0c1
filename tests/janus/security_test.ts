/** Who may connect to a real Janus: keys, passwords, addresses; and a Janus that dials out. */
import { setTimeout as sleep } from "node:timers/promises";
import { Flag, Option, SocketType } from "../../ffi/zmq/constants.ts";
import { ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { makeUserLine } from "../../plugins/host/security/passwords.ts";
import { PrivateJanus } from "../../scripts/private_janus/private_janus.ts";
import { choosePorts } from "../../scripts/private_janus/options.ts";
import { makeKeyPair } from "../../scripts/keygen.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../assert.ts";
import { Fixture } from "./support/fixture.ts";
import type { Json } from "./support/socket.ts";

const PYTHON = "/usr/bin/python3";
const SCRIPT = new URL("support/secure_client.py", import.meta.url).pathname;
const INFO = '{"janus":"info","transaction":"i"}';

/** Puts the mode right that key files must have: the configuration's folder is its third word. */
const PROTECT_KEY = ["sh", "-c", 'chmod 600 "$3/server.key"; exec "$@"', "sh"];

const SERVER = makeKeyPair();
const ANN = makeKeyPair();

/** What python3-zmq gets; empty if nothing. */
async function python(type: string, endpoint: string, options: Record<string, string | number>) {
  const command = new Deno.Command(PYTHON, {
    args: [SCRIPT, type, endpoint, JSON.stringify(options)],
  });
  const { code, stdout, stderr } = await command.output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout).trim();
}

function curve(keys: typeof ANN): Record<string, string> {
  return {
    curve_serverkey: SERVER.public_key,
    curve_publickey: keys.public_key,
    curve_secretkey: keys.secret_key,
  };
}

const CURVE = { mechanism: "curve", secret_key: "server.key", clients: "clients" } as const;
const KEY_FILES = {
  "server.key": `${SERVER.secret_key}\n`,
  "clients": `${ANN.public_key} ann\n`,
};

/** What Janus's log has on refusals. */
function refusals(fixture: Fixture): string[] {
  return fixture.janus.log.lines.filter((line) => /\] Refused /.test(line));
}

Deno.test("CURVE: a known key gets info, another is refused and logged once", async () => {
  await using fixture = await Fixture.start({
    files: KEY_FILES,
    settings: { transport: { security: CURVE } },
    wrapper: PROTECT_KEY,
  });
  const { api } = fixture.janus.endpoints;
  const info = JSON.parse(await python("REQ", api, curve(ANN)));
  assertEquals([info.janus, info.transaction], ["server_info", "p"]);
  const stranger = makeKeyPair();
  assertEquals(await python("REQ", api, { ...curve(stranger), timeout: 700 }), "");
  assertEquals(await python("REQ", api, { ...curve(stranger), timeout: 700 }), "");
  const [line, ...more] = refusals(fixture);
  assertEquals(more, []);
  assertStringIncludes(
    line ?? "",
    `Refused 127.0.0.1 on the Janus API: its public key ${stranger.public_key} is not in clients`,
  );
  // In the clear, and from then on: a client that is let in while Janus runs.
  assertEquals(await python("REQ", api, { timeout: 700 }), "");
  // Either end may hang up first.
  assertMatch(
    refusals(fixture).at(-1) ?? "",
    /its mechanism is not CURVE|another mechanism than CUR/,
  );
  const path = `${fixture.janus.folder}/configs/clients`;
  await Deno.writeTextFile(path, `${stranger.public_key} stranger\n`, { append: true });
  assertEquals(JSON.parse(await python("REQ", api, curve(stranger))).janus, "server_info");
});

Deno.test("PLAIN: users get info with their passwords only", async () => {
  const users = await makeUserLine("ann", new TextEncoder().encode("open sesame"));
  await using fixture = await Fixture.start({
    files: { users },
    settings: { transport: { security: { mechanism: "plain", users: "users" } } },
  });
  const { api } = fixture.janus.endpoints;
  const plain = (plain_password: string, timeout = 5000) =>
    python("REQ", api, { plain_username: "ann", plain_password, timeout });
  assertEquals(JSON.parse(await plain("open sesame")).janus, "server_info");
  assertEquals(await plain("open", 1500), "");
  assertStringIncludes(refusals(fixture).join(), 'wrong password for "ann"');
  assertEquals(refusals(fixture).length, 1);
});

Deno.test("events come over CURVE to those who are known, and to nobody else", async () => {
  await using fixture = await Fixture.start({
    files: KEY_FILES,
    settings: { event_handler: { security: CURVE } },
    wrapper: PROTECT_KEY,
  });
  const { events } = fixture.janus.endpoints;
  const [known, unknown, open] = [
    python("SUB", events, { ...curve(ANN), timeout: 8000 }),
    python("SUB", events, { ...curve(makeKeyPair()), timeout: 3000 }),
    python("SUB", events, { timeout: 3000 }),
  ];
  // A client that comes makes an event; the first subscriptions may take a while.
  const dealer = fixture.connect("DEALER");
  const ended = unknown.then(() => true);
  let over = false;
  ended.then(() => over = true);
  while (!over) {
    const { data } = await fixture.ask(dealer, "create");
    await fixture.ask(dealer, "destroy", { session_id: data.id });
    await sleep(50);
  }
  assertEquals(JSON.parse(await known).emitter !== undefined, true);
  assertEquals([await unknown, await open], ["", ""]);
  const lines = refusals(fixture);
  assertEquals(lines.filter((line) => /is not in clients/.test(line)).length, 1);
  assert(lines.some((line) => /mechanism/.test(line)), lines.join("\n"));
});

Deno.test("mode connect: Janus dials out, answers, and comes back to whoever is there next", async () => {
  const context = new ThinContext();
  const bind = (endpoint: string) => {
    const socket = new ThinSocket(context, SocketType.DEALER);
    socket.bind(endpoint);
    return socket;
  };
  const buffer = new Uint8Array(new ArrayBuffer(65536));
  const ask = async (socket: ThinSocket) => {
    let sent = false;
    for (let tries = 0; tries < 1000; tries++) {
      sent ||= socket.send(new TextEncoder().encode(INFO), Flag.DONTWAIT) >= 0;
      const size = socket.recv(buffer, Flag.DONTWAIT);
      if (size >= 0) return JSON.parse(new TextDecoder().decode(buffer.subarray(0, size)));
      await sleep(10);
    }
    throw new Error("Janus did not answer within 10 s");
  };
  let client = bind("tcp://127.0.0.1:*");
  const endpoint = client.lastEndpoint();
  try {
    await using fixture = await Fixture.start({
      settings: { transport: { general: { mode: "connect", endpoints: [endpoint] } } },
      files: {},
      admin: true,
      ready: /Janus API to tcp:/,
    });
    assertEquals((await ask(client)).janus, "server_info");
    const peers = async () =>
      (await fixture.query("transport", { request: "info" })).counters.peers;
    assertEquals(await peers(), 1);
    client.close();
    await fixture.waitFor("the peer to be gone", async () => await peers() === 0);
    client = bind(endpoint);
    assertEquals((await ask(client)).janus, "server_info");
  } finally {
    client.close();
    context.terminate();
  }
});

/** A transport's configuration as text, with groups within groups. */
function jcfg(ports: { api: number }, security: string): string {
  return `general: { address = "tcp://127.0.0.1", port = ${ports.api} }
security: { ${security} }
runtime: { deno = ${JSON.stringify(Deno.execPath())} }
`;
}

Deno.test("lists and groups within groups come through Janus's own parser", async () => {
  const ports = choosePorts();
  const security = `allow = ["127.0.0.0/8", "::1"], rights: { *: { apis = ["janus"], plugins = [],
    read_only = true } }`;
  await using fixture = await Fixture.start({
    ports,
    event_handler: false,
    files: {
      "janus.transport.zeromq.jcfg": jcfg(ports, security),
    },
  });
  assertEquals(fixture.complaints("ERR", "transport"), []);
  assertEquals(fixture.complaints("WARN", "transport"), []);
  const info = JSON.parse(await python("REQ", fixture.janus.endpoints.api, {}));
  assertEquals(info.janus, "server_info");
});

for (const format of ["jcfg", "jsonc"] as const) {
  Deno.test(`rights are for names that cannot be keys of a .jcfg, and nobody else's (${format})`, async () => {
    const ports = choosePorts();
    const settings = {
      mechanism: "plain",
      users: "users",
      rights: { staff: { names: ["ann@example.org"], read_only: true }, adm: {} },
    };
    const jsonc = {
      general: { address: "tcp://127.0.0.1", port: ports.api },
      security: settings,
      runtime: { deno: Deno.execPath() },
    };
    const users = await Promise.all(
      ["ann@example.org", "adm1"].map((name) => makeUserLine(name, new TextEncoder().encode("pw"))),
    );
    await using fixture = await Fixture.start({
      ports,
      event_handler: false,
      files: {
        users: `${users.join("\n")}\n`,
        [`janus.transport.zeromq.${format}`]: format === "jsonc" ? JSON.stringify(jsonc) : jcfg(
          ports,
          `mechanism = "plain", users = "users", rights: {
            staff: { names = ["ann@example.org"], read_only = true }, adm: {} }`,
        ),
      },
    });
    const lines = fixture.complaints("WARN", "transport").join("\n");
    assertStringIncludes(
      lines,
      "no client is called adm: its rights are nobody's; did you mean adm1?",
    );
    assertStringIncludes(lines, "no group for adm1, who may do nothing on the Janus API");
    const ask = async (name: string, request: string) => {
      const options = { plain_username: name, plain_password: "pw", request };
      return await python("REQ", fixture.janus.endpoints.api, options);
    };
    const create = '{"janus":"create","transaction":"c"}';
    assertEquals(JSON.parse(await ask("ann@example.org", INFO)).janus, "server_info");
    assertStringIncludes(await ask("ann@example.org", create), "This client may only look");
    assertStringIncludes(await ask("adm1", INFO), "This client may not use the Janus API");
  });
}

Deno.test("a swapped pair of keys is refused at the start, and a mask of events is said in words", async () => {
  await using janus = await PrivateJanus.start({
    files: {
      "server.key": `${SERVER.public_key}\n`,
      "server.pub": `${SERVER.secret_key}\n`,
      "clients": KEY_FILES.clients,
    },
    settings: {
      transport: { security: CURVE },
      event_handler: { general: { events: ["all"] } },
    },
    wrapper: PROTECT_KEY,
    ready: /Not started/,
  });
  const line = janus.log.lines.find((each) => /Not started/.test(each)) ?? "";
  assertMatch(
    line,
    /zeromq\] Not started: security: Cannot use \S+server\.key .*Exchange the two files/,
  );
  await janus.log.waitFor(/Events \(all types: sessions, .*, core\) on tcp:/, 30_000);
});

const REFUSED: readonly [name: string, security: string, words: string][] = [
  [
    "a right that makes no sense",
    'rights: { ann: { apis = ["janus", "root"] } }',
    'security.rights.ann.apis: "root" is not allowed: a list of "janus" or "admin"',
  ],
  [
    "rights of a name that nobody can have",
    "rights: { ann: { read_only = true } }",
    "security.rights.ann: nobody has a name without a mechanism: set security.mechanism",
  ],
  ["a network that is none", 'allow = ["10.0.0.0/33"]', 'security.allow: "10.0.0.0/33"'],
  ["a mechanism without its keys", 'mechanism = "curve"', "security.secret_key: is needed for"],
  [
    "a key outside of the folder",
    'mechanism = "curve", secret_key = "/etc/hostname", clients = "clients"',
    "security: Cannot read /etc/hostname: it is outside of",
  ],
  [
    "a key that others can read",
    'mechanism = "curve", secret_key = "server.key", clients = "clients"',
    "its mode 0644 lets others at the secret key. Run chmod 600",
  ],
];
for (const [name, security, words] of REFUSED) {
  Deno.test(`the plugin does not start with ${name}, and says why`, async () => {
    const ports = choosePorts();
    await using janus = await PrivateJanus.start({
      ports,
      event_handler: false,
      files: { ...KEY_FILES, "janus.transport.zeromq.jcfg": jcfg(ports, security) },
      ready: /Not started/,
    });
    const line = janus.log.lines.find((each) => /Not started/.test(each)) ?? "";
    assertStringIncludes(line, words);
  });
}

Deno.test("a socket that is open to others says what the risk is", async () => {
  await using fixture = await Fixture.start({
    settings: { transport: { general: { address: "tcp://*" } } },
    event_handler: false,
  });
  const [line, ...more] = fixture.complaints("WARN", "transport");
  assertEquals(more, []);
  assert(/is open beyond this machine \(tcp:\/\/\*:\d+\) without authentication/.test(line ?? ""));
  // Once: a process that takes over need not repeat it.
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("transport"), "SIGKILL");
  await fixture.ready("transport", since);
  const after = fixture.complaints("WARN", "transport").filter((each) =>
    /is open beyond/.test(each)
  );
  assertEquals(after.length, 1);
});

Deno.test("who takes a routing id over gets nothing that was meant for its former holder", async () => {
  const password = "open sesame";
  const users = await Promise.all(
    ["ann", "bob"].map((name) => makeUserLine(name, new TextEncoder().encode(password))),
  );
  await using fixture = await Fixture.start({
    admin: true,
    files: { users: `${users.join("\n")}\n` },
    settings: {
      transport: { security: { mechanism: "plain", users: "users" }, peers: { linger: 60 } },
    },
  });
  using context = new ThinContext();
  const open = (name: string, id = "phone"): ThinSocket => {
    const socket = new ThinSocket(context, SocketType.DEALER);
    socket.setInt(Option.LINGER, 1000);
    socket.setInt(Option.RCVTIMEO, 10_000);
    socket.setBytes(Option.ROUTING_ID, id);
    socket.setBytes(Option.PLAIN_USERNAME, name);
    socket.setBytes(Option.PLAIN_PASSWORD, password);
    socket.connect(fixture.janus.endpoints.api);
    return socket;
  };
  const ask = (socket: ThinSocket, request: string) => {
    socket.send(new TextEncoder().encode(request), 0);
  };
  const reply = new Uint8Array(new ArrayBuffer(4096));
  const hear = (socket: ThinSocket) =>
    JSON.parse(new TextDecoder().decode(reply.subarray(0, socket.recv(reply, 0))));
  const shown = async () => {
    const { connections } = await fixture.query("transport", { request: "connections" });
    return connections.filter(({ identity }: Json) => identity === "phone");
  };

  const ann = open("ann");
  ask(ann, '{"janus":"create","transaction":"1"}');
  const session_id = hear(ann).data.id;
  ann.close();
  // Somebody else uses the session: its events wait for ann.
  using other = open("bob", "another");
  const plugin = "janus.plugin.echotest";
  ask(other, JSON.stringify({ janus: "attach", transaction: "2", session_id, plugin }));
  const handle_id = hear(other).data.id;
  const message = { janus: "message", session_id, handle_id, body: { audio: true } };
  await fixture.waitFor("something to wait for ann", async () => {
    ask(other, JSON.stringify({ ...message, transaction: "3" }));
    assertEquals(hear(other).janus, "ack");
    return (await shown())[0]?.queued > 0;
  });
  using bob = open("bob");
  ask(bob, '{"janus":"ping","transaction":"bob"}');
  // The id is ann's for as long as she is waited for, and so is what waits.
  const refused = hear(bob);
  assertEquals([refused.transaction, refused.error.code], ["bob", 490]);
  assertEquals((await shown()).map(({ name }: Json) => name), ["ann"]);
  using back = open("ann");
  ask(back, JSON.stringify({ janus: "keepalive", session_id, transaction: "4" }));
  const heard: Json[] = [];
  while (heard.at(-1)?.transaction !== "4") heard.push(hear(back));
  assertEquals(heard.at(-1)!.janus, "ack");
  assert(heard.some(({ janus }) => janus === "event"));
});
