/** The process is killed while clients are at work: they go on. */
import { assert, assertEquals } from "../assert.ts";
import { Agent } from "./support/agent.ts";
import { type Echo, openEcho, pollFirst, pollText, triggerEvent } from "./support/echo.ts";
import { Fixture, request } from "./support/fixture.ts";
import type { TestSocket } from "./support/socket.ts";

/** Kills the transport's process and waits for the next one. */
async function restart(fixture: Fixture): Promise<void> {
  const since = fixture.janus.log.count;
  Deno.kill(fixture.pid("transport"), "SIGKILL");
  await fixture.ready("transport", since);
}

interface Client {
  readonly socket: TestSocket;
  readonly echo: Echo;
}

async function assertGoesOn(fixture: Fixture, { socket, echo }: Client): Promise<void> {
  const { session_id } = echo;
  assertEquals((await fixture.ask(socket, "keepalive", { session_id })).janus, "ack");
  socket.send(request("message", { ...echo, body: { audio: true } }));
  const answers = [await socket.json(), await socket.json()];
  assertEquals(answers.map(({ janus }) => janus).sort(), ["ack", "event"]);
}

Deno.test("clients with routing ids, in three languages, go on with their sessions", async () => {
  await using fixture = await Fixture.start({ admin: true });
  await using python = await Agent.python();
  await using node = await Agent.node();
  await using other = fixture.connect("DEALER", { identity: "other" });
  await fixture.ask(other, "ping");
  const endpoint = fixture.janus.endpoints.api;
  const clients: Client[] = [];
  for (const opener of [python, node, fixture.client]) {
    for (const number of [1, 2]) {
      const identity = `${opener.name} ${number}`;
      const socket = opener.open({ type: "DEALER", endpoint, identity });
      clients.push({ socket, echo: await openEcho(fixture, socket) });
    }
  }
  const sessions = new Set(await fixture.sessions());
  assertEquals(sessions.size, clients.length);
  for (let round = 0; round < 2; round++) {
    await restart(fixture);
    // Some are heard again first by what they ask, some by what happens to them.
    for (const { socket, echo } of clients.slice(0, 3)) {
      const transaction = await triggerEvent(other, echo);
      assertEquals((await socket.json()).transaction, transaction);
    }
    for (const client of clients) await assertGoesOn(fixture, client);
    assertEquals(new Set(await fixture.sessions()), sessions);
    const shown = (await fixture.connections()).filter(({ sessions }) => sessions > 0);
    const expected = clients.map(({ socket: { options } }) => options.identity).sort();
    assertEquals(shown.map(({ identity }) => identity.replace(/^0x.*$/, text)).sort(), expected);
  }
  const { counters, restarts } = await fixture.query("transport", { request: "info" });
  assertEquals([restarts, counters.dropped, counters.peers], [2, 0, clients.length + 1]);
  // Who goes after a restart is noticed as before it.
  await clients[0]!.socket.close();
  await fixture.sessionGone(clients[0]!.echo.session_id);
  assertEquals((await fixture.sessions()).length, clients.length - 1);
});

/** The text of an identity that is shown in hexadecimal, as one with a space is. */
function text(shown: string): string {
  return new TextDecoder().decode(Uint8Array.fromHex(shown.slice(2)));
}

