/** A cable that is cut for real: two networks, and the link between them goes down. */
import { capture } from "../../scripts/lib/run.ts";
import { assertEquals, assertGreater, assertLess } from "../assert.ts";
import { Agent } from "../janus/support/agent.ts";
import { openEcho, triggerEvent } from "../janus/support/echo.ts";
import { Fixture } from "../janus/support/fixture.ts";
import { ADDRESS, privateNetwork } from "../janus/support/namespace.ts";

/** Seconds. */
const TIMEOUT = 2;
const PORT = 5545;
/** The process in the clients' network, and how to run something there. */
const CLIENTS = ["unshare", "--net", "--", "sleep", "60"];

/** Runs `ip` somewhere. */
async function ip(enter: readonly string[], ...args: string[]): Promise<void> {
  const [command = "", ...rest] = [
    ...enter,
    "sh",
    "-c",
    'PATH=$PATH:/sbin; ip "$@"',
    "sh",
    ...args,
  ];
  const output = await capture(command, rest);
  assertEquals(output?.code, 0, output?.stderr);
}

Deno.test("clients behind a cut cable are given up, whether idle or owed something", async () => {
  const { wrapper, enter } = await privateNetwork();
  await using fixture = await Fixture.start({
    admin: true,
    ipc: true,
    wrapper,
    ready: /\[janus\.transport\.zeromq\] The plugin's process is ready/,
    settings: {
      transport: {
        general: { address: `tcp://${ADDRESS}`, port: PORT },
        peers: { timeout: TIMEOUT },
      },
    },
  });
  const here = enter(fixture.janus.pid);
  const [command = "", ...args] = [...here, ...CLIENTS];
  await using away = new Deno.Command(command, { args, stdin: "null" }).spawn();
  const name = () => Deno.readTextFile(`/proc/${away.pid}/comm`);
  await fixture.waitFor("the clients' network", async () => await name() === "sleep\n");
  const there = enter(away.pid);
  await ip(here, "link", "set", "there", "netns", `${away.pid}`);
  await ip(there, "address", "add", "10.99.0.2/24", "dev", "there");
  await ip(there, "link", "set", "there", "up");

  const endpoint = `tcp://${ADDRESS}:${PORT}`;
  await using far = await Agent.python(there);
  await using near = await Agent.python(here);
  const [idle, owed] = [1, 2].map(() => far.open({ type: "DEALER", endpoint }));
  const neighbour = near.open({ type: "DEALER", endpoint });
  const quiet = await openEcho(fixture, idle!);
  const busy = await openEcho(fixture, owed!);
  const staying = await openEcho(fixture, neighbour);

  await ip(there, "link", "set", "there", "down");
  const begun = performance.now();
  await triggerEvent(neighbour, busy);
  await fixture.sessionGone(quiet.session_id);
  await fixture.sessionGone(busy.session_id);
  const seconds = (performance.now() - begun) / 1000;
  assertGreater(seconds, TIMEOUT - 1.5);
  assertLess(seconds, TIMEOUT + 3);
  // Who is idle, but there, is left alone.
  assertEquals(await fixture.sessions(), [staying.session_id]);
});
