import { Flag, Option, SocketType } from "../../../../ffi/zmq/constants.ts";
import { ConfigError } from "../../../../plugins/host/config/read.ts";
import { makeUserLine } from "../../../../plugins/host/security/passwords.ts";
import { assert, assertEquals, assertStringIncludes, assertThrows } from "../../../assert.ts";
import { count, curveClient, makeKeyPair, plainClient, receive, Stage } from "./support.ts";

const SILENCE = 400;

Deno.test("a client whose key is in the file is let in under its name", async () => {
  await using stage = new Stage();
  const [ann, bob] = [makeKeyPair(stage.context), makeKeyPair(stage.context)];
  stage.write("clients", `# who may connect\n${ann.public} ann\n${bob.public}   bob  # laptop\n`);
  const { server, keys } = stage.curve("clients");
  assertEquals(
    await server.ask(stage.client(server.endpoint, curveClient(ann, keys.public))),
    "hello ann",
  );
  assertEquals(
    await server.ask(stage.client(server.endpoint, curveClient(bob, keys.public))),
    "hello bob",
  );
  assertEquals(stage.log.lines, []);
});

Deno.test("a client whose key is not in the file is refused, and its key logged once", async () => {
  await using stage = new Stage();
  const stranger = makeKeyPair(stage.context);
  stage.write("clients", `${makeKeyPair(stage.context).public} ann\n`);
  const { server, keys } = stage.curve("clients");
  const setUp = curveClient(stranger, keys.public);
  assertEquals(await server.ask(stage.client(server.endpoint, setUp), SILENCE), null);
  assertEquals(await server.ask(stage.client(server.endpoint, setUp), SILENCE), null);
  await server.logged(stage.log, /Refused/);
  const line = `warning Refused 127.0.0.1 on the Janus API: its public key ${stranger.public}` +
    " is not in clients";
  assertEquals(stage.log.lines, [line]);
});

Deno.test("a client with another server key, or none, is refused and the log says so", async () => {
  await using stage = new Stage();
  const ann = makeKeyPair(stage.context);
  stage.write("clients", `${ann.public} ann\n`);
  const { server } = stage.curve("clients");
  const wrong = makeKeyPair(stage.context).public;
  const misled = stage.client(server.endpoint, curveClient(ann, wrong));
  assertEquals(await server.ask(misled, SILENCE), null);
  await server.logged(stage.log, /has another public key for this server/);
  assertEquals(count(stage.log, /has another public key for this server/), 1);
});

for (const mechanism of ["curve", "plain"] as const) {
  Deno.test(`a client without a mechanism is refused where ${mechanism} is asked for`, async () => {
    await using stage = new Stage();
    stage.write("clients", `${makeKeyPair(stage.context).public} ann\n`);
    stage.write("users", await makeUserLine("ann", new TextEncoder().encode("secret")));
    const server = mechanism === "curve"
      ? stage.curve("clients").server
      : stage.serve({ security: { mechanism, users: "users" } });
    assertEquals(await server.ask(stage.client(server.endpoint), SILENCE), null);
    await server.logged(stage.log, /Refused a client on the Janus API: it.*mechanism/);
    assertEquals(count(stage.log, /Refused a client on the Janus API: it.*mechanism/), 1);
  });
}

Deno.test("a key that is taken out of the file while running is refused from then on", async () => {
  await using stage = new Stage();
  const [ann, bob] = [makeKeyPair(stage.context), makeKeyPair(stage.context)];
  stage.write("clients", `${ann.public} ann\n`);
  const { server, keys } = stage.curve("clients");
  const connect = (who: typeof ann) => stage.client(server.endpoint, curveClient(who, keys.public));
  assertEquals(await server.ask(connect(ann)), "hello ann");
  assertEquals(await server.ask(connect(bob), SILENCE), null);
  stage.write("clients", `${bob.public} bob\n`);
  assertEquals(await server.ask(connect(ann), SILENCE), null);
  assertEquals(await server.ask(connect(bob)), "hello bob");
});