Deno.test("REQ clients that poll go on, with and without routing ids", async () => {
  await using fixture = await Fixture.start({ admin: true });
  await using python = await Agent.python();
  const options = { endpoint: fixture.janus.endpoints.api, relaxed: true, correlate: true };
  await using named = python.open({ type: "REQ", identity: "poller", ...options });
  await using unnamed = python.open({ type: "REQ", ...options });
  await using other = fixture.connect("DEALER", { identity: "other" });
  await using idle = fixture.connect("DEALER");
  for (const socket of [other, idle]) await fixture.ask(socket, "ping");
  const clients: Client[] = [];
  for (const socket of [named, unnamed]) {
    const echo = await openEcho(fixture, socket);
    clients.push({ socket, echo });
    await pollFirst(fixture, socket, echo.session_id);
  }
  const sessions = new Set(await fixture.sessions());
  const left = new Set((await fixture.connections()).map(({ id }) => id));
  await restart(fixture);
  // The polls that waited are lost; after a timeout of theirs, clients ask again.
  for (const { socket, echo } of clients) {
    await pollFirst(fixture, socket, echo.session_id);
    const transaction = await triggerEvent(other, echo);
    assertEquals((await socket.json()).transaction, transaction);
  }
  // Those that can't come back under their ids are given up, unless they have sessions.
  const still = (await fixture.connections()).filter(({ id }) => left.has(id));
  assertEquals(still.map(({ sessions }) => sessions).sort(), [0, 1, 1]);
  assertEquals(new Set(await fixture.sessions()), sessions);
  for (const { socket, echo } of clients) {
    const transaction = await triggerEvent(socket, echo);
    const event = JSON.parse(await pollText(socket, echo.session_id));
    assertEquals([event.janus, event.transaction], ["event", transaction]);
    const { session_id } = echo;
    assertEquals((await fixture.ask(socket, "destroy", { session_id })).janus, "success");
  }
  await fixture.waitFor("nothing to be left of before", async () => {
    const { peers, sessions } = await fixture.counters();
    return peers === 3 && sessions === 0;
  });
});

Deno.test("who has no routing id is not taken for somebody else of before", async () => {
  await using fixture = await Fixture.start({ admin: true });
  const endpoint = fixture.janus.endpoints.api;
  await using leaving = new AsyncDisposableStack();
  const sockets = Array.from(
    { length: 5 },
    () => leaving.use(fixture.client.open({ type: "DEALER", endpoint })),
  );
  const echoes: Echo[] = [];
  for (const socket of sockets) echoes.push(await openEcho(fixture, socket));
  await restart(fixture);
  // libzmq gives the new process's clients the routing ids of the old one's, in the order of now.
  for (const socket of sockets.toReversed()) await fixture.ask(socket, "ping");
  for (const echo of echoes) await triggerEvent(sockets[0]!, echo);
  for (const socket of sockets) {
    assertEquals((await fixture.ask(socket, "ping")).janus, "pong");
    assertEquals(socket.waiting, 0);
  }
  assertEquals((await fixture.sessions()).length, echoes.length);
  // What they had is theirs to claim.
  for (const [index, socket] of sockets.entries()) {
    const echo = echoes[index]!;
    const { session_id } = echo;
    assertEquals((await fixture.ask(socket, "claim", { session_id })).janus, "success");
    await assertGoesOn(fixture, { socket, echo });
  }
  await fixture.waitFor("nothing to be left of before", async () => {
    return (await fixture.counters()).peers === sockets.length;
  });
});

Deno.test("bind_sessions after a restart: who is known is let on, who is not must claim", async () => {
  const secret = { apisecret: "open sesame" };
  await using fixture = await Fixture.start({
    admin: true,
    settings: {
      janus: { general: { api_secret: secret.apisecret } },
      transport: { security: { bind_sessions: true } },
    },
  });
  await using named = fixture.connect("DEALER", { identity: "named" });
  await using unnamed = fixture.connect("DEALER");
  const [known, unknown] = [
    await openEcho(fixture, named, secret),
    await openEcho(fixture, unnamed, secret),
  ];
  await restart(fixture);
  const keepalive = async (socket: TestSocket, { session_id }: Echo) => {
    const reply = await fixture.ask(socket, "keepalive", { session_id, ...secret });
    return reply.error?.code ?? reply.janus;
  };
  assertEquals(await keepalive(named, known), "ack");
  assertEquals(await keepalive(named, unknown), 458);
  assertEquals(await keepalive(unnamed, unknown), 458);
  const { session_id } = unknown;
  const reply = await fixture.ask(unnamed, "claim", { session_id, ...secret });
  assertEquals(reply.janus, "success", JSON.stringify(reply));
  assertEquals(await keepalive(unnamed, unknown), "ack");
  assertEquals(await keepalive(unnamed, known), 458);
  assert((await fixture.sessions()).includes(session_id));
});
