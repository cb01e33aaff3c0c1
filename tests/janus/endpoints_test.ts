/** Where the plugins listen: ipc and IPv6, and that nothing is left there when Janus has ended. */
import { listeners } from "../../scripts/lib/ports.ts";
import { exists } from "../../scripts/lib/run.ts";
import { assertEquals } from "../assert.ts";
import { Agent } from "./support/agent.ts";
import { Fixture, request } from "./support/fixture.ts";
import type { SocketOpener } from "./support/socket.ts";

const READY = /\[janus\.transport\.zeromq\] The plugin's process is ready/;

/** Starts Janus with both plugins on ipc sockets in a folder. */
function startIpc(folder: string): Promise<Fixture> {
  return Fixture.start({
    settings: {
      transport: { general: { address: `ipc://${folder}/api.sock` } },
      event_handler: { general: { address: `ipc://${folder}/events.sock` } },
    },
    ready: READY,
  });
}

/** Sends requests until an event of theirs comes: nobody tells when a subscription has arrived. */
async function assertServed(client: SocketOpener, api: string, events: string): Promise<void> {
  await using req = client.open({ type: "REQ", endpoint: api });
  await using sub = client.open({ type: "SUB", endpoint: events });
  const end = performance.now() + 10_000;
  for (;;) {
    req.send(request("create"));
    const session_id = (await req.json()).data.id;
    req.send(request("destroy", { session_id }));
    assertEquals((await req.json()).janus, "success");
    try {
      await sub.until((event) => event.type === 1, 100);
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
    }
  }
}

Deno.test("ipc: clients are served, the sockets' files go with Janus", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ipc-" });
  try {
    await using python = await Agent.python();
    const endpoints = ["api", "events"].map((name) => `ipc://${folder}/${name}.sock`);
    const [api = "", events = ""] = endpoints;
    {
      await using fixture = await startIpc(folder);
      await fixture.janus.waitForLog(new RegExp(`Janus API on ${api}$`));
      await fixture.janus.waitForLog(new RegExp(`Events \\(.*\\) on ${events}$`));
      await assertServed(fixture.client, api, events);
      await assertServed(python, api, events);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ipc: what a killed Janus leaves is no obstacle for the next one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ipc-" });
  try {
    {
      await using killed = await startIpc(folder);
      killed.janus.kill("SIGKILL");
      await killed.janus.exited;
    }
    await using fixture = await startIpc(folder);
    assertEquals(fixture.complaints("ERR"), []);
    await assertServed(fixture.client, `ipc://${folder}/api.sock`, `ipc://${folder}/events.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("ipc: a process that is killed listens there again", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ipc-" });
  try {
    await using fixture = await startIpc(folder);
    for (const plugin of ["transport", "events"] as const) {
      const since = fixture.janus.log.count;
      Deno.kill(fixture.pid(plugin), "SIGKILL");
      await fixture.ready(plugin, since);
    }
    await assertServed(fixture.client, `ipc://${folder}/api.sock`, `ipc://${folder}/events.sock`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test({
  name: "IPv6: clients are served on [::1]",
  ignore: !hasIpv6(),
  fn: async () => {
    await using python = await Agent.python();
    // The port stands in the address; the system chooses it.
    const general = { address: "tcp://[::1]:*" };
    await using fixture = await Fixture.start({
      settings: { transport: { general }, event_handler: { general } },
      ready: READY,
    });
    const where = async (pattern: RegExp) => (await fixture.janus.waitForLog(pattern))[1] ?? "";
    const api = await where(/Janus API on (tcp:\/\/\[::1\]:\d+)$/);
    const events = await where(/Events \(.*\) on (tcp:\/\/\[::1\]:\d+)$/);
    await assertServed(fixture.client, api, events);
    await assertServed(python, api, events);
  },
});

Deno.test("a Janus that ends leaves no process, no port and no file behind", async () => {
  const shared_before = [...Deno.readDirSync("/dev/shm")].map(({ name }) => name);
  const fixture = await Fixture.start({ admin: true });
  const { folder, ports } = fixture.janus;
  await assertServed(fixture.client, fixture.janus.endpoints.api, fixture.janus.endpoints.events);
  assertEquals((await fixture.admin("ping")).janus, "pong");
  assertEquals((await fixture.janus.children()).length, 2);
  const report = await fixture.stop();
  assertEquals([report.code, report.killed, report.left_behind], [0, false, []]);
  const open = new Set((await listeners()).map(({ port }) => port));
  assertEquals(Object.values(ports).filter((port) => open.has(port)), []);
  assertEquals(await exists(folder), false);
  const shared_after = [...Deno.readDirSync("/dev/shm")].map(({ name }) => name);
  assertEquals(shared_after.filter((name) => !shared_before.includes(name)), []);
  assertEquals(fixture.janus.log.lines.at(-1), "Bye!");
});
