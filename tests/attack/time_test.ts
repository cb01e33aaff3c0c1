/** Nobody takes the loop: what one client or subscriber sends costs others next to nothing. */
import { assert, assertEquals, assertLess } from "../assert.ts";
import { Fixture, request } from "../janus/support/fixture.ts";
import { frame, RawPeer, repeated } from "./support/raw_peer.ts";

Deno.test("requests of a megabyte of small numbers, where sessions are bound", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { transport: { security: { bind_sessions: true } } },
  });
  const pid = await fixture.ready("transport", 0);
  await using good = fixture.connect("DEALER");
  await fixture.ask(good, "ping");
  using bad = await RawPeer.connect(fixture.janus.endpoints.api, "DEALER");
  const text = `{"janus":"ping","transaction":"x","x":[${Array(500_000).fill("1").join()}]}`;
  const flood = bad.send(repeated(frame(text), 30));
  let longest = 0;
  for (let i = 0; i < 10; i++) {
    const begin = performance.now();
    await fixture.ask(good, "ping");
    longest = Math.max(longest, performance.now() - begin);
  }
  await flood;
  assertLess(longest, 4000); // 9 s when each took 300 ms
  assertEquals(fixture.pid("transport"), pid);
});

Deno.test("a subscriber that subscribes and unsubscribes without end", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  using bad = await RawPeer.connect(fixture.janus.endpoints.events, "SUB");
  const both = Uint8Array.from([...frame("\x01xx"), ...frame("\x00xx")]);
  const flood = bad.flood(repeated(both, 5000), 3000);
  await new Promise((resolve) => setTimeout(resolve, 300));
  for (let i = 0; i < 5; i++) {
    await fixture.emit({ i });
    await sub.until(({ event }) => event?.data?.i === i, 2000);
  }
  await flood;
  assertEquals(fixture.complaints("ERR"), []);
});

Deno.test("a subscriber with topics without end is let go, and takes no memory that matters", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const sub = await fixture.subscribe();
  const pid = fixture.pid("events");
  const bad = [0, 1].map(() => RawPeer.connect(fixture.janus.endpoints.events, "SUB"));
  const topics = Array.from({ length: 2000 }, (_, n) => frame(`\x01${n}${"x".repeat(1500)}`));
  const bytes = Uint8Array.from(topics.flatMap((topic) => [...topic]));
  const floods = bad.map(async (peer) => {
    using open = await peer;
    await open.flood(bytes, 3000);
  });
  for (let i = 0; i < 10; i++) {
    await fixture.emit({ i });
    await sub.until(({ event }) => event?.data?.i === i, 2000);
  }
  await Promise.allSettled(floods);
  await fixture.janus.waitForLog(/subscribes without end: its connection is ended/);
  assertEquals(fixture.pid("events"), pid);
  const status = Deno.readTextFileSync(`/proc/${pid}/status`);
  assertLess(Number(/RssAnon:\s+(\d+)/.exec(status)![1]) / 1024, 150);
});

Deno.test("sessions of clients that leave at once go with them, also where none times out", async () => {
  await using fixture = await Fixture.start({
    admin: true,
    settings: { janus: { general: { session_timeout: 0 } } },
  });
  const bytes = frame('{"janus":"create","transaction":"c"}');
  for (let wave = 0; wave < 10; wave++) {
    const peers = await Promise.all(
      Array.from({ length: 30 }, () => RawPeer.connect(fixture.janus.endpoints.api, "DEALER")),
    );
    await Promise.all(peers.map((peer) => peer.send(bytes)));
    for (const peer of peers) peer[Symbol.dispose]();
  }
  await fixture.waitFor("no session to be left", async () => {
    return (await fixture.sessions()).length === 0 && (await fixture.counters()).peers === 0;
  });
  // And none comes late.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assertEquals(await fixture.sessions(), []);
});

Deno.test("a refusal has its request's transaction, whatever its size", async () => {
  await using fixture = await Fixture.start({
    settings: { transport: { limits: { max_message_size: 100_000 } } },
  });
  await using dealer = fixture.connect("DEALER");
  for (const size of [100_001, 200_000]) {
    const text = request("ping", { filler: "x".repeat(size) });
    dealer.send(text);
    const { transaction, error } = await dealer.json();
    assertEquals([transaction, error.code], [JSON.parse(text).transaction, 490]);
  }
  assert((await fixture.ask(dealer, "ping")).janus === "pong");
});