Deno.test("a broken file changes nothing and is logged once, until it is good again", async () => {
  await using stage = new Stage();
  const [ann, bob] = [makeKeyPair(stage.context), makeKeyPair(stage.context)];
  stage.write("clients", `${ann.public} ann\n`);
  const { server, keys } = stage.curve("clients");
  const ask = (who: typeof ann, timeout?: number) =>
    server.ask(stage.client(server.endpoint, curveClient(who, keys.public)), timeout);
  stage.write("clients", `${bob.public} bob\nthis is no key\n`);
  assertEquals(await ask(ann), "hello ann");
  assertEquals(await ask(bob, SILENCE), null);
  assertEquals(await ask(ann), "hello ann");
  assertEquals(count(stage.log, /^error .*clients:2:1: this is no key/), 1);
  Deno.removeSync(`${stage.folder}/clients`);
  assertEquals(await ask(ann), "hello ann");
  assertEquals(await ask(ann), "hello ann");
  assertEquals(count(stage.log, /^error .*does not exist; what it said before still counts/), 1);
  stage.write("clients", `${bob.public} bob\n`);
  assertEquals(await ask(bob), "hello bob");
  assertEquals(await ask(ann, SILENCE), null);
});

Deno.test("a folder of keys is one client a file, named by the file", async () => {
  await using stage = new Stage();
  const [ann, bob, eve] = [1, 2, 3].map(() => makeKeyPair(stage.context)) as [
    ReturnType<typeof makeKeyPair>,
    ReturnType<typeof makeKeyPair>,
    ReturnType<typeof makeKeyPair>,
  ];
  Deno.mkdirSync(`${stage.folder}/clients`);
  stage.write("clients/ann.pub", `# Ann\n${ann.public}\n`);
  stage.write("clients/eve.txt", `${eve.public}\n`);
  const { server, keys } = stage.curve("clients");
  const ask = (who: typeof ann, timeout?: number) =>
    server.ask(stage.client(server.endpoint, curveClient(who, keys.public)), timeout);
  assertEquals(await ask(ann), "hello ann");
  assertEquals(await ask(eve, SILENCE), null);
  stage.write("clients/bob.pub", `${bob.public}\n`);
  assertEquals(await ask(bob), "hello bob");
  // The same file with another key: the folder itself does not change.
  stage.write("clients/bob.pub", `${eve.public}\n`);
  assertEquals(await ask(bob, SILENCE), null);
  assertEquals(await ask(eve), "hello bob");
  Deno.removeSync(`${stage.folder}/clients/ann.pub`);
  assertEquals(await ask(ann, SILENCE), null);
});

Deno.test("users connect with their passwords, and with no others", async () => {
  await using stage = new Stage();
  const line = await makeUserLine("ann", new TextEncoder().encode("open sesame"));
  stage.write("users", `# users\n${line}\n`);
  const server = stage.serve({ security: { mechanism: "plain", users: "users" } });
  const ask = (user: string, password: string, timeout?: number) =>
    server.ask(stage.client(server.endpoint, plainClient(user, password)), timeout);
  assertEquals(await ask("ann", "open sesame", 5000), "hello ann");
  assertEquals(await ask("ann", "open sesam", 1000), null);
  await server.logged(stage.log, /wrong password for "ann"/);
  assertEquals(count(stage.log, /wrong password for "ann"/), 1);
  assertEquals(await ask("ann", "open sesame"), "hello ann");
  stage.write("users", await makeUserLine("ann", new TextEncoder().encode("another")));
  assertEquals(await ask("ann", "open sesame", 1000), null);
  assertEquals(await ask("ann", "another", 5000), "hello ann");
});

Deno.test("unknown users are refused", async () => {
  await using stage = new Stage();
  stage.write("users", await makeUserLine("ann", new TextEncoder().encode("x")));
  const server = stage.serve({ security: { mechanism: "plain", users: "users" } });
  const client = stage.client(server.endpoint, plainClient("b\u001bob", "x"));
  assertEquals(await server.ask(client, 1000), null);
  await server.logged(stage.log, /"b\?ob" is not in users/);
  assertEquals(count(stage.log, /"b\?ob" is not in users/), 1);
});

