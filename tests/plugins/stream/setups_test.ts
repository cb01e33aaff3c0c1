/** The samples in `conf/nats`: they start, and do what the README next to them says. */
import { jetstreamManager } from "@nats-io/jetstream";
import type { ConnectionOptions, NatsConnection } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { PROJECT_ROOT } from "../../../scripts/lib/project.ts";
import { runTask } from "../../scripts/task.ts";
import { waitFor } from "../../janus/support/fixture.ts";
import { readEvents } from "../../../plugins/stream/read/mod.ts";
import { authority, certificate } from "./certificates.ts";
import { Companion, SERVERS } from "./companion.ts";
import { NATS_SERVER } from "./server.ts";
import { assert, assertEquals, assertMatch, assertStringIncludes } from "../../assert.ts";

/** A sample that runs, with ports and folders of the test's own. */
class Sample implements AsyncDisposable {
  readonly folder: string;
  readonly path: string;
  #process: Deno.ChildProcess | null = null;

  /** @param secured with what the sample has as comments on TLS and users */
  constructor(name: string, replaced: ReadonlyMap<string, string>, secured = false) {
    this.folder = Deno.makeTempDirSync({ prefix: "nats-" });
    this.path = `${this.folder}/nats.conf`;
    let text = Deno.readTextFileSync(new URL(`../../../conf/nats/${name}`, import.meta.url));
    for (const [from, to] of replaced) text = text.replaceAll(from, to);
    text = text.replaceAll(/store_dir: "[^"]*"/g, `store_dir: "${this.folder}"`)
      .replaceAll(/max_file_store: \d+GB/g, "max_file_store: 1GB");
    if (secured) text = withComments(text).replaceAll("/etc/nats", this.folder);
    Deno.writeTextFileSync(this.path, text);
  }

  start(): this {
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#process = new Deno.Command(NATS_SERVER, { args: ["-c", this.path], ...silent })
      .spawn();
    return this;
  }

  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
    this.#process = null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await Deno.remove(this.folder, { recursive: true });
  }
}

