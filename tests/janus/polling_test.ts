/** Clients that take replies only get their events by asking for them. */
import { assert, assertEquals, assertGreater, assertLess } from "../assert.ts";
import { clientLibraries } from "./support/clients.ts";
import {
  type Echo,
  echoMessage,
  openEcho,
  pollFirst,
  pollText,
  settledEvents,
  triggerEvent,
} from "./support/echo.ts";
import { type Fixture, request, sharedFixture } from "./support/fixture.ts";
import type { Json, TestSocket } from "./support/socket.ts";

const started = sharedFixture({ admin: true });

/** A poll that nothing comes to, which waits while the other tests run. */
let quiet: { readonly begun: number; readonly answer: Promise<[string, number]> } | undefined;

/** The file's Janus, with the long poll under way. */
async function shared(): Promise<Fixture> {
  const fixture = await started();
  if (quiet === undefined) {
    const req = fixture.connect("REQ");
    const { promise, resolve, reject } = Promise.withResolvers<[string, number]>();
    promise.catch(() => {}); // the last test takes it
    quiet = { begun: performance.now(), answer: promise };
    const { session_id } = await openEcho(fixture, req);
    req.send(request("poll", { session_id }));
    req.text(40_000).then((text) => resolve([text, performance.now()]), reject);
  }
  return fixture;
}

function transactions(events: readonly Json[]): string[] {
  return events.map(({ transaction }) => transaction);
}

function assertEchoEvent(event: Json, { session_id, handle_id }: Echo, transaction?: string): void {
  assertEquals([event.janus, event.session_id, event.sender], ["event", session_id, handle_id]);
  if (transaction !== undefined) assertEquals(event.transaction, transaction);
  assertEquals(event.plugindata.data.result, "ok");
}

for (const { name, opener } of clientLibraries()) {
  Deno.test(`${name}: REQ polls for the event that a message leads to`, async () => {
    const fixture = await shared();
    const endpoint = fixture.janus.endpoints.api;
    await using req = (await opener()).open({ type: "REQ", endpoint });
    const echo = await openEcho(fixture, req);
    for (let i = 0; i < 3; i++) {
      const transaction = await triggerEvent(req, echo);
      // Alone, not in an array: none was asked for.
      const event = JSON.parse(await pollText(req, echo.session_id));
      assertEchoEvent(event, echo, transaction);
    }
    await fixture.ask(req, "destroy", { session_id: echo.session_id });
  });

  Deno.test(`${name}: a poll of REQ waits until something happens`, async () => {
    const fixture = await shared();
    const endpoint = fixture.janus.endpoints.api;
    await using req = (await opener()).open({ type: "REQ", endpoint });
    await using other = fixture.connect("DEALER");
    const echo = await openEcho(fixture, req);
    req.send(request("poll", { session_id: echo.session_id }));
    const transaction = await triggerEvent(other, echo);
    assertEchoEvent(await req.json(), echo, transaction);
    // Whose message it was got the ack, and the session's owner the event.
    await fixture.ask(other, "destroy", { session_id: echo.session_id });
    assertEquals(other.waiting, 0);
  });

  Deno.test(`${name}: maxev gives an array of at most so many, in order`, async () => {
    const fixture = await shared();
    const endpoint = fixture.janus.endpoints.api;
    await using req = (await opener()).open({ type: "REQ", endpoint });
    const echo = await openEcho(fixture, req);
    // All of them happen while nobody polls.
    const sent = await settledEvents(fixture, { socket: req, echo, count: 6 });
    const three = JSON.parse(await pollText(req, echo.session_id, { maxev: 3 }));
    assertEquals(transactions(three), sent.slice(0, 3));
    const one = JSON.parse(await pollText(req, echo.session_id, { maxev: 1 }));
    assertEchoEvent(one, echo, sent[3]);
    const rest = JSON.parse(await pollText(req, echo.session_id, { maxev: 100 }));
    assertEquals(transactions(rest), sent.slice(4));
    await fixture.ask(req, "destroy", { session_id: echo.session_id });
  });
}

Deno.test("two clients poll one session: its owner gets every event, the other one copies", async () => {
  const fixture = await shared();
  const [owner, guest] = [fixture.connect("REQ"), fixture.connect("REQ")];
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, owner);
  await pollFirst(fixture, guest, echo.session_id);
  await pollFirst(fixture, owner, echo.session_id);
  const sent = [await triggerEvent(other, echo), await triggerEvent(other, echo)];
  for (const socket of [owner, guest]) {
    const got = [await socket.json(), JSON.parse(await pollText(socket, echo.session_id))];
    assertEquals(transactions(got), sent);
  }
  await guest.close();
  await owner.close();
});