Deno.test("others are served while a password is being checked", async () => {
  await using stage = new Stage();
  stage.write("users", await makeUserLine("ann", new TextEncoder().encode("x")));
  const server = stage.serve({ security: { mechanism: "plain", users: "users" } });
  const first = stage.client(server.endpoint, plainClient("ann", "x"));
  assertEquals(await server.ask(first, 5000), "hello ann");
  for (let i = 0; i < 30; i++) stage.client(server.endpoint, plainClient("ann", `wrong ${i}`));
  assert(await server.until(() => server.authenticator.timeout >= 0 ? true : null));
  const again = stage.client(server.endpoint, plainClient("ann", "x"));
  assertEquals(await server.ask(again), "hello ann"); // remembered: no hash needed
  assert(server.authenticator.timeout >= 0, "the checks were over already");
  await server.until(() => server.authenticator.timeout < 0 ? true : null, 10_000);
});

Deno.test("a client that is told to come again does so by itself", async () => {
  await using stage = new Stage();
  stage.write("users", await makeUserLine("ann", new TextEncoder().encode("x")));
  const server = stage.serve({ security: { mechanism: "plain", users: "users" } });
  // It comes when its handshake has taken too long: less so here.
  server.socket.setInt(Option.HANDSHAKE_IVL, 500);
  server.socket.bind("tcp://127.0.0.1:*");
  const endpoint = server.socket.lastEndpoint();
  for (let i = 0; i < 70; i++) stage.client(server.endpoint, plainClient("ann", `wrong ${i}`));
  await server.logged(stage.log, /too many passwords/);
  const client = stage.client(endpoint, plainClient("ann", "x"));
  assertEquals(await server.ask(client, 20_000), "hello ann");
});

const ALLOWED: readonly [allow: string[], allowed: boolean][] = [
  [["127.0.0.1"], true],
  [["127.0.0.0/8", "10.0.0.0/8"], true],
  [["10.0.0.0/8", "::1"], false],
];
for (const [allow, allowed] of ALLOWED) {
  Deno.test(`allow ${allow.join(" ")} ${allowed ? "lets in" : "refuses"} 127.0.0.1`, async () => {
    await using stage = new Stage();
    const server = stage.serve({ security: { allow } });
    const answer = await server.ask(stage.client(server.endpoint), allowed ? 2000 : SILENCE);
    assertEquals(answer, allowed ? "hello " : null);
    const pattern = /^warning Refused 127\.0\.0\.1 on the Janus API: its address is not in allow/;
    if (!allowed) await server.logged(stage.log, pattern);
    assertEquals(count(stage.log, pattern), allowed ? 0 : 1);
  });
}

Deno.test("allow knows IPv4 clients of an IPv6 socket, and IPv6 ones", async () => {
  await using stage = new Stage();
  const sites = {
    mode: "bind",
    endpoints: [{ endpoint: "tcp://[::]:*", ipv6: true }],
  } as const;
  const server = stage.serve({ security: { allow: ["127.0.0.1", "::1"] }, sites });
  const port = server.endpoint.split(":").at(-1);
  assertEquals(await server.ask(stage.client(`tcp://127.0.0.1:${port}`)), "hello ");
  const six = stage.client(`tcp://[::1]:${port}`, (socket) => socket.setInt(Option.IPV6, 1));
  assertEquals(await server.ask(six), "hello ");
});

Deno.test("allow counts beside a key as well", async () => {
  await using stage = new Stage();
  const ann = makeKeyPair(stage.context);
  stage.write("clients", `${ann.public} ann\n`);
  const { server, keys } = stage.curve("clients", { security: { allow: ["192.0.2.0/24"] } });
  const client = stage.client(server.endpoint, curveClient(ann, keys.public));
  assertEquals(await server.ask(client, SILENCE), null);
  await server.logged(stage.log, /its address is not in allow/);
  assertEquals(count(stage.log, /its address is not in allow/), 1);
});

