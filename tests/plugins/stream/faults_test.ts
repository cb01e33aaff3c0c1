/** What the companion says where it must not, or can't, reach the servers or the stream. */
import { connect } from "@nats-io/transport-node";
import { jetstreamManager } from "@nats-io/jetstream";
import { nkeys } from "@nats-io/nats-core";
import type { StreamServers } from "../../../plugins/stream/protocol.ts";
import { assertEquals, assertMatch } from "../../assert.ts";
import { Companion, SERVERS } from "./companion.ts";
import { authority, certificate } from "./certificates.ts";
import { NatsServer } from "./server.ts";

const at = (url: string, more: Partial<StreamServers> = {}) => ({
  ...{ ...SERVERS, servers: [url] },
  ...more,
});

const { createAccount, createOperator, createUser } = nkeys;
type KeyPair = ReturnType<typeof createUser>;

/** It says why, once, and goes on trying. */
async function refused(given: StreamServers, reason: RegExp, read: string[] = []): Promise<void> {
  await using companion = new Companion({ servers: given }, read);
  await companion.events(1, 3);
  await companion.until(() => companion.reasons().length > 0);
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assertEquals(companion.reasons().length, 1, companion.reasons().join("\n"));
  assertMatch(companion.reasons()[0]!, reason);
  assertEquals(companion.stored, 0);
}

async function works(given: StreamServers, read: string[] = []): Promise<void> {
  await using companion = new Companion({ servers: given }, read);
  await companion.events(1, 3);
  await companion.until(() => companion.stored === 3);
}

async function write(folder: string, name: string, text: string): Promise<string> {
  await Deno.writeTextFile(`${folder}/${name}`, text);
  return `${folder}/${name}`;
}

Deno.test("user and password: a wrong one is said; the right one is taken from its file", async () => {
  await using server = await NatsServer.start(() =>
    'authorization { user: janus, password: "secret" }'
  );
  const { folder, url } = server;
  await refused(at(url), /Authorization Violation/i);
  const password_file = await write(folder, "password", "wrong\n");
  await refused(at(url, { user: "janus", password_file }), /Authorization Violation/i, [folder]);
  await Deno.writeTextFile(password_file, "secret\n");
  await works(at(url, { user: "janus", password_file }), [folder]);
});

Deno.test("token: likewise; a file that is not there is named", async () => {
  await using server = await NatsServer.start(() => 'authorization { token: "secret" }');
  const { folder, url } = server;
  const token_file = await write(folder, "token", "secret");
  await works(at(url, { token_file }), [folder]);
  await Deno.writeTextFile(token_file, "wrong");
  await refused(at(url, { token_file }), /Authorization Violation/i, [folder]);
  const gone = `${folder}/nothing`;
  await refused(at(url, { token_file: gone }), new RegExp(`^Cannot read ${gone}: `), [folder]);
});

