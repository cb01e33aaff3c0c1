/** Nobody fills the machine's memory. */
import { Option, SocketType } from "../../ffi/zmq/constants.ts";
import { ThinContext, ThinSocket } from "../../ffi/zmq/thin.ts";
import { plainClient } from "../plugins/host/security/support.ts";
import { assert, assertEquals, assertLess, assertMatch } from "../assert.ts";
import { Fixture, type PluginName } from "../janus/support/fixture.ts";
import { memoryOf } from "../janus/support/burst.ts";
import { makeUserLine } from "../../plugins/host/security/passwords.ts";
import { frame, longCommand, RawPeer, repeated } from "./support/raw_peer.ts";

const MIB = 1024;
/** Bytes of a frame that is one too many, for each. */
const TOO_LONG = { transport: 4 << 20, events: 9000 } as const;

function endpointOf({ janus: { endpoints } }: Fixture, plugin: PluginName): string {
  return plugin === "transport" ? endpoints.api : endpoints.events;
}

for (const plugin of ["transport", "events"] as const) {
  const type = plugin === "transport" ? "DEALER" : "SUB";

  Deno.test(`a message of endless small parts (${plugin}) ends in a new process, in order`, async () => {
    await using fixture = await Fixture.start({
      admin: true,
      settings: {
        [plugin === "transport" ? plugin : "event_handler"]: { runtime: { max_memory: 150 } },
      },
    });
    const pid = await fixture.ready(plugin, 0);
    const mark = fixture.janus.log.lines.length;
    using bad = await RawPeer.connect(endpointOf(fixture, plugin), type);
    const flood = bad.flood(repeated(frame("a".repeat(20), true), 4000), 20_000);
    let peak = 0;
    let ended = false;
    flood.then(() => ended = true);
    while (!ended) {
      const { own } = await memoryOf(pid).catch(() => ({ own: 0 }));
      peak = Math.max(peak, own);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    assert(await flood, "nothing ended it");
    assertLess(peak, 300 * MIB);
    await fixture.ready(plugin, mark);
    const said = fixture.janus.log.lines.find((line) => line.includes("runtime.max_memory = 150"));
    assertMatch(said ?? "", /WARN.*has taken \d+ MiB.*Connected: 127\.0\.0\.1 \(\d\)/);
    // It ended by itself: no signal, no fault.
    assertEquals(fixture.complaints("ERR", plugin), []);
    await fixture.janus.waitForLog(/\(pid \d+\) has ended in order, to be started anew/);
    assertEquals((await fixture.query(plugin, { request: "info" })).restarts, 1);
  });

  Deno.test(`a frame beyond reason (${plugin}) ends its connection, and nothing else`, async () => {
    await using fixture = await Fixture.start({ admin: true });
    const pid = await fixture.ready(plugin, 0);
    using bad = await RawPeer.connect(endpointOf(fixture, plugin), type);
    // As if a very long one began: nothing is to be kept of it.
    const begin = new Uint8Array(9);
    begin[0] = 2;
    new DataView(begin.buffer).setBigUint64(1, BigInt(TOO_LONG[plugin]));
    await bad.send(begin);
    assert(
      await Promise.race([
        bad.hungUp(),
        new Promise((resolve) => setTimeout(resolve, 5000, false)),
      ]),
      "it may go on",
    );
    assertEquals((await fixture.query(plugin, { request: "info" })).pid, pid);
  });
}

Deno.test("strangers who fill memory before they say who they are are cut off, and nobody else", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    event_handler: false,
    files: { users: await makeUserLine("ann", new TextEncoder().encode("open sesame")) },
    settings: {
      transport: {
        security: { mechanism: "plain", users: "users" },
        runtime: { max_memory: 100 },
      },
    },
  });
  const pid = await fixture.ready("transport", 0);
  const { api } = fixture.janus.endpoints;
  using context = new ThinContext();
  using friend = new ThinSocket(context, SocketType.REQ);
  friend.setInt(Option.LINGER, 0);
  friend.setInt(Option.RCVTIMEO, 5000);
  plainClient("ann", "open sesame")(friend);
  friend.connect(api);
  const isServed = () => {
    friend.send(new TextEncoder().encode('{"janus":"ping","transaction":"p"}'), 0);
    return friend.recv(new Uint8Array(1000), 0) > 0;
  };
  assert(isServed());
  using strangers = new DisposableStack();
  for (let i = 0; i < 120; i++) {
    const stranger = strangers.use(await RawPeer.greet(api, "PLAIN"));
    await stranger.send(longCommand(1 << 21));
    await stranger.send(new Uint8Array(2_000_000)).catch(() => {}); // it is cut off already
  }
  await fixture.janus.waitForLog(
    /WARN.*connections are cut that send much and have not said who they are: 127\.0\.0\.1 \(\d+\)/,
  );
  assert(isServed());
  const { restarts, pid: now } = await fixture.query("transport", { request: "info" });
  assertEquals([restarts, now], [0, pid]);
});

Deno.test("max_message_size can be raised while it runs, beyond what the sockets let through", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { transport: { limits: { max_message_size: 100_000 } } },
  });
  await using dealer = fixture.connect("DEALER", { identity: "me" });
  await fixture.ask(dealer, "ping");
  const mark = fixture.janus.log.lines.length;
  const change = { request: "configure", limits: { max_message_size: 2_000_000 } };
  assertEquals(await fixture.query("transport", change), { result: 200 });
  await fixture.ready("transport", mark);
  await using other = fixture.connect("DEALER");
  assertEquals((await fixture.ask(other, "ping", { filler: "x".repeat(1_900_000) })).janus, "pong");
  assertEquals(
    (await fixture.ask(other, "ping", { filler: "x".repeat(2_900_000) })).error.code,
    490,
  );
});