Deno.test("nobody gets in where nobody answers for the domain", async () => {
  await using stage = new Stage();
  const server = stage.serve({ security: { allow: ["127.0.0.0/8"] } });
  // As if the socket asked for a domain that the authenticator does not know.
  server.socket.setBytes(Option.ZAP_DOMAIN, "other");
  server.socket.bind("tcp://127.0.0.1:*");
  const other = server.socket.lastEndpoint();
  assertEquals(await server.ask(stage.client(other), SILENCE), null);
  assertEquals(await server.ask(stage.client(server.endpoint)), "hello ");
});

Deno.test("nobody gets in while the authenticator is closed", async () => {
  await using stage = new Stage();
  const ann = makeKeyPair(stage.context);
  stage.write("clients", `${ann.public} ann\n`);
  const { server, keys } = stage.curve("clients");
  const open = stage.serve(); // needs no authenticator, and stays open
  server.authenticator.close();
  const closed = stage.socket(SocketType.DEALER);
  curveClient(ann, keys.public)(closed);
  closed.connect(server.endpoint);
  closed.send(new TextEncoder().encode("x"), Flag.DONTWAIT);
  assertEquals(await open.until(() => receive(server.socket), SILENCE), null);
  assertEquals(await open.ask(stage.client(open.endpoint)), "hello ");
});

const REFUSED_FILES: readonly [name: string, words: string, make: (stage: Stage) => void][] = [
  ["is missing", "server.key: it does not exist", () => {}],
  [
    "can be read by others",
    "its mode 0644 lets others at the secret key. Run chmod 600",
    (stage) => stage.write("server.key", makeKeyPair(stage.context).secret, 0o644),
  ],
  [
    "can be read by its group",
    "its mode 0640 lets others at the secret key. Run chmod 600",
    (stage) => stage.write("server.key", makeKeyPair(stage.context).secret, 0o640),
  ],
  ["is empty", "must hold one key, and has 0", (stage) => stage.write("server.key", "", 0o600)],
  ["stands where its public key belongs", "Exchange the two files", (stage) => {
    const pair = makeKeyPair(stage.context);
    stage.write("server.key", pair.public, 0o600);
    stage.write("server.pub", pair.secret);
  }],
  ["belongs to another public key", "it is not the secret key of", (stage) => {
    stage.write("server.key", makeKeyPair(stage.context).secret, 0o600);
    stage.write("server.pub", makeKeyPair(stage.context).public);
  }],
  ["is no key", "server.key:1:1: this is no key", (stage) => stage.write("server.key", "x", 0o600)],
];
for (const [name, words, make] of REFUSED_FILES) {
  Deno.test(`nothing starts with a server key that ${name}`, async () => {
    await using stage = new Stage();
    stage.write("clients", "");
    make(stage);
    const security = { mechanism: "curve", secret_key: "server.key", clients: "clients" } as const;
    const error = assertThrows(() => stage.serve({ security }), ConfigError);
    assertStringIncludes(error.message, words);
    assert(error.message.startsWith("security: "), error.message);
  });
}

Deno.test("a key pair that belongs together is used; a client's secret key as a public one is not", async () => {
  await using stage = new Stage();
  const [pair, ann] = [makeKeyPair(stage.context), makeKeyPair(stage.context)];
  stage.write("server.key", pair.secret, 0o600);
  stage.write("server.pub", pair.public);
  stage.write("clients", `${ann.public} ann\n`);
  const security = { mechanism: "curve", secret_key: "server.key", clients: "clients" } as const;
  stage.serve({ security });
  stage.write(
    "clients",
    `\n# Key pair of the client ann (CURVE): public, then secret.\n${ann.public} ann\n`,
  );
  const error = assertThrows(() => stage.serve({ security }), ConfigError);
  assertStringIncludes(error.message, "/clients:2:1: a secret key, which only its owner may have");
});