/** A sample as it is once its comments on TLS and users are none. */
function withComments(text: string): string {
  const lines = text.split("\n");
  const begin = lines.findIndex((line) => line.startsWith("# Before it listens"));
  const used = lines.map((line, at) => at > begin ? line.replace(/^# /, "") : line)
    .map((line) => line.replace(/^ {2}# (?=(?:tls|authorization) \{)/, "  "));
  return used.join("\n");
}

/** A connection, once the server listens. */
async function connected(port: number, options: ConnectionOptions = {}) {
  let found: Awaited<ReturnType<typeof connect>> | undefined;
  await waitFor(`a server on port ${port}`, async () => {
    const servers = `127.0.0.1:${port}`;
    found = await connect({ servers, timeout: 1000, ...options }).catch(() => undefined);
    return found !== undefined;
  });
  return found!;
}

Deno.test("the sample of a single server has JetStream", async () => {
  const [port = 0] = freePorts(1);
  await using _server = new Sample("single.conf", new Map([[":4222", `:${port}`]])).start();
  const connection = await connected(port);
  const { limits } = await (await jetstreamManager(connection)).getAccountInfo();
  assertEquals(limits.max_storage, -1);
  await connection.close();
});

for (const name of ["single.conf", "cluster.conf", "hub.conf"]) {
  Deno.test(`what ${name} says of TLS and users is taken by nats-server`, async () => {
    await using sample = new Sample(name, new Map(), true);
    await authority(sample.folder, "ca");
    await certificate(sample.folder, "ca", "server");
    const args = ["-t", "-c", sample.path];
    const { success, stderr } = await new Deno.Command(NATS_SERVER, { args }).output();
    assert(success, new TextDecoder().decode(stderr));
  });
}

/** What the server says to it. */
async function refusal(connection: NatsConnection, act: () => void): Promise<string> {
  const statuses = connection.status() as AsyncIterable<{ type: string; error?: Error }>;
  act();
  for await (const { type, error } of statuses) {
    if (type === "error") return error?.message ?? "";
  }
  return "";
}

Deno.test("the users of the samples may do what the plugin and readers do, and no more", async () => {
  const [port = 0] = freePorts(1);
  await using sample = new Sample(
    "single.conf",
    new Map([[":4222", `:${port}`], ["NAME", "one"]]),
    true,
  );
  await authority(sample.folder, "ca");
  await certificate(sample.folder, "ca", "server");
  await certificate(sample.folder, "ca", "client");
  sample.start();
  const file = (name: string) => Deno.readTextFileSync(`${sample.folder}/${name}`);
  const tls = { ca: file("ca.pem"), cert: file("client.pem"), key: file("client.key") };
  const servers = `127.0.0.1:${port}`;
  const janus = await connected(port, { user: "janus", pass: "change me", tls });
  Deno.writeTextFileSync(`${sample.folder}/password`, "change me");
  const given = {
    ...{ ...SERVERS, servers: [servers], user: "janus", ca: `${sample.folder}/ca.pem` },
    ...{ cert: `${sample.folder}/client.pem`, key: `${sample.folder}/client.key` },
    password_file: `${sample.folder}/password`,
  };
  // The first makes the stream, the second looks at what is stored.
  for (const [first, last] of [[1, 3], [1, 5]] as const) {
    await using companion = new Companion({ servers: given }, [sample.folder]);
    await companion.events(first, last);
    await companion.until(() => companion.stored === last);
    assertEquals(companion.reasons(), []);
  }
  const { state } = await (await jetstreamManager(janus)).streams.info("JANUS");
  assertEquals(state.messages, 5);
  // Nothing in the name of another one.
  for (const subject of ["janus.events.two.media.-.-", "janus.events-owner.two"]) {
    assertMatch(await refusal(janus, () => janus.publish(subject, "{}")), /permission/i);
  }
  assertMatch(
    await refusal(janus, () => janus.subscribe("janus.events-owner.two")),
    /permission/i,
  );
  await janus.close();
  const credentials = { user: "reader", password: "change me too", tls };
  for await (const item of readEvents({ servers, ...credentials, from: "all", durable: "bill" })) {
    assertEquals(item.kind, "event");
    break;
  }
  const reader = await connected(port, { user: "reader", pass: credentials.password, tls });
  const publish = () => reader.publish("janus.events.one.sessions.created.-", "{}");
  assertMatch(await refusal(reader, publish), /permission/i);
  await reader.close();
});

Deno.test("three of the cluster's sample hold a stream three times", async () => {
  const ports = freePorts(6);
  const servers = [0, 1, 2].map((at) =>
    new Sample(
      "cluster.conf",
      new Map([
        [`"n1"`, `"n${at}"`],
        [":4222", `:${ports[at]}`],
        ...[6222, 6223, 6224].map((port, i) =>
          [`nats://127.0.0.1:${port}`, `nats://127.0.0.1:${ports[3 + i]}`] as const
        ),
        ["127.0.0.1:6222", `127.0.0.1:${ports[3 + at]}`],
      ]),
    ).start()
  );
  const connection = await connected(ports[0]!);
  await waitFor(
    "the cluster to have a leader",
    async () => {
      try {
        const manager = await jetstreamManager(connection, { timeout: 1000 });
        await manager.streams.add({ name: "JANUS", subjects: ["janus.>"], num_replicas: 3 });
        return true;
      } catch {
        return false;
      }
    },
    undefined,
    30_000,
  );
  await connection.close();
  for (const server of servers) await server[Symbol.asyncDispose]();
});

Deno.test("a leaf keeps what is stored while the hub is away; the hub brings it over, once and in order", async () => {
  const [leafPort = 0, hubPort = 0, leaves = 0] = freePorts(3);
  const ports = new Map([
    [":4222", `:${leafPort}`],
    [":4223", `:${hubPort}`],
    [":7422", `:${leaves}`],
  ]);
  await using hub = new Sample("hub.conf", ports).start();
  await using _leaf = new Sample("leaf.conf", ports).start();
  const atLeaf = await connected(leafPort);
  await (await jetstreamManager(atLeaf)).streams.add({
    name: "JANUS",
    subjects: ["janus.events.>"],
  });
  await (await connected(hubPort)).close();
  // Twice: what is there stays, and a leaf that comes later is added.
  for (
    const [leaves, says] of [["edge1", "takes over what is stored at edge1"], [
      "edge1,edge9",
      "has already edge1",
    ]] as const
  ) {
    const { code, stdout, stderr } = await runTask("stream:source", [
      `--servers=127.0.0.1:${hubPort}`,
      `--leaves=${leaves}`,
    ], { cwd: PROJECT_ROOT });
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, says);
    const away =
      "takes over what is stored at edge9. Nothing comes until it is there: nobody answers";
    assertEquals(stdout.includes(away), leaves.includes("edge9"), stdout);
  }
  for (
    const [code, says] of [[0, "takes no more from edge9"], [1, "nothing over from edge9"]] as const
  ) {
    const removing = [`--servers=127.0.0.1:${hubPort}`, "--leaves=edge9", "--remove"];
    const removed = await runTask("stream:source", removing, { cwd: PROJECT_ROOT });
    assertEquals(removed.code, code);
    assertStringIncludes(removed.stdout + removed.stderr, says);
  }
  await hub.kill();
  for (let i = 0; i < 500; i++) atLeaf.publish(`janus.events.one.media.-.-`, `{"i":${i}}`);
  await atLeaf.flush();
  hub.start();
  const atHub = await connected(hubPort);
  const manager = await jetstreamManager(atHub);
  await waitFor(
    "the hub to have all",
    async () => {
      return (await manager.streams.info("JANUS").catch(() => null))?.state.messages === 500;
    },
    undefined,
    40_000,
  );
  for (let i = 0; i < 500; i++) {
    const message = await manager.streams.getMessage("JANUS", { seq: i + 1 });
    assertEquals(message?.json(), { i });
  }
  await atHub.close();
  await atLeaf.close();
});