Deno.test("a right to publish that is missing is said", async () => {
  const rights = (publish: string) =>
    `authorization { users: [{ user: a, password: a, permissions: { publish: ${publish} } }] }`;
  await using server = await NatsServer.start(() =>
    rights('["$JS.API.>", "janus.events-owner.*", "_INBOX.>"]')
  );
  const { folder, url } = server;
  const password_file = await write(folder, "password", "a");
  const given = at(url, { user: "a", password_file });
  await refused(given, /Permissions Violation for Publish to "janus\.events\.one/i, [folder]);
  await server.kill();
  await server.configure(rights('["janus.events.>"]'));
  await server.start();
  await refused(given, /Permissions Violation for Publish to "janus\.events-owner\.one"/i, [
    folder,
  ]);
});

function jwt(issuer: KeyPair, subject: string, name: string, nats: object): string {
  const encode = (value: object) => text64(new TextEncoder().encode(JSON.stringify(value)));
  const text64 = (bytes: Uint8Array) =>
    bytes.toBase64({ alphabet: "base64url", omitPadding: true });
  const claims = {
    ...{ jti: name, iat: Math.floor(Date.now() / 1000), iss: issuer.getPublicKey() },
    ...{ name, sub: subject, nats: { ...nats, version: 2 } },
  };
  const text = `${encode({ typ: "JWT", alg: "ed25519-nkey" })}.${encode(claims)}`;
  return `${text}.${text64(issuer.sign(new TextEncoder().encode(text)))}`;
}

Deno.test("credentials with a JWT and an NKey: those of another account are refused", async () => {
  const [operator, account, user, system] = [
    ...[createOperator(), createAccount(), createUser(), createAccount()],
  ] as const;
  const limits = { subs: -1, data: -1, payload: -1, conn: -1, leaf: -1, imports: -1, exports: -1 };
  const storage = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1, wildcards: true };
  const accountJwt = jwt(operator!, account!.getPublicKey(), "A", {
    ...{ type: "account", limits: { ...limits, ...storage } },
  });
  const systemJwt = jwt(operator!, system!.getPublicKey(), "S", { type: "account", limits });
  const operatorJwt = jwt(operator!, operator!.getPublicKey(), "O", {
    ...{ type: "operator", system_account: system!.getPublicKey() },
  });
  const userLimits = { type: "user", subs: -1, data: -1, payload: -1 };
  const creds = (text: string, key: KeyPair) =>
    `-----BEGIN NATS USER JWT-----\n${text}\n------END NATS USER JWT------\n\n` +
    `-----BEGIN USER NKEY SEED-----\n${
      new TextDecoder().decode(key.getSeed())
    }\n------END USER NKEY SEED------\n`;
  await using server = await NatsServer.start(() => `
    operator: ${operatorJwt}
    system_account: ${system!.getPublicKey()}
    resolver: MEMORY
    resolver_preload: {
      ${account!.getPublicKey()}: ${accountJwt}
      ${system!.getPublicKey()}: ${systemJwt}
    }`);
  const { folder, url } = server;
  const good = creds(jwt(account!, user!.getPublicKey(), "u", userLimits), user!);
  const credentials = await write(folder, "a.creds", good);
  await works(at(url, { credentials }), [folder]);
  const bad = creds(jwt(createAccount(), user!.getPublicKey(), "u", userLimits), user!);
  await Deno.writeTextFile(credentials, bad);
  await refused(at(url, { credentials }), /Authorization Violation/i, [folder]);
});

Deno.test("TLS: the authority must be the right one, and a client's certificate there if it is asked for", async () => {
  const folder = await Deno.makeTempDir();
  const path = (name: string) => `${folder}/${name}`;
  for (const name of ["ca", "other"]) await authority(folder, name);
  for (const name of ["server", "client"]) await certificate(folder, "ca", name);
  await certificate(folder, "other", "stranger");
  const tls = (verify: boolean) =>
    `tls { cert_file: "${path("server.pem")}", key_file: "${path("server.key")}", ca_file: "${
      path("ca.pem")
    }", verify: ${verify} }`;
  await using server = await NatsServer.start(() => tls(false));
  const url = `localhost:${server.port}`;
  const ca = path("ca.pem");
  await works(at(url, { ca }), [folder]);
  await works(at(`tls://${url}`, { ca }), [folder]);
  await refused(at(url), /certificate/i);
  await refused(at(url, { ca: path("other.pem") }), /certificate/i, [folder]);
  await server.kill();
  await server.configure(tls(true));
  await server.start();
  const pair = (name: string) => ({ cert: path(`${name}.pem`), key: path(`${name}.key`) });
  await works(at(url, { ca, ...pair("client") }), [folder]);
  await refused(at(url, { ca }), /certificate/i, [folder]);
  await refused(at(url, { ca, ...pair("stranger") }), /certificate/i, [folder]);
  await server.kill();
  await server.configure("");
  await server.start();
  await refused(at(`tls://${url}`, { ca }), /tls/i, [folder]);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a sealed stream is said", async () => {
  await using server = await NatsServer.start();
  const nc = await connect({ servers: server.url });
  const manager = await jetstreamManager(nc);
  const config = { name: "JANUS", subjects: ["janus.events.>"] };
  await manager.streams.add(config);
  await manager.streams.update("JANUS", { ...config, sealed: true } as never);
  await nc.close();
  await refused(at(server.url), /^The stream JANUS is sealed/);
});

Deno.test("whoever takes the connection and ends it at once is said", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const hangUp = async () => {
    for await (const connection of listener) connection.close();
  };
  const hanging = hangUp();
  await refused(at(`127.0.0.1:${listener.addr.port}`), /hangs up without a word/);
  listener.close();
  await hanging;
});