Deno.test("a poll by somebody else does not rob the owner of what it is pushed", async () => {
  const fixture = await shared();
  await using owner = fixture.connect("DEALER");
  await using poller = fixture.connect("REQ");
  const echo = await openEcho(fixture, owner);
  await pollFirst(fixture, poller, echo.session_id);
  for (let i = 0; i < 3; i++) {
    const text = echoMessage(echo);
    const { transaction } = JSON.parse(text);
    owner.send(text);
    const got = [await owner.json(), await owner.json()];
    assertEquals(got.map(({ janus }) => janus).sort(), ["ack", "event"]);
    assertEquals(transactions(got), [transaction, transaction]);
    // And who polls gets it as well, whether it came while they waited or between two polls.
    const polled = i === 0 ? await poller.text() : await pollText(poller, echo.session_id);
    assertEchoEvent(JSON.parse(polled), echo, transaction);
  }
  assertEquals([owner.waiting, poller.waiting], [0, 0]);
});

Deno.test("a poller that goes away takes nothing along", async () => {
  const fixture = await shared();
  await using owner = fixture.connect("DEALER");
  const poller = fixture.connect("REQ");
  const echo = await openEcho(fixture, owner);
  const { peers } = await fixture.counters();
  await pollFirst(fixture, poller, echo.session_id);
  await poller.close();
  await fixture.waitFor("the poller to be gone", async () => {
    return (await fixture.counters()).peers === peers;
  });
  owner.send(echoMessage(echo));
  const got = [await owner.json(), await owner.json()];
  assertEquals(got.map(({ janus }) => janus).sort(), ["ack", "event"]);
  assertEquals((await fixture.ask(owner, "ping")).janus, "pong");
});

Deno.test("DEALER may poll: the event is the poll's answer, and is not pushed again", async () => {
  const fixture = await shared();
  await using dealer = fixture.connect("DEALER");
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, dealer);
  // Two polls under way at once, as only DEALER can have them.
  await pollFirst(fixture, dealer, echo.session_id);
  await pollFirst(fixture, dealer, echo.session_id);
  const sent: string[] = [];
  for (let i = 0; i < 3; i++) sent.push(await triggerEvent(other, echo));
  const got = [await dealer.json(), await dealer.json(), await dealer.json()];
  assertEquals(transactions(got), sent);
  // The third was pushed; none came twice.
  assertEquals((await fixture.ask(dealer, "ping")).janus, "pong");
  assertEquals(dealer.waiting, 0);
});

Deno.test("a poll behind an empty frame is answered behind one", async () => {
  const fixture = await shared();
  await using dealer = fixture.connect("DEALER");
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, dealer);
  dealer.send("", request("poll", { session_id: echo.session_id }));
  const transaction = await triggerEvent(other, echo);
  const [delimiter, body = "", ...more] = await dealer.receive();
  assertEquals([delimiter, more], ["", []]);
  assertEchoEvent(JSON.parse(body), echo, transaction);
});

Deno.test("a poll of a session that does not exist gets 458", async () => {
  const fixture = await shared();
  await using req = fixture.connect("REQ");
  for (const session_id of [1, 12345678901234]) {
    const reply = await fixture.ask(req, "poll", { session_id });
    assertEquals([reply.janus, reply.error.code], ["error", 458]);
    assertEquals(reply.error.reason, `No such session ${session_id}`);
  }
  // What is no poll of anything is told apart from that.
  for (const more of [{}, { session_id: "1" }, { session_id: 1.5 }]) {
    const reply = await fixture.ask(req, "poll", more);
    assertEquals(reply.janus, "error", JSON.stringify(reply));
    assert(reply.error.code !== 458, JSON.stringify(reply));
  }
});

Deno.test("a session destroyed while a poll waits: the poll is told so", async () => {
  const fixture = await shared();
  await using req = fixture.connect("REQ");
  await using other = fixture.connect("DEALER");
  const { session_id } = await openEcho(fixture, req);
  const transaction = await pollFirst(fixture, req, session_id);
  await fixture.ask(other, "destroy", { session_id });
  const reply = await req.json();
  assertEquals(
    [reply.janus, reply.error.code, reply.session_id, reply.transaction],
    ["error", 458, session_id, transaction],
  );
});

Deno.test("the Admin API knows no polls", async () => {
  const fixture = await shared();
  const reply = await fixture.admin("poll", { session_id: 1 });
  assertEquals(reply.janus, "error");
});

