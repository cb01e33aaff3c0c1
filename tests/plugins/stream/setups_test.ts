/** The samples in `conf/nats`: they start, and do what the README next to them says. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { freePorts } from "../../../scripts/lib/ports.ts";
import { waitFor } from "../../janus/support/fixture.ts";
import { NATS_SERVER } from "./server.ts";
import { assertEquals } from "../../assert.ts";

/** A sample that runs, with ports and folders of the test's own. */
class Sample implements AsyncDisposable {
  readonly #folder: string;
  readonly #path: string;
  #process: Deno.ChildProcess | null = null;

  constructor(name: string, replaced: ReadonlyMap<string, string>) {
    this.#folder = Deno.makeTempDirSync({ prefix: "nats-" });
    this.#path = `${this.#folder}/nats.conf`;
    let text = Deno.readTextFileSync(new URL(`../../../conf/nats/${name}`, import.meta.url));
    for (const [from, to] of replaced) text = text.replaceAll(from, to);
    text = text.replaceAll(/store_dir: "[^"]*"/g, `store_dir: "${this.#folder}"`)
      .replaceAll(/max_file_store: \d+GB/g, "max_file_store: 1GB");
    Deno.writeTextFileSync(this.#path, text);
  }

  start(): this {
    const silent = { stdin: "null", stdout: "null", stderr: "null" } as const;
    this.#process = new Deno.Command(NATS_SERVER, { args: ["-c", this.#path], ...silent })
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
    await Deno.remove(this.#folder, { recursive: true });
  }
}

/** A connection, once the server listens. */
async function connected(port: number) {
  let found: Awaited<ReturnType<typeof connect>> | undefined;
  await waitFor(`a server on port ${port}`, async () => {
    found = await connect({ servers: `127.0.0.1:${port}`, timeout: 1000 }).catch(() => undefined);
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
  let atHub = await connected(hubPort);
  await (await jetstreamManager(atHub)).streams.add({
    name: "JANUS",
    sources: [{ name: "JANUS", domain: "edge1" }],
  });
  await atHub.close();
  await hub.kill();
  for (let i = 0; i < 500; i++) atLeaf.publish(`janus.events.one.media.-.-`, `{"i":${i}}`);
  await atLeaf.flush();
  hub.start();
  atHub = await connected(hubPort);
  const manager = await jetstreamManager(atHub);
  await waitFor(
    "the hub to have all",
    async () => {
      return (await manager.streams.info("JANUS").catch(() => null))?.state.messages === 500;
    },
    undefined,
    40_000,
  );
  for (const i of [0, 249, 499]) {
    const message = await manager.streams.getMessage("JANUS", { seq: i + 1 });
    assertEquals(message?.json(), { i });
  }
  await atHub.close();
  await atLeaf.close();
});
