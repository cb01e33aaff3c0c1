/** Two hundred clients at once, in three languages. */
import { assert, assertEquals } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import { openEcho } from "./support/echo.ts";
import { request, sharedFixture } from "./support/fixture.ts";
import type { Json } from "./support/socket.ts";

/** Of each library. */
const CLIENTS = 70;

const shared = sharedFixture({ admin: true });
const libraries = clientLibraries();

Deno.test("two hundred clients at once, each with a session of its own", async () => {
  const fixture = await shared();
  const openers = await Promise.all(libraries.map(({ opener }) => opener()));
  const before = await fixture.counters();
  const endpoint = fixture.janus.endpoints.api;
  const sockets = openers.flatMap((opener) => {
    return Array.from({ length: CLIENTS }, () => opener.open({ type: "DEALER", endpoint }));
  });
  const echoes = await Promise.all(sockets.map((socket) => openEcho(fixture, socket)));
  const ids = echoes.map(({ session_id }) => session_id);
  assertEquals(new Set(ids).size, sockets.length);
  assertEquals(new Set(await fixture.sessions()), new Set(ids));
  const during = await fixture.counters();
  assertEquals(during.peers - before.peers, sockets.length);
  assertEquals(during.sessions - before.sessions, sockets.length);

  await Promise.all(sockets.map(async (socket, index) => {
    const echo = echoes[index]!;
    const text = request("message", { ...echo, body: { audio: true } });
    const { transaction } = JSON.parse(text);
    socket.send(text);
    const answers: Json[] = [await socket.json(), await socket.json()];
    assertEquals(answers.map(({ janus }) => janus).sort(), ["ack", "event"]);
    for (const answer of answers) {
      assertEquals([answer.session_id, answer.transaction], [echo.session_id, transaction]);
    }
  }));
  await Promise.all(sockets.map(async (socket, index) => {
    const { session_id } = echoes[index]!;
    assertEquals((await fixture.ask(socket, "destroy", { session_id })).janus, "success");
    assertEquals(socket.waiting, 0);
  }));
  assertEquals(await fixture.sessions(), []);
  const after = await fixture.counters();
  assertEquals([after.dropped, after.errors], [before.dropped, before.errors]);
  assert(after.sessions === before.sessions && after.peers === during.peers);

  await Promise.all(sockets.map((socket) => socket.close()));
  await fixture.waitFor("all of them to be gone", async () => {
    return (await fixture.counters()).peers === before.peers;
  });
});