Deno.test("session ids above 2^53 are polled to the last digit", async () => {
  const fixture = await shared();
  // JSON.parse takes them for one and the same.
  const ids = ["9007199254740992", "9007199254740993"];
  const clients: { req: TestSocket; id: string; handle: number }[] = [];
  for (const id of ids) {
    const req = fixture.connect("REQ");
    req.send(`{"janus":"create","transaction":"create","id":${id}}`);
    const created = `{"janus":"success","transaction":"create","data":{"id":${id}}}`;
    assertEquals(await req.text(), created);
    const plugin = '"plugin":"janus.plugin.echotest"';
    req.send(`{"janus":"attach","transaction":"attach","session_id":${id},${plugin}}`);
    clients.push({ req, id, handle: (await req.json()).data.id });
  }
  for (const { req, id, handle } of clients) {
    const ids = `"session_id":${id},"handle_id":${handle}`;
    req.send(`{"janus":"message","transaction":"of ${id}",${ids},"body":{"audio":true}}`);
    assertEquals((await req.json()).janus, "ack");
  }
  for (const { req, id } of clients) {
    req.send(`{"janus":"poll","transaction":"poll","session_id":${id}}`);
    const text = await req.text();
    assert(text.includes(`"session_id":${id},`), text);
    assertEquals(JSON.parse(text).transaction, `of ${id}`);
  }
  for (const { req, id } of clients) {
    req.send(`{"janus":"destroy","transaction":"destroy","session_id":${id}}`);
    assertEquals((await req.json()).janus, "success");
    req.send(`{"janus":"poll","transaction":"poll","session_id":${id}}`);
    const text = await req.text();
    assert(text.includes(`"session_id":${id},`), text);
    assertEquals(JSON.parse(text).error.code, 458);
    await req.close();
  }
});

// ---- a Janus that ends sessions soon ----

const hasty = sharedFixture({
  admin: true,
  settings: { janus: { general: { session_timeout: 2 } } },
});

Deno.test("a poll keeps its session alive", async () => {
  const fixture = await hasty();
  await using req = fixture.connect("REQ");
  await using other = fixture.connect("DEALER");
  const echo = await openEcho(fixture, req);
  // Something to be had at every poll, so that no other request need name the session.
  const sent = await settledEvents(fixture, { socket: req, echo, count: 100 });
  const idle = (await fixture.ask(other, "create")).data.id;
  const got: string[] = [];
  const [begun, takes] = [performance.now(), 100];
  while ((await fixture.sessions()).includes(idle)) {
    got.push(JSON.parse(await pollText(req, echo.session_id)).transaction);
    await new Promise((resolve) => setTimeout(resolve, takes));
  }
  assertGreater(performance.now() - begun, 1500);
  assertEquals(got, sent.slice(0, got.length));
  assert((await fixture.sessions()).includes(echo.session_id));
  assertEquals((await fixture.ask(req, "keepalive", echo)).janus, "ack");
});

Deno.test("a session that times out while a poll waits: the poll is told so", async () => {
  const fixture = await hasty();
  await using req = fixture.connect("REQ");
  const { session_id } = await openEcho(fixture, req);
  let event = JSON.parse(await pollText(req, session_id));
  // Janus ends the session's handles on another thread, which may be the first to tell.
  if (event.janus === "detached") event = JSON.parse(await pollText(req, session_id));
  assertEquals(event, { janus: "timeout", session_id });
  const reply = await fixture.ask(req, "poll", { session_id });
  assertEquals(reply.error?.code, 458);
});

// ---- a Janus that asks for secrets ----

const guarded = sharedFixture({
  admin: true,
  settings: { janus: { general: { api_secret: "open sesame", token_auth: true } } },
});

Deno.test("who may use a session may poll it, and nobody else", async () => {
  const fixture = await guarded();
  const token = "token of somebody";
  assertEquals((await fixture.admin("add_token", { token })).janus, "success");
  for (const right of [{ apisecret: "open sesame" }, { token }]) {
    await using req = fixture.connect("REQ");
    const echo = await openEcho(fixture, req, right);
    const { session_id } = echo;
    const transaction = await triggerEvent(req, echo, right);
    for (const wrong of [{}, { apisecret: "wrong" }, { token: "wrong" }]) {
      const reply = await fixture.ask(req, "poll", { session_id, ...wrong });
      assertEquals([reply.janus, reply.error?.code], ["error", 403], JSON.stringify(wrong));
    }
    const event = JSON.parse(await pollText(req, session_id, right));
    assertEchoEvent(event, echo, transaction);
  }
});

Deno.test("a poll that nothing comes to is answered after 30 s", async () => {
  await shared();
  assert(quiet !== undefined);
  const [text, at] = await quiet.answer;
  assertEquals(text, '{"janus":"keepalive"}');
  const took = at - quiet.begun;
  assertGreater(took, 29_900);
  assertLess(took, 32_000);
});
