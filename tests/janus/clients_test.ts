/** Clients that go away: Janus frees what they had. */
import { assertEquals } from "../assert.ts";
import { Agent } from "./support/agent.ts";
import { type Fixture, sharedFixture } from "./support/fixture.ts";
import type { TestSocket } from "./support/socket.ts";

const shared = sharedFixture({ admin: true });

/** Opens a session, waits until the Admin API shows it, lets the client go, and waits again. */
async function assertFreed(
  fixture: Fixture,
  dealer: TestSocket,
  leave: () => Promise<void>,
): Promise<void> {
  const session = (await fixture.ask(dealer, "create")).data.id;
  const has = async () => (await fixture.admin("list_sessions")).sessions.includes(session);
  assertEquals(await has(), true);
  const begun = performance.now();
  await leave();
  await fixture.waitFor("the session to be gone", async () => !(await has()));
  const took = performance.now() - begun;
  assertEquals(took < 1000, true, `it took ${took} ms`);
  await fixture.waitFor("no peers and no sessions", async () => {
    const { counters } = await fixture.query("transport", { request: "info" });
    return counters.peers === 0 && counters.sessions === 0;
  });
}

Deno.test("a client that closes its socket takes its sessions along", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER");
  await assertFreed(fixture, dealer, () => dealer.close());
});

Deno.test("a client with a routing id of its own that closes takes its sessions along", async () => {
  const fixture = await shared();
  const dealer = fixture.connect("DEALER", { identity: "by name" });
  await assertFreed(fixture, dealer, () => dealer.close());
});

for (const [name, start] of [["Python", Agent.python], ["Node", Agent.node]] as const) {
  Deno.test(`a client in ${name} that is killed takes its sessions along`, async () => {
    const fixture = await shared();
    await using agent = await start();
    const endpoint = fixture.janus.endpoints.api;
    await assertFreed(fixture, agent.open({ type: "DEALER", endpoint }), () => agent.kill());
  });
}

Deno.test("a client that goes leaves the sessions of the others alone", async () => {
  const fixture = await shared();
  await using staying = fixture.connect("DEALER");
  const session_id = (await fixture.ask(staying, "create")).data.id;
  const leaving = fixture.connect("DEALER");
  await fixture.ask(leaving, "create");
  await leaving.close();
  await fixture.waitFor("one session to be left", async () => {
    return (await fixture.admin("list_sessions")).sessions.length === 1;
  });
  assertEquals((await fixture.admin("list_sessions")).sessions, [session_id]);
  assertEquals((await fixture.ask(staying, "keepalive", { session_id })).janus, "ack");
  await fixture.ask(staying, "destroy", { session_id });
});

Deno.test("a hundred short-lived clients leave nothing behind", async () => {
  const fixture = await shared();
  for (let round = 0; round < 5; round++) {
    const dealers = Array.from({ length: 20 }, () => fixture.connect("DEALER"));
    await Promise.all(dealers.map((dealer) => fixture.ask(dealer, "create")));
    for (const dealer of dealers) await dealer.close();
  }
  await fixture.waitFor("all sessions to be gone", async () => {
    const { counters } = await fixture.query("transport", { request: "info" });
    const { sessions } = await fixture.admin("list_sessions");
    return sessions.length === 0 && counters.peers === 0 && counters.sessions === 0;
  });
});
